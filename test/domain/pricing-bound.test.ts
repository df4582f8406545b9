import fc from 'fast-check';
import { boundChat, inputBound, outputLimitOf, reservationOf } from '../../domain/chat-bound';
import { DomainError } from '../../domain/errors';
import { parseAmount } from '../../domain/money';
import { chargeOf } from '../../domain/pricing';

const rates = {
  prices: {
    input: parseAmount('2'),
    cachedInput: parseAmount('1'),
    cacheWrite: parseAmount('2.5'),
    output: parseAmount('10'),
  },
  multiplierBps: 10_000n,
};
/** What a call throws. */
function refusalOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}
const demand = { inputTokens: 1_000, choices: 1, outputLimit: 1_000 };
/** Input at the price of a cache write, 0.0025, and 0.01 of output. */
const whole = parseAmount('0.0125');

it('reserves the input at its dearest price and the most output of every choice', () => {
  expect(reservationOf(demand, rates)).toBe(whole);
  expect(reservationOf({ ...demand, choices: 3 }, rates)).toBe(parseAmount('0.0325'));
  expect(reservationOf(demand, { ...rates, multiplierBps: 7_000n })).toBe(parseAmount('0.00875'));
});

it.each([
  ['exactly enough', whole, { outputLimit: 1_000, clamped: false, charge: whole }],
  ['a unit short', whole - 1n, { outputLimit: 999, clamped: true, charge: parseAmount('0.01249') }],
  [
    'enough for 16 tokens',
    parseAmount('0.00266'),
    { outputLimit: 16, clamped: true, charge: parseAmount('0.00266') },
  ],
])('with %s the output is clamped to what is affordable', (_what, funds, bound) => {
  expect(boundChat(demand, rates, funds)).toEqual(bound);
});

it('refuses a call that cannot afford its input and 16 tokens a choice', () => {
  const refused = (choices: number, funds: string) => () =>
    boundChat({ ...demand, choices }, rates, parseAmount(funds));
  expect(refusalOf(refused(1, '0.00265999'))).toMatchObject({
    code: 'INSUFFICIENT_FUNDS',
    details: { needed: '0.00266', available: '0.00265999' },
  });
  expect(refused(2, '0.00281999')).toThrow(DomainError);
  expect(refused(2, '0.00282')()).toMatchObject({ outputLimit: 16 });
  expect(refused(1, '0')).toThrow(DomainError);
  expect(refused(1, '0.001')).toThrow(DomainError);
});

it('serves somebody who asked for fewer than 16 tokens all of them or nothing', () => {
  const small = { ...demand, outputLimit: 4 };
  expect(boundChat(small, rates, parseAmount('0.00254')).outputLimit).toBe(4);
  expect(() => boundChat(small, rates, parseAmount('0.00253999'))).toThrow(DomainError);
});

it('takes the default limit only where none was asked, and never more than the model gives', () => {
  expect(outputLimitOf(null, 16_384, 4_096)).toBe(4_096);
  expect(outputLimitOf(null, 1_024, 4_096)).toBe(1_024);
  expect(outputLimitOf({ tokens: 16_384, field: 'max_tokens' }, 16_384, 4_096)).toBe(16_384);
  expect(
    refusalOf(() => outputLimitOf({ tokens: 16_385, field: 'max_tokens' }, 16_384, 4_096)),
  ).toMatchObject({ code: 'INVALID_REQUEST', details: { param: 'max_tokens' } });
});

it('multiplies counted text by the factor, rounded up, and adds the most per image', () => {
  expect(inputBound({ textTokens: 101, images: 0 }, 10_000, 0)).toBe(101);
  expect(inputBound({ textTokens: 101, images: 2 }, 12_500, 1_000)).toBe(127 + 2_000);
});

const price = fc.bigInt(0n, 10n ** 11n);
const anyRates = fc.record({
  prices: fc.record({
    input: price,
    cachedInput: price,
    cacheWrite: fc.option(price),
    output: price,
  }),
  multiplierBps: fc.bigInt(1n, 10_000n),
});
const anyDemand = fc.record({
  inputTokens: fc.nat(2_000_000),
  choices: fc.integer({ min: 1, max: 128 }),
  outputLimit: fc.integer({ min: 1, max: 200_000 }),
});
/** A share of something, for usages within a demand. */
const share = fc.double({ min: 0, max: 1, noNaN: true });

it('never charges a usage within the bound more than was reserved', () => {
  fc.assert(
    fc.property(
      anyRates,
      anyDemand,
      fc.bigInt(0n, 10n ** 13n),
      fc.tuple(share, share, share, share),
      (paid, asked, funds, [used, cached, written, generated]) => {
        let bound;
        try {
          bound = boundChat(asked, paid, funds);
        } catch {
          return;
        }
        const input = Math.floor(asked.inputTokens * used);
        const cachedInput = Math.floor(input * cached);
        const cacheWrite = Math.floor((input - cachedInput) * written);
        const output = Math.floor(asked.choices * bound.outputLimit * generated);
        const usage = { input: input - cachedInput - cacheWrite, cachedInput, cacheWrite, output };
        expect(chargeOf(usage, paid) <= bound.charge).toBe(true);
        expect(bound.charge <= funds).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

it('clamps to the largest output that the funds afford, and refuses only what is too dear', () => {
  fc.assert(
    fc.property(anyRates, anyDemand, share, (paid, asked, part) => {
      const funds = BigInt(Math.floor(Number(reservationOf(asked, paid)) * part));
      const least = Math.min(16, asked.outputLimit);
      let bound;
      try {
        bound = boundChat(asked, paid, funds);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
        expect(reservationOf({ ...asked, outputLimit: least }, paid) > funds).toBe(true);
        return;
      }
      expect(bound.outputLimit).toBeGreaterThanOrEqual(least);
      if (bound.clamped) {
        const more = { ...asked, outputLimit: bound.outputLimit + 1 };
        expect(reservationOf(more, paid) > funds).toBe(true);
      } else {
        expect(bound.outputLimit).toBe(asked.outputLimit);
      }
    }),
    { numRuns: 500 },
  );
});
