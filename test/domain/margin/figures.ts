// Positions as the tests of margin's rules write them: amounts as decimal strings, and any of them for properties.
import fc from 'fast-check';
import { lotSize, notionalOf, quantityOf } from '../../../domain/exchange/market';
import type { PositionFigures } from '../../../domain/margin/position';
import { mulDivUp, parseAmount } from '../../../domain/money';

export function longOf(quantity: string, debt: string, takerFeeBps = 0): PositionFigures {
  return {
    side: 'long',
    quantity: parseAmount(quantity),
    credits: 0n,
    debt: parseAmount(debt),
    takerFeeBps,
  };
}

export function shortOf(credits: string, debt: string, takerFeeBps = 0): PositionFigures {
  return {
    side: 'short',
    quantity: 0n,
    credits: parseAmount(credits),
    debt: parseAmount(debt),
    takerFeeBps,
  };
}

const terms = fc.record({
  lots: fc.integer({ min: 1, max: 10_000_000 }),
  ticks: fc.integer({ min: 10, max: 10_000_000 }),
  takerFeeBps: fc.constantFrom(0, 1, 10, 33, 100),
});

/** That holds up to 100,000 LCO and owes from nearly nothing to more than they are worth. */
export const anyLong: fc.Arbitrary<PositionFigures> = fc
  .tuple(terms, fc.bigInt({ min: 1n, max: 1_100n }), fc.bigInt({ min: 0n, max: 99n }))
  .map(([{ lots, ticks, takerFeeBps }, share, odd]) => ({
    side: 'long',
    quantity: quantityOf(lots),
    credits: 0n,
    debt: mulDivUp(notionalOf(ticks, lots), share, 1_000n) + odd,
    takerFeeBps,
  }));

/** That owes up to 100,000 LCO, seldom in whole lots, and holds from less than they are worth to twice that. */
export const anyShort: fc.Arbitrary<PositionFigures> = fc
  .tuple(
    terms,
    fc.bigInt({ min: 900n, max: 2_000n }),
    fc.bigInt({ min: 0n, max: lotSize - 1n }),
    fc.bigInt({ min: 0n, max: 99n }),
  )
  .map(([{ lots, ticks, takerFeeBps }, share, less, odd]) => ({
    side: 'short',
    quantity: 0n,
    credits: mulDivUp(notionalOf(ticks, lots), share, 1_000n) + odd,
    debt: quantityOf(lots) - less,
    takerFeeBps,
  }));

/** A fill's figures, its fee rounded up. */
export function fillOf(lots: number, notional: bigint, takerFeeBps: number) {
  return { lots, notional, fee: mulDivUp(notional, BigInt(takerFeeBps), 10_000n) };
}
