// What may be proposed, bet, resolved and disputed of a prediction market, and when (DESIGN 2.8 and 2.13).
import {
  bondOf,
  isTag,
  overturns,
  predictionStatuses,
  requireBet,
  requireBetting,
  requireClosing,
  requireEffectiveAt,
  requireEvidence,
  requireMarketText,
  requireSeed,
  statusAt,
  type MarketText,
} from '../../../domain/predictions/market';
import { refusal } from '../../support/refusals';
import { lco, supply } from './random-market';

const text: MarketText = {
  question: 'Will it rain?',
  rules: 'YES if it rains.\nNO if it does not.',
  source: 'https://example.com/weather',
  tags: ['weather', 'gpt-5'],
};

describe('a text', () => {
  it.each<[string, Partial<MarketText>]>([
    ['as it is', {}],
    ['of 200 characters', { question: 'a'.repeat(200) }],
    ['of rules in 4,000 characters and several lines', { rules: `a\n${'b'.repeat(3_998)}` }],
    ['of a source in 500 characters', { source: 's'.repeat(500) }],
    ['without tags', { tags: [] }],
    ['with five tags', { tags: ['a', 'b', 'c', 'd', '5'] }],
    ['in any script', { question: '明年会下雨吗?' }],
  ])('%s is taken', (_, over) => {
    expect(() => requireMarketText({ ...text, ...over })).not.toThrow();
  });

  it.each<[string, Partial<MarketText>]>([
    ['without a question', { question: '' }],
    ['of 201 characters', { question: 'a'.repeat(201) }],
    ['of two lines where one is asked', { question: 'a\nb' }],
    ['with blanks around it', { question: ' a' }],
    ['that turns its direction', { question: 'a\u202eb' }],
    ['that nobody sees', { question: '\u200b' }],
    ['without rules', { rules: '' }],
    ['of rules in 4,001 characters', { rules: 'a'.repeat(4_001) }],
    ['of rules with a return', { rules: 'a\rb' }],
    ['without a source', { source: '' }],
    ['of a source in 501 characters', { source: 's'.repeat(501) }],
    ['with six tags', { tags: ['a', 'b', 'c', 'd', 'e', 'f'] }],
    ['with a tag twice', { tags: ['a', 'b', 'a'] }],
    ['with a tag that is none', { tags: ['a', 'B'] }],
  ])('%s is refused', (_, over) => {
    expect(() => requireMarketText({ ...text, ...over })).toThrow(refusal('INVALID_REQUEST'));
  });

  it('that is refused names its field', () => {
    const tags = ['a b'];
    expect(() => requireMarketText({ ...text, tags })).toThrow(
      refusal('INVALID_REQUEST', { param: 'tags' }),
    );
    expect(() => requireMarketText({ ...text, rules: ' ' })).toThrow(
      refusal('INVALID_REQUEST', { param: 'rules' }),
    );
  });
});

describe('a tag', () => {
  it.each(['a', '5', 'gpt-5', 'a-b-c', 'open-ai', 'x'.repeat(30)])('%s is one', (tag) => {
    expect(isTag(tag)).toBe(true);
  });
  it.each(['', '-', 'a-', '-a', 'a--b', 'A', 'a b', 'a\n', 'é', 'a_b', 'a,b', 'x'.repeat(31)])(
    '%j is none',
    (tag) => {
      expect(isTag(tag)).toBe(false);
    },
  );
});

describe('the closing', () => {
  const now = Date.UTC(2026, 0, 1);
  const fiveYears = 5 * 366 * 86_400_000;
  it.each([
    ['in a millisecond', 1],
    ['in five years', fiveYears],
  ])('%s is taken', (_, ahead) => {
    expect(() => requireClosing(now, now + ahead)).not.toThrow();
  });
  it.each([
    ['now', 0],
    ['a millisecond ago', -1],
    ['in five years and a millisecond', fiveYears + 1],
  ])('%s is refused', (_, ahead) => {
    expect(() => requireClosing(now, now + ahead)).toThrow(
      refusal('INVALID_REQUEST', { param: 'closesAt' }),
    );
  });
});

