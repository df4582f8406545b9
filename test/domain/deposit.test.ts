import * as fc from 'fast-check';
import {
  requireRoomForCredits,
  requirePositiveAmount,
  maxCreditsOutstanding,
} from '../../domain/credits';
import { needsSecondOperator, requireSameContent, splitReversal } from '../../domain/deposit';
import { maxAmount, unit } from '../../domain/money';
import { requireReason } from '../../domain/text';
import { refusal } from '../support/refusals';

describe('a reversal', () => {
  it.each([
    ['what the beneficiary still has', 100n, 150n, 1000n, [100n, 0n, 0n]],
    ['the treasury for what was spent', 100n, 30n, 1000n, [30n, 70n, 0n]],
    ['losses for what nobody covers', 100n, 30n, 20n, [30n, 20n, 50n]],
    ['losses alone when there is nothing', 100n, 0n, 0n, [0n, 0n, 100n]],
  ])('takes %s', (_, amount, balance, treasury, [own, backed, lost]) => {
    expect(splitReversal(amount, balance, treasury)).toEqual({
      fromBeneficiary: own,
      fromTreasury: backed,
      fromLosses: lost,
    });
  });

  it('always sums to the deposit and overdraws nobody', () => {
    const units = fc.bigInt({ min: 0n, max: maxAmount });
    fc.assert(
      fc.property(units, units, units, (amount, balance, treasury) => {
        const split = splitReversal(amount, balance, treasury);
        expect(split.fromBeneficiary + split.fromTreasury + split.fromLosses).toBe(amount);
        expect(split.fromBeneficiary <= balance && split.fromTreasury <= treasury).toBe(true);
        expect(split.fromLosses === 0n || split.fromTreasury === treasury).toBe(true);
      }),
    );
  });
});

it('needs two operators strictly above the limit', () => {
  expect(needsSecondOperator(10_000n * unit, 10_000n * unit)).toBe(false);
  expect(needsSecondOperator(10_000n * unit + 1n, 10_000n * unit)).toBe(true);
});

const content = { userId: 'u', account: null, amount: 5n };

it('takes the same beneficiary and amount for the same deposit', () => {
  expect(() => requireSameContent(content, { ...content })).not.toThrow();
});

it.each([
  ['amount', { ...content, amount: 6n }],
  ['user', { ...content, userId: 'v' }],
  ['kind of beneficiary', { userId: null, account: 'treasury', amount: 5n }],
])('refuses a reference that comes back with another %s', (_, other) => {
  expect(() => requireSameContent(content, other)).toThrow(refusal('DEPOSIT_REFERENCE_REUSED'));
});

it.each([[0n], [-1n], [maxAmount + 1n]])('refuses an amount of %s base units', (amount) => {
  expect(() => requirePositiveAmount(amount)).toThrow(refusal('AMOUNT_OUT_OF_RANGE'));
});

it('refuses more Credits than the ledger is made for', () => {
  expect(() => requireRoomForCredits(maxCreditsOutstanding - 5n, 5n)).not.toThrow();
  expect(() => requireRoomForCredits(maxCreditsOutstanding - 5n, 6n)).toThrow(
    refusal('AMOUNT_OUT_OF_RANGE'),
  );
});

it.each([
  ['nothing', ''],
  ['blanks', '  '],
  ['a line break', 'a\nb'],
  ['an escape sequence', 'a\u001b[31mb'],
  ['text that runs backwards', 'a\u202eb'],
  ['more than 500 characters', 'x'.repeat(501)],
])('refuses %s as a reason', (_, reason) => {
  expect(() => requireReason(reason)).toThrow(refusal('INVALID_REQUEST'));
});

it('takes a reason in any language', () => {
  expect(() => requireReason('Geste commercial, après la panne du 3 — 感谢 👩‍💻')).not.toThrow();
});
