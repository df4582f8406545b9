// The model of what users ask of the market (DESIGN 2.4, 2.13): placing, amending, cancelling; and of what the mark
// does to stops.
import { countTick } from './depth';
import { cross } from './liquidation';
import {
  arrive,
  available,
  close,
  holdNeeded,
  restOf,
  setHold,
  setOff,
  waitingStops,
  worthAtMark,
  worthOf,
} from './market';
import { orderRatesOf } from './parameters';
import { requireActive } from './people';
import { balanceOf, Refusal, wholly, type State } from './state';
import type { Order, Terms } from './trading';

const leastWorth = 1_000_000n;
const mostOpen = 200;

export interface PlaceOrder {
  /** Follows from the user and the client's own id. */
  readonly id: string;
  readonly userId: string;
  readonly terms: Terms;
}

function find(state: State, id: string): Order | undefined {
  return state.orders.find((order) => order.id === id);
}

function isStop({ type }: Terms): boolean {
  return type === 'stop_loss' || type === 'take_profit';
}

function isSound(terms: Terms): boolean {
  const { side, type, tif, price, lots, quote, trigger, postOnly } = terms;
  if ((type === 'limit') !== (price !== null) && !isStop(terms)) return false;
  if (isStop(terms) !== (trigger !== null)) return false;
  if (price === null && tif === 'GTC') return false;
  if (postOnly && (type !== 'limit' || tif !== 'GTC')) return false;
  if (quote !== null) return side === 'buy' && price === null && lots === null && tif === 'IOC';
  // A stop that buys at market says what it spends.
  return lots !== null && !(isStop(terms) && side === 'buy' && price === null);
}

function requireWorth(state: State, { quote, price, lots }: Terms): void {
  const worth =
    quote ??
    (price === null ? worthAtMark(state.mark ?? 0n, lots ?? 0) : worthOf(price, lots ?? 0));
  if (worth < leastWorth) throw new Refusal('ORDER_BELOW_MINIMUM');
}

function requireRoom(state: State, userId: string, terms: Terms): void {
  const mayRest = isStop(terms) || (terms.type === 'limit' && terms.tif === 'GTC');
  const open = state.orders.filter((order) => order.userId === userId && order.status === 'open');
  if (mayRest && open.length >= mostOpen) throw new Refusal('OPEN_ORDER_LIMIT');
}

function requireMark(state: State, { type }: Terms): void {
  if (type !== 'limit' && state.mark === null) throw new Refusal('MARK_UNAVAILABLE');
}

/** @param replaced the order that it takes the place of: one that was set off leaves it set off. */
function newOrder(state: State, request: PlaceOrder, replaced?: Order): Order {
  const { id, userId, terms } = request;
  const begun = { arrival: ++state.arrivals, status: 'open', reason: null } as const;
  const progress = { filled: 0, made: 0n, taken: 0n, fee: 0n, hold: 0n };
  const entry = [state.trades.length, state.trades.length] as const;
  const rates = orderRatesOf(state);
  const flags = { rests: false, isSetOff: replaced?.isSetOff ?? false };
  return {
    ...terms,
    id,
    userId,
    asked: terms,
    replaces: replaced?.id ?? null,
    ...rates,
    ...begun,
    ...flags,
    ...progress,
    entry,
  };
}

function enter(state: State, order: Order): void {
  bring(state, order);
  order.entry = [order.entry[0], state.trades.length];
}

/** A purchase of a quantity at market needs what its fills cost; everything else its whole amount. */
function bring(state: State, order: Order): void {
  const purse = balanceOf(state, available(order));
  const goesByCost = order.side === 'buy' && order.price === null && order.quote === null;
  if (!goesByCost && purse < holdNeeded(order)) throw new Refusal('INSUFFICIENT_FUNDS');
  state.orders.push(order);
  if (order.trigger !== null && !order.isSetOff) return setHold(state, order, holdNeeded(order));
  if (!goesByCost) return arrive(state, order);
  // On credit, and in the end the purse must not be overdrawn.
  const credit = 10n ** 30n;
  state.balances.set(available(order), purse + credit);
  arrive(state, order);
  const left = balanceOf(state, available(order)) - credit;
  if (left < 0n) throw new Refusal('INSUFFICIENT_FUNDS');
  state.balances.set(available(order), left);
}

/** An order as its owner is told of it, with what it took as it came, unless it was there before. */
function tell(state: State, id: string, isEntry = true): string {
  const order = find(state, id);
  if (!order) throw new Error('nobody is told of an order that is not there');
  const { status, reason, filled, fee, hold } = order;
  const fills = state.trades
    .slice(...(isEntry ? order.entry : [0, 0]))
    .map(({ ticks, lots }) => `${lots}@${ticks}`);
  return `${id} ${status} ${reason ?? '-'}: ${filled} for ${fee}, holds ${hold} [${fills.join(' ')}]`;
}

function isSame(a: Terms, b: Terms): boolean {
  return Object.keys(a).every((name) => a[name as keyof Terms] === b[name as keyof Terms]);
}