describe('what is staked', () => {
  it.each([
    ['a seed of 100', requireSeed, 100, lco(100)],
    ['a bet of 1', requireBet, 1, lco(1)],
  ] as const)(
    '%s is the least, and all that there is may be staked',
    (_, require, least, units) => {
      expect(() => require(units, units)).not.toThrow();
      expect(() => require(supply, supply)).not.toThrow();
      expect(() => require(units, units - 1n)).toThrow(
        refusal('INSUFFICIENT_FUNDS', {
          asset: 'LCO',
          available: least === 1 ? '0.99999999' : '99.99999999',
        }),
      );
      for (const stake of [units - 1n, 1n, 0n, -units]) {
        expect(() => require(stake, supply)).toThrow(
          refusal('AMOUNT_OUT_OF_RANGE', { minimum: String(least) }),
        );
      }
    },
  );
});

describe('a bond', () => {
  it.each([
    ['of a small market is 100', lco(1_000), lco(100)],
    ['of 10,000 is 100 still', lco(10_000), lco(100)],
    ['of a LCO more is a hundredth of it', lco(10_001), lco(100.01)],
    ['is rounded down', lco(20_000) + 99n, lco(200)],
    ['is the next unit a hundred units later', lco(20_000) + 100n, lco(200) + 1n],
    ['of the whole supply is 100,000', supply, lco(100_000)],
  ])('%s', (_, staked, bond) => {
    expect(bondOf(staked)).toBe(bond);
  });
});

describe('the betting time', () => {
  const open = { status: 'open', closesAt: 1_000 } as const;

  it('ends at the closing, whether or not anybody wrote it', () => {
    expect(statusAt(999, open)).toBe('open');
    expect(statusAt(1_000, open)).toBe('locked');
    expect(() => requireBetting(999, open)).not.toThrow();
    expect(() => requireBetting(1_000, open)).toThrow(
      refusal('STATE_CONFLICT', { status: 'locked' }),
    );
  });

  it.each(predictionStatuses.filter((status) => status !== 'open'))('is not while %s', (status) => {
    for (const at of [0, 1_000, 2_000]) {
      expect(statusAt(at, { status, closesAt: 1_000 })).toBe(status);
      expect(() => requireBetting(at, { status, closesAt: 1_000 })).toThrow(
        refusal('STATE_CONFLICT', { status }),
      );
    }
  });

  const betting = { openedAt: 100, lockedAt: 200 };
  it.each([100, 101, 199, 200])('may have had its effect at %d', (effectiveAt) => {
    expect(() => requireEffectiveAt(effectiveAt, betting)).not.toThrow();
  });
  it.each([99, 201, 0, -1])('may not have had its effect at %d', (effectiveAt) => {
    expect(() => requireEffectiveAt(effectiveAt, betting)).toThrow(
      refusal('INVALID_REQUEST', { param: 'effectiveAt' }),
    );
  });
});

describe('a ruling', () => {
  const proposed = { outcome: 'yes', effectiveAt: 100 } as const;
  it.each([
    ['the same', 'yes', 100, false],
    ['another outcome', 'no', 100, true],
    ['a millisecond earlier', 'yes', 99, true],
    ['a millisecond later', 'yes', 101, true],
    ['both', 'no', 99, true],
  ] as const)('of %s overturns: %#', (_, outcome, effectiveAt, isOverturned) => {
    expect(overturns({ outcome, effectiveAt }, proposed)).toBe(isOverturned);
  });
});

it('takes evidence of several lines, and nothing that a screen obeys', () => {
  for (const evidence of ['a', 'a\nb', 'x'.repeat(2_000)]) {
    expect(() => requireEvidence(evidence)).not.toThrow();
  }
  for (const evidence of ['', ' a', 'a\n', 'a\u0000b', '\u202ea', 'x'.repeat(2_001)]) {
    expect(() => requireEvidence(evidence)).toThrow(
      refusal('INVALID_REQUEST', { param: 'evidence' }),
    );
  }
});
