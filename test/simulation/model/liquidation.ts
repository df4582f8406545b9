// The model of liquidation (DESIGN 2.6, 2.13): what a tick fences and sets off, a liquidation's orders, what the reserve
// takes over and how it is worked off, and who bears what is left.
import { depthWithin } from './depth';
import {
  accrue,
  ceilOf,
  grown,
  haircut,
  owedNow,
  payReserve,
  poolOf,
  reserveOf,
  sharesOf,
  surplusOf,
  type Asset,
} from './lending';
import { limitFrom } from './margin';
import { close as closeOrder, lcoOf } from './market';
import { backstopOf, orderRatesOf, takeoverCapOf } from './parameters';
import {
  closingSideOf,
  count,
  debtNow,
  end,
  holdingsOf,
  lotsFor,
  ownersPurse,
  passOn,
  payIn,
  payOut,
  penalise,
  reopen,
  repay,
  requirePosition,
  trade,
} from './position-acts';
import {
  bankruptcyTicks,
  debtAssetOf,
  equityAt,
  figuresOf,
  isBelow,
  isLess,
  isNegative,
  lotsLeft,
  marginRatio,
  markPrice,
  tellPosition,
  type Found,
  type Fraction,
  type Loss,
  type Position,
} from './positions';
import { balanceOf, move, ofPlatform, remember, smaller, type State } from './state';
import type { Order } from './trading';

const one = 10n ** 18n;
const nearBps = 10;
const treasury = ofPlatform('treasury');

/** A batch begins: what a tick finds is what was there before it. */
export function beginBatch(state: State): void {
  for (const position of state.positions.values()) {
    const { status, coins, credits, scaled, stop, take, triggered } = position;
    position.found = { status, coins, credits, scaled, stop, take, triggered };
  }
}

/** The key times the index, which is the liquidation price with unrounded debt, is beyond the mark. */
function isCrossed(state: State, position: Position, { coins, credits, scaled }: Found): boolean {
  if (scaled === 0n || state.mark === null) return false;
  const { side, takerBps, maintenanceBps } = position;
  const { borrowIndex } = grown(state, debtAssetOf(side));
  const [fee, ratio] = [BigInt(takerBps), BigInt(maintenanceBps)];
  const mark = markPrice(state.mark);
  const owed = scaled * borrowIndex;
  if (side === 'short') {
    return isLess({ num: credits * one * 10_000n, den: owed * (10_000n + fee + ratio) }, mark);
  }
  if (coins === 0n) return true;
  return isLess(mark, { num: owed * 10_000n, den: one * coins * (10_000n - fee - ratio) });
}

type Trigger = Exclude<Position['triggered'], null>;

/** Which of both the mark has reached. */
function reached(
  state: State,
  side: Position['side'],
  { stop, take }: Pick<Found, 'stop' | 'take'>,
): Trigger | null {
  const mark = state.mark ?? 0n;
  const hasFallenTo = (ticks: number | null) =>
    ticks !== null && mark <= BigInt(ticks) * 1_000_000n;
  const hasRisenTo = (ticks: number | null) => ticks !== null && mark >= BigInt(ticks) * 1_000_000n;
  if (side === 'long' ? hasFallenTo(stop) : hasRisenTo(stop)) return 'stop_loss';
  return (side === 'long' ? hasRisenTo(take) : hasFallenTo(take)) ? 'take_profit' : null;
}

function fence(state: State, position: Position): void {
  for (const order of state.orders) {
    if (order.userId !== position.userId || order.status !== 'open') continue;
    closeOrder(state, order, 'cancelled', 'position_liquidated');
  }
  position.status = 'liquidating';
  position.fencedLots = lotsLeft(figuresOf(state, position));
  position.sliced = false;
  position.triggered = null;
  position.history.push('fenced');
  state.monitorsTold++;
}

