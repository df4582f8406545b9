// The division of a quota by example and by property (DESIGN 2.7 and 2.13).
import fc from 'fast-check';
import { allocateQuota } from '../../domain/imo-allocation';

const lock = (weight: number | bigint) => ({ weight: BigInt(weight) });
const allocate = (
  quota: number,
  weights: readonly (number | bigint)[],
  cap: number | null = null,
) =>
  allocateQuota({
    quota: BigInt(quota),
    capPerUser: cap === null ? null : BigInt(cap),
    locks: weights.map(lock),
  }).map(Number);

describe('an allocation without a cap', () => {
  it.each([
    ['one subscriber gets all', 1_000, [7], [1_000]],
    ['shares are by weight', 1_000, [1, 3], [250, 750]],
    ['a Lv4 lock of the same LCO counts three times', 4_000, [10_000, 30_000], [1_000, 3_000]],
    ['one unit goes to the largest share', 1, [1, 2, 1], [0, 1, 0]],
    ['one unit among equals goes to the earliest', 1, [5, 5, 5], [1, 0, 0]],
    ['a remainder of one unit goes to the largest remainder', 10, [1, 1, 4], [2, 2, 6]],
    [
      'a remainder of one unit among equal remainders goes to the earlier',
      10,
      [1, 1, 1],
      [4, 3, 3],
    ],
    ['two units of remainder go to the two earliest of three equals', 11, [1, 1, 1], [4, 4, 3]],
    ['the largest remainder comes before the earliest', 100, [1, 1, 5], [14, 14, 72]],
    ['nothing is left when shares are whole', 6, [1, 2, 3], [1, 2, 3]],
    ['a share below half a unit is nothing', 3, [1, 1_000, 1_000], [0, 2, 1]],
    ['fewer units than subscribers', 2, [1, 1, 1, 1], [1, 1, 0, 0]],
    ['nobody subscribed', 5, [], []],
  ])('%s', (_, quota, weights, shares) => {
    expect(allocate(quota, weights)).toEqual(shares);
  });

  it('is exact where floating point is not', () => {
    const whole = 9_000_000_000_000_000n;
    const shares = allocateQuota({
      quota: whole,
      capPerUser: null,
      locks: [lock(10n ** 15n), lock(10n ** 15n + 1n)],
    });
    expect(shares).toEqual([4_499_999_999_999_998n, 4_500_000_000_000_002n]);
    expect(shares.reduce((a, b) => a + b)).toBe(whole);
  });
});

describe('a cap', () => {
  it.each([
    ['that nobody reaches changes nothing', 100, [1, 3], 90, [25, 75]],
    ['leaves what is beyond it to the others, by weight', 100, [6, 2, 2], 40, [40, 30, 30]],
    ['is repeated with what is left', 100, [50, 30, 10, 10], 35, [35, 35, 15, 15]],
    ['that redistribution makes others reach caps them too', 100, [60, 25, 15], 45, [45, 34, 21]],
    ['of all leaves the rest to nobody', 100, [1, 1, 1], 20, [20, 20, 20]],
    ['of a lone subscriber leaves the rest to nobody', 100, [5], 30, [30]],
    ['counts for who reaches it exactly', 100, [1, 1], 50, [50, 50]],
    ['of one unit', 5, [3, 1, 1], 1, [1, 1, 1]],
    ['larger than the quota is none', 5, [1, 4], 9, [1, 4]],
    ['is no rounding: a share just below it may round up to it', 10, [1, 1, 1], 4, [4, 3, 3]],
  ])('%s', (_, quota, weights, cap, shares) => {
    expect(allocate(quota, weights, cap)).toEqual(shares);
  });
});

const weights = fc.array(fc.bigInt({ min: 1n, max: 10n ** 16n }), { minLength: 1, maxLength: 60 });
const quotas = fc.bigInt({ min: 1n, max: 10n ** 13n });

it('gives the whole quota out, each share within a unit of the exact one', () => {
  fc.assert(
    fc.property(quotas, weights, (quota, each) => {
      const shares = allocateQuota({ quota, capPerUser: null, locks: each.map(lock) });
      expect(shares.reduce((a, b) => a + b)).toBe(quota);
      const sum = each.reduce((a, b) => a + b);
      shares.forEach((share, i) => {
        const exact = quota * (each[i] ?? 0n);
        expect(share * sum > exact - sum && share * sum < exact + sum).toBe(true);
      });
    }),
  );
});

it('never passes a cap, and leaves a rest only when all are capped', () => {
  fc.assert(
    fc.property(quotas, weights, quotas, (quota, each, capPerUser) => {
      const shares = allocateQuota({ quota, capPerUser, locks: each.map(lock) });
      const total = shares.reduce((a, b) => a + b);
      expect(shares.every((share) => share >= 0n && share <= capPerUser)).toBe(true);
      expect(total <= quota).toBe(true);
      if (total < quota) expect(shares.every((share) => share === capPerUser)).toBe(true);
    }),
  );
});

it('is the same as repeating rounds of caps until nobody new reaches it', () => {
  const roundByRound = (quota: bigint, cap: bigint, each: readonly bigint[]): Set<number> => {
    const capped = new Set<number>();
    for (;;) {
      const rest = quota - cap * BigInt(capped.size);
      const open = each.map((weight, i) => ({ weight, i })).filter(({ i }) => !capped.has(i));
      const sum = open.reduce((total, { weight }) => total + weight, 0n);
      const news = open.filter(({ weight }) => rest * weight >= cap * sum);
      if (news.length === 0) return capped;
      for (const { i } of news) capped.add(i);
    }
  };
  fc.assert(
    fc.property(quotas, weights, quotas, (quota, each, cap) => {
      const shares = allocateQuota({ quota, capPerUser: cap, locks: each.map(lock) });
      for (const i of roundByRound(quota, cap, each)) expect(shares[i]).toBe(cap);
    }),
  );
});

it('never gives a heavier lock less, nor a later one of the same weight more', () => {
  fc.assert(
    fc.property(quotas, weights, fc.option(quotas), (quota, each, capPerUser) => {
      const shares = allocateQuota({ quota, capPerUser, locks: each.map(lock) });
      for (let i = 1; i < each.length; i++) {
        for (let j = 0; j < i; j++) {
          const [a = 0n, b = 0n] = [each[j], each[i]];
          const [first = 0n, second = 0n] = [shares[j], shares[i]];
          if (a >= b) expect(first >= second).toBe(true);
          if (b > a) expect(second >= first).toBe(true);
        }
      }
    }),
  );
});
