// The model of the market (DESIGN 2.4, 2.13): who meets whom, at which price, and what that moves. All orders stand in
// one array in the order in which they came; who is next is looked for among all of them each time.
import { balanceOf, move, ofPlatform, ofPosition, ofUser, Refusal, type State } from './state';
import type { Order } from './trading';

const lot = 1_000_000n;
const mostFills = 500;
/** Decimals of the mark. */
const markUnit = 10n ** 12n;

export function lcoOf(lots: number): bigint {
  return BigInt(lots) * lot;
}

/** A tick times a lot is a base unit of CREDIT. */
export function worthOf(ticks: number, lots: number): bigint {
  return BigInt(ticks) * BigInt(lots);
}

/** Base units of CREDIT, rounded down: a lot is a hundredth of an LCO. */
export function worthAtMark(mark: bigint, lots: number): bigint {
  return (mark * BigInt(lots) * 10n ** 8n) / (100n * markUnit);
}

/** The mark in ticks times 10^6, exactly. */
function isAtMost(ticks: number, mark: bigint): boolean {
  return BigInt(ticks) * 10n ** 6n <= mark;
}

function isAtLeast(ticks: number, mark: bigint): boolean {
  return BigInt(ticks) * 10n ** 6n >= mark;
}

/** What a user can spend, or one of the platform's funds, or a position. */
function purseOf({ userId, isPositions }: Order, asset?: 'LCO'): string {
  if (isPositions) return ofPosition(userId, 'holdings', asset ?? 'CREDIT');
  const isFund = userId === 'ecosystem_fund' || userId === 'prize_fund';
  return isFund ? ofPlatform(userId, asset) : ofUser(userId, 'available', asset);
}

export function available(order: Order): string {
  return order.side === 'buy' ? purseOf(order) : purseOf(order, 'LCO');
}

function held({ userId, side, isPositions }: Order): string {
  const asset = side === 'buy' ? 'CREDIT' : 'LCO';
  return isPositions ? ofPosition(userId, 'orders', asset) : ofUser(userId, 'orders', asset);
}

function ceilBps(sum: bigint): bigint {
  return (sum + 9_999n) / 10_000n;
}

/** Σ notional x the rate of each fill's role, in ten-thousandths. */
function ratedOf(order: Order): bigint {
  return order.made * BigInt(order.makerBps) + order.taken * BigInt(order.takerBps);
}

export function restOf({ lots, filled }: Order): number {
  return (lots ?? filled) - filled;
}

/** What the order must hold for what is left of it. */
export function holdNeeded(order: Order): bigint {
  const rest = restOf(order);
  if (order.quote !== null) return order.quote;
  if (rest === 0) return 0n;
  if (order.side === 'sell' || order.price === null) return lcoOf(rest);
  const notional = worthOf(order.price, rest);
  const dearest = BigInt(Math.max(order.makerBps, order.takerBps));
  return notional + ceilBps(ratedOf(order) + notional * dearest) - order.fee;
}

/** Moves as much between what the owner has and what the order holds as it takes to hold so much. */
export function setHold(state: State, order: Order, hold: bigint): void {
  if (hold > order.hold) move(state, available(order), held(order), hold - order.hold);
  else move(state, held(order), available(order), order.hold - hold);
  order.hold = hold;
}

export function close(
  state: State,
  order: Order,
  status: 'cancelled' | 'expired' | 'filled',
  reason: string | null,
): void {
  setHold(state, order, 0n);
  order.status = status;
  order.reason = reason;
  order.rests = false;
}

/** Those on the other side, best price first, and at one price whoever came first. */
function facing(state: State, { side }: Order): Order[] {
  const others = state.orders.filter((other) => other.rests && other.side !== side);
  const sign = side === 'buy' ? 1 : -1;
  const better = (a: Order, b: Order) => sign * ((a.price ?? 0) - (b.price ?? 0));
  return others.sort((a, b) => better(a, b) || a.arrival - b.arrival);
}

/** Whether an order may fill at a price: within its own, or at most the band away from the mark. */
function mayFillAt(state: State, order: Order, ticks: number): boolean {
  const { side, price, bandBps, capTicks } = order;
  if (capTicks !== undefined && capTicks !== null) {
    return side === 'buy' ? ticks <= capTicks : ticks >= capTicks;
  }
  if (price !== null) return side === 'buy' ? ticks <= price : ticks >= price;
  if (state.mark === null) return true;
  // Both sides in ticks times 10^10.
  const edge = state.mark * BigInt(10_000 + (side === 'buy' ? bandBps : -bandBps));
  const asked = BigInt(ticks) * 10n ** 10n;
  return side === 'buy' ? asked <= edge : asked >= edge;
}

/** How many lots at a price the order can take: what is left of it, or what is left of its budget buys, fee included. */
function affordable(order: Order, ticks: number, offered: number): number {
  if (order.quote === null) return Math.min(restOf(order), offered);
  const costs = (lots: number) => {
    const taken = order.taken + worthOf(ticks, lots);
    return taken + ceilBps(taken * BigInt(order.takerBps));
  };
  let [fits, tooMany] = [0, offered + 1];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (costs(middle) <= order.quote) fits = middle;
    else tooMany = middle;
  }
  return fits;
}

