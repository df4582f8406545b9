// The model of deposits, payments and their reversals (DESIGN 2.1).
import { requireOperator, requireOther, requireUser } from './people';
import {
  balanceOf,
  move,
  note,
  ofPlatform,
  ofUser,
  Refusal,
  requireAmount,
  requireLine,
  smaller,
  type Deposit,
  type State,
} from './state';
import { fourEyesAbove } from '../cast';

const reserve = ofPlatform('reserve');
const mostCredits = 10n ** 18n;
const weekMs = 7 * 24 * 3_600_000;

type Content = Pick<Deposit, 'userId' | 'account' | 'amount'>;

function accountOf({ userId, account }: Content): string {
  return userId === null ? ofPlatform(account ?? '') : ofUser(userId, 'available');
}

/** A reference names one deposit for ever. */
function requireSame(known: Content, asked: Content): void {
  const isSame =
    known.userId === asked.userId &&
    known.account === asked.account &&
    known.amount === asked.amount;
  if (!isSame) throw new Refusal('DEPOSIT_REFERENCE_REUSED');
}

function requireRoom(state: State, amount: bigint): void {
  if (amount - balanceOf(state, reserve) > mostCredits) throw new Refusal('AMOUNT_OUT_OF_RANGE');
}

function putDeposit(
  state: State,
  ref: string,
  content: Content,
  rest: Pick<Deposit, 'recordedBy' | 'status' | 'redeemableFrom'>,
): string {
  const { userId, account, amount } = content;
  state.deposits.set(ref, { userId, account, amount, fromTreasury: 0n, fromLosses: 0n, ...rest });
  if (rest.status === 'confirmed') move(state, reserve, accountOf(content), amount);
  return rest.status;
}

export interface RecordDeposit extends Content {
  readonly operatorId: string;
  readonly ref: string;
  readonly reason: string;
}

export function recordDeposit(state: State, request: RecordDeposit): string {
  const { operatorId, userId, amount, ref, reason } = request;
  requireOperator(state, operatorId);
  requireOther(operatorId, userId);
  requireAmount(amount);
  requireLine(ref);
  requireLine(reason);
  const known = state.deposits.get(ref);
  if (known) {
    requireSame(known, request);
    return known.status;
  }
  if (userId !== null) requireUser(state, userId);
  const needsSecond = amount > fourEyesAbove;
  if (!needsSecond) requireRoom(state, amount);
  note(state, 'deposit.record');
  const status = needsSecond ? 'awaiting_second' : 'confirmed';
  return putDeposit(state, ref, request, { recordedBy: operatorId, status, redeemableFrom: 0 });
}

export interface ActOnDeposit {
  readonly operatorId: string;
  readonly ref: string;
  readonly reason: string;
}

function requireDepositOfOthers(state: State, { operatorId, ref, reason }: ActOnDeposit): Deposit {
  requireOperator(state, operatorId);
  requireLine(reason);
  const deposit = state.deposits.get(ref);
  if (!deposit) throw new Refusal('DEPOSIT_NOT_FOUND');
  requireOther(operatorId, deposit.userId);
  return deposit;
}

function requireAwaiting(state: State, act: ActOnDeposit): Deposit {
  const deposit = requireDepositOfOthers(state, act);
  if (deposit.status !== 'awaiting_second') throw new Refusal('STATE_CONFLICT');
  requireOther(act.operatorId, deposit.recordedBy);
  return deposit;
}

export function approveDeposit(state: State, act: ActOnDeposit): string {
  const deposit = requireAwaiting(state, act);
  requireRoom(state, deposit.amount);
  deposit.status = 'confirmed';
  move(state, reserve, accountOf(deposit), deposit.amount);
  note(state, 'deposit.approve');
  return deposit.status;
}

export function rejectDeposit(state: State, act: ActOnDeposit): string {
  const deposit = requireAwaiting(state, act);
  deposit.status = 'rejected';
  note(state, 'deposit.reject');
  return deposit.status;
}

/** Takes back what the beneficiary has, the rest from the treasury, then from nobody; freezes who spent of it. */
function reverse(state: State, deposit: Deposit): { froze: boolean } {
  if (deposit.status !== 'confirmed') throw new Refusal('STATE_CONFLICT');
  const { amount, userId } = deposit;
  const treasury = ofPlatform('treasury');
  const own = smaller(amount, balanceOf(state, accountOf(deposit)));
  move(state, accountOf(deposit), reserve, own);
  deposit.fromTreasury = smaller(amount - own, balanceOf(state, treasury));
  if (deposit.account === 'treasury') deposit.fromTreasury = 0n;
  move(state, treasury, reserve, deposit.fromTreasury);
  deposit.fromLosses = amount - own - deposit.fromTreasury;
  move(state, ofPlatform('losses'), reserve, deposit.fromLosses);
  deposit.status = 'reversed';
  deposit.redeemableFrom = 0;
  const user = userId === null ? undefined : state.users.get(userId);
  if (!user || user.frozen || own === amount) return { froze: false };
  user.frozen = true;
  return { froze: true };
}

export function reverseDeposit(state: State, act: ActOnDeposit): string {
  const deposit = requireDepositOfOthers(state, act);
  const { froze } = reverse(state, deposit);
  note(state, 'deposit.reverse');
  if (froze) note(state, 'user.freeze');
  return deposit.status;
}

export interface Payment {
  readonly ref: string;
  readonly userId: string;
  readonly amount: bigint;
}

export function receivePayment(state: State, { ref, userId, amount }: Payment): string {
  requireAmount(amount);
  requireLine(ref);
  const content = { userId, account: null, amount };
  const known = state.deposits.get(ref);
  if (known) {
    requireSame(known, content);
    return known.status;
  }
  requireUser(state, userId);
  requireRoom(state, amount);
  const redeemableFrom = state.now + weekMs;
  return putDeposit(state, ref, content, { recordedBy: null, status: 'confirmed', redeemableFrom });
}

export function chargeBack(state: State, ref: string, reason: string): string {
  requireLine(reason);
  const deposit = state.deposits.get(ref);
  if (!deposit) throw new Refusal('DEPOSIT_NOT_FOUND');
  if (deposit.status !== 'reversed' && deposit.status !== 'rejected') reverse(state, deposit);
  return deposit.status;
}

/** A week later every payment can be redeemed. */
export function endHolds(state: State): void {
  for (const deposit of state.deposits.values()) deposit.redeemableFrom = 0;
}

/** What a user has that may be spent but not redeemed. */
export function onHoldOf(state: State, userId: string): bigint {
  return [...state.deposits.values()]
    .filter((deposit) => deposit.userId === userId && deposit.redeemableFrom > state.now)
    .reduce((sum, { amount }) => sum + amount, 0n);
}
