// A lending pool by example and by property (DESIGN 2.6): rates, indices, and that it always has what is claimed.
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import {
  accrue,
  borrowable,
  borrowRate,
  claimOf,
  emptyPool,
  indexAfterLoss,
  mayBorrow,
  scaledOfLoan,
  scaledOfRepayment,
  sharesOfSupply,
  sharesOfWithdrawal,
  supplyRate,
  utilisationOf,
  wad,
  withdrawalIndex,
  type PoolState,
  type RateCurve,
} from '../../../domain/margin/lending-pool';
import { parseAmount } from '../../../domain/money';
import { parameterDefinitions } from '../../../domain/parameter-registry';
import { dayMs, defaultCurve, SmallPool, yearMs } from './small-pool';

/** A share of 1 in 10^-18. */
const share = (text: string) => BigInt(new Decimal(text).times(wad.toString()).toFixed());
const amount = parseAmount;

describe('the rate of borrowing', () => {
  it.each([
    ['while nothing is lent', '0', '0.02'],
    ['half-way to the kink', '0.35', '0.07'],
    ['at the kink', '0.7', '0.12'],
    ['half-way beyond it', '0.85', '0.56'],
    ['when all is lent', '1', '1'],
    ['when more than all is lent', '1.5', '1'],
  ])('%s, at %s, is %s', (_, utilisation, rate) => {
    expect(borrowRate(share(utilisation), defaultCurve)).toBe(share(rate));
  });

  it('is rounded up', () => {
    // A 10^-18 of utilisation costs a seventh of a 10^-18 before the kink.
    expect(borrowRate(1n, defaultCurve)).toBe(share('0.02') + 1n);
    expect(borrowRate(7n, defaultCurve)).toBe(share('0.02') + 1n);
    expect(borrowRate(8n, defaultCurve)).toBe(share('0.02') + 2n);
  });

  it('never falls as more is lent, wherever the curve may be set', () => {
    const within = (name: keyof typeof parameterDefinitions) => {
      const { minimum, maximum } = parameterDefinitions[name] as {
        minimum: number;
        maximum: number;
      };
      return fc.integer({ min: minimum, max: maximum });
    };
    const curves: fc.Arbitrary<RateCurve> = fc.record({
      baseRateBps: within('lending.baseRateBps'),
      kinkUtilisationBps: within('lending.kinkUtilisationBps'),
      kinkRateBps: within('lending.kinkRateBps'),
      fullRateBps: within('lending.fullRateBps'),
    });
    const utilisations = fc.bigInt({ min: 0n, max: wad });
    fc.assert(
      fc.property(curves, utilisations, utilisations, (curve, one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(borrowRate(less, curve)).toBeLessThanOrEqual(borrowRate(more, curve));
        expect(borrowRate(wad, curve)).toBe((BigInt(curve.fullRateBps) * wad) / 10_000n);
      }),
    );
  });

  it('is what suppliers earn 90% of, on what is lent', () => {
    expect(supplyRate(share('0.85'), share('0.56'))).toBe(share('0.4284'));
    expect(supplyRate(0n, share('0.02'))).toBe(0n);
    expect(supplyRate(1n, wad - 1n)).toBe(0n);
  });
});

describe('utilisation', () => {
  it.each([
    ['is 0 of an empty pool', 0n, 0n, 0n],
    ['is 0 where nothing is lent', 0n, 5n, 0n],
    ['is a share of what the pool has', 85n, 15n, share('0.85')],
    ['is rounded up', 1n, 2n, share('0.333333333333333334')],
    ['is 1 where all is lent', 7n, 0n, wad],
  ])('%s', (_, debt, cash, utilisation) => {
    expect(utilisationOf(debt, cash)).toBe(utilisation);
  });

  it.each([
    ['up to 85% of a pool', 850n, 0n, 1_000n, true],
    ['not a base unit more', 851n, 0n, 1_000n, false],
    ['what is lent already counts', 100n, 750n, 250n, true],
    ['what is lent already counts, to a base unit', 101n, 750n, 250n, false],
    ['not even one from a pool that is above it', 1n, 900n, 100n, false],
    ['nothing from an empty pool', 1n, 0n, 0n, false],
  ])('bounds what may be borrowed: %s', (_, asked, debt, cash, may) => {
    expect(mayBorrow(asked, debt, cash)).toBe(may);
  });

  it('bounds it at what is told, to a base unit', () => {
    const amounts = fc.bigInt({ min: 0n, max: 10n ** 17n });
    fc.assert(
      fc.property(amounts, amounts, (debt, cash) => {
        const most = borrowable(debt, cash);
        expect(most).toBeGreaterThanOrEqual(0n);
        if (most > 0n) expect(mayBorrow(most, debt, cash)).toBe(true);
        expect(mayBorrow(most + 1n, debt, cash)).toBe(false);
      }),
    );
  });
});

