// The mark price (DESIGN 2.4): what positions, bands and stops go by. Recomputed by a tick a second from what rests in
// the book at depth and from what was traded, in such a way that nobody moves it alone, at once, or with dust.
import { Decimal } from 'decimal.js';
import { assert } from '../errors';
import { addTick, averageTrade, Exact, noSums, type Depth, type MarkSums } from './mark-sums';

/** The mark after a tick, as JSON: prices are decimal strings of Credits for one LCO, of 12 decimals at most. */
export interface MarkState {
  /** Journal time of the tick, in milliseconds. */
  readonly at: number;
  /** null until the book has been two-sided for the time of the warm-up, and something was traded. */
  readonly mark: string | null;
  /** 150 s exponential moving average of the mid; null until the book is two-sided for the first time. */
  readonly ema: string | null;
  /** What filling the impact notional costs on average; null where the side is not that deep. */
  readonly bid: string | null;
  readonly ask: string | null;
  readonly isTwoSided: boolean;
  /** How long the book has been two-sided before there was a mark. */
  readonly twoSidedMs: number;
  readonly sums: MarkSums;
}

/** What a tick sees; prices in Credits for one LCO. */
export interface MarkInputs {
  /** Journal time in milliseconds. */
  readonly at: number;
  /** Impact prices; null where the side is not deep enough. */
  readonly bid: Decimal | null;
  readonly ask: Decimal | null;
  /** The newest trade, and the newest that was neither a buyback's nor a liquidation's. */
  readonly last: Decimal | null;
  readonly lastOrdinary: Decimal | null;
  /** What rests around the mark of the tick before; null while there is none. */
  readonly depth: Depth | null;
  /** The sums at the minute that `windowMinute` of the tick's time and `tradeWindowMs` names; else none. */
  readonly windowStart: MarkSums;
}

export interface MarkSettings {
  /** How long the book must have been two-sided before there is a mark. */
  readonly warmUpMs: number;
}

export const tradeWindowMs = 30 * 60_000;
/** A mark that is older counts as none for opening positions and for taking out collateral. */
export const markFreshMs = 10_000;
/** What a tick makes up of the time since the one before: none of a freeze comes back at once. */
const maxCountedMs = 1_000;
const maxWarmUpStepMs = 10_000;
/** The time constant: after 150 s, 63.2% of a step of the mid are in the average; half of it after 104 s. */
const emaMs = 150_000;
/** Two prices of a two-sided book are no further apart than this share of the bid. */
const maxSpread = '0.05';
/** Of the mark, in a minute of ticks. */
const maxMoveAMinute = '0.02';
const minuteMs = 60_000;
const decimals = 12;

/** Before the first tick. */
export function initialMarkState(at: number): MarkState {
  return {
    at,
    mark: null,
    ema: null,
    bid: null,
    ask: null,
    isTwoSided: false,
    twoSidedMs: 0,
    sums: noSums,
  };
}

/** Credits for one LCO, however old, as bands and stops go by it; null: there is none yet. */
export function currentMark(state: MarkState | null): Decimal | null {
  return priceOf(state?.mark ?? null);
}

/** Whether there is a mark at journal time `at` that positions may be opened by, and collateral taken out. */
export function isFresh(state: MarkState | null, at: number): boolean {
  return state !== null && state.mark !== null && at - state.at <= markFreshMs;
}

/** How much longer the book must be two-sided until there is a mark. */
export function warmUpLeftMs(state: MarkState | null, { warmUpMs }: MarkSettings): number {
  return state?.mark ? 0 : Math.max(0, warmUpMs - (state?.twoSidedMs ?? 0));
}

/** What a tick at a time counts for: the time since the one before, a second at most. */
export function countedMs(state: MarkState, at: number): number {
  return Math.min(Math.max(0, at - state.at), maxCountedMs);
}

/**
 * The mark after one more tick.
 *
 * Both sides deep and near each other: towards the median of the average mid, the median of bid, ask and last trade,
 * and the 30 minutes' average of ordinary trades. Only one side deep: away from the missing one at most, and towards
 * what rests, not towards what is traded. Both deep but apart, or neither: it stays.
 */
