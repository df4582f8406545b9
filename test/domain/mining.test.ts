import fc from 'fast-check';
import { emission, epochOf, maxSupply, minedBy, miningStatus } from '../../domain/mining';
import { formatAmount, parseAmount, unit } from '../../domain/money';

describe('mining', () => {
  it.each([
    ['1 Credit at genesis mines 10', '0', '1', '10'],
    ['100,000 Credits mine the first million', '0', '100000', '1000000'],
    ['the next Credit mines 5', '100000', '1', '5'],
    ['a charge is split exactly at the halving', '99999.5', '1', '7.5'],
    ['the smallest charge at genesis mines ten units', '0', '0.00000001', '0.0000001'],
    ['the whole supply takes 102,300,000 Credits', '0', '102300000', '10000000'],
    ['the last Credit mines the last rate', '102299999', '1', '0.01953125'],
    ['nothing is mined after the end', '102300000', '1000', '0'],
    ['a charge across the end mines what is left', '102299999', '1000', '0.01953125'],
  ])('%s', (_, charged, charge, mined) => {
    expect(formatAmount(minedBy(parseAmount(charged), parseAmount(charge)))).toBe(mined);
  });

  it.each([
    ['0', 0, '10', '1000000'],
    ['99999.99999999', 0, '10', '0.0000001'],
    ['100000', 1, '5', '1000000'],
    ['300000', 2, '2.5', '1000000'],
    ['102300000', 10, '0', '0'],
    ['900000000', 10, '0', '0'],
  ])('after %s Credits the epoch is %i at %s LCO per Credit', (charged, epoch, rate, remaining) => {
    const status = miningStatus(parseAmount(charged));
    expect(status.epoch).toBe(epoch);
    expect(formatAmount(status.ratePerCredit)).toBe(rate);
    expect(formatAmount(status.remainingInEpoch)).toBe(remaining);
  });

  const anyCharged = fc.bigInt({ min: 0n, max: 110_000_000n * unit });

  it('mints the same however a charge is cut into pieces', () => {
    fc.assert(
      fc.property(
        anyCharged,
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n })),
        (start, charges) => {
          let charged = start;
          let mined = 0n;
          for (const charge of charges) {
            mined += minedBy(charged, charge);
            charged += charge;
          }
          expect(mined).toBe(emission(charged) - emission(start));
        },
      ),
    );
  });

  it('never falls, never exceeds the cap, and gives less as the epochs go', () => {
    fc.assert(
      fc.property(anyCharged, fc.bigInt({ min: 1n, max: 10n ** 15n }), (charged, charge) => {
        const mined = minedBy(charged, charge);
        expect(mined).toBeGreaterThanOrEqual(0n);
        expect(emission(charged + charge)).toBeLessThanOrEqual(maxSupply);
        expect(mined).toBeLessThanOrEqual(((charge * 10n) >> BigInt(epochOf(charged))) + 1n);
      }),
    );
  });
});
