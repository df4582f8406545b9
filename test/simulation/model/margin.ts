// The model of what owners do with their positions (DESIGN 2.6, 2.13): opening, collateral, triggers, closing.
import { impactPrice } from './depth';
import { accrue, ceilOf, owedNow, poolDebtOf } from './lending';
import { lcoOf } from './market';
import { marginRatiosOf, minCollateralOf, orderRatesOf } from './parameters';
import { requireActive, requireUser } from './people';
import {
  borrow,
  closingSideOf,
  count,
  debtNow,
  end,
  lotsFor,
  ownersPurse,
  passOn,
  payIn,
  payOut,
  repay,
  requirePosition,
  trade,
} from './position-acts';
import {
  bankruptcyTicks,
  debtAssetOf,
  figuresOf,
  isLess,
  lotsLeft,
  marginRatio,
  markPrice,
  tellPosition,
  type Figures,
  type Fraction,
  type Position,
  type PositionSide,
} from './positions';
import { balanceOf, Refusal, remember, smaller, wholly, type State } from './state';
import type { Order } from './trading';

const mostOpen = 100;
const freshMs = 10_000;
/** In millionths: what came of rounded amounts is compared with it. */
const tolerance = 1n;

interface Opening {
  readonly id: string;
  readonly userId: string;
  readonly side: PositionSide;
  readonly collateral: bigint;
  /** Hundredths. */
  readonly leverage: number;
  readonly slippageBps: number;
}

/** A fresh mark, and both sides of the book deep enough, as of the tick and now. */
function requireMarket(state: State, side: PositionSide): { mark: bigint; worst: Fraction } {
  const { mark, ticks, now } = state;
  if (mark === null || ticks.at === null || now - ticks.at > freshMs) {
    throw new Refusal('MARK_UNAVAILABLE');
  }
  const [bid, ask] = [impactPrice(state, 'buy'), impactPrice(state, 'sell')];
  if (!ticks.isTwoSided || !bid || !ask) throw new Refusal('MARKET_NOT_TWO_SIDED');
  const quote = side === 'long' ? bid : ask;
  if (ticks.ms === 0n) return { mark, worst: quote };
  const average = { num: ticks.mark, den: ticks.ms * 10n ** 12n };
  const isAverageWorse = side === 'long' ? isLess(average, quote) : isLess(quote, average);
  return { mark, worst: isAverageWorse ? average : quote };
}

/** In ticks, so many basis points to the taker's disadvantage, never beyond. */
export function limitFrom(mark: bigint, side: 'buy' | 'sell', bps: number): number {
  const scaled = mark * BigInt(10_000 + (side === 'buy' ? bps : -bps));
  const unit = 10n ** 10n;
  return Number(side === 'buy' ? scaled / unit : ceilOf(scaled, unit));
}

/** The ratio in millionths, a little more, is at least so much. */
function requireRatio(ratio: Fraction | null, least: Fraction): void {
  if (!ratio) return;
  const lenient = {
    num: least.num * 1_000_000n - tolerance * least.den,
    den: least.den * 1_000_000n,
  };
  if (isLess(ratio, lenient)) throw new Refusal('MARGIN_RATIO_TOO_LOW');
}

/** MR at the mark >= 1/L - 2f - s, and MR at the worst price >= the safe one. */
function requireSafety(
  figures: Figures,
  { leverage, safeBps }: Position,
  { mark, worst, slippageBps }: { mark: bigint; worst: Fraction; slippageBps: number },
): void {
  const [l, less] = [BigInt(leverage), 2n * figures.feeBps + BigInt(slippageBps)];
  requireRatio(marginRatio(figures, markPrice(mark)), {
    num: 1_000_000n - less * l,
    den: l * 10_000n,
  });
  requireRatio(marginRatio(figures, worst), { num: BigInt(safeBps), den: 10_000n });
}

/** All debt of a side stays below the average depth that would close it, a user's below a quarter. */
function requireDepth(state: State, { side, userId }: Position): void {
  const { ms, bids, asks } = state.ticks;
  if (ms === 0n) throw new Refusal('MARK_UNAVAILABLE');
  const depth = (side === 'long' ? bids : asks) / ms;
  const asset = debtAssetOf(side);
  const own = [...state.positions.values()].filter(
    (other) => other.userId === userId && other.side === side && isOwned(other),
  );
  const owed = own.reduce((sum, { scaled }) => sum + scaled, 0n);
  const isWithin = poolDebtOf(state, asset) < depth && owedNow(state, asset, owed) * 4n < depth;
  if (!isWithin) throw new Refusal('DEBT_LIMIT');
}

/** Not the reserve's, and not closed. */
export function isOwned({ status }: Position): boolean {
  return status === 'open' || status === 'liquidating';
}

