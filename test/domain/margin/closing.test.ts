// Closing in part and in full by example and by property (DESIGN 2.6 and 2.13).
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { lotSize, maxPriceTicks, notionalOf, quantityOf } from '../../../domain/exchange/market';
import {
  lotsOfFraction,
  lotsToClose,
  parseFraction,
  shareOfClosing,
} from '../../../domain/margin/closing';
import {
  bankruptcyLimit,
  marginRatio,
  sizeOf,
  type PositionFigures,
} from '../../../domain/margin/position';
import { parseAmount } from '../../../domain/money';
import { refusal } from '../../support/refusals';
import { anyLong, anyShort, fillOf, longOf, shortOf } from './figures';

describe('a fraction', () => {
  it.each([
    ['1', 10_000],
    ['1.0000', 10_000],
    ['0.5', 5_000],
    ['0.3333', 3_333],
    ['0.0001', 1],
  ])('%s is read as %d ten-thousandths', (text, parts) => {
    expect(parseFraction(text)).toBe(parts);
  });

  it.each([
    '0',
    '0.0000',
    '0.00001',
    '1.0001',
    '1.5',
    '2',
    '5',
    '5.01',
    '-1',
    'NaN',
    '1e1',
    '1e-1',
    '',
    '.5',
    '1.',
    '01',
    ' 1',
    '1\n',
  ])('"%s" is refused', (text) => {
    expect(() => parseFraction(text)).toThrow(refusal('INVALID_REQUEST'));
  });

  it.each([
    ['all of a long', longOf('5000', '400'), 10_000, 500_000],
    ['a third of a long, rounded down', longOf('0.05', '0.001'), 3_333, 1],
    ['less than a lot of a long', longOf('0.05', '0.001'), 1_999, 0],
    ['all of a short, rounded up', shortOf('600', '4999.99000001'), 10_000, 500_000],
    ['half of a short, rounded up', shortOf('600', '0.05'), 5_000, 3],
    ['hardly anything of a short', shortOf('600', '0.05'), 1, 1],
  ] as const)('of %s', (_, figures, fraction, lots) => {
    expect(lotsOfFraction(figures, fraction)).toBe(lots);
  });
});

/** Closed at a price in ticks. */
function closedAt(figures: PositionFigures, lots: number, ticks: number) {
  const fill = fillOf(lots, notionalOf(ticks, lots), figures.takerFeeBps);
  return { fill, share: shareOfClosing(figures, fill) };
}

describe('what a closing repays and pays out', () => {
  it.each([
    ['a fifth of a long that has won', longOf('5000', '400'), 100_000, 110_000, ['80', '30', '0']],
    [
      'all of a long with a fee',
      longOf('5000', '400', 10),
      500_000,
      110_000,
      ['400', '149.45', '0'],
    ],
    ['all of a long at its end', longOf('5000', '400'), 500_000, 80_000, ['400', '0', '0']],
    [
      'a third of a long, its share of the debt rounded up',
      longOf('0.03', '0.001'),
      1,
      100_000,
      ['0.00033334', '0.00066666', '0'],
    ],
    [
      'a third of a short, its share of the Credits rounded down',
      shortOf('0.001', '0.03'),
      1,
      10_000,
      ['0.01', '0.00023333', '0'],
    ],
    [
      'a fifth of a short that has won',
      shortOf('600', '5000'),
      100_000,
      90_000,
      ['1000', '30', '0'],
    ],
    [
      'all of a short with a fee',
      shortOf('600', '5000', 10),
      500_000,
      100_000,
      ['5000', '99.5', '0'],
    ],
    [
      'all of a short that owes no whole lots',
      shortOf('600', '4999.991'),
      500_000,
      100_000,
      ['4999.991', '100', '0.009'],
    ],
    [
      'a part of a short that costs more than its share',
      shortOf('500', '5000'),
      100_000,
      110_000,
      ['1000', '0', '0'],
    ],
  ] as const)('%s', (_, figures, lots, ticks, [repaid, paidOut, surplus]) => {
    expect(closedAt(figures, lots, ticks).share).toEqual({
      repaid: parseAmount(repaid),
      paidOut: parseAmount(paidOut),
      surplus: parseAmount(surplus),
    });
  });
});