export function placeOrder(state: State, request: PlaceOrder): string {
  const { id, userId, terms } = request;
  const earlier = find(state, id);
  if (earlier && earlier.replaces === null && isSame(earlier.asked, terms)) {
    return `${tell(state, id)} (replayed)`;
  }
  if (earlier || state.amendments.has(id)) throw new Refusal('CLIENT_ORDER_ID_REUSED');
  requireActive(state, userId);
  if (!isSound(terms)) throw new Refusal('INVALID_REQUEST');
  requireMark(state, terms);
  requireWorth(state, terms);
  requireRoom(state, userId, terms);
  return wholly(state, () => {
    enter(state, newOrder(state, request));
    return tell(state, id);
  });
}

export interface AmendOrder {
  readonly id: string;
  readonly userId: string;
  readonly orderId: string;
  readonly price: number | null;
  /** The new total. */
  readonly lots: number | null;
}

function requireOwn(state: State, userId: string, orderId: string): Order {
  const order = find(state, orderId);
  if (order?.userId !== userId) throw new Refusal('ORDER_NOT_FOUND');
  return order;
}

function requireAmendable(order: Order, { price, lots }: AmendOrder): void {
  const isGood =
    (price !== null || lots !== null) &&
    (price === null || order.price !== null) &&
    (lots === null || (order.lots !== null && lots > order.filled));
  if (!isGood) throw new Refusal('ORDER_AMENDMENT_REFUSED');
}

function reduce(state: State, order: Order, lots: number): void {
  requireWorth(state, { ...order, lots });
  order.lots = lots;
  setHold(state, order, holdNeeded(order));
}

function replace(state: State, order: Order, { id, userId, price, lots }: AmendOrder): void {
  const total = lots ?? order.lots;
  const asked = { ...order.asked, price: price ?? order.price };
  const terms = { ...asked, lots: total === null ? null : total - order.filled };
  if (!order.isSetOff) requireMark(state, terms);
  requireWorth(state, { ...terms, lots: total });
  close(state, order, 'cancelled', 'replaced');
  requireRoom(state, userId, terms);
  enter(state, newOrder(state, { id, userId, terms }, order));
}

export function amendOrder(state: State, request: AmendOrder): string {
  const { id, userId, orderId, price, lots } = request;
  const earlier = state.amendments.get(id);
  if (earlier) {
    const same = earlier.orderId === orderId && earlier.price === price && earlier.lots === lots;
    if (!same) throw new Refusal('CLIENT_ORDER_ID_REUSED');
    return `${tell(state, earlier.resultId, earlier.resultId === id)} (replayed)`;
  }
  if (find(state, id)) throw new Refusal('CLIENT_ORDER_ID_REUSED');
  requireActive(state, userId);
  const order = requireOwn(state, userId, orderId);
  const isAboutToExecute = order.isSetOff && !order.rests;
  if (order.status !== 'open' || isAboutToExecute) throw new Refusal('STATE_CONFLICT');
  requireAmendable(order, request);
  return wholly(state, () => {
    const isSamePrice = price === null || price === order.price;
    const isLess = isSamePrice && lots !== null && lots - order.filled < restOf(order);
    if (isLess) reduce(state, order, lots);
    else replace(state, order, request);
    const resultId = isLess ? order.id : id;
    state.amendments.set(id, { orderId, price, lots, resultId });
    return tell(state, resultId, !isLess);
  });
}

export function cancelOrder(
  state: State,
  { userId, orderId }: { userId: string; orderId: string },
) {
  const order = requireOwn(state, userId, orderId);
  if (order.status === 'filled' || order.status === 'expired') throw new Refusal('STATE_CONFLICT');
  if (order.status === 'open') close(state, order, 'cancelled', 'cancelled_by_owner');
  return `${order.id} ${order.status} ${order.reason}`;
}

export function cancelAllOrders(state: State, userId: string): string {
  const own = state.orders.filter((order) => order.userId === userId && order.status === 'open');
  for (const order of own) close(state, order, 'cancelled', 'cancelled_by_owner');
  return `cancelled ${own
    .map(({ id }) => id)
    .sort()
    .join(' ')}`;
}

/** Nothing happens unless it was set off and still waits. */
export function executeStop(state: State, orderId: string): string {
  const stop = waitingStops(state).find(({ id }) => id === orderId);
  if (!stop) return 'done';
  setHold(state, stop, 0n);
  arrive(state, stop);
  return 'done';
}

/** What a tick may move the mark by: 2% in a minute of sixty. */
function mayMove(from: bigint, to: bigint): boolean {
  const moved = to > from ? to - from : from - to;
  return moved * 3_000n <= from;
}

/** Minutes of ticks in one stroke. */
export function advanceMinutes(state: State, bps: number): void {
  if (state.mark === null) return;
  const scaled = (value: bigint) => (value * BigInt(10_000 + bps)) / 10_000n;
  state.mark = scaled(state.mark);
  state.ticks.mark = scaled(state.ticks.mark);
}

/** The mark itself is taken from the row that the tick wrote. */
export function tick(state: State, observed: bigint | null): string {
  const before = state.mark;
  countTick(state);
  if (before !== null && (observed === null || !mayMove(before, observed))) {
    return `the mark went from ${before} to ${observed}`;
  }
  state.mark = observed;
  const positions = cross(state);
  setOff(state);
  const ids = waitingStops(state).map(({ id }) => id);
  return `waiting: ${[...ids, ...positions].sort().join(' ')}`;
}
