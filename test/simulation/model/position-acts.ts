// What moves when something is done to a position (DESIGN 2.6): Credits in and out, loans and repayments, its orders. Its
// pool is accrued before.
import { deriveId } from '../../../ledger/ids';
import { lend, owedNow, reserveOf, takeBack } from './lending';
import { arrive, lcoOf } from './market';
import { orderRatesOf } from './parameters';
import { debtAssetOf, type Position } from './positions';
import { move, ofPosition, ofUser, Refusal, type State } from './state';
import type { Order } from './trading';

export function requirePosition(state: State, id: string): Position {
  const position = state.positions.get(id);
  if (!position) throw new Refusal('POSITION_NOT_FOUND');
  return position;
}

export function closingSideOf({ side }: Position): 'buy' | 'sell' {
  return side === 'long' ? 'sell' : 'buy';
}

export function holdingsOf({ id }: Position, asset: 'CREDIT' | 'LCO' = 'CREDIT'): string {
  return ofPosition(id, 'holdings', asset);
}

export function ownersPurse({ userId }: Position, asset: 'CREDIT' | 'LCO' = 'CREDIT'): string {
  return ofUser(userId, 'available', asset);
}

export function debtNow(state: State, { side, scaled }: Position): bigint {
  return owedNow(state, debtAssetOf(side), scaled);
}

/** What is in the account may be more than what is counted: what an order traded is counted later. */
export function payIn(state: State, position: Position, amount: bigint, from: string): void {
  move(state, from, holdingsOf(position), amount);
  position.credits += amount;
  if (!position.wasTakenOver) position.paidIn += amount;
}

export function payOut(state: State, position: Position, amount: bigint, to: string): void {
  move(state, holdingsOf(position), to, amount);
  position.credits -= amount;
  if (!position.wasTakenOver) position.paidOut += amount;
}

export function penalise(state: State, position: Position, amount: bigint): void {
  move(state, holdingsOf(position), reserveOf('CREDIT'), amount);
  position.credits -= amount;
  position.penalties += amount;
}

function addDebtAsset(position: Position, amount: bigint): void {
  if (position.side === 'long') position.credits += amount;
  else position.coins += amount;
}

export function borrow(state: State, position: Position, amount: bigint): void {
  const asset = debtAssetOf(position.side);
  position.scaled += lend(state, asset, amount, holdingsOf(position, asset));
  addDebtAsset(position, amount);
}

export function repay(state: State, position: Position, amount: bigint): void {
  if (amount === 0n) return;
  const asset = debtAssetOf(position.side);
  const from = holdingsOf(position, asset);
  position.scaled -= takeBack(state, asset, { amount, scaled: position.scaled, from });
  addDebtAsset(position, -amount);
}

/** LCO that were bought beyond what is owed. */
export function passOn(state: State, position: Position, amount: bigint, to: string): void {
  move(state, holdingsOf(position, 'LCO'), to, amount);
  position.coins -= amount;
}

interface PositionOrder {
  readonly side: 'buy' | 'sell';
  readonly lots: number | null;
  readonly quote?: bigint;
  /** The worst price. */
  readonly limit: number;
  readonly rests?: boolean;
  readonly stp: Order['stp'];
  readonly forUser: string | null;
  readonly source: 'order' | 'liquidation';
}

/** An order that its own number names; the fee is the one of its opening. */
export function trade(state: State, position: Position, request: PositionOrder): Order {
  const { side, lots, quote = null, limit, rests = false, stp, forUser, source } = request;
  const asked = {
    ...{ side, stp, lots, quote, postOnly: false, trigger: null },
    type: rests ? 'limit' : 'market',
    tif: rests ? 'GTC' : 'IOC',
    price: rests ? limit : null,
  } as const;
  const order: Order = {
    ...asked,
    ...orderRatesOf(state),
    takerBps: position.takerBps,
    makerBps: Math.min(orderRatesOf(state).makerBps, position.takerBps),
    id: deriveId('order', position.id, `position-${++position.orders}`),
    userId: position.id,
    isPositions: true,
    ...{ asked, forUser, source, replaces: null, arrival: 0, entry: [0, 0] },
    ...(rests ? {} : { capTicks: limit }),
    ...{ status: 'open', reason: null, rests: false, isSetOff: false },
    ...{ filled: 0, made: 0n, taken: 0n, fee: 0n, hold: 0n },
  };
  state.orders.push(order);
  arrive(state, order);
  return order;
}

/** Lots that so many Credits pay for, fee included. */
export function lotsFor(credits: bigint, ticks: number, { takerBps }: Position): number {
  const notional = (credits * 10_000n) / (10_000n + BigInt(takerBps));
  return Math.min(Number(notional / BigInt(ticks)), 1_000_000_000);
}

/** What an order has traded becomes the position's. */
export function count(position: Position, { side, filled, made, taken, fee }: Order): void {
  const sign = side === 'buy' ? 1n : -1n;
  position.coins += sign * lcoOf(filled);
  position.credits -= sign * (made + taken) + fee;
}

/** Ends a position that holds and owes nothing. */
export function end(state: State, position: Position, reason: string, isTold = true): void {
  if (position.scaled + position.credits + position.coins !== 0n) {
    throw new Error(`the position ${position.id} would be closed with something left`);
  }
  Object.assign(position, { status: 'closed', closeReason: reason, workOff: null });
  Object.assign(position, { stop: null, take: null, triggered: null });
  if (isTold) state.monitorsTold++;
}

export function reopen(position: Position): void {
  Object.assign(position, { status: 'open', fencedLots: null, sliced: false });
}
