// A lifecycle of one kind of step, whose rows a test makes up: it tells what it has shown.
import {
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import { createSteppedLifecycle } from '../../workflows/stepped-lifecycle';

export interface RowProgress {
  readonly revision: number;
  readonly next: { readonly kind: 'act' | 'nothing'; readonly waitMs: number };
}

export interface RowActivities {
  readRow(id: string): Promise<RowProgress>;
  actOnRow(id: string): Promise<RowProgress>;
}

/** Something else changed the row. */
export const newsSignal = defineSignal('news');
/** What an operator's act was answered with. */
export const answeredSignal = defineSignal<[RowProgress]>('answered');
/** Revisions, each with the one before it. */
export const shownQuery = defineQuery<readonly (readonly [number | null, number])[]>('shown');

const { readRow, actOnRow } = proxyActivities<RowActivities>({ startToCloseTimeout: '60s' });

export async function steppedLife(id: string): Promise<RowProgress> {
  const shown: (readonly [number | null, number])[] = [];
  const life = createSteppedLifecycle<'act', RowProgress>({
    id,
    steps: { act: { until: 'Until it is time', summary: 'Act', take: actOnRow } },
    read: { summary: 'Read', take: readRow },
    show: (progress, before) => shown.push([before?.revision ?? null, progress.revision]),
    continueAsNew: () => continueAsNew<typeof steppedLife>(id),
  });
  setHandler(newsSignal, () => life.noteNews('Read the news'));
  setHandler(answeredSignal, (progress) => life.learn(progress));
  setHandler(shownQuery, () => shown);
  return life.run();
}
