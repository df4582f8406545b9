// Liquidation's figures by example and by property (whitepaper 3.3, DESIGN 2.6).
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import {
  divideLoss,
  mayTakeOver,
  penaltyOf,
  sliceLots,
  worthInCredits,
} from '../../../domain/margin/liquidation';
import { parseAmount } from '../../../domain/money';

describe('a slice', () => {
  it.each([
    ['is all of it where it is a fifth of what rests', 1_000, 1_000, '50', 1_000],
    ['is a fifth of what rests', 1_000, 1_000, '49.99', 999],
    ['is rounded down to a lot', 1_000, 1_000, '20.0499', 400],
    ['is at least a tenth of what was fenced', 1_000, 1_000, '0', 100],
    ['is at least a tenth of what was fenced, not of what is left', 300, 1_005, '1', 101],
    ['is no more than what is left', 50, 1_000, '1', 50],
    ['is all of it in a book without end', 1_000, 1_000, '10000000', 1_000],
    ['of one lot is that lot', 1, 1, '0', 1],
  ])('%s', (_, rest, begun, depth, lots) => {
    expect(sliceLots(rest, begun, parseAmount(depth))).toBe(lots);
  });

  it('always goes on, never beyond what is left, and is done in ten of them in an empty book', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        (begun, depth) => {
          let rest = begun;
          let slices = 0;
          while (rest > 0) {
            const lots = sliceLots(rest, begun, depth);
            expect(lots).toBeGreaterThan(0);
            expect(lots).toBeLessThanOrEqual(rest);
            rest -= lots;
            slices++;
          }
          expect(slices).toBeLessThanOrEqual(10);
        },
      ),
    );
  });
});

describe('the penalty', () => {
  it.each([
    ['is 2% of what was filled', '100', '50', '2'],
    ['is rounded down', '0.00000149', '50', '0.00000002'],
    ['is no more than the equity that is left', '100', '1.5', '1.5'],
    ['is none where nothing is left', '100', '0', '0'],
    ['is none where less than nothing is left', '100', '-3', '0'],
  ])('%s', (_, notional, equity, penalty) => {
    const left = new Decimal(parseAmount(equity).toString());
    expect(penaltyOf(parseAmount(notional), left)).toBe(parseAmount(penalty));
  });

  it('leaves the fraction of a base unit that equity has', () => {
    expect(penaltyOf(10_000n, new Decimal('1.999'))).toBe(1n);
    expect(penaltyOf(10_000n, new Decimal('-0.001'))).toBe(0n);
  });

  it('is between nothing, 2% and what is left, whatever they are', () => {
    const equities = fc
      .bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
      .map((thousandths) => new Decimal(thousandths.toString()).div(1_000));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), equities, (notional, equity) => {
        const penalty = penaltyOf(notional, equity);
        expect(penalty).toBeGreaterThanOrEqual(0n);
        expect(penalty * 50n).toBeLessThanOrEqual(notional);
        expect(Decimal.max(0, equity).gte(penalty.toString())).toBe(true);
      }),
    );
  });
});

describe('what the reserve takes over', () => {
  it('is counted in Credits at the mark, rounded up', () => {
    expect(worthInCredits('CREDIT', 7n, new Decimal('0.1'))).toBe(7n);
    expect(worthInCredits('LCO', 71n, new Decimal('0.1'))).toBe(8n);
    expect(worthInCredits('LCO', 70n, new Decimal('0.1'))).toBe(7n);
  });

  it.each([
    [500n, 100n, 5, true],
    [501n, 100n, 5, false],
    [1n, 0n, 5, false],
    [1n, 100n, 0, false],
    [0n, 0n, 5, true],
  ])('may be worth %d with %d in reserve and a cap of %d times: %s', (worth, reserve, cap, may) => {
    expect(mayTakeOver(worth, reserve, cap)).toBe(may);
  });
});

describe('a loss', () => {
  it.each([
    ['is the reserve’s as far as that goes', 100n, [100n, 100n, 100n], [100n, 0n, 0n]],
    ['is then the treasury’s', 100n, [60n, 100n, 100n], [60n, 40n, 0n]],
    ['is the treasury’s up to its backstop', 100n, [60n, 100n, 30n], [60n, 30n, 10n]],
    ['is the treasury’s up to what it has', 100n, [60n, 20n, 30n], [60n, 20n, 20n]],
    ['is the suppliers’ where nobody else has anything', 100n, [0n, 0n, 30n], [0n, 0n, 100n]],
    ['of nothing is nobody’s', 0n, [60n, 20n, 30n], [0n, 0n, 0n]],
  ] as const)('%s', (_, loss, [reserve, treasury, backstopLeft], parts) => {
    const { byReserve, byTreasury, bySuppliers } = divideLoss(loss, {
      reserve,
      treasury,
      backstopLeft,
    });
    expect([byReserve, byTreasury, bySuppliers]).toEqual(parts);
  });

  it('is divided without remainder, and nobody bears any before those who come first are spent', () => {
    const amounts = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 17n }));
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, (loss, reserve, treasury, backstopLeft) => {
        const parts = divideLoss(loss, { reserve, treasury, backstopLeft });
        const { byReserve, byTreasury, bySuppliers } = parts;
        expect(byReserve + byTreasury + bySuppliers).toBe(loss);
        expect(Object.values(parts).every((part: bigint) => part >= 0n)).toBe(true);
        const most = treasury < backstopLeft ? treasury : backstopLeft;
        expect(byReserve).toBe(loss < reserve ? loss : reserve);
        expect(byTreasury).toBeLessThanOrEqual(most);
        if (byTreasury > 0n) expect(byReserve).toBe(reserve);
        if (bySuppliers > 0n) expect([byReserve, byTreasury]).toEqual([reserve, most]);
      }),
    );
  });
});
