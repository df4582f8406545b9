// A redemption (DESIGN 2.1): a user's Credits are held until operators approve or reject; above the four-eyes
// limit two of them must approve. It waits for as long as they need, and ends with their decision.
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
import type { Redemption, RedemptionActivities } from '../activities/redemptions';
import { commandOptions } from './activity-options';
import { literal } from './literal';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxStatus } from './search-attributes';

/** What the outbox tells of a redemption that was requested. */
export interface RedemptionRequest {
  readonly redemptionId: string;
  readonly userId: string;
  /** Credits, as a decimal string. */
  readonly amount: string;
  readonly requestId: string | null;
}

export const approveUpdate = defineUpdate<Redemption, [OperatorAct]>('approve');
export const rejectUpdate = defineUpdate<Redemption, [OperatorAct]>('reject');
/** The redemption as this workflow knows it; null until it was read. */
export const statusQuery = defineQuery<Redemption | null>('status');

const { readRedemption, approveRedemption, rejectRedemption } =
  proxyActivities<RedemptionActivities>(commandOptions);

export async function redemption(request: RedemptionRequest): Promise<Redemption> {
  const { redemptionId } = request;
  let current = null as Redemption | null;
  /** Operators whose decision is on its way. */
  const deciding = new Set<string>();

  /** Two decisions at once may be answered in either order: the one with more history is the newer. */
  function learn(next: Redemption): void {
    if (current && current.history.length >= next.history.length) return;
    current = next;
    upsertSearchAttributes([{ key: lxStatus, value: next.status }]);
    setCurrentDetails(describe(next, request));
  }

  function checkDecision(act: OperatorAct): void {
    requireOperatorAct(act);
    if (current && isDecided(current)) {
      throw refusal('STATE_CONFLICT', `The redemption is ${current.status} already.`);
    }
    if (deciding.has(act.operatorId)) {
      throw refusal('STATE_CONFLICT', 'Another decision of yours is on its way.');
    }
  }

  function checkApproval(act: OperatorAct): void {
    checkDecision(act);
    if (current?.history.some(({ operatorId }) => operatorId === act.operatorId)) {
      throw refusal('STATE_CONFLICT', 'You approved already; a second operator must too.');
    }
  }

  async function decide(verb: 'approve' | 'reject', act: OperatorAct): Promise<Redemption> {
    const { operatorId } = act;
    const activity = verb === 'approve' ? approveRedemption : rejectRedemption;
    deciding.add(operatorId);
    try {
      const decision = { redemptionId, ...decisionOf(act) };
      const summary = `Operator ${operatorId}: ${verb}`;
      const next = await CancellationScope.nonCancellable(() =>
        activity.executeWithOptions({ summary }, [decision]),
      );
      learn(next);
      return next;
    } finally {
      deciding.delete(operatorId);
    }
  }

  setHandler(statusQuery, () => current, { description: 'The redemption and its decisions' });
  setHandler(approveUpdate, (act) => decide('approve', act), {
    validator: checkApproval,
    description: 'Approve, as { operatorId, reason }; above the limit two operators must',
  });
  setHandler(rejectUpdate, (act) => decide('reject', act), {
    validator: checkDecision,
    description: 'Reject, as { operatorId, reason }: the Credits go back to the user',
  });

  // Credits are held until somebody decides: a request to cancel ends nothing.
  await CancellationScope.nonCancellable(async () => {
    const summary = 'Read the request';
    learn(await readRedemption.executeWithOptions({ summary }, [redemptionId]));
    await condition(() => isDecided(current) || workflowInfo().continueAsNewSuggested);
    await condition(allHandlersFinished);
  });
  if (isDecided(current)) return current;
  return continueAsNew<typeof redemption>(request);
}

function isDecided(redemption: Redemption | null): redemption is Redemption {
  return redemption?.status === 'approved' || redemption?.status === 'rejected';
}

/** Markdown for the Temporal UI. */
function describe(redemption: Redemption, { userId, requestId }: RedemptionRequest): string {
  const { amount, destination, requestedAt, status, history, approvalsNeeded } = redemption;
  const steps = history.map(
    ({ status, at, operatorId, reason }) =>
      `- ${at}: operator ${literal(operatorId)} ${status === 'rejected' ? 'rejected' : 'approved'}: ${literal(reason)}`,
  );
  const left = approvalsNeeded - history.length;
  const approvals = left === 1 ? "one operator's approval" : `the approval of ${left} operators`;
  const outcomes = {
    approved: '**Approved**: the Credits are destroyed.',
    rejected: '**Rejected**: the Credits went back to the user.',
  };
  return [
    `User ${literal(userId)} asked on ${requestedAt} to redeem **${amount} Credits** to ${literal(destination)} (request ${literal(requestId ?? 'unknown')}).`,
    ...(steps.length > 0 ? [steps.join('\n')] : []),
    status === 'approved' || status === 'rejected'
      ? outcomes[status]
      : `**Waits for ${approvals}**, or a rejection: send the update \`approve\` or \`reject\` with \`{ "operatorId": "…", "reason": "…" }\`.`,
  ].join('\n\n');
}