describe('interest', () => {
  const half = () => new SmallPool().pass(0).supply(0, amount('1000'));

  it('of a year at 35% utilisation is 7% for the debtor, of which 90% are the supplier’s', () => {
    const pool = half();
    pool.borrow(0, amount('350'));
    pool.pass(yearMs);
    expect(pool.owed(0)).toBe(amount('374.5'));
    expect(pool.claim(0)).toBe(amount('1022.05'));
    expect(pool.reserveShare).toBe(amount('2.45') * wad);
    expect(pool.collect()).toBe(amount('2.45'));
    expect(pool.reserveShare).toBe(0n);
  });

  it('is compounded where the pool changed in between', () => {
    const pool = half();
    pool.borrow(0, amount('350'));
    pool.pass(yearMs / 2);
    // 35% of a year's 7%, then of the rate at 362.25 of 1,012.25 Credits.
    expect(pool.owed(0)).toBe(amount('362.25'));
    pool.pass(yearMs / 2);
    expect(pool.owed(0)).toBe(amount('375.13228637'));
  });

  it('counts from the first look at a pool on, not from the beginning of time', () => {
    const pool: PoolState = { ...emptyPool, scaledDebt: amount('1'), shares: amount('2') };
    const seen = accrue(pool, amount('1'), 1_800_000_000_000, defaultCurve);
    expect(seen).toEqual({ ...pool, accruedAt: 1_800_000_000_000 });
  });

  it('is none while nothing is lent, and none for the time until then', () => {
    const pool = half().pass(yearMs);
    expect(pool.state).toMatchObject({ borrowIndex: wad, supplyIndex: wad, accruedAt: yearMs });
    pool.borrow(0, amount('350'));
    expect(pool.pass(dayMs).owed(0)).toBe(amount('350.06712329'));
  });

  it('never runs backwards, nor twice for the same time', () => {
    const pool = half();
    pool.borrow(0, amount('350'));
    const { state } = pool.pass(dayMs);
    expect(accrue(state, pool.cash, dayMs, defaultCurve)).toBe(state);
    expect(accrue(state, pool.cash, dayMs - 1, defaultCurve)).toBe(state);
  });

  it('is all the reserve’s where nobody supplies any more', () => {
    const pool: PoolState = { ...emptyPool, accruedAt: 0, scaledDebt: amount('350') };
    const later = accrue(pool, 0n, yearMs, defaultCurve);
    expect([later.supplyIndex, later.borrowIndex]).toEqual([wad, 2n * wad]);
  });

  it('goes to suppliers by what they had and for how long', () => {
    const pool = half();
    pool.borrow(0, amount('500'));
    pool.pass(yearMs);
    const earned = pool.claim(0) - amount('1000');
    pool.supply(1, pool.claim(0));
    const before = [pool.claim(0), pool.claim(1)];
    pool.pass(yearMs);
    const later = [pool.claim(0) - before[0]!, pool.claim(1) - before[1]!];
    expect(earned).toBe(amount('41.14285714'));
    expect(later[0]).toBeGreaterThan(0n);
    expect(later[0]! - later[1]!).toBeLessThanOrEqual(1n);
    expect(later[1]! - later[0]!).toBeLessThanOrEqual(1n);
  });

  it('is split nine to one, to the rounding of an index, in the reserve’s favour', () => {
    const amounts = fc.bigInt({ min: 1n, max: 10n ** 15n });
    const times = fc.integer({ min: 1, max: yearMs });
    fc.assert(
      fc.property(amounts, amounts, amounts, times, (scaledDebt, cash, shares, ms) => {
        const pool: PoolState = { ...emptyPool, accruedAt: 0, scaledDebt, shares };
        const later = accrue(pool, cash, ms, defaultCurve);
        const interest = scaledDebt * (later.borrowIndex - pool.borrowIndex);
        const paid = shares * (later.supplyIndex - pool.supplyIndex);
        expect(interest).toBeGreaterThan(0n);
        expect(paid * 10n).toBeLessThanOrEqual(interest * 9n);
        expect((paid + shares + 1n) * 10n).toBeGreaterThan(interest * 9n);
      }),
    );
  });
});

