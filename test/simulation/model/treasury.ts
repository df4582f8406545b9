// The model of grants, bills paid to upstreams and corrections of cost (DESIGN 2.1, 2.2).
import { requireOperator, requireOther, requireUser } from './people';
import {
  addRecord,
  balanceOf,
  move,
  note,
  ofPlatform,
  ofUser,
  Refusal,
  requireAmount,
  requireLine,
  type State,
} from './state';

interface OperatorsRecord {
  readonly operatorId: string;
  readonly amount: bigint;
  readonly reason: string;
}

export function makeGrant(state: State, request: OperatorsRecord & { userId: string }): string {
  const { operatorId, userId, amount, reason } = request;
  requireOperator(state, operatorId);
  requireOther(operatorId, userId);
  requireAmount(amount);
  requireLine(reason);
  requireUser(state, userId);
  const treasury = ofPlatform('treasury');
  if (amount > balanceOf(state, treasury)) throw new Refusal('INSUFFICIENT_FUNDS');
  move(state, treasury, ofUser(userId, 'available'), amount);
  addRecord(state, 'grants', amount);
  note(state, 'grant.make');
  return 'granted';
}

export function payBill(state: State, request: OperatorsRecord & { channel: string }): string {
  const { operatorId, amount, reason, channel } = request;
  requireOperator(state, operatorId);
  requireAmount(amount);
  requireLine(reason);
  requireLine(channel);
  const payable = ofPlatform('upstream_cost');
  if (amount > balanceOf(state, payable)) throw new Refusal('BILL_EXCEEDS_PAYABLE');
  move(state, payable, ofPlatform('reserve'), amount);
  addRecord(state, 'bills', amount);
  note(state, 'upstream_payment.record');
  return 'paid';
}

/** Moves nothing by itself. */
export function correctCost(state: State, request: OperatorsRecord): string {
  const { operatorId, amount, reason } = request;
  requireOperator(state, operatorId);
  requireAmount(amount < 0n ? -amount : amount);
  requireLine(reason);
  addRecord(state, 'corrections', amount);
  note(state, 'cost_correction.record');
  return 'noted';
}
