// A margin position's figures (whitepaper 3.3, DESIGN 2.6 and 2.13): what it is worth, its margin ratio, the prices at
// which it is liquidated and at which nothing is left of it, and the key that it is found by when the mark moves.
import { Decimal } from 'decimal.js';
import { Exact } from '../exchange/mark-sums';
import { lotSize, maxPriceTicks, ticksOfPrice, type Side } from '../exchange/market';
import { bpsDivisor, type Asset } from '../money';
import { parameterDefinitions } from '../parameter-registry';
import { wad } from './lending-pool';

export const positionSides = ['long', 'short'] as const;
export type PositionSide = (typeof positionSides)[number];

export const positionStatuses = ['open', 'liquidating', 'taken_over', 'closed'] as const;
/**
 * liquidating: fenced, nobody but the liquidation changes it. taken_over: the risk reserve's, worked off by its orders.
 */
export type PositionStatus = (typeof positionStatuses)[number];

export const closeReasons = [
  'closed_by_owner',
  'stop_loss',
  'take_profit',
  'liquidated',
  'worked_off',
] as const;
export type CloseReason = (typeof closeReasons)[number];

/** In base units; what is owed includes interest. */
export interface PositionFigures {
  readonly side: PositionSide;
  /** LCO held: a long's. */
  readonly quantity: bigint;
  /** Credits held: a short's collateral and proceeds. */
  readonly credits: bigint;
  /** A long owes Credits, a short LCO. */
  readonly debt: bigint;
  /** Pinned when it was opened, as are the others of `PinnedRatios`. */
  readonly takerFeeBps: number;
}

/** Ratios that a position keeps from its opening. */
export interface PinnedRatios {
  readonly maintenanceBps: number;
  readonly safeBps: number;
  readonly takeoverBps: number;
}

export function debtAssetOf(side: PositionSide): Asset {
  return side === 'long' ? 'CREDIT' : 'LCO';
}

/** The side of the order that closes it. */
export function closingSideOf(side: PositionSide): Side {
  return side === 'long' ? 'sell' : 'buy';
}

export function ratioOf(bps: number): Decimal {
  return new Exact(bps).div(Number(bpsDivisor));
}

function exact(units: bigint): Decimal {
  return new Exact(units.toString());
}

/** LCO that the position is about: held by a long, owed by a short. */
export function sizeOf({ side, quantity, debt }: PositionFigures): bigint {
  return side === 'long' ? quantity : debt;
}

/**
 * What would be left for the owner if it were closed at a price, fee included; base units of CREDIT, negative once more is
 * owed than is there.
 * @param price Credits for one LCO
 */
export function equityAt(figures: PositionFigures, price: Decimal): Decimal {
  const fee = ratioOf(figures.takerFeeBps);
  const worth = exact(sizeOf(figures)).times(price);
  return figures.side === 'long'
    ? exact(figures.credits)
        .plus(worth.times(new Exact(1).minus(fee)))
        .minus(exact(figures.debt))
    : exact(figures.credits).minus(worth.times(fee.plus(1)));
}

/**
 * MR_long = (c + qP(1-f) - D)/(qP); MR_short = (c - BP(1+f))/(BP).
 * null when there is nothing to be measured: no LCO is held or owed.
 */
export function marginRatio(figures: PositionFigures, price: Decimal): Decimal | null {
  const worth = exact(sizeOf(figures)).times(price);
  return worth.isZero() ? null : equityAt(figures, price).div(worth);
}

/** Whether the ratio is below a threshold; nothing to be measured is below none. */
export function isBelow(ratio: Decimal | null, bps: number): boolean {
  return ratio?.lt(ratioOf(bps)) ?? false;
}

/** long: (D-c)/[q(1-f-m)], short: c/[B(1+f+m)], with another m; null where no price leads there. */
function priceAtRatio(figures: PositionFigures, ratio: Decimal): Decimal | null {
  const size = exact(sizeOf(figures));
  if (size.isZero()) return null;
  const fee = ratioOf(figures.takerFeeBps);
  if (figures.side === 'short')
    return exact(figures.credits).div(size.times(fee.plus(1).plus(ratio)));
  const owed = exact(figures.debt - figures.credits);
  return owed.lte(0) ? null : owed.div(size.times(new Exact(1).minus(fee).minus(ratio)));
}

/** Credits for one LCO at which the ratio is the maintenance ratio; null for a long that owes nothing. */
export function liquidationPrice(
  figures: PositionFigures,
  { maintenanceBps }: Pick<PinnedRatios, 'maintenanceBps'>,
): Decimal | null {
  return priceAtRatio(figures, ratioOf(maintenanceBps));
}

