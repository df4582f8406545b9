// The model of a margin position's figures (DESIGN 2.6, 2.13): what is left of it at a price, its margin ratio, and the
// prices that follow. All fractions are exact.
import { owedNow, type Asset } from './lending';
import type { State } from './state';

export type PositionSide = 'long' | 'short';

/** What a tick finds positions by: as they were before the batch that it is in. */
export interface Found {
  readonly status: Position['status'];
  readonly coins: bigint;
  readonly credits: bigint;
  readonly scaled: bigint;
  readonly stop: number | null;
  readonly take: number | null;
  readonly triggered: Position['triggered'];
}

export interface Position {
  readonly id: string;
  readonly userId: string;
  readonly side: PositionSide;
  /** Hundredths. */
  readonly leverage: number;
  readonly takerBps: number;
  readonly maintenanceBps: number;
  readonly safeBps: number;
  readonly takeoverBps: number;
  status: 'open' | 'liquidating' | 'taken_over' | 'closed';
  /** All that happened to it. */
  readonly history: string[];
  /** LCO that it holds, base units: a long's. */
  coins: bigint;
  credits: bigint;
  /** What it owes, divided by the borrow index. */
  scaled: bigint;
  entryLots: number;
  entryNotional: bigint;
  stop: number | null;
  take: number | null;
  triggered: 'stop_loss' | 'take_profit' | null;
  paidIn: bigint;
  paidOut: bigint;
  penalties: bigint;
  /** How many orders it has placed. */
  orders: number;
  fencedLots: number | null;
  /** Something was closed since it was fenced. */
  sliced: boolean;
  wasTakenOver: boolean;
  workOff: string | null;
  closeReason: string | null;
  found: Found | null;
}

export interface Loss {
  readonly asset: Asset;
  byReserve: bigint;
  byTreasury: bigint;
  bySuppliers: bigint;
  bought: bigint;
  reserveSpent: bigint;
  treasurySpent: bigint;
  readonly indexBefore: bigint;
  indexAfter: bigint;
  isSettled: boolean;
}

/** Its denominator is above 0. */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

export interface Figures {
  readonly side: PositionSide;
  readonly coins: bigint;
  readonly credits: bigint;
  readonly debt: bigint;
  readonly feeBps: bigint;
}

const bps = 10_000n;

export function debtAssetOf(side: PositionSide): Asset {
  return side === 'long' ? 'CREDIT' : 'LCO';
}

/** Credits for one LCO. */
export function markPrice(mark: bigint): Fraction {
  return { num: mark, den: 10n ** 12n };
}

export function isLess(a: Fraction, b: Fraction): boolean {
  return a.num * b.den < b.num * a.den;
}

export function isNegative({ num }: Fraction): boolean {
  return num < 0n;
}

/** With interest until now. */
export function figuresOf(state: State, position: Position): Figures {
  const { side, coins, credits, scaled, takerBps } = position;
  const debt = owedNow(state, debtAssetOf(side), scaled);
  return { side, coins, credits, debt, feeBps: BigInt(takerBps) };
}

function sizeOf({ side, coins, debt }: Figures): bigint {
  return side === 'long' ? coins : debt;
}

/** c + qP(1-f) - D of a long, c - BP(1+f) of a short; base units of CREDIT. */
export function equityAt(figures: Figures, { num, den }: Fraction): Fraction {
  const { side, coins, credits, debt, feeBps } = figures;
  const fixed = (side === 'long' ? credits - debt : credits) * den * bps;
  const moving = side === 'long' ? coins * num * (bps - feeBps) : -debt * num * (bps + feeBps);
  return { num: fixed + moving, den: den * bps };
}

/** Equity by what the LCO are worth; null when there are none. */
export function marginRatio(figures: Figures, price: Fraction): Fraction | null {
  const worth = sizeOf(figures) * price.num;
  return worth === 0n ? null : { num: equityAt(figures, price).num, den: worth * bps };
}

/** Nothing to be measured is below nothing. */
export function isBelow(ratio: Fraction | null, threshold: number): boolean {
  return ratio !== null && isLess(ratio, { num: BigInt(threshold), den: bps });
}

/** (D-c)/[q(1-f-m)] of a long, c/[B(1+f+m)] of a short; null: there is none. */
export function priceAtRatio(figures: Figures, ratioBps: number): Fraction | null {
  const { side, coins, credits, debt, feeBps } = figures;
  const m = BigInt(ratioBps);
  if (sizeOf(figures) === 0n) return null;
  if (side === 'short') return { num: credits * bps, den: debt * (bps + feeBps + m) };
  if (debt <= credits) return null;
  return { num: (debt - credits) * bps, den: coins * (bps - feeBps - m) };
}

const dearest = 1_000_000_000n;

/** The worst price in ticks at which closing so many lots leaves nothing owed. */
export function bankruptcyTicks(figures: Figures, lots: number): number {
  const { side, credits, debt, feeBps } = figures;
  if (side === 'long') {
    const price = priceAtRatio(figures, 0);
    if (!price) return 1;
    const ticks = (price.num * 1_000_000n + price.den - 1n) / price.den;
    return Number(ticks > dearest ? dearest : ticks < 1n ? 1n : ticks);
  }
  const bought = BigInt(lots) * 1_000_000n;
  const paidFor = bought > debt ? bought : debt;
  if (paidFor === 0n) return 0;
  const ticks = (credits * bps * 1_000_000n) / (paidFor * (bps + feeBps));
  return Number(ticks > dearest ? dearest : ticks);
}

/** What a long holds, or what a short owes rounded up to a lot. */
export function lotsLeft({ side, coins, debt }: Figures): number {
  return Number(side === 'long' ? coins / 1_000_000n : (debt + 999_999n) / 1_000_000n);
}

/** A plain decimal of 12 decimals at most, rounded half to even. */
export function decimalText(fraction: Fraction | null): string {
  if (!fraction) return '-';
  const { num, den } = fraction;
  const scaled = (num < 0n ? -num : num) * 10n ** 12n;
  let [units, rest] = [scaled / den, (scaled % den) * 2n];
  if (rest > den || (rest === den && units % 2n === 1n)) units += 1n;
  rest = units % 10n ** 12n;
  const decimals = String(rest).padStart(12, '0').replace(/0+$/, '');
  const sign = num < 0n && units > 0n ? '-' : '';
  return `${sign}${units / 10n ** 12n}${decimals && `.${decimals}`}`;
}

/** A position as it is told. */
export function tellPosition(state: State, position: Position): string {
  const { side, status, credits, coins, paidIn, paidOut, penalties } = position;
  const figures = figuresOf(state, position);
  const price = state.mark === null ? null : markPrice(state.mark);
  const equity = price && status !== 'closed' ? equityAt(figures, price) : null;
  const floor =
    equity &&
    (isNegative(equity)
      ? -((-equity.num + equity.den - 1n) / equity.den)
      : equity.num / equity.den);
  const ratio = price && marginRatio(figures, price);
  const prices = [priceAtRatio(figures, position.maintenanceBps), priceAtRatio(figures, 0)];
  return [
    ...[side, status, side === 'long' ? coins : figures.debt, credits, `owes ${figures.debt}`],
    ...[floor ?? '-', decimalText(ratio), ...prices.map(decimalText), paidIn, paidOut, penalties],
    ...[position.stop ?? '-', position.take ?? '-', position.triggered ?? '-'],
    position.closeReason ?? '-',
  ].join(' ');
}