describe('rounding', () => {
  const index = share('1.3');
  it.each([
    ['a loan owes at least what was lent', scaledOfLoan(10n, index), 8n],
    ['a part repaid takes off no more than it paid', scaledOfRepayment(10n, 100n, index), 7n],
    ['all repaid takes off all', scaledOfRepayment(11n, 8n, index), 8n],
    ['a supply claims no more than was supplied', sharesOfSupply(10n, index), 7n],
    ['a withdrawal gives up at least what it was paid', sharesOfWithdrawal(10n, index), 8n],
    ['a claim is whole base units that are there', claimOf(7n, index), 9n],
  ])('%s', (_, scaled, expected) => {
    expect(scaled).toBe(expected);
  });

  it('nobody repays more than is owed', () => {
    expect(() => scaledOfRepayment(12n, 8n, index)).toThrow('more than is owed');
  });
});

describe('a loss', () => {
  const pool: PoolState = { ...emptyPool, supplyIndex: share('1.2'), shares: 1_000n };

  it.each([
    ['nothing', 0n, '1.2'],
    ['a tenth', 120n, '1.08'],
    ['all', 1_200n, '0'],
    ['more than all', 1_201n, '0'],
  ])('of %s leaves each the same share, and marks withdrawals down before', (_, loss, index) => {
    expect(indexAfterLoss(pool, loss)).toBe(share(index));
    expect(withdrawalIndex(pool, loss)).toBe(share(index));
  });

  it('is rounded to the disadvantage of those who lose, and of those who leave', () => {
    const three = { ...pool, supplyIndex: wad, shares: 3n };
    expect(indexAfterLoss(three, 1n)).toBe(share('0.666666666666666666'));
    expect(withdrawalIndex(three, 1n)).toBe(share('0.666666666666666666'));
  });

  it('needs somebody who supplies', () => {
    expect(() => indexAfterLoss({ ...pool, shares: 0n }, 1n)).toThrow('only suppliers can lose');
    expect(withdrawalIndex({ ...pool, shares: 0n }, 1n)).toBe(pool.supplyIndex);
  });

  it('is not escaped by leaving before it is struck, and no less is left for who stays', () => {
    const run = new SmallPool().pass(0).supply(0, amount('1000')).supply(1, amount('1000'));
    run.borrow(0, amount('600'));
    expect(run.withdraw(0, null, amount('600'))).toBe(amount('700'));
    // What the one who left bore is there for the reserve to bear the loss with.
    expect(run.collect()).toBe(amount('300'));
    run.repay(0, amount('300')).writeOff(0);
    expect(run.claim(1)).toBe(amount('700'));
    expect(run.withdraw(1, null)).toBe(amount('700'));
    expect([run.cash, run.reserveShare]).toEqual([0n, 0n]);
  });
});

const who = fc.constantFrom(0, 1, 2);
const amounts = fc.oneof(
  fc.bigInt({ min: 1n, max: 1_000n }),
  fc.bigInt({ min: 1n, max: amount('1000000') }),
);
const orAll = fc.oneof(fc.constant(null), amounts);

