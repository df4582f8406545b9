// What the page says that a lot would be paid is what the platform will pay.
import fc from 'fast-check';
import { formatAmount } from '../../domain/money';
import { lotSides, payoutOf } from '../../domain/predictions/settlement';
import { predictionSides } from '../../domain/predictions/pool';
import { payoutIf } from '../../web/predictions/payout';

const amount = fc.bigInt({ min: 1n, max: 10n ** 15n });

it('to the last unit, of any lot in any pool', () => {
  fc.assert(
    fc.property(
      fc.record({ staked: amount, yes: amount, no: amount }),
      fc.record({ side: fc.constantFrom(...lotSides), stake: amount, shares: amount }),
      fc.constantFrom(...predictionSides),
      fc.constantFrom('Lv1', 'Lv4'),
      fc.integer({ min: 0, max: 10_000 }),
      (pool, { side, ...most }, outcome, tier, feeBps) => {
        const own = side === 'seed' ? outcome : side;
        const shares = most.shares > pool[own] ? pool[own] : most.shares;
        // A winner has its stake back at least.
        const worth = (pool.staked * shares) / pool[own];
        const stake = side === 'seed' || most.stake <= worth ? most.stake : worth;
        const lot = { side, stake, shares, tier } as const;
        const { gross, fee, net } = payoutOf(lot, { outcome, pool, feeBps });
        const asShown = payoutIf(
          {
            ...{ side, stake: formatAmount(stake), shares: formatAmount(shares) },
            paysFee: tier === 'Lv1',
          },
          outcome,
          {
            staked: formatAmount(pool.staked),
            yes: { shares: formatAmount(pool.yes) },
            no: { shares: formatAmount(pool.no) },
          },
          feeBps,
        );
        expect(asShown).toEqual({
          ...{ gross: formatAmount(gross), fee: formatAmount(fee), net: formatAmount(net) },
        });
      },
    ),
    { numRuns: 500 },
  );
});