/** What stays of it. */
function after(figures: PositionFigures, lots: number, ticks: number): PositionFigures {
  const { fill, share } = closedAt(figures, lots, ticks);
  const debt = figures.debt - share.repaid;
  if (figures.side === 'long')
    return { ...figures, quantity: figures.quantity - quantityOf(lots), debt };
  return { ...figures, credits: figures.credits - fill.notional - fill.fee - share.paidOut, debt };
}

/** A position, some of its lots, and a price that is the limit for them or better. */
function closings(any: fc.Arbitrary<PositionFigures>, parts: fc.Arbitrary<number>) {
  return fc
    .tuple(any, parts, fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000 })))
    .map(([figures, fraction, better]) => {
      const lots = lotsOfFraction(figures, fraction);
      const limit = bankruptcyLimit(figures, lots);
      const ticks =
        figures.side === 'long'
          ? Math.min(maxPriceTicks, limit + Math.ceil((limit * better) / 1_000))
          : Math.max(1, limit - Math.floor((limit * better) / 1_000));
      return { figures, lots, limit, ticks };
    })
    .filter(({ lots, limit }) => lots > 0 && limit > 0);
}

const someParts = fc.integer({ min: 1, max: 10_000 });

describe('at its limit or better', () => {
  it('all of a long pays its whole debt, whatever the fee is', () => {
    fc.assert(
      fc.property(closings(anyLong, fc.constant(10_000)), ({ figures, lots, ticks }) => {
        const { fill, share } = closedAt(figures, lots, ticks);
        expect(lots).toBe(lotsToClose(figures));
        expect(share.repaid).toBe(figures.debt);
        expect(share.paidOut).toBe(fill.notional - fill.fee - figures.debt);
        expect(share.paidOut).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 300 },
    );
  });

  it('all of a short buys all that is owed with what it holds, whatever the fee is', () => {
    fc.assert(
      fc.property(closings(anyShort, fc.constant(10_000)), ({ figures, lots, ticks }) => {
        const { fill, share } = closedAt(figures, lots, ticks);
        expect(share.repaid).toBe(figures.debt);
        expect(share.surplus).toBe(quantityOf(lots) - figures.debt);
        expect(share.surplus).toBeLessThan(lotSize);
        expect(share.paidOut).toBe(figures.credits - fill.notional - fill.fee);
        expect(share.paidOut).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 300 },
    );
  });

  it('a part leaves a margin ratio that is lower by no more than a millionth, at any mark', () => {
    const marks = fc
      .integer({ min: 1, max: 10_000_000 })
      .map((ticks) => new Decimal(ticks).div(1_000_000));
    fc.assert(
      fc.property(
        fc.oneof(closings(anyLong, someParts), closings(anyShort, someParts)),
        marks,
        ({ figures, lots, ticks }, mark) => {
          const rest = after(figures, lots, ticks);
          expect(rest.credits).toBeGreaterThanOrEqual(0n);
          expect(rest.debt).toBeGreaterThanOrEqual(0n);
          // A base unit is a millionth of a hundredth of a Credit: of less than that the rounding shows.
          fc.pre(mark.times(sizeOf(rest).toString()).gte(1_000_000));
          const ratio = marginRatio(rest, mark)!;
          expect(ratio.plus('0.000001').gte(marginRatio(figures, mark)!)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('part after part pays the whole debt in the end, each at the limit of then', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyLong, anyShort),
        fc.array(someParts, { maxLength: 6 }),
        (figures, fractions) => {
          let rest = figures;
          for (const fraction of [...fractions, 10_000]) {
            const lots = lotsOfFraction(rest, fraction);
            const limit = bankruptcyLimit(rest, lots);
            fc.pre(limit > 0 && limit < maxPriceTicks);
            if (lots > 0) rest = after(rest, lots, limit);
          }
          expect([lotsToClose(rest), rest.debt]).toEqual([0, 0n]);
          expect(rest.credits).toBe(0n);
        },
      ),
      { numRuns: 300 },
    );
  });
});