/** What was found before the batch counts, if it is still so. Returns the positions that wait to be closed. */
export function cross(state: State): string[] {
  if (state.mark === null) return [];
  const open = [...state.positions.values()].filter(
    ({ status, found }) => status === 'open' && found?.status === 'open',
  );
  const waiting: string[] = [];
  for (const position of open) {
    const { found, side } = position;
    if (!found) continue;
    if (isCrossed(state, position, found) && isCrossed(state, position, position)) {
      fence(state, position);
      continue;
    }
    const kind = reached(state, side, position);
    const isFound = found.triggered === null && reached(state, side, found) !== null;
    if (isFound && kind !== null && position.triggered === null) {
      position.triggered = kind;
      position.history.push('trigger_set_off');
      waiting.push(position.id);
    } else if (found.triggered !== null && position.triggered !== null) waiting.push(position.id);
  }
  return waiting;
}

const next = { open: 'watch', liquidating: 'liquidate', taken_over: 'work_off', closed: 'nothing' };

function tell(state: State, id: string): string {
  const position = requirePosition(state, id);
  const { history, status } = position;
  return `${tellPosition(state, position)}, ${history.length}: ${next[status]}`;
}

/** A fifth of what rests within 3%, a tenth of what was fenced at least, all that is left at most. */
function sliceOf(state: State, position: Position, mark: bigint): number {
  const rest = lotsLeft(figuresOf(state, position));
  const { bids, asks } = depthWithin(state, 3n);
  const { num, den } = markPrice(mark);
  const depth = position.side === 'long' ? (bids * den) / num : asks;
  const fifth = Number(depth / lcoOf(5));
  const tenth = Math.ceil((position.fencedLots ?? rest) / 10);
  return Math.min(rest, Math.max(tenth, fifth));
}

function markOf({ mark }: State): bigint {
  if (mark === null) throw new Error('what is fenced was fenced by a mark');
  return mark;
}

/** One order of a liquidation. */
export function liquidate(state: State, id: string, isMonitor: boolean): string {
  if (requirePosition(state, id).status !== 'liquidating') return tell(state, id);
  const mark = markOf(state);
  const undo = remember(state);
  const position = requirePosition(state, id);
  accrue(state, debtAssetOf(position.side));
  const { sliced, safeBps, maintenanceBps } = position;
  const ratio = marginRatio(figuresOf(state, position), markPrice(mark));
  if (!isBelow(ratio, sliced ? safeBps : maintenanceBps)) {
    reopen(position);
    position.history.push(sliced ? 'recovered' : 'spared');
    return tell(state, id);
  }
  const order = offer(state, position, mark);
  if (order && order.filled > 0) {
    settleSlice(state, position, order, mark);
    concludeSlice(state, position, mark, isMonitor);
    position.history.push('liquidated');
    return tell(state, id);
  }
  undo();
  const untouched = requirePosition(state, id);
  if (isBelow(ratio, untouched.takeoverBps) && mayTakeOver(state, untouched, mark)) {
    accrue(state, debtAssetOf(untouched.side));
    untouched.status = 'taken_over';
    untouched.wasTakenOver = true;
    untouched.history.push('taken_over');
  }
  return tell(state, id);
}

function offer(state: State, position: Position, mark: bigint): Order | null {
  const lots = sliceOf(state, position, mark);
  const limit = bankruptcyTicks(figuresOf(state, position), lots);
  if (limit < 1) return null;
  return trade(state, position, {
    ...{ side: closingSideOf(position), lots, limit },
    ...{ stp: 'expire_maker', forUser: position.userId, source: 'liquidation' },
  });
}