function newPosition(state: State, { id, userId, side, leverage }: Opening): Position {
  return {
    ...{ id, userId, side, leverage, takerBps: orderRatesOf(state).takerBps },
    ...marginRatiosOf(state),
    ...{ status: 'open', history: [], coins: 0n, credits: 0n, scaled: 0n },
    ...{ entryLots: 0, entryNotional: 0n, stop: null, take: null, triggered: null },
    ...{ paidIn: 0n, paidOut: 0n, penalties: 0n, orders: 0 },
    ...{ fencedLots: null, sliced: false, wasTakenOver: false, workOff: null },
    ...{ closeReason: null, found: null },
  };
}

export function open(state: State, request: Opening): string {
  const { id, userId, side, collateral } = request;
  requireActive(state, userId);
  if (collateral < minCollateralOf(state)) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  const position = newPosition(state, request);
  if (collateral > balanceOf(state, ownersPurse(position))) throw new Refusal('INSUFFICIENT_FUNDS');
  const others = [...state.positions.values()].filter((one) => one.userId === userId);
  if (others.filter(isOwned).length >= mostOpen) throw new Refusal('POSITION_LIMIT');
  const market = requireMarket(state, side);
  return wholly(state, () => {
    accrue(state, debtAssetOf(side));
    state.positions.set(id, position);
    payIn(state, position, collateral, ownersPurse(position));
    const order = enter(state, position, request, market.mark);
    position.entryLots = order.filled;
    position.entryNotional = order.taken;
    requireDepth(state, position);
    const terms = { ...market, slippageBps: request.slippageBps };
    requireSafety(figuresOf(state, position), position, terms);
    state.monitorsTold++;
    position.history.push('opened');
    return tellPosition(state, position);
  });
}

/** A long spends L x M, fee included; a short sells the most lots worth L x M at the mark. All of it or nothing. */
function enter(state: State, position: Position, request: Opening, mark: bigint): Order {
  const { side, userId, collateral, leverage, slippageBps } = request;
  const worth = (collateral * BigInt(leverage)) / 100n;
  const { num, den } = markPrice(mark);
  const lots = side === 'long' ? null : Number((worth * den) / num / 1_000_000n);
  if (lots === 0) throw new Refusal('POSITION_NOT_FILLED');
  borrow(state, position, lots === null ? worth - collateral : lcoOf(lots));
  const orderSide = side === 'long' ? 'buy' : 'sell';
  const limit = limitFrom(mark, orderSide, slippageBps);
  const order = trade(state, position, {
    side: orderSide,
    lots,
    ...(lots === null ? { quote: worth } : {}),
    limit,
    ...{ stp: 'expire_taker', forUser: userId, source: 'order' },
  });
  if (order.status !== 'filled' || order.filled === 0) throw new Refusal('POSITION_NOT_FILLED');
  // What is dearer than all that is left lies beyond the limit.
  const left = side === 'long' ? worth - order.taken - order.fee : 0n;
  if (lotsFor(left, limit, position) > 0) throw new Refusal('POSITION_NOT_FILLED');
  count(position, order);
  if (side === 'long') {
    repay(state, position, smaller(position.credits, debtNow(state, position)));
    payOut(state, position, position.credits, ownersPurse(position));
  }
  return order;
}

interface OwnersAct {
  readonly id: string;
  readonly userId: string;
}

function requireOpen(state: State, { id, userId }: OwnersAct): Position {
  const position = requirePosition(state, id);
  if (position.userId !== userId) throw new Refusal('POSITION_NOT_FOUND');
  if (position.status !== 'open') throw new Refusal('STATE_CONFLICT');
  return position;
}

/** @param amount below 0: taken out */
export function adjust(state: State, request: OwnersAct & { amount: bigint }): string {
  const { userId, amount } = request;
  requireOpen(state, request);
  requireActive(state, userId);
  if (amount === 0n) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  return wholly(state, () => {
    const position = requireOpen(state, request);
    accrue(state, debtAssetOf(position.side));
    if (amount > 0n) add(state, position, amount);
    else takeOut(state, position, -amount);
    position.history.push(amount > 0n ? 'collateral_added' : 'collateral_taken');
    return tellPosition(state, position);
  });
}

function add(state: State, position: Position, amount: bigint): void {
  const isLong = position.side === 'long';
  if (isLong && amount > debtNow(state, position)) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  if (amount > balanceOf(state, ownersPurse(position))) throw new Refusal('INSUFFICIENT_FUNDS');
  payIn(state, position, amount, ownersPurse(position));
  if (isLong) repay(state, position, amount);
}

/** Of a long it is borrowed. */
function takeOut(state: State, position: Position, amount: bigint): void {
  const market = requireMarket(state, position.side);
  if (position.side === 'long') {
    borrow(state, position, amount);
    requireDepth(state, position);
  } else if (amount > position.credits) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  payOut(state, position, amount, ownersPurse(position));
  requireSafety(figuresOf(state, position), position, { ...market, slippageBps: 0 });
}

interface Triggers extends OwnersAct {
  readonly stop: number | null;
  readonly take: number | null;
}

