import * as fc from 'fast-check';
import {
  redeemableOf,
  requireRedeemable,
  statusAfterApproval,
  type RedemptionState,
} from '../../domain/redemption';
import { refusal } from '../support/refusals';

const hold = (amount: bigint, until: number) => ({ depositId: 'd', amount, until });

describe('what may be redeemed', () => {
  it('is what is available less the holds that run', () => {
    const holds = [hold(30n, 1_000), hold(20n, 2_000)];
    expect(redeemableOf(100n, holds, 999)).toBe(50n);
    expect(redeemableOf(100n, holds, 1_000)).toBe(80n);
    expect(redeemableOf(100n, holds, 2_000)).toBe(100n);
  });

  it('is nothing, not less, once Credits on hold were spent', () => {
    expect(redeemableOf(10n, [hold(30n, 1_000)], 0)).toBe(0n);
  });

  it('tells from when an amount can leave', () => {
    const holds = [hold(20n, 2_000), hold(30n, 1_000)];
    expect(() => requireRedeemable(60n, 100n, holds, 0)).toThrow(
      refusal('FUNDS_ON_HOLD', {
        redeemable: '0.0000005',
        redeemableFrom: '1970-01-01T00:00:01.000Z',
      }),
    );
    expect(() => requireRedeemable(90n, 100n, holds, 0)).toThrow(
      refusal('FUNDS_ON_HOLD', {
        redeemable: '0.0000005',
        redeemableFrom: '1970-01-01T00:00:02.000Z',
      }),
    );
    expect(() => requireRedeemable(50n, 100n, holds, 0)).not.toThrow();
  });

  it('says that funds are short before it speaks of holds', () => {
    expect(() => requireRedeemable(101n, 100n, [hold(100n, 1_000)], 0)).toThrow(
      refusal('INSUFFICIENT_FUNDS', { available: '0.000001' }),
    );
  });

  it('lets the amount leave at the time it told', () => {
    const holds = fc.array(
      fc.record({
        depositId: fc.constant('d'),
        amount: fc.bigInt({ min: 1n, max: 1_000n }),
        until: fc.integer({ min: 1, max: 10_000 }),
      }),
      { maxLength: 20 },
    );
    const units = fc.bigInt({ min: 1n, max: 5_000n });
    fc.assert(
      fc.property(holds, units, units, (some, available, amount) => {
        fc.pre(amount <= available);
        try {
          requireRedeemable(amount, available, some, 0);
        } catch (error) {
          const { redeemableFrom } = (error as { details: { redeemableFrom: string } }).details;
          const from = Date.parse(redeemableFrom);
          expect(redeemableOf(available, some, from) >= amount).toBe(true);
          expect(redeemableOf(available, some, from - 1) < amount).toBe(true);
        }
      }),
    );
  });
});

describe('an approval', () => {
  const single: RedemptionState = { status: 'pending', approvalsNeeded: 1, firstApprover: null };
  const double: RedemptionState = { ...single, approvalsNeeded: 2 };
  const halfway: RedemptionState = { ...double, status: 'awaiting_second', firstApprover: 'ann' };

  it.each([
    ['ends it where one is needed', single, 'ann', 'approved'],
    ['is the first of two', double, 'ann', 'awaiting_second'],
    ['is the second of two', halfway, 'bob', 'approved'],
  ])('%s', (_, redemption, operator, status) => {
    expect(statusAfterApproval(redemption, operator)).toBe(status);
  });

  it.each([
    ['the same operator again', halfway],
    ['one that was approved', { ...single, status: 'approved' as const }],
    ['one that was rejected', { ...single, status: 'rejected' as const }],
  ])('is refused for %s', (_, redemption) => {
    expect(() => statusAfterApproval(redemption, 'ann')).toThrow(refusal('STATE_CONFLICT'));
  });
});