/** 2% of it, or the equity that is left at the worse of the mark and what was got. */
function settleSlice(state: State, position: Position, order: Order, mark: bigint): void {
  count(position, order);
  position.sliced = true;
  if (position.side === 'short') {
    const repaid = smaller(lcoOf(order.filled), debtNow(state, position));
    repay(state, position, repaid);
    passOn(state, position, lcoOf(order.filled) - repaid, ownersPurse(position, 'LCO'));
  }
  const got: Fraction = { num: order.taken, den: BigInt(order.filled) * 1_000_000n };
  const atMark = markPrice(mark);
  const isGotWorse = position.side === 'long' ? isLess(got, atMark) : isLess(atMark, got);
  const equity = equityAt(figuresOf(state, position), isGotWorse ? got : atMark);
  const left = isNegative(equity) ? 0n : equity.num / equity.den;
  const penalty = smaller((order.taken * 200n) / 10_000n, left);
  penalise(state, position, smaller(penalty, position.credits));
  if (position.side === 'long') {
    repay(state, position, smaller(position.credits, debtNow(state, position)));
    payOut(state, position, position.credits, ownersPurse(position));
  }
}

function concludeSlice(state: State, position: Position, mark: bigint, isMonitor: boolean): void {
  const figures = figuresOf(state, position);
  if (lotsLeft(figures) === 0) {
    payOut(state, position, position.credits, ownersPurse(position));
    end(state, position, 'liquidated', !isMonitor);
  } else if (!isBelow(marginRatio(figures, markPrice(mark)), position.safeBps)) {
    reopen(position);
  }
}

/** All that the reserve has taken over stays within a multiple of its Credits. */
function mayTakeOver(state: State, position: Position, mark: bigint): boolean {
  const { num, den } = markPrice(mark);
  const worth = (asset: Asset, debt: bigint) =>
    asset === 'CREDIT' ? debt : ceilOf(debt * num, den);
  const taken = [...state.positions.values()].filter(({ status }) => status === 'taken_over');
  const sum = (['CREDIT', 'LCO'] as const).reduce((total, asset) => {
    const own = taken.filter(({ side }) => debtAssetOf(side) === asset);
    const scaled = own.reduce((all, other) => all + other.scaled, 0n);
    return total + worth(asset, owedNow(state, asset, scaled));
  }, 0n);
  const after = sum + worth(debtAssetOf(position.side), debtNow(state, position));
  return after <= balanceOf(state, reserveOf('CREDIT')) * takeoverCapOf(state);
}

/** The next step with what was taken over. */
export function workOff(state: State, id: string, isMonitor: boolean): string {
  if (requirePosition(state, id).status !== 'taken_over') return tell(state, id);
  const mark = markOf(state);
  const undo = remember(state);
  const position = requirePosition(state, id);
  const order = state.orders.find((known) => known.id === position.workOff);
  if (order?.status === 'open' && order.filled === 0 && isNear(order, mark)) return tell(state, id);
  accrue(state, debtAssetOf(position.side));
  if (order) settle(state, position, order);
  const hasTraded = order !== undefined && order.filled > 0;
  const kind = goOn(state, position, mark, { hasTraded, isMonitor });
  if (kind !== 'waits') position.history.push(kind);
  else {
    undo();
    if (order) settleAlone(state, id);
  }
  return tell(state, id);
}

/** What was tried after it has not happened. */
function settleAlone(state: State, id: string): void {
  const position = requirePosition(state, id);
  const order = state.orders.find((known) => known.id === position.workOff);
  if (!order) throw new Error('there was an order to settle');
  accrue(state, debtAssetOf(position.side));
  settle(state, position, order);
  position.history.push('worked_off');
}

function isNear({ price, side }: Order, mark: bigint): boolean {
  const ticks = price ?? 0;
  const [lower, upper] = side === 'buy' ? [-nearBps, nearBps] : [nearBps, -nearBps];
  return ticks >= limitFrom(mark, side, lower) && ticks <= limitFrom(mark, side, upper);
}

/** What the order has traded is counted and repays the debt; what is beyond is the reserve's. */
function settle(state: State, position: Position, order: Order): void {
  if (order.status === 'open') closeOrder(state, order, 'cancelled', 'repriced');
  count(position, order);
  position.workOff = null;
  const debt = debtNow(state, position);
  if (position.side === 'long') {
    repay(state, position, smaller(position.credits, debt));
    payOut(state, position, position.credits, reserveOf('CREDIT'));
  } else {
    const repaid = smaller(lcoOf(order.filled), debt);
    repay(state, position, repaid);
    passOn(state, position, lcoOf(order.filled) - repaid, reserveOf('LCO'));
  }
}