/** Marks that it waits for must be ahead; what was set off is taken back. */
export function setTriggers(state: State, request: Triggers): string {
  const position = requireOpen(state, request);
  requireUser(state, request.userId);
  const { mark } = state;
  if (mark === null) throw new Refusal('MARK_UNAVAILABLE');
  const { stop, take } = request;
  const isAbove = (ticks: number) => BigInt(ticks) * 1_000_000n > mark;
  const isBelow = (ticks: number) => BigInt(ticks) * 1_000_000n < mark;
  const [isStopAhead, isTakeAhead] =
    position.side === 'long' ? [isBelow, isAbove] : [isAbove, isBelow];
  const isGood = (stop === null || isStopAhead(stop)) && (take === null || isTakeAhead(take));
  if (!isGood) throw new Refusal('INVALID_REQUEST');
  accrue(state, debtAssetOf(position.side));
  Object.assign(position, { stop, take, triggered: null });
  position.history.push('triggers_set');
  return tellPosition(state, position);
}

/** @param fraction ten-thousandths */
function lotsOf(figures: Figures, fraction: number): number {
  const all = lotsLeft(figures);
  if (fraction === 10_000) return all;
  const parts = BigInt(fraction);
  if (figures.side === 'long') return Number((BigInt(all) * parts) / 10_000n);
  const lots = ceilOf(figures.debt * parts, 10_000n * 1_000_000n);
  return isDust(figures.debt - lots * 1_000_000n) ? all : Number(lots);
}

/** Less than a lot, which no Credits could buy. */
function isDust(owed: bigint): boolean {
  return owed > 0n && owed < 1_000_000n;
}

/** The nearer of the market's band and the price at which nothing is left. */
function closingLimit(state: State, position: Position, lots: number): number {
  const side = closingSideOf(position);
  const last = bankruptcyTicks(figuresOf(state, position), lots);
  if (state.mark === null) return last;
  const dearest = 1_000_000_000;
  const band = limitFrom(state.mark, side, orderRatesOf(state).bandBps);
  const within = Math.min(Math.max(band, 1), dearest);
  return side === 'sell' ? Math.max(within, last) : Math.min(within, last);
}

/** A share of the debt is repaid, the rest is paid out; returns the lots that were closed. */
function closeAtMarket(state: State, position: Position, lots: number): number {
  const before = figuresOf(state, position);
  const order = trade(state, position, {
    side: closingSideOf(position),
    lots,
    limit: closingLimit(state, position, lots),
    ...{ stp: 'expire_maker', forUser: position.userId, source: 'order' },
  });
  const { filled, taken, fee } = order;
  if (filled === 0) return 0;
  count(position, order);
  const traded = lcoOf(filled);
  if (position.side === 'long') {
    const proceeds = taken - fee;
    const repaid = smaller(ceilOf(before.debt * traded, before.coins), proceeds);
    repay(state, position, repaid);
    payOut(state, position, proceeds - repaid, ownersPurse(position));
  } else {
    const repaid = smaller(traded, before.debt);
    const left = (before.credits * repaid) / before.debt - taken - fee;
    repay(state, position, repaid);
    const isPaid = left > 0n && !isDust(before.debt - repaid);
    payOut(state, position, isPaid ? left : 0n, ownersPurse(position));
    passOn(state, position, traded - repaid, ownersPurse(position, 'LCO'));
  }
  return filled;
}

function conclude(state: State, position: Position, reason: string): void {
  const isOver = lotsLeft(figuresOf(state, position)) === 0;
  if (isOver) {
    payOut(state, position, position.credits, ownersPurse(position));
    end(state, position, reason);
  }
  position.history.push(isOver ? 'closed' : 'closed_in_part');
}

export function close(state: State, request: OwnersAct & { fraction: number }): string {
  requireOpen(state, request);
  requireUser(state, request.userId);
  return wholly(state, () => {
    const position = requireOpen(state, request);
    accrue(state, debtAssetOf(position.side));
    const lots = lotsOf(figuresOf(state, position), request.fraction);
    if (lots === 0) throw new Refusal('AMOUNT_OUT_OF_RANGE');
    const filled = closeAtMarket(state, position, lots);
    if (filled === 0) throw new Refusal('POSITION_NOT_FILLED');
    conclude(state, position, 'closed_by_owner');
    return `${filled} closed: ${tellPosition(state, position)}`;
  });
}

/** As much as the market takes, if it waits for that. */
export function closeTriggered(state: State, id: string): string {
  const { status, triggered } = state.positions.get(id) ?? {};
  if (status !== 'open' || !triggered) return 'done';
  return wholly(state, () => {
    const undo = remember(state);
    const position = requirePosition(state, id);
    accrue(state, debtAssetOf(position.side));
    const filled = closeAtMarket(state, position, lotsLeft(figuresOf(state, position)));
    if (filled === 0) undo();
    else conclude(state, position, triggered);
    return 'done';
  });
}
