import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { freeCallBudget, roundAt } from '../../domain/war-round';
import { planPrizes, type TiedPlayers } from '../../domain/wars-prizes';

const credits = (amount: number) => BigInt(amount) * 10n ** 8n;
const twap = new Decimal('0.1');

/** One player a score, the best first. */
const single = (...scores: bigint[]): TiedPlayers[] =>
  scores.map((score) => ({ score, players: 1 }));

/** Scores so high that no prize is capped. */
const uncapped = (...players: number[]): TiedPlayers[] =>
  players.map((count, i) => ({ score: credits(10_000_000 - i), players: count }));

function prizes(
  groups: readonly TiedPlayers[],
  pool: bigint,
  over: Partial<Parameters<typeof planPrizes>[0]> = {},
) {
  return planPrizes({ pool, groups, capBps: 2_000, twap, ...over }).map(
    ({ place, players, prize, isCapped }) =>
      `${place} x${players}: ${prize}${isCapped ? ' capped' : ''}`,
  );
}

describe('the split of the pool', () => {
  it.each<[string, TiedPlayers[], bigint, string[]]>([
    [
      'is 30/18/12/9/8/7/5/4/4/3 percent over ten places, and nothing past them',
      uncapped(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
      1_000n,
      [300, 180, 120, 90, 80, 70, 50, 40, 40, 30].map((prize, i) => `${i + 1} x1: ${prize}`),
    ],
    [
      'leaves to the pool what the places of fewer than ten players would get',
      uncapped(1, 1, 1),
      1_000n,
      ['1 x1: 300', '2 x1: 180', '3 x1: 120'],
    ],
    [
      'gives tied players equal parts of the places they fill',
      uncapped(2, 1),
      1_000n,
      ['1 x2: 240', '3 x1: 120'],
    ],
    [
      'counts places past the tenth as nothing when a tie reaches over it',
      // 9th and 10th: 4% + 3% for four players
      uncapped(1, 1, 1, 1, 1, 1, 1, 1, 4, 1),
      1_000n,
      [...[300, 180, 120, 90, 80, 70, 50, 40].map((p, i) => `${i + 1} x1: ${p}`), '9 x4: 17'],
    ],
    ['shares all of it among more than ten who are equal', uncapped(11), 1_100n, ['1 x11: 100']],
    [
      'shares among a few who are all equal what their places get, and no more',
      // 30 + 18 + 12 + 9 + 8 of 100, by five; the other 23% have no places
      uncapped(5),
      1_000n,
      ['1 x5: 154'],
    ],
    [
      'gives a million equals their part of it, or nothing',
      uncapped(1_000_000),
      999_999n,
      ['1 x1000000: 0'],
    ],
    [
      'leaves the remainder of a tie over the tenth place to the pool',
      // 5th to 10th: 8 + 7 + 5 + 4 + 4 + 3 = 31% of 1,009 is 312.79, by seven
      uncapped(1, 1, 1, 1, 7, 1),
      1_009n,
      ['1 x1: 302', '2 x1: 181', '3 x1: 121', '4 x1: 90', '5 x7: 44'],
    ],
    [
      'gives those behind more than ten equals at the top nothing',
      uncapped(12, 1, 5),
      1_200n,
      ['1 x12: 100'],
    ],
    ['gives one player 30%, and 70% to nobody', uncapped(1), 10n, ['1 x1: 3']],
    [
      'of a pool of four units gives one to the first alone',
      uncapped(1, 1, 1),
      4n,
      ['1 x1: 1', '2 x1: 0', '3 x1: 0'],
    ],
    ['rounds down once, in favour of the pool', uncapped(3, 1), 11n, ['1 x3: 2', '4 x1: 0']],
    ['gives nobody anything of a pool of one unit', uncapped(1, 1), 1n, ['1 x1: 0', '2 x1: 0']],
    ['has nothing to give of an empty pool', uncapped(1), 0n, ['1 x1: 0']],
    ['has no prizes without players', [], 1_000n, []],
  ])('%s', (_, groups, pool, expected) => {
    expect(prizes(groups, pool)).toEqual(expected);
  });

  it('has no prizes without a mark in the round', () => {
    expect(prizes(uncapped(1, 2), 1_000n, { twap: null })).toEqual(['1 x1: 0', '2 x2: 0']);
  });
});

describe('the cap', () => {
  it('is 20% of the own score at the average mark, and moves nothing to others', () => {
    // 20% of 100 Credits at 0.1 are 200 LCO; of 10,000, which is more than 18% of the pool, nothing is cut off.
    const pool = credits(10_000);
    expect(prizes(single(credits(100_000), credits(100)), pool)).toEqual([
      `1 x1: ${credits(3_000)}`,
      `2 x1: ${credits(200)} capped`,
    ]);
  });

  it.each([
    ['a third of a Credit for one LCO', '0.333333333333', 3n, 10_000, 9n],
    ['rounding down in favour of the pool', '3', 10n, 2_000, 0n],
    ['one unit exactly', '2', 10n, 2_000, 1n],
    ['no cap left', '0.1', 10n, 0, 0n],
  ])('holds for %s', (_, price, score, capBps, expected) => {
    const plan = planPrizes({
      pool: 10n ** 15n,
      groups: single(score),
      capBps,
      twap: new Decimal(price),
    });
    expect(plan[0]?.prize).toBe(expected);
  });

  it('leaves all of the pool that it cuts off where it is', () => {
    const plan = planPrizes({
      pool: credits(1_000),
      // 20% of 1 Credit at 0.1 are 2 LCO for each of ten
      groups: uncapped(...Array<number>(10).fill(1)).map((each, i) => ({
        ...each,
        score: credits(1) + BigInt(9 - i) * 100n,
      })),
      capBps: 2_000,
      twap,
    });
    expect(plan.every(({ isCapped }) => isCapped)).toBe(true);
    expect(plan.reduce((sum, { prize }) => sum + prize, 0n)).toBe(20n * 10n ** 8n + 9_000n);
  });

  it('lies on a tie over the tenth place by the score that is tied', () => {
    const groups = [
      { score: credits(1_000), players: 9 },
      { score: credits(1), players: 2 },
    ];
    // 97% by nine would be 107.77 LCO; 3% by two 15, of which 2 are worth 20% of one Credit
    expect(prizes(groups, credits(1_000))).toEqual([
      `1 x9: ${(credits(1_000) * 97n) / 900n}`,
      `10 x2: ${credits(2)} capped`,
    ]);
  });

  it('is each tied player’s own', () => {
    expect(prizes([{ score: credits(100), players: 2 }], credits(10_000))).toEqual([
      `1 x2: ${credits(200)} capped`,
    ]);
  });
});

it('never gives more than the pool, nor more than a cap, nor a worse place more than a better one', () => {
  const groups = fc
    .uniqueArray(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: 1, maxLength: 14 })
    .chain((scores) =>
      fc
        .array(fc.integer({ min: 1, max: 13 }), {
          minLength: scores.length,
          maxLength: scores.length,
        })
        .map((players) =>
          scores
            .sort((a, b) => (a < b ? 1 : -1))
            .map((score, i) => ({ score, players: players[i] ?? 1 })),
        ),
    );
  fc.assert(
    fc.property(
      groups,
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: 1, max: 10 ** 9 }),
      (tied, pool, capBps, ticks) => {
        const average = new Decimal(ticks).div(10 ** 6);
        const plan = planPrizes({ pool, groups: tied, capBps, twap: average });
        const total = plan.reduce((sum, { prize, players }) => sum + prize * BigInt(players), 0n);
        expect(total <= pool).toBe(true);
        let last = pool;
        for (const { prize, score } of plan) {
          expect(prize >= 0n && prize <= last).toBe(true);
          last = prize;
          // prize x twap <= score x cap, in whole numbers
          expect(prize * BigInt(ticks) * 10_000n <= score * BigInt(capBps) * 10n ** 6n).toBe(true);
        }
      },
    ),
  );
});

