// Odds and quotes by example and by property (DESIGN 2.8 and 2.13): exact fractions, rounded down to 12 decimals.
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { parseAmount } from '../../../domain/money';
import { oddsOf, probabilityOf, quoteBet } from '../../../domain/predictions/odds';
import {
  otherSide,
  placeBet,
  seedPool,
  type PredictionSide,
} from '../../../domain/predictions/pool';
import { amounts, anyMarket, anySide, lco, supply } from './random-market';

const Exact = Decimal.clone({ precision: 120 });
const down = (value: Decimal) => value.toDecimalPlaces(12, Decimal.ROUND_DOWN).toFixed();
const decimal = (value: bigint) => new Exact(value.toString());

/** By the definition, with 120 digits. */
function reference(yes: bigint, no: bigint, side: PredictionSide) {
  const [own, other] = side === 'yes' ? [decimal(yes), decimal(no)] : [decimal(no), decimal(yes)];
  const squares = own.pow(2).plus(other.pow(2));
  return {
    price: down(own.div(squares.sqrt())),
    probability: down(own.pow(2).div(squares)),
    multiple: down(squares.div(own.pow(2))),
  };
}

describe('the worked example', () => {
  const seeded = seedPool(lco(1_000));
  const { pool } = placeBet(seeded, 'yes', lco(500));

  it('begins at even odds', () => {
    expect(oddsOf(seeded, 'no')).toEqual({
      price: '0.707106781186',
      probability: '0.5',
      multiple: '2',
    });
  });

  it('moves NO to a price of .471 and an implied 22%, and YES to the rest', () => {
    expect(oddsOf(pool, 'no')).toEqual({
      price: '0.471404520788',
      probability: '0.222222222219',
      multiple: '4.500000000052',
    });
    expect(probabilityOf(pool)).toBe('0.77777777778');
  });

  it('is told before it is bet: shares, average price, impact and what it would pay', () => {
    expect(quoteBet(seeded, 'yes', lco(500))).toEqual({
      shares: parseAmount('615.76887435'),
      averagePrice: '0.811992974681',
      price: '0.881917103689',
      probability: '0.77777777778',
      multiple: '1.285714285709',
      impact: '0.174810322503',
      payout: parseAmount('698.21627426'),
    });
  });
});

const thousands = { numRuns: 2_000 };
const sum = (...values: string[]) =>
  values.reduce((total, value) => total.plus(value), new Exact(0)).toNumber();

describe('whatever is bet', () => {
  it('odds are the exact ones, rounded down to 12 decimals', () => {
    fc.assert(
      fc.property(anyMarket, anySide, ({ pool: { yes, no }, pool }, side) => {
        expect(oddsOf(pool, side)).toEqual(reference(yes, no, side));
      }),
      { numRuns: 500 },
    );
  });

  it('the probabilities of both sides sum to 1, but for two units of the last decimal', () => {
    fc.assert(
      fc.property(anyMarket, ({ pool }) => {
        const total = sum(oddsOf(pool, 'yes').probability, oddsOf(pool, 'no').probability);
        expect(total).toBeLessThanOrEqual(1);
        expect(total).toBeGreaterThanOrEqual(1 - 2e-12);
      }),
      thousands,
    );
  });

  it('the price of a side never falls by a bet on it, and that of the other never rises', () => {
    fc.assert(
      fc.property(anyMarket, anySide, amounts(), ({ pool: before }, side, stake) => {
        const { pool: after } = placeBet(before, side, stake);
        const change = (of: PredictionSide) =>
          new Exact(oddsOf(after, of).price).minus(oddsOf(before, of).price).toNumber();
        expect(change(side)).toBeGreaterThanOrEqual(0);
        expect(change(otherSide(side))).toBeLessThanOrEqual(0);
      }),
      thousands,
    );
  });

  it('a stake of a hundredth of the pool moves both prices', () => {
    const [least, most] = [lco(100), supply];
    fc.assert(
      fc.property(fc.bigInt(least, most), anySide, (seed, side) => {
        const { impact } = quoteBet(seedPool(seed), side, seed / 100n);
        expect(Number(impact)).toBeGreaterThan(0.004);
        expect(Number(impact)).toBeLessThan(0.01);
      }),
    );
  });

  it('the impact is the price after less the price before, rounded down once', () => {
    fc.assert(
      fc.property(anyMarket, anySide, amounts(), ({ pool: before }, side, stake) => {
        const { pool: after } = placeBet(before, side, stake);
        const price = ({ yes, no }: typeof before) => {
          const squares = decimal(yes).pow(2).plus(decimal(no).pow(2));
          return decimal(side === 'yes' ? yes : no).div(squares.sqrt());
        };
        const exact = price(after).minus(price(before));
        const told = new Exact(quoteBet(before, side, stake).impact);
        expect(told.lte(exact)).toBe(true);
        expect(exact.minus(told).lt('1.001e-12')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('a quote is what the bet gets, and its payout is never below its shares nor its stake', () => {
    fc.assert(
      fc.property(anyMarket, anySide, amounts(), ({ pool: before }, side, stake) => {
        const { bet, pool: after } = placeBet(before, side, stake);
        const quote = quoteBet(before, side, stake);
        expect(quote).toMatchObject({ shares: bet.shares, ...oddsOf(after, side) });
        expect(quote.payout >= quote.shares && quote.shares >= stake).toBe(true);
        expect(new Exact(quote.averagePrice).lte(1)).toBe(true);
        // Dearer than the price it began with, cheaper than the one it ends with.
        const beginning = new Exact(oddsOf(before, side).price);
        if (stake > 10n ** 6n && before.staked > 10n ** 6n) {
          expect(new Exact(quote.averagePrice).gte(beginning.minus('1e-5'))).toBe(true);
          expect(new Exact(quote.averagePrice).lte(new Exact(quote.price).plus('1e-5'))).toBe(true);
        }
      }),
      thousands,
    );
  });
});
