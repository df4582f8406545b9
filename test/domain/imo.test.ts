// The rules of an IMO's life and of its subscriptions (DESIGN 2.7).
import {
  imoPhaseAt,
  imoTimesAt,
  lowerLevel,
  meetsMinimums,
  requireLockable,
  requireSubscriber,
  weightOf,
  type ImoStatus,
} from '../../domain/imo';
import { unit } from '../../domain/money';
import { refusal } from '../support/refusals';

const weights = { Lv3: 1, Lv4: 3, Whale: 3 };
const times = { opensAt: 100, closesAt: 200, expiresAt: 300 };
const refusalOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

it.each([
  ['announced', 99, 'announced'],
  ['announced', 100, 'open'],
  ['announced', 199, 'open'],
  ['announced', 200, 'closing'],
  ['weighing', 200, 'closing'],
  ['allocating', 250, 'closing'],
  ['active', 299, 'active'],
  ['active', 300, 'expired'],
  ['expired', 300, 'expired'],
  ['cancelled', 150, 'cancelled'],
] as const)('%s at %d is %s', (status: ImoStatus, at, phase) => {
  expect(imoPhaseAt(at, { ...times, status })).toBe(phase);
});

it('opens at once where the opening is past', () => {
  expect(imoTimesAt(150, times)).toEqual({ ...times, opensAt: 150 });
});

it.each([
  ['a close before the opening', { ...times, closesAt: 100 }, 'closesAt'],
  ['a close that is past', { opensAt: 0, closesAt: 50, expiresAt: 300 }, 'closesAt'],
  ['an end at the close', { ...times, expiresAt: 200 }, 'expiresAt'],
  ['an end after years', { ...times, expiresAt: 10 ** 12 }, 'expiresAt'],
])('%s is refused by name', (_, wrong, param) => {
  expect(refusalOf(() => imoTimesAt(50, wrong))).toEqual(refusal('INVALID_REQUEST', { param }));
});

it.each([
  ['Lv1', 0n],
  ['Lv2', 0n],
  ['Lv3', 1n],
  ['Lv4', 3n],
  ['Whale', 3n],
] as const)('a lock of %s counts %d', (level, weight) => {
  expect(weightOf(weights, level)).toBe(weight);
});

it('is for Lv3 and above, and says what is missing', () => {
  expect(refusalOf(() => requireSubscriber(weights, 'Lv2'))).toEqual(
    refusal('IMO_LEVEL_REQUIRED', { level: 'Lv2', required: 'Lv3' }),
  );
  requireSubscriber(weights, 'Lv3');
});

it.each([
  ['Lv3', 'Lv4', 'Lv3'],
  ['Whale', 'Lv4', 'Lv4'],
  ['Lv4', 'Lv1', 'Lv1'],
  ['Lv3', 'Lv3', 'Lv3'],
] as const)('of %s and %s the lower is %s', (a, b, lower) => {
  expect(lowerLevel(a, b)).toBe(lower);
});

it('locks at least one LCO and at most what is free', () => {
  expect(refusalOf(() => requireLockable(unit - 1n, 5n * unit))).toEqual(
    refusal('AMOUNT_OUT_OF_RANGE', { minimum: '1' }),
  );
  expect(refusalOf(() => requireLockable(5n * unit + 1n, 5n * unit))).toEqual(
    refusal('INSUFFICIENT_FUNDS', { asset: 'LCO', available: '5' }),
  );
  requireLockable(5n * unit, 5n * unit);
});

it.each([
  ['nobody subscribed', null, null, 0, 0n, false],
  ['somebody did', null, null, 1, 1n, true],
  ['too few', 3, null, 2, 100n, false],
  ['just enough', 3, null, 3, 1n, true],
  ['too little', null, 100n, 5, 99n, false],
  ['just as much', null, 100n, 5, 100n, true],
  ['enough of one only', 3, 100n, 3, 99n, false],
] as const)('minimums: %s', (_, minParticipants, minLocked, participants, locked, isMet) => {
  expect(meetsMinimums({ minParticipants, minLocked }, { participants, locked })).toBe(isMet);
});