/** Credits for one LCO at which equity is zero, fee included; null for a long that owes nothing. */
export function bankruptcyPrice(figures: PositionFigures): Decimal | null {
  return priceAtRatio(figures, new Exact(0));
}

/**
 * The worst price in ticks at which closing so many lots leaves nothing owed: of a sale rounded up, of a purchase down. A
 * purchase pays for whole lots, also where less is owed. 0: no price is low enough.
 */
export function bankruptcyLimit(figures: PositionFigures, lots: number): number {
  if (figures.side === 'long') {
    const price = bankruptcyPrice(figures);
    if (!price) return 1;
    return Decimal.max(1, Decimal.min(maxPriceTicks, ticksOfPrice(price).ceil())).toNumber();
  }
  const bought = BigInt(lots) * lotSize;
  const paidFor = bought > figures.debt ? bought : figures.debt;
  if (paidFor === 0n) return 0;
  const price = exact(figures.credits).div(
    exact(paidFor).times(ratioOf(figures.takerFeeBps).plus(1)),
  );
  return Decimal.min(maxPriceTicks, ticksOfPrice(price).floor()).toNumber();
}

/** Decimals of a key: enough that its rounding moves a price by less than a tick of a tick. */
const keyDecimals = 24;

/** The key of a long that has nothing left but its debt. */
const beyondAllPrices = new Exact(10).pow(15);

/**
 * What a position is found by when the mark moves, and what interest does not move: scaled debt / [q(1-f-m)] of a long, c
 * / [scaled debt (1+f+m)] of a short. Times the borrow index (a long), or divided by it (a short), it is the liquidation
 * price. Rounded so that it is crossed early rather than late: the ratio decides. null: nothing is owed.
 */
export function liquidationKey(
  { side, quantity, credits, takerFeeBps }: Omit<PositionFigures, 'debt'>,
  scaledDebt: bigint,
  { maintenanceBps }: Pick<PinnedRatios, 'maintenanceBps'>,
): Decimal | null {
  if (scaledDebt === 0n) return null;
  const fee = ratioOf(takerFeeBps);
  const ratio = ratioOf(maintenanceBps);
  if (side === 'short') {
    const key = exact(credits).div(exact(scaledDebt).times(fee.plus(1).plus(ratio)));
    return key.toDecimalPlaces(keyDecimals, Decimal.ROUND_DOWN);
  }
  if (quantity === 0n) return beyondAllPrices;
  const key = exact(scaledDebt).div(exact(quantity).times(new Exact(1).minus(fee).minus(ratio)));
  return key.toDecimalPlaces(keyDecimals, Decimal.ROUND_UP);
}

/** No maintenance ratio and no fee that a vote may set brings zero equity nearer to the key than these. */
const leastMaintenance = new Exact(parameterDefinitions['margin.maintenanceBps'].minimum).div(
  10_000,
);
const largestFee = new Exact(parameterDefinitions['exchange.takerFeeBps'].maximum).div(10_000);

/**
 * The same bounds for positions that may be worth less than they owe: further from the mark by the room that is between the
 * key and zero equity, (1-f)/(1-f-m) of a long and (1+f)/(1+f+m) of a short, at the least m and the f that makes it least.
 */
export function insolventKeys(
  mark: Decimal,
  indices: { readonly credit: bigint; readonly lco: bigint },
): { readonly longsAbove: Decimal; readonly shortsBelow: Decimal } {
  const { longsAbove, shortsBelow } = crossedKeys(mark, indices);
  const one = new Exact(1);
  const room = one.plus(largestFee).div(one.plus(largestFee).plus(leastMaintenance));
  return {
    longsAbove: longsAbove
      .div(one.minus(leastMaintenance))
      .toDecimalPlaces(keyDecimals, Decimal.ROUND_DOWN),
    shortsBelow: shortsBelow.times(room).toDecimalPlaces(keyDecimals, Decimal.ROUND_UP),
  };
}

/**
 * The keys that a mark has crossed: longs whose key is above `longsAbove`, shorts whose key is below `shortsBelow`; rounded
 * so that none is missed.
 */
export function crossedKeys(
  mark: Decimal,
  { credit, lco }: { readonly credit: bigint; readonly lco: bigint },
): { readonly longsAbove: Decimal; readonly shortsBelow: Decimal } {
  const one = wad.toString();
  return {
    longsAbove: new Exact(mark)
      .times(one)
      .div(credit.toString())
      .toDecimalPlaces(keyDecimals, Decimal.ROUND_DOWN),
    shortsBelow: new Exact(mark)
      .times(lco.toString())
      .div(one)
      .toDecimalPlaces(keyDecimals, Decimal.ROUND_UP),
  };
}
