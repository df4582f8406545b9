// The pool of a prediction market by example and by property (DESIGN 2.8).
import fc from 'fast-check';
import { parseAmount } from '../../../domain/money';
import {
  isqrt,
  placeBet,
  predictionSides,
  seedPool,
  sharesFor,
  withBet,
  withoutBet,
  type Bet,
  type Pool,
} from '../../../domain/predictions/pool';
import type { Lot } from '../../../domain/predictions/settlement';
import { amounts, anyMarket, anySide, lco, supply, type AnyMarket } from './random-market';

describe('the whole square root', () => {
  it.each([
    [0n, 0n],
    [1n, 1n],
    [2n, 1n],
    [3n, 1n],
    [4n, 2n],
    [8n, 2n],
    [9n, 3n],
    [15n, 3n],
    [16n, 4n],
    [2n ** 52n, 2n ** 26n],
    [2n ** 53n + 1n, 94_906_265n],
    [supply ** 2n / 2n, 707_106_781_186_547n],
  ])('of %d is %d', (n, root) => {
    expect(isqrt(n)).toBe(root);
  });

  it('is exact at every square and at its neighbours, however large', () => {
    const roots = fc.oneof(
      fc.bigInt(2n, 10n ** 6n),
      fc.bigInt(2n, 10n ** 80n),
      fc.nat({ max: 600 }).map((bits) => 2n ** BigInt(bits) + 1n),
    );
    fc.assert(
      fc.property(roots, (root) => {
        expect(isqrt(root * root)).toBe(root);
        expect(isqrt(root * root + 1n)).toBe(root);
        expect(isqrt(root * root - 1n)).toBe(root - 1n);
        expect(isqrt((root + 1n) ** 2n - 1n)).toBe(root);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is of nothing below zero', () => {
    expect(() => isqrt(-1n)).toThrow('not negative');
  });
});

describe('the worked example', () => {
  const seeded = seedPool(lco(1_000));
  const first = placeBet(seeded, 'yes', lco(500));
  const second = placeBet(first.pool, 'no', lco(500));

  it('has 707.10678118 shares of a seed of 1,000 on each side', () => {
    const shares = parseAmount('707.10678118');
    expect(seeded).toEqual({ staked: lco(1_000), yes: shares, no: shares });
  });

  it('sells 615.77 shares of YES for 500, then 792.89 of NO for 500', () => {
    expect(first.bet.shares).toBe(parseAmount('615.76887435'));
    expect(second.bet.shares).toBe(parseAmount('792.89321882'));
    expect(second.pool).toEqual({
      staked: lco(2_000),
      yes: parseAmount('1322.87565553'),
      no: parseAmount('1500'),
    });
  });

  it('is undone to the unit, the last bet first', () => {
    expect(withoutBet(second.pool, second.bet)).toEqual(first.pool);
    expect(withoutBet(first.pool, first.bet)).toEqual(seeded);
  });
});

it.each([
  ['a seed', () => seedPool(0n)],
  ['a bet', () => sharesFor(seedPool(lco(100)), 'yes', 0n)],
  ['a bet below zero', () => sharesFor(seedPool(lco(100)), 'no', -1n)],
])('%s of nothing is none', (_, act) => {
  expect(act).toThrow('is something');
});

it('sells the whole supply at hardly less than one LCO a share', () => {
  const { bet, pool } = placeBet(seedPool(lco(100)), 'yes', supply);
  expect(bet.shares >= supply).toBe(true);
  expect(bet.shares - supply < lco(30)).toBe(true);
  // On the other side a share then costs nearly nothing.
  expect(sharesFor(pool, 'no', lco(1)) > lco(4_000)).toBe(true);
});

const thousands = { numRuns: 2_000 };

function bets({ lots }: AnyMarket): Bet[] {
  const isBet = (lot: Lot): lot is Lot & Bet => lot.side !== 'seed';
  return lots.filter(isBet);
}

function holds({ staked, yes, no }: Pool): boolean {
  return staked * staked >= yes * yes + no * no;
}

describe('whatever is bet', () => {
  it('a stake buys as many shares as it has LCO, at least', () => {
    fc.assert(
      fc.property(anyMarket, (market) => {
        expect(bets(market).filter(({ stake, shares }) => shares < stake)).toEqual([]);
      }),
      thousands,
    );
  });

  it('M² is at least the sum of the squares of the shares, and a share more would break it', () => {
    fc.assert(
      fc.property(anyMarket, ({ pools, lots }) => {
        expect(pools.every(holds)).toBe(true);
        const more = pools.map((pool, i): Pool => {
          const side = lots[i]!.side;
          if (side === 'seed') return { ...pool, yes: pool.yes + 1n, no: pool.no + 1n };
          return { ...pool, [side]: pool[side] + 1n };
        });
        expect(more.some(holds)).toBe(false);
      }),
      thousands,
    );
  });

  it('a winning share pays one LCO at least', () => {
    fc.assert(
      fc.property(anyMarket, ({ pools }) => {
        expect(pools.every(({ staked, yes, no }) => staked >= yes && staked >= no)).toBe(true);
      }),
      thousands,
    );
  });

  it('taking away the last bets, the last first, restores every earlier pool', () => {
    fc.assert(
      fc.property(anyMarket, (market) => {
        const restored = [market.pool];
        for (const bet of bets(market).reverse()) {
          restored.unshift(withoutBet(restored[0]!, bet));
        }
        expect(restored).toEqual(market.pools);
      }),
      thousands,
    );
  });

  it('a replay of the stakes in their order buys the same shares', () => {
    fc.assert(
      fc.property(anyMarket, (market) => {
        const replayed = [seedPool(market.lots[0]!.stake)];
        const bought = bets(market).map((bet) => {
          const pool = replayed.at(-1)!;
          replayed.push(withBet(pool, bet));
          return sharesFor(pool, bet.side, bet.stake);
        });
        expect(bought).toEqual(bets(market).map(({ shares }) => shares));
        expect(replayed).toEqual(market.pools);
      }),
      thousands,
    );
  });

  it('two bets in a row on a side get what one of both stakes gets', () => {
    fc.assert(
      fc.property(anyMarket, anySide, amounts(), amounts(), ({ pool }, side, some, more) => {
        const first = placeBet(pool, side, some);
        const second = placeBet(first.pool, side, more);
        const both = placeBet(pool, side, some + more);
        expect(first.bet.shares + second.bet.shares).toBe(both.bet.shares);
        expect(second.pool).toEqual(both.pool);
      }),
      thousands,
    );
  });

  it('a bet makes its side dearer, and the other one cheaper', () => {
    fc.assert(
      fc.property(anyMarket, anySide, amounts(), amounts(), ({ pool }, side, moved, stake) => {
        const { pool: after } = placeBet(pool, side, moved);
        for (const bought of predictionSides) {
          const [before, later] = [sharesFor(pool, bought, stake), sharesFor(after, bought, stake)];
          // A unit that rounding left in one side's root is worth M / q units of the other.
          const slack = 2n + (after.staked + stake) / pool[bought];
          if (bought === side) expect(later <= before + slack).toBe(true);
          else expect(later >= before - slack).toBe(true);
        }
      }),
      thousands,
    );
  });
});
