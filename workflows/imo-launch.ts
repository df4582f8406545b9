// An IMO (DESIGN 2.7): announced, subscribed to until the window's end, weighed and divided, used by its holders until it
// expires, and every lock returned. Rows decide: every step says what comes next, so that one that begins again goes on
// where it stood.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type { Imo, ImoActivities, ImoProgress, ImoStep, ImoTerms } from '../activities/imos';
import { chunkedOptions, commandOptions } from './activity-options';
import { describeImo } from './imo-details';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus } from './search-attributes';

export const cancelImoUpdate = defineUpdate<Imo, [OperatorAct]>('cancel');
/** The IMO as of the last step; null until it was read. */
export const imoStatusQuery = defineQuery<Imo | null>('status');

const { readImo, closeImo, expireImo, cancelImo } = proxyActivities<ImoActivities>(commandOptions);
const { weighImo, allocateImo, returnImoLocks } = proxyActivities<ImoActivities>(chunkedOptions);

export function imoSummary({ modelId }: ImoTerms): string {
  return `IMO of ${modelId}`;
}

export function imoSearchAttributes({ imoId }: ImoTerms): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'imo' },
    { key: lxEntity, value: imoId },
    { key: lxStatus, value: 'announced' },
  ];
}

type TimedStep = Exclude<ImoStep['kind'], 'nothing'>;

const steps: Readonly<
  Record<
    TimedStep,
    { readonly until: string; readonly summary: string; readonly take: typeof closeImo }
  >
> = {
  open: {
    until: 'Until subscriptions open',
    summary: 'Subscriptions are open: read the IMO',
    take: readImo,
  },
  close: {
    until: 'Until subscriptions close',
    summary: 'Close the window',
    take: closeImo,
  },
  weigh: {
    until: 'Another step came first',
    summary: 'Weigh the locks by the levels at the close',
    take: weighImo,
  },
  allocate: {
    until: 'Another step came first',
    summary: 'Give the quota out',
    take: allocateImo,
  },
  expire: { until: 'Holders may call until it expires', summary: 'Expire', take: expireImo },
  return_locks: {
    until: 'Another step came first',
    summary: 'Return the locked LCO',
    take: returnImoLocks,
  },
};

export async function imoLaunch(terms: ImoTerms): Promise<Imo> {
  const { imoId } = terms;
  let current = null as ImoProgress | null;

  /** A step and an operator's act may be answered in either order: the higher revision is the newer. */
  function learn(next: ImoProgress): void {
    if (current && current.revision > next.revision) return;
    const { status } = next.imo;
    if (current?.imo.status !== status) upsertSearchAttributes([{ key: lxStatus, value: status }]);
    current = next;
    setCurrentDetails(describeImo(next.imo));
  }

  function checkCancellation(act: OperatorAct): void {
    requireOperatorAct(act);
    if (current && (current.next.kind === 'nothing' || current.next.kind === 'return_locks')) {
      throw refusal('STATE_CONFLICT', `The IMO is ${current.imo.status} already.`);
    }
  }

  async function cancel(act: OperatorAct): Promise<Imo> {
    const summary = `Operator ${act.operatorId}: cancel`;
    const input = { imoId, ...decisionOf(act) };
    const next = await CancellationScope.nonCancellable(() =>
      cancelImo.executeWithOptions({ summary }, [input]),
    );
    learn(next);
    return next.imo;
  }

  async function take({ kind, waitMs }: ImoStep & { kind: TimedStep }): Promise<void> {
    const { until, summary, take: step } = steps[kind];
    if (waitMs > 0) {
      const revision = current?.revision;
      // An operator cancelled it meanwhile.
      if (await condition(() => current?.revision !== revision, waitMs, { summary: until })) return;
    }
    learn(await step.executeWithOptions({ summary }, [imoId]));
  }

  setHandler(imoStatusQuery, () => current?.imo ?? null, {
    description: 'The IMO as of the last step',
  });
  setHandler(cancelImoUpdate, cancel, {
    validator: checkCancellation,
    description: 'Cancel the IMO and return all locks, as { operatorId, reason }',
  });

  // Locks must come back: a request to cancel the workflow ends nothing.
  return CancellationScope.nonCancellable(async () => {
    const summary = 'Read where the IMO stands';
    learn(await readImo.executeWithOptions({ summary }, [imoId]));
    for (;;) {
      const { next, imo } = current as ImoProgress;
      const { kind } = next;
      if (kind === 'nothing') {
        await condition(allHandlersFinished);
        return imo;
      }
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        return continueAsNew<typeof imoLaunch>(terms);
      }
      await take({ ...next, kind });
    }
  });
}