/** What may happen to a pool; each says whether it happened. */
const steps = fc.oneof(
  fc.record({ kind: fc.constant('supply' as const), who, amount: amounts }),
  fc.record({ kind: fc.constant('supply' as const), who, amount: amounts }),
  fc.record({
    kind: fc.constant('borrow' as const),
    who,
    parts: fc.bigInt({ min: 1n, max: 100n }),
  }),
  fc.record({
    kind: fc.constant('borrow' as const),
    who,
    parts: fc.bigInt({ min: 1n, max: 100n }),
  }),
  fc.record({ kind: fc.constant('repay' as const), who, amount: orAll }),
  fc.record({ kind: fc.constant('withdraw' as const), who, amount: orAll, isMarked: fc.boolean() }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: yearMs }) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: dayMs }) }),
  fc.record({ kind: fc.constant('writeOff' as const), who }),
  fc.record({ kind: fc.constant('collect' as const) }),
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function take(pool: SmallPool, step: Step): void {
  switch (step.kind) {
    case 'supply':
      if (pool.state.supplyIndex >= wad / 1_000n) pool.supply(step.who, step.amount);
      return;
    case 'borrow': {
      const most = borrowable(pool.debt, pool.cash);
      const asked = (most * step.parts) / 100n;
      if (asked > 0n) expect(pool.borrow(step.who, asked)).toBe(true);
      return;
    }
    case 'repay':
      pool.repay(step.who, step.amount);
      return;
    case 'withdraw':
      pool.withdraw(step.who, step.amount, step.isMarked ? pool.debt / 3n : 0n);
      return;
    case 'pass':
      pool.pass(step.ms);
      return;
    case 'writeOff':
      pool.writeOff(step.who);
      return;
    case 'collect':
      pool.collect();
  }
}

const sum = (values: readonly bigint[]) => values.reduce((all, value) => all + value, 0n);

describe('whatever happens to a pool', () => {
  it('cash and debts are never less than all claims, exactly', () => {
    const sequences = fc.array(steps, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sequences, (sequence) => {
        const pool = new SmallPool().pass(0);
        for (const step of sequence) {
          take(pool, step);
          expect(pool.reserveShare).toBeGreaterThanOrEqual(0n);
          expect(pool.cash).toBeGreaterThanOrEqual(0n);
          expect(sum(pool.shares)).toBe(pool.state.shares);
          expect(sum(pool.scaledDebts)).toBe(pool.state.scaledDebt);
          expect([...pool.shares, ...pool.scaledDebts].every((value) => value >= 0n)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('once all is repaid nothing is owed, and everybody can have what they claim', () => {
    const sequences = fc.array(steps, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sequences, (sequence) => {
        const pool = new SmallPool().pass(0);
        for (const step of sequence) take(pool, step);
        for (const debtor of [0, 1, 2]) pool.repay(debtor, null);
        expect(pool.state.scaledDebt).toBe(0n);
        expect(pool.debt).toBe(0n);
        for (const supplier of [0, 1, 2]) {
          const claim = pool.claim(supplier);
          expect(pool.withdraw(supplier, null)).toBe(claim);
        }
        expect(pool.cash).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 300 },
    );
  });

  it('a debt repaid in parts costs no less than it would at once', () => {
    const parts = fc.array(fc.bigInt({ min: 1n, max: 30n }), { minLength: 1, maxLength: 10 });
    const indices = fc.bigInt({ min: wad, max: 3n * wad });
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 500n }), indices, parts, (scaledDebt, index, paid) => {
        const pool = new SmallPool().pass(0);
        pool.state = { ...pool.state, borrowIndex: index, scaledDebt };
        pool.scaledDebts[0] = scaledDebt;
        const owed = pool.owed(0);
        for (const part of paid) pool.repay(0, part);
        pool.repay(0, null);
        expect(pool.cash).toBeGreaterThanOrEqual(owed);
        expect(pool.scaledDebts[0]).toBe(0n);
      }),
    );
  });

  it('who supplies and leaves at once has no more than before', () => {
    const indices = fc.bigInt({ min: wad / 1_000n, max: 3n * wad });
    fc.assert(
      fc.property(amounts, indices, (supplied, supplyIndex) => {
        const pool = new SmallPool().pass(0);
        pool.state = { ...pool.state, supplyIndex };
        pool.supply(0, supplied);
        expect(pool.withdraw(0, null)).toBeLessThanOrEqual(supplied);
      }),
    );
  });
});