interface Going {
  readonly hasTraded: boolean;
  readonly isMonitor: boolean;
}

function goOn(state: State, position: Position, mark: bigint, going: Going): string {
  const rest = lotsLeft(figuresOf(state, position));
  const owes = debtNow(state, position) > 0n;
  if (!owes && (rest === 0 || position.side === 'short')) {
    const loss = state.losses.get(position.id);
    if (loss && !loss.isSettled) {
      loss.isSettled = true;
      loss.indexAfter = poolOf(state, loss.asset).supplyIndex;
    }
    finish(state, position, going);
    return 'worked_off';
  }
  const lots = rest === 0 ? 0 : affordableSlice(state, position, mark);
  if (lots === 0) return bear(state, position, mark, going);
  const order = trade(state, position, {
    ...{ side: closingSideOf(position), lots, limit: atMark(position, mark), rests: true },
    ...{ stp: 'expire_maker', forUser: null, source: 'liquidation' },
  });
  position.workOff = order.id;
  return going.hasTraded ? 'worked_off' : 'offered';
}

function finish(state: State, position: Position, { isMonitor }: Going): void {
  payOut(state, position, position.credits, reserveOf('CREDIT'));
  end(state, position, 'worked_off', !isMonitor);
}

function atMark(position: Position, mark: bigint): number {
  return Math.max(1, limitFrom(mark, closingSideOf(position), 0));
}

function affordableSlice(state: State, position: Position, mark: bigint): number {
  const slice = sliceOf(state, position, mark);
  if (position.side === 'long') return slice;
  return Math.min(slice, lotsFor(position.credits, atMark(position, mark), position));
}

/** No collateral is left: the reserve pays, then the treasury, then those who supply the pool. */
function bear(state: State, position: Position, mark: bigint, going: Going): string {
  const asset = debtAssetOf(position.side);
  payReserve(state, asset, 1n, debtNow(state, position));
  const isOver =
    asset === 'CREDIT' ? bearCredits(state, position) : bearCoins(state, position, mark);
  if (isOver === 'waits') return 'waits';
  if (isOver) finish(state, position, going);
  return 'written_off';
}

interface Backing {
  readonly reserve: bigint;
  readonly treasury: bigint;
}

function backing(state: State): Backing {
  const paid = (['CREDIT', 'LCO'] as const).map((asset) => poolOf(state, asset).treasuryPaid);
  const left = paid.reduce((sum, part) => sum - part, backstopOf(state));
  return {
    reserve: balanceOf(state, reserveOf('CREDIT')),
    treasury: smaller(balanceOf(state, treasury), left > 0n ? left : 0n),
  };
}

/** The reserve first. */
function fund(state: State, position: Position, needed: bigint): Backing {
  const has = backing(state);
  const reserve = smaller(needed, has.reserve);
  const fromTreasury = smaller(needed - reserve, has.treasury);
  payIn(state, position, reserve, reserveOf('CREDIT'));
  payIn(state, position, fromTreasury, treasury);
  poolOf(state, debtAssetOf(position.side)).treasuryPaid += fromTreasury;
  return { reserve, treasury: fromTreasury };
}

/** The row of a loss, which several steps may add to. */
function lossOf(state: State, position: Position): Loss {
  const asset = debtAssetOf(position.side);
  const index = poolOf(state, asset).supplyIndex;
  const none = { byReserve: 0n, byTreasury: 0n, bySuppliers: 0n, bought: 0n };
  return (
    state.losses.get(position.id) ?? {
      ...{ asset, ...none, reserveSpent: 0n, treasurySpent: 0n },
      ...{ indexBefore: index, indexAfter: index, isSettled: false },
    }
  );
}

