// Every Monday at 00:00 UTC (DESIGN 2.9 and 5): makes sure that the round of this moment is open. Whoever opens a round
// tells the outbox, which starts its lifecycle: a settlement or the close of the round before may have been quicker.
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { WarActivities } from '../activities/wars';
import { commandOptions } from './activity-options';

const { openWarRound } = proxyActivities<WarActivities>(commandOptions);

/** Returns the round's id. */
export async function openRound(): Promise<string> {
  const summary = 'Open the round of this moment';
  const { roundId, endsAt } = await openWarRound.executeWithOptions({ summary }, []);
  setCurrentDetails(`\`wars/${roundId}\` is open until ${endsAt}.`);
  return roundId;
}
