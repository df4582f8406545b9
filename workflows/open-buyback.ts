// Every Friday at 16:00 UTC (DESIGN 2.5 and 5): opens the week's run, which is a row, and starts its lifecycle. It is
// a workflow of its own because a schedule appends a time to its workflow's id, and a run's id is the week's.
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { BuybackActivities } from '../activities/buybacks';
import { commandOptions } from './activity-options';
import { buybackAndBurn, buybackSearchAttributes, buybackSummary } from './buyback-and-burn';

const { openWeeklyBuyback } = proxyActivities<BuybackActivities>(commandOptions);

/** When the schedule meant it to run: one that is made up for after an outage belongs to its own week. */
const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** Returns the run's id. */
export async function openBuyback(): Promise<string> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const askedAt = (typedSearchAttributes.get(scheduledStart) ?? startTime).getTime();
  const summary = "Open the week's run";
  const opened = await openWeeklyBuyback.executeWithOptions({ summary }, [askedAt]);
  const { buybackId, isOver, ...terms } = opened;
  if (isOver) {
    setCurrentDetails(`The run ${buybackId} of the last Friday is over already.`);
    return buybackId;
  }
  try {
    await startChild(buybackAndBurn, {
      workflowId: `buyback/${buybackId}`,
      args: [{ buybackId, ...terms }],
      // As the outbox' dispatcher: what was ended from outside may begin again, what ended by itself never.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: buybackSearchAttributes(buybackId),
      staticSummary: buybackSummary({ buybackId, ...terms }),
    });
    setCurrentDetails(`Started \`buyback/${buybackId}\`.`);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    setCurrentDetails(`\`buyback/${buybackId}\` runs already.`);
  }
  return buybackId;
}