/** What nobody pays; suppliers lose it, if there are any, beyond what the pool has for nobody else. */
function strike(state: State, position: Position, loss: Loss): void {
  const asset = debtAssetOf(position.side);
  const debt = debtNow(state, position);
  const beyond = debt - surplusOf(state, asset);
  const lost = sharesOf(state, asset) === 0n || beyond < 0n ? 0n : beyond;
  haircut(state, asset, lost);
  loss.byReserve += debt - lost;
  loss.bySuppliers += lost;
  loss.indexAfter = poolOf(state, asset).supplyIndex;
  position.scaled = 0n;
}

function bearCredits(state: State, position: Position): boolean {
  const loss = lossOf(state, position);
  const debt = debtNow(state, position);
  const surplus = surplusOf(state, 'CREDIT');
  const needed = surplus === 0n ? debt : debt - surplus + 1n;
  const paid = fund(state, position, needed > 0n ? needed : 0n);
  repay(state, position, paid.reserve + paid.treasury);
  loss.byReserve += paid.reserve;
  loss.reserveSpent += paid.reserve;
  loss.byTreasury += paid.treasury;
  loss.treasurySpent += paid.treasury;
  strike(state, position, loss);
  loss.isSettled = true;
  state.losses.set(position.id, loss);
  return true;
}

/** LCO of the reserve in whole lots, then what is bought within the band with the position's Credits, the reserve's, the treasury's. */
function bearCoins(state: State, position: Position, mark: bigint): boolean | 'waits' {
  const loss = lossOf(state, position);
  const [debt, reserve] = [debtNow(state, position), balanceOf(state, reserveOf('LCO'))];
  const given = reserve >= debt ? debt : reserve - (reserve % lcoOf(1));
  giveCoins(state, position, loss, given);
  const bought = debtNow(state, position) === 0n ? 'nothing' : buyBack(state, position, mark, loss);
  if (bought === 'waits' && given === 0n) return 'waits';
  state.losses.set(position.id, loss);
  loss.indexAfter = poolOf(state, 'LCO').supplyIndex;
  if (bought === 'nothing' && debtNow(state, position) > 0n) {
    giveCoins(state, position, loss, reserve - given);
    strike(state, position, loss);
  }
  loss.isSettled = debtNow(state, position) === 0n;
  return loss.isSettled;
}

function giveCoins(state: State, position: Position, loss: Loss, amount: bigint): void {
  move(state, reserveOf('LCO'), holdingsOf(position, 'LCO'), amount);
  position.coins += amount;
  repay(state, position, amount);
  loss.byReserve += amount;
}

function buyBack(
  state: State,
  position: Position,
  mark: bigint,
  loss: Loss,
): 'bought' | 'waits' | 'nothing' {
  const limit = limitFrom(mark, 'buy', orderRatesOf(state).bandBps);
  const has = backing(state);
  const owed = debtNow(state, position);
  const lots = Math.min(
    lotsLeft(figuresOf(state, position)),
    lotsFor(position.credits + has.reserve + has.treasury, limit, position),
  );
  if (lots === 0) return 'nothing';
  // On credit, for what it costs is known when it is bought.
  const purse = holdingsOf(position);
  const credit = 10n ** 30n;
  state.balances.set(purse, balanceOf(state, purse) + credit);
  const order = trade(state, position, {
    ...{ side: 'buy', lots, limit, stp: 'expire_maker', forUser: null, source: 'liquidation' },
  });
  if (order.filled === 0) {
    state.balances.set(purse, balanceOf(state, purse) - credit);
    state.orders.pop();
    return 'waits';
  }
  const needed = order.taken + order.fee - position.credits;
  const paid = fund(state, position, needed > 0n ? needed : 0n);
  state.balances.set(purse, balanceOf(state, purse) - credit);
  count(position, order);
  const repaid = smaller(lcoOf(order.filled), owed);
  repay(state, position, repaid);
  passOn(state, position, lcoOf(order.filled) - repaid, reserveOf('LCO'));
  loss.bought += repaid;
  loss.reserveSpent += paid.reserve;
  loss.treasurySpent += paid.treasury;
  return 'bought';
}
