// A margin position's monitor (DESIGN 2.6): it sleeps without a timer until the mark crosses the position's key, then
// liquidates it order by order, and works it off where the risk reserve took it over. It ends with the position.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type { MarginActivities, MonitorTerms, PositionProgress } from '../activities/margin';
import { commandOptions, localOptions } from './activity-options';
import { describeMonitor } from './margin-details';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';

/** The mark has crossed its key, and it was fenced; sent at least once, with the id of its event. */
export const keyCrossedSignal = defineSignal<[string]>('keyCrossed');
/** It was closed by others; likewise. */
export const closedSignal = defineSignal<[string]>('closed');

/** What the monitor knows: the position as of its last step, null before the first. */
export interface MonitorSnapshot extends MonitorTerms {
  readonly progress: PositionProgress | null;
}
export const snapshotQuery = defineQuery<MonitorSnapshot>('snapshot');

const { workOffPosition, readPosition } = proxyActivities<MarginActivities>(commandOptions);
// A falling mark crosses thousands of keys at once.
const { liquidatePosition } = proxyLocalActivities<MarginActivities>(localOptions);

export function monitorSummary({ side }: MonitorTerms): string {
  return `Margin position, ${side}`;
}

export function monitorSearchAttributes({
  positionId,
  userId,
}: MonitorTerms): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'margin' },
    { key: lxEntity, value: positionId },
    { key: lxUser, value: userId },
    { key: lxStatus, value: 'open' },
  ];
}

/** @param isWatched false where it goes on with what it was about: a run that began anew */
export async function marginMonitor(
  terms: MonitorTerms,
  isWatched = true,
): Promise<PositionProgress> {
  const { positionId } = terms;
  let current = null as PositionProgress | null;
  let isCrossed = false;
  let hasNews = !isWatched;

  function learn(next: PositionProgress): PositionProgress {
    if (current && current.revision > next.revision) return current;
    if (current?.position.status !== next.position.status) {
      upsertSearchAttributes([{ key: lxStatus, value: next.position.status }]);
    }
    current = next;
    setCurrentDetails(describeMonitor(terms, next));
    return next;
  }

  setHandler(snapshotQuery, () => ({ ...terms, progress: current }), {
    description: 'The position as of the last step',
  });
  setHandler(keyCrossedSignal, () => void (isCrossed = true), {
    description: 'Tells that the mark has crossed the key of the position',
  });
  setHandler(closedSignal, () => void (hasNews = true), {
    description: 'Tells that the position was closed',
  });
  setCurrentDetails(describeMonitor(terms, null));

  async function watch(): Promise<PositionProgress> {
    await condition(() => isCrossed || hasNews);
    if (isCrossed) return liquidate('Its key was crossed: the first order');
    hasNews = false;
    const summary = 'Read where the position stands';
    return learn(await readPosition.executeWithOptions({ summary }, [positionId]));
  }

  async function liquidate(summary: string): Promise<PositionProgress> {
    isCrossed = false;
    return learn(await liquidatePosition.executeWithOptions({ summary }, [positionId]));
  }

  async function act({ next }: PositionProgress): Promise<PositionProgress> {
    if (next.waitMs > 0) await sleep(next.waitMs, { summary: waits[next.kind] });
    switch (next.kind) {
      case 'liquidate':
        return liquidate('The next order of the liquidation');
      case 'work_off': {
        const summary = "The reserve's next order";
        return learn(await workOffPosition.executeWithOptions({ summary }, [positionId]));
      }
      case 'watch':
      case 'nothing':
        return watch();
    }
  }

  // What holds people's money is looked after to its end: a request to cancel ends nothing.
  return CancellationScope.nonCancellable(async () => {
    let progress = await watch();
    while (progress.next.kind !== 'nothing') {
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        return continueAsNew<typeof marginMonitor>(terms, false);
      }
      progress = await act(progress);
    }
    await condition(allHandlersFinished);
    return progress;
  });
}

const waits = {
  liquidate: 'Until the next order of the liquidation',
  work_off: "Until the reserve's order is looked after",
  watch: '',
  nothing: '',
};
