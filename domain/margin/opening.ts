// What opens a position, and takes collateral out of one (DESIGN 2.6 and 2.13): leverage, how much is borrowed, the ratios
// that must hold afterwards, and how much debt the market could close.
import { Decimal } from 'decimal.js';
import { Exact } from '../exchange/mark-sums';
import { DomainError } from '../errors';
import { formatAmount, mulDivDown } from '../money';
import { marginRatio, ratioOf, type PositionFigures, type PositionSide } from './position';

/** Leverage in hundredths: 500 is 5x. */
export const leverageScale = 100;
export const maxLeverage = 500;
export const defaultSlippageBps = 100;
export const maxSlippageBps = 200;
export const maxOpenPositions = 100;
/** Ratios of opening are compared with it: they come of amounts that were rounded. */
const tolerance = '0.000001';

const leveragePattern = /^\d{1,2}(\.\d{1,2})?$/;

/**
 * Hundredths of a leverage written as a plain decimal: "2.5" -> 250.
 * @throws DomainError INVALID_REQUEST unless it is above 1 and at most 5, with two decimals at most
 */
export function parseLeverage(text: string): number {
  const hundredths = leveragePattern.test(text)
    ? new Decimal(text).times(leverageScale).toNumber()
    : 0;
  if (hundredths > leverageScale && hundredths <= maxLeverage) return hundredths;
  throw new DomainError(
    'INVALID_REQUEST',
    'leverage: must be above 1 and at most 5, with two decimals at most.',
  );
}

/** L x M in base units of CREDIT, rounded down: what a long spends, what a short sells at the mark. */
export function exposureOf(collateral: bigint, leverage: number): bigint {
  return mulDivDown(collateral, BigInt(leverage), BigInt(leverageScale));
}

/** The price that is the worst for the owner of the opposing impact quote and the average mark of a day. */
export function worstPrice(side: PositionSide, quote: Decimal, average: Decimal | null): Decimal {
  if (!average) return quote;
  return side === 'long' ? Exact.min(quote, average) : Exact.max(quote, average);
}

interface Test {
  readonly figures: PositionFigures;
  readonly mark: Decimal;
  readonly worst: Decimal;
  /** Hundredths. */
  readonly leverage: number;
  readonly safeBps: number;
  /** Of opening; 0 when collateral is taken out. */
  readonly slippageBps: number;
}

/**
 * MR at the mark >= 1/L - 2f - s, and MR at the worst price >= the safe ratio.
 * @throws DomainError MARGIN_RATIO_TOO_LOW
 */
export function requireOpeningRatio({
  figures,
  mark,
  worst,
  leverage,
  safeBps,
  slippageBps,
}: Test): void {
  const least = new Exact(leverageScale)
    .div(leverage)
    .minus(ratioOf(figures.takerFeeBps).times(2))
    .minus(ratioOf(slippageBps));
  requireRatio('at the mark', marginRatio(figures, mark), least);
  requireRatio(
    "at the book's depth and the day's average",
    marginRatio(figures, worst),
    ratioOf(safeBps),
  );
}

function requireRatio(where: string, ratio: Decimal | null, least: Decimal): void {
  if (ratio === null || ratio.plus(tolerance).gte(least)) return;
  throw new DomainError(
    'MARGIN_RATIO_TOO_LOW',
    `The position's margin ratio ${where} would be too low.`,
    { marginRatio: ratio.toDecimalPlaces(6).toFixed(), least: least.toDecimalPlaces(6).toFixed() },
  );
}

interface DebtTest {
  readonly asset: 'CREDIT' | 'LCO';
  /** After it: of the whole side, and of this user on it. */
  readonly total: bigint;
  readonly own: bigint;
  /** The day's average of what rests within 4% of the mark on the side that would close it. */
  readonly depth: bigint;
}

/** @throws DomainError DEBT_LIMIT when the market could not be relied on to close all that is owed */
export function requireDepthForDebt({ asset, total, own, depth }: DebtTest): void {
  if (total < depth && own * 4n < depth) return;
  throw new DomainError(
    'DEBT_LIMIT',
    `The book is not deep enough for that much debt: all of one side must stay below what rests within 4% of the mark, and one user's below a quarter of it.`,
    {
      asset,
      depth: formatAmount(depth),
      totalDebt: formatAmount(total),
      ownDebt: formatAmount(own),
    },
  );
}
