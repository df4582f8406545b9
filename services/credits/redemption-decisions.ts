// What operators decide on a redemption (DESIGN 2.1): above the four-eyes limit two of them approve; the user, when
// an operator too, decides nothing; each decision is logged in its own commit. A frozen user's redemption can be
// rejected but not approved: it waits until the freeze is over.
import { formatAmount } from '../../domain/money';
import { requireOpen, statusAfterApproval, type RedemptionStatus } from '../../domain/redemption';
import { DomainError } from '../../domain/errors';
import { requireReason } from '../../domain/text';
import { isoTime } from '../../domain/time';
import { platformAccount, userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command, type View } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import {
  presentRedemption,
  redemptions,
  stepsOf,
  type Redemption,
  type RedemptionRow,
} from './redemption-rows';
import {
  requireOperator,
  requireOtherPerson,
  requireUser,
  userStates,
} from '../identity/user-state';

/** An operator's decision, as it reaches the engine through the redemption's workflow. */
export interface RedemptionDecision {
  readonly redemptionId: string;
  readonly operatorId: string;
  readonly reason: string;
  /** Tells a repeat from a second decision: the id of the workflow's update. */
  readonly decisionKey: string;
  readonly requestId: string;
}

const reserve = platformAccount('reserve', 'CREDIT');

function keysOf({ redemptionId, operatorId }: RedemptionDecision) {
  return {
    accounts: [reserve],
    rows: [rowKey(redemptions, redemptionId), rowKey(userStates, operatorId)],
  };
}

function requireDecidable(view: View, decision: RedemptionDecision): RedemptionRow {
  const { redemptionId, operatorId, reason } = decision;
  requireOperator(view, operatorId);
  requireReason(reason);
  const redemption = view.row(redemptions, redemptionId);
  if (!redemption) {
    throw new DomainError('REDEMPTION_NOT_FOUND', 'There is no such redemption.');
  }
  requireOtherPerson(operatorId, redemption.userId);
  return redemption;
}

function logDecision(
  view: View,
  { operatorId, reason, requestId }: RedemptionDecision,
  { id, userId, amount }: RedemptionRow,
  act: { action: string; status: RedemptionStatus },
) {
  return auditAct(view.at, {
    operatorId,
    action: act.action,
    subjectKind: 'redemption',
    subjectId: id,
    reason,
    details: { userId, amount: formatAmount(amount), status: act.status },
    requestId,
  });
}

function withStep(
  view: View,
  redemption: RedemptionRow,
  { operatorId, reason }: RedemptionDecision,
  status: RedemptionStatus,
): RedemptionRow {
  const isDecided = status === 'approved' || status === 'rejected';
  return {
    ...redemption,
    status,
    history: [...stepsOf(redemption), { status, at: isoTime(view.at), operatorId, reason }],
    ...(isDecided ? { decidedBy: operatorId, decidedAt: view.at } : { firstApprover: operatorId }),
  };
}

export const approveRedemption: Command<RedemptionDecision, Redemption> = {
  kind: 'approve_redemption',
  keys: keysOf,
  decide(view, decision) {
    const redemption = requireDecidable(view, decision);
    const { id, userId, amount } = redemption;
    const status = statusAfterApproval(
      { ...redemption, status: redemption.status as RedemptionStatus },
      decision.operatorId,
    );
    if (requireUser(view, userId).frozenAt !== null) {
      throw new DomainError(
        'USER_FROZEN',
        'The user is frozen: the redemption can be rejected, or approved after the freeze.',
      );
    }
    const approved = withStep(view, redemption, decision, status);
    const redeeming = userAccount(userId, 'redeeming', 'CREDIT');
    return {
      transfers:
        status === 'approved' ? [moveBetween('redemption', redeeming, reserve, amount, id)] : [],
      rows: [
        putRow(redemptions, approved),
        logDecision(view, decision, redemption, { action: 'redemption.approve', status }),
      ],
      result: presentRedemption(approved),
    };
  },
};

export const rejectRedemption: Command<RedemptionDecision, Redemption> = {
  kind: 'reject_redemption',
  keys: keysOf,
  decide(view, decision) {
    const redemption = requireDecidable(view, decision);
    requireOpen({ status: redemption.status as RedemptionStatus });
    const { id, userId, amount } = redemption;
    const rejected = withStep(view, redemption, decision, 'rejected');
    const redeeming = userAccount(userId, 'redeeming', 'CREDIT');
    const available = userAccount(userId, 'available', 'CREDIT');
    return {
      transfers: [moveBetween('redemption_release', redeeming, available, amount, id)],
      rows: [
        putRow(redemptions, rejected),
        logDecision(view, decision, redemption, {
          action: 'redemption.reject',
          status: 'rejected',
        }),
      ],
      result: presentRedemption(rejected),
    };
  },
};