/** The two fees that a fill adds. */
function feesOf(maker: Order, taker: Order, notional: bigint): { maker: bigint; taker: bigint } {
  return {
    maker: ceilBps(ratedOf(maker) + notional * BigInt(maker.makerBps)) - maker.fee,
    taker: ceilBps(ratedOf(taker) + notional * BigInt(taker.takerBps)) - taker.fee,
  };
}

function trade(state: State, maker: Order, taker: Order, lots: number): void {
  const ticks = maker.price ?? 0;
  const notional = worthOf(ticks, lots);
  const fees = feesOf(maker, taker, notional);
  maker.filled += lots;
  maker.made += notional;
  maker.fee += fees.maker;
  taker.filled += lots;
  taker.taken += notional;
  taker.fee += fees.taker;
  setHold(state, maker, restOf(maker) === 0 ? 0n : holdNeeded(maker));
  const [buyer, seller] = taker.side === 'buy' ? [taker, maker] : [maker, taker];
  move(state, purseOf(buyer), purseOf(seller), notional);
  move(state, purseOf(seller, 'LCO'), purseOf(buyer, 'LCO'), lcoOf(lots));
  for (const [order, fee] of [
    [maker, fees.maker],
    [taker, fees.taker],
  ] as const) {
    move(state, purseOf(order), ofPlatform('trading_fees'), fee);
  }
  if (restOf(maker) === 0) close(state, maker, 'filled', null);
  const { side, source = 'order' } = taker;
  state.trades.push({ ticks, lots, maker: maker.id, taker: taker.id, side, source, fees });
}

type End = 'filled' | 'no_liquidity' | 'price_band' | 'self_trade_prevention' | 'fill_limit';

/** Takes from those whom the order meets, until something ends it. */
function meet(state: State, taker: Order): End {
  let fills = 0;
  for (const maker of facing(state, taker)) {
    if (taker.quote === null && restOf(taker) === 0) return 'filled';
    const ticks = maker.price ?? 0;
    const lots = affordable(taker, ticks, restOf(maker));
    if (lots === 0) return 'filled';
    if (!mayFillAt(state, taker, ticks)) return 'price_band';
    if (fills === mostFills) return 'fill_limit';
    if (maker.userId === (taker.forUser ?? taker.userId)) {
      if (taker.stp !== 'expire_taker') close(state, maker, 'expired', 'self_trade_prevention');
      if (taker.stp !== 'expire_maker') return 'self_trade_prevention';
      continue;
    }
    trade(state, maker, taker, lots);
    fills++;
    // What is left of a budget buys no further lot: nobody asks for less.
    if (taker.quote !== null && affordable(taker, ticks, 1) === 0) return 'filled';
  }
  return taker.quote === null && restOf(taker) === 0 ? 'filled' : 'no_liquidity';
}

/** What is not filled rests, or ends for a reason. */
function settle(state: State, order: Order, end: End): void {
  if (end === 'filled') return close(state, order, 'filled', null);
  const isThrough = end === 'no_liquidity' || end === 'price_band';
  if (isThrough && order.price !== null && order.tif === 'GTC') {
    order.rests = true;
    return setHold(state, order, holdNeeded(order));
  }
  const reason = isThrough && order.price !== null ? 'immediate_or_cancel' : end;
  close(state, order, 'expired', reason);
}

/** Brings an order that holds nothing to the market; its owner can pay for it, or `requireCost` refuses. */
export function arrive(state: State, order: Order): void {
  order.arrival = ++state.arrivals;
  const [best] = facing(state, order);
  if (order.postOnly && best && mayFillAt(state, order, best.price ?? 0)) {
    throw new Refusal('POST_ONLY_WOULD_TAKE');
  }
  if (order.tif === 'FOK' && !fillsWholly(state, order)) {
    return close(state, order, 'expired', 'fill_or_kill');
  }
  settle(state, order, meet(state, order));
}

/** Tried on a copy of the market. */
function fillsWholly(state: State, order: Order): boolean {
  const copy = structuredClone({ ...state, answers: new Map() });
  // However poor: whether the owner can pay is another question.
  for (const asset of ['CREDIT', 'LCO']) {
    const purse = ofUser(order.userId, 'available', asset);
    copy.balances.set(purse, balanceOf(copy, purse) + 10n ** 30n);
  }
  return meet(copy, structuredClone(order)) === 'filled';
}

/** Stops that the mark has reached are set off. */
export function setOff(state: State): void {
  const { mark } = state;
  if (mark === null) return;
  for (const order of state.orders) {
    if (order.trigger === null || order.isSetOff || order.status !== 'open') continue;
    const onRise = (order.type === 'stop_loss') === (order.side === 'buy');
    order.isSetOff = onRise ? isAtMost(order.trigger, mark) : isAtLeast(order.trigger, mark);
  }
}

/** Those that were set off and wait to be executed. */
export function waitingStops(state: State): Order[] {
  return state.orders.filter(
    ({ status, isSetOff, rests }) => status === 'open' && isSetOff && !rests,
  );
}
