import { unit } from '../../domain/money';
import { priceMultiplierOf, tierOf } from '../../domain/tiers';

describe('tierOf', () => {
  it.each([
    [0n, 'Lv1', '1', 5, 0, true, false],
    [1_000n * unit - 1n, 'Lv1', '1', 5, 0, true, false],
    [1_000n * unit, 'Lv2', '0.95', 50, 0, true, false],
    [10_000n * unit - 1n, 'Lv2', '0.95', 50, 0, true, false],
    [10_000n * unit, 'Lv3', '0.85', 50, 1, true, false],
    [50_000n * unit, 'Lv4', '0.7', 100, 3, false, false],
    [100_000n * unit - 1n, 'Lv4', '0.7', 100, 3, false, false],
    [100_000n * unit, 'Whale', null, 200, 3, false, true],
    [10_000_000n * unit, 'Whale', null, 200, 3, false, true],
  ])(
    'gives %s base units staked the rights of %s',
    (staked, level, price, calls, weight, fee, votes) => {
      const tier = tierOf(staked);
      expect(tier.level).toBe(level);
      expect(priceMultiplierOf(tier)).toBe(price);
      expect(tier.defaultConcurrency).toBe(calls);
      expect(tier.defaultImoWeight).toBe(weight);
      expect(tier.paysPredictionFee).toBe(fee);
      expect(tier.votes).toBe(votes);
    },
  );

  it('knows no level below nothing', () => {
    expect(() => tierOf(-1n)).toThrow('a stake is not negative');
  });
});