export function advanceMark(
  state: MarkState,
  inputs: MarkInputs,
  settings: MarkSettings,
): MarkState {
  const ms = countedMs(state, inputs.at);
  const bid = rounded(inputs.bid);
  const ask = rounded(inputs.ask);
  const shape = shapeOf(bid, ask);
  const before = currentMark(state);
  const ema = nextEma(priceOf(state.ema), shape, ms);
  const { lastOrdinary: trade, last } = inputs;
  const sums = addTick(state.sums, ms, { trade, mark: before, depth: inputs.depth });
  const tradeAverage = averageTrade(inputs.windowStart, sums) ?? trade;
  const target = ema && last && tradeAverage && targetOf(shape, { ema, last, tradeAverage });
  const twoSidedMs = state.twoSidedMs + (before ? 0 : warmUpStepMs(state, inputs.at, shape));
  const isWarm = shape.kind === 'two_sided' && twoSidedMs >= settings.warmUpMs;
  const mark = before ? moveTowards(before, target, shape, ms) : isWarm ? target : null;
  return {
    at: Math.max(state.at, inputs.at),
    mark: textOf(mark),
    ema: textOf(ema),
    bid: textOf(bid),
    ask: textOf(ask),
    isTwoSided: shape.kind === 'two_sided',
    twoSidedMs,
    sums,
  };
}

/** What the book says of the price. */
type Shape =
  | { readonly kind: 'two_sided'; readonly bid: Decimal; readonly ask: Decimal }
  | { readonly kind: 'only_asks'; readonly ask: Decimal }
  | { readonly kind: 'only_bids'; readonly bid: Decimal }
  | { readonly kind: 'silent' };

function shapeOf(bid: Decimal | null, ask: Decimal | null): Shape {
  if (bid && ask) {
    const isNear = ask.minus(bid).lte(bid.times(maxSpread));
    return isNear ? { kind: 'two_sided', bid, ask } : { kind: 'silent' };
  }
  if (ask) return { kind: 'only_asks', ask };
  if (bid) return { kind: 'only_bids', bid };
  return { kind: 'silent' };
}

function nextEma(ema: Decimal | null, shape: Shape, ms: number): Decimal | null {
  switch (shape.kind) {
    case 'two_sided': {
      const mid = shape.bid.plus(shape.ask).div(2);
      return rounded(ema ? blend(ema, mid, ms) : mid);
    }
    case 'only_asks':
      return ema && rounded(blend(ema, Exact.min(ema, shape.ask), ms));
    case 'only_bids':
      return ema && rounded(blend(ema, Exact.max(ema, shape.bid), ms));
    case 'silent':
      return ema;
  }
}

function blend(ema: Decimal, sample: Decimal, ms: number): Decimal {
  const weight = new Exact(1).minus(new Exact(-ms).div(emaMs).exp());
  return ema.plus(sample.minus(ema).times(weight));
}

interface Prices {
  readonly ema: Decimal;
  readonly last: Decimal;
  readonly tradeAverage: Decimal;
}

function targetOf(shape: Shape, { ema, last, tradeAverage }: Prices): Decimal | null {
  switch (shape.kind) {
    case 'two_sided':
      return rounded(median(ema, median(shape.bid, shape.ask, last), tradeAverage));
    case 'only_asks':
      return rounded(median(ema, shape.ask, tradeAverage));
    case 'only_bids':
      return rounded(median(ema, shape.bid, tradeAverage));
    case 'silent':
      return null;
  }
}

function warmUpStepMs(state: MarkState, at: number, { kind }: Shape): number {
  return kind === 'two_sided' ? Math.min(Math.max(0, at - state.at), maxWarmUpStepMs) : 0;
}

/** At most 2% of the mark before in a minute of ticks. */
function moveTowards(mark: Decimal, target: Decimal | null, { kind }: Shape, ms: number): Decimal {
  if (!target) return mark;
  // Rounded down, so that no rounding takes a tick beyond its share.
  const step = mark
    .times(maxMoveAMinute)
    .times(ms)
    .div(minuteMs)
    .toDecimalPlaces(decimals, Decimal.ROUND_DOWN);
  const highest = kind === 'only_asks' ? mark : mark.plus(step);
  const lowest = kind === 'only_bids' ? mark : mark.minus(step);
  return Exact.min(Exact.max(target, lowest), highest);
}

function median(a: Decimal, b: Decimal, c: Decimal): Decimal {
  const middle = [a, b, c].sort((one, other) => one.cmp(other))[1];
  assert(middle, 'one of three is in the middle');
  return middle;
}

/** To the state's 12 decimals, half to even, which favours nobody. */
function rounded<Price extends Decimal | null>(price: Price): Price {
  return (price && new Exact(price).toDecimalPlaces(decimals)) as Price;
}

function priceOf(text: string | null): Decimal | null {
  return text === null ? null : new Exact(text);
}

function textOf(price: Decimal | null): string | null {
  return price && price.toFixed();
}
