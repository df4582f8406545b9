// Every minute (DESIGN 2.6): liquidates what monitors have not, works off and closes likewise, and counts the pools'
// interest.
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { MarginActivities, MarginReconciliation } from '../activities/margin';
import { chunkedOptions } from './activity-options';

const { reconcileMargin } = proxyActivities<MarginActivities>(chunkedOptions);

export async function marginReconcile(): Promise<MarginReconciliation> {
  const summary = 'Do what was left undone, and count interest';
  const done = await reconcileMargin.executeWithOptions({ summary }, []);
  setCurrentDetails(describe(done));
  return done;
}

/** Markdown for the Temporal UI. */
function describe({ liquidations, workedOff, closed, interest }: MarginReconciliation): string {
  return [
    '| liquidations | worked off | closed by a trigger | interest for the reserve |',
    '|---|---|---|---|',
    `| ${liquidations} | ${workedOff} | ${closed} | ${interest.CREDIT} Credits, ${interest.LCO} LCO |`,
  ].join('\n');
}
