// The model of redemptions: held, then destroyed or given back, by two operators above the limit (DESIGN 2.1).
import { onHoldOf } from './deposits';
import { requireActive, requireOperator, requireOther, requireUser } from './people';
import {
  balanceOf,
  move,
  note,
  ofPlatform,
  ofUser,
  Refusal,
  requireAmount,
  requireLine,
  type Redemption,
  type State,
} from './state';
import { fourEyesAbove } from '../cast';

interface RequestRedemption {
  readonly id: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly destination: string;
}

export function requestRedemption(state: State, request: RequestRedemption): string {
  const { id, userId, amount, destination } = request;
  requireActive(state, userId);
  requireAmount(amount);
  requireLine(destination);
  const available = balanceOf(state, ofUser(userId, 'available'));
  if (amount > available) throw new Refusal('INSUFFICIENT_FUNDS');
  if (amount > available - onHoldOf(state, userId)) throw new Refusal('FUNDS_ON_HOLD');
  move(state, ofUser(userId, 'available'), ofUser(userId, 'redeeming'), amount);
  state.redemptions.set(id, {
    userId,
    amount,
    approvalsNeeded: amount > fourEyesAbove ? 2 : 1,
    status: 'pending',
    firstApprover: null,
    decidedBy: null,
  });
  return 'pending';
}

export interface DecideRedemption {
  readonly id: string;
  readonly operatorId: string;
  readonly reason: string;
}

function requireOpen(state: State, { id, operatorId, reason }: DecideRedemption): Redemption {
  requireOperator(state, operatorId);
  requireLine(reason);
  const redemption = state.redemptions.get(id);
  if (!redemption) throw new Refusal('REDEMPTION_NOT_FOUND');
  requireOther(operatorId, redemption.userId);
  if (redemption.decidedBy !== null) throw new Refusal('STATE_CONFLICT');
  return redemption;
}

export function approveRedemption(state: State, decision: DecideRedemption): string {
  const redemption = requireOpen(state, decision);
  const { userId, amount, approvalsNeeded, firstApprover } = redemption;
  if (firstApprover === decision.operatorId) throw new Refusal('STATE_CONFLICT');
  if (requireUser(state, userId).frozen) throw new Refusal('USER_FROZEN');
  note(state, 'redemption.approve');
  if (approvalsNeeded === 2 && firstApprover === null) {
    redemption.firstApprover = decision.operatorId;
    redemption.status = 'awaiting_second';
  } else {
    redemption.decidedBy = decision.operatorId;
    redemption.status = 'approved';
    move(state, ofUser(userId, 'redeeming'), ofPlatform('reserve'), amount);
  }
  return redemption.status;
}

export function rejectRedemption(state: State, decision: DecideRedemption): string {
  const redemption = requireOpen(state, decision);
  const { userId, amount } = redemption;
  note(state, 'redemption.reject');
  redemption.decidedBy = decision.operatorId;
  redemption.status = 'rejected';
  move(state, ofUser(userId, 'redeeming'), ofUser(userId, 'available'), amount);
  return redemption.status;
}