describe('what free calls may cost', () => {
  it.each([
    [403n, 1_000n, 100n],
    [400n, 99n, 99n],
    [3n, 1_000n, 0n],
    [400n, 0n, 0n],
  ])('for a score of %s with %s set aside is %s', (score, setAside, budget) => {
    expect(freeCallBudget(score, setAside)).toBe(budget);
  });
});

describe('rounds', () => {
  const weekMs = 7 * 24 * 3_600_000;
  const at = (text: string) => Date.parse(text);

  it.each([
    ['2026-11-23T00:00:00.000Z', '2026-W48', '2026-11-23', '2026-11-30'],
    ['2026-11-29T23:59:59.999Z', '2026-W48', '2026-11-23', '2026-11-30'],
    ['2026-11-22T23:59:59.999Z', '2026-W47', '2026-11-16', '2026-11-23'],
    ['2027-01-01T12:00:00.000Z', '2026-W53', '2026-12-28', '2027-01-04'],
    ['2024-12-31T12:00:00.000Z', '2025-W01', '2024-12-30', '2025-01-06'],
  ])('of a week: %s lies in %s', (time, id, startsAt, endsAt) => {
    expect(roundAt(at(time), weekMs, null)).toEqual({
      id,
      startsAt: at(startsAt),
      endsAt: at(endsAt),
    });
  });

  it('of another length follow each other on a grid, and are named by their start', () => {
    const round = roundAt(at('2026-11-23T10:03:30.500Z'), 120_000, null);
    expect(round).toEqual({
      id: '2026-11-23T10:02:00.000Z',
      startsAt: at('2026-11-23T10:02:00Z'),
      endsAt: at('2026-11-23T10:04:00Z'),
    });
    expect(roundAt(round.endsAt, 120_000, round.endsAt).startsAt).toBe(round.endsAt);
  });

  it('begin where one of another length has ended', () => {
    const before = at('2026-11-24T10:02:00Z');
    expect(roundAt(at('2026-11-25T00:00:00Z'), weekMs, before)).toEqual({
      id: '2026-W48',
      startsAt: before,
      endsAt: at('2026-11-30'),
    });
  });
});
