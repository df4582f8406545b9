// The buyback's calendar, price cap, moments and budgets (DESIGN 2.5).
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import {
  buybackIdOf,
  drawRange,
  isoWeekOf,
  lastDue,
  momentsAfterPause,
  momentsOf,
  nextDue,
  priceCapTicks,
  sliceBudget,
} from '../../domain/buyback';

describe('the week of a time', () => {
  it.each([
    ['2026-11-20T16:00:00Z', '2026-W47'],
    ['2026-11-22T23:59:59.999Z', '2026-W47'],
    ['2026-11-23T00:00:00Z', '2026-W48'],
    // The year is the week's, not the day's.
    ['2027-01-01T16:00:00Z', '2026-W53'],
    ['2027-01-04T00:00:00Z', '2027-W01'],
    ['2024-12-30T00:00:00Z', '2025-W01'],
    ['2021-01-03T23:59:59Z', '2020-W53'],
    ['2023-01-01T00:00:00Z', '2022-W52'],
    ['2026-01-01T00:00:00Z', '2026-W01'],
    ['1970-01-01T00:00:00Z', '1970-W01'],
  ])('%s is in %s', (at, week) => {
    expect(isoWeekOf(Date.parse(at))).toBe(week);
  });

  it('names the weekly run, and extra ones from 2 on', () => {
    expect([1, 2, 3].map((nth) => buybackIdOf('2026-W47', nth))).toEqual([
      '2026-W47',
      '2026-W47-2',
      '2026-W47-3',
    ]);
  });
});

it.each([
  ['2026-11-20T15:59:59.999Z', '2026-11-13T16:00:00.000Z', '2026-11-20T16:00:00.000Z'],
  ['2026-11-20T16:00:00.000Z', '2026-11-20T16:00:00.000Z', '2026-11-27T16:00:00.000Z'],
  ['2026-11-23T05:00:00.000Z', '2026-11-20T16:00:00.000Z', '2026-11-27T16:00:00.000Z'],
  ['2026-12-31T23:00:00.000Z', '2026-12-25T16:00:00.000Z', '2027-01-01T16:00:00.000Z'],
])('at %s the last buyback fell due at %s, the next does at %s', (now, last, next) => {
  expect(new Date(lastDue(Date.parse(now))).toISOString()).toBe(last);
  expect(new Date(nextDue(Date.parse(now))).toISOString()).toBe(next);
});

describe('the highest price', () => {
  it.each([
    ['the mark when it is lower', '0.1', '0.2', 500, 105_000],
    ['the average when it is lower', '0.2', '0.1', 500, 105_000],
    ['rounded down to a tick', '0.0000015', '1', 500, 1],
    ['exactly where it is a tick', '0.02', '0.02', 500, 21_000],
    ['to the last digit', '0.333333333333333333', '1', 1_000, 366_666],
    ['with other bounds of slippage', '0.1', '0.1', 50, 100_500],
    ['nothing below a tick', '0.0000009', '1', 500, 0],
    ['no more than a price can be', '999.9', '999.9', 1_000, 1_000_000_000],
  ])('follows %s', (_, mark, average, bps, ticks) => {
    expect(priceCapTicks(new Decimal(mark), new Decimal(average), bps)).toBe(ticks);
  });
});

describe('the moments of slices', () => {
  it('lie in order within the spread, wherever the draws fall', () => {
    expect(momentsOf([drawRange - 1, 0, drawRange / 2], 1_000, 2_000)).toEqual([
      1_000, 1_500, 1_999,
    ]);
    const draws = fc.array(fc.nat(drawRange - 1), { minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(draws, fc.nat(3_600_000), (drawn, spread) => {
        const moments = momentsOf(drawn, 5_000, 5_000 + spread);
        expect(moments).toHaveLength(drawn.length);
        expect(moments).toEqual([...moments].sort((a, b) => a - b));
        for (const at of moments) {
          expect(at).toBeGreaterThanOrEqual(5_000);
          expect(at < 5_000 + spread || spread === 0).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['keep those that were not missed', [100, 900], 50, [100, 900]],
    ['draw missed ones anew in what is left', [100, 200, 900], 500, [625, 750, 900]],
    ['are due at once when nothing is left', [100, 200], 1_000, [1_000, 1_000]],
    ['are due at once long after', [100, 200], 9_000, [9_000, 9_000]],
  ])('after a pause %s', (_, planned, now, expected) => {
    const draws = [drawRange / 2, drawRange / 4, 0];
    expect(momentsAfterPause(planned, draws, now, 1_000)).toEqual(expected);
  });
});

it('divides what is left evenly, and leaves nothing after the last slice', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 17n });
  fc.assert(
    fc.property(amount, fc.integer({ min: 1, max: 24 }), (whole, slices) => {
      let left = whole;
      const budgets: bigint[] = [];
      for (let after = slices; after > 0; after--) {
        const budget = sliceBudget(left, after);
        budgets.push(budget);
        left -= budget;
      }
      expect(left).toBe(0n);
      const sorted = [...budgets].sort((a, b) => (a < b ? -1 : 1));
      expect((sorted.at(-1) ?? 0n) - (sorted[0] ?? 0n) <= 1n).toBe(true);
    }),
  );
});
