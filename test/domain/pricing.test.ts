import fc from 'fast-check';
import { DomainError } from '../../domain/errors';
import { parseAmount } from '../../domain/money';
import {
  chargeOf,
  checkPricesCoverCost,
  costOf,
  dearestInput,
  ratesOf,
  type TokenPrices,
} from '../../domain/pricing';
import { tiers } from '../../domain/tiers';

/** Prices in Credits per million tokens. */
function prices(input: string, cachedInput: string, output: string, cacheWrite?: string) {
  return {
    input: parseAmount(input),
    cachedInput: parseAmount(cachedInput),
    cacheWrite: cacheWrite === undefined ? null : parseAmount(cacheWrite),
    output: parseAmount(output),
  };
}
const usage = (input: number, cachedInput: number, cacheWrite: number, output: number) => ({
  input,
  cachedInput,
  cacheWrite,
  output,
});
const list = prices('2.5', '1.25', '10');
const cost = prices('1.6', '0.8', '6');

it.each([
  ['a million of input', usage(1_000_000, 0, 0, 0), 10_000n, '2.5'],
  ['cached input apart from input', usage(600_000, 400_000, 0, 0), 10_000n, '2'],
  ['cache writes as input where they have no price', usage(0, 0, 1_000_000, 0), 10_000n, '2.5'],
  ['a small call', usage(1_000, 0, 0, 500), 10_000n, '0.0075'],
  ['the same at Lv2', usage(1_000, 0, 0, 500), 9_500n, '0.007125'],
  ['the same at Lv4', usage(1_000, 0, 0, 500), 7_000n, '0.00525'],
  ['nothing', usage(0, 0, 0, 0), 10_000n, '0'],
])('charges %s', (_what, tokens, multiplierBps, credits) => {
  expect(chargeOf(tokens, { prices: list, multiplierBps })).toBe(parseAmount(credits));
});

it('rounds up once for the whole call, not once a component', () => {
  const fine = prices('0.00000001', '0.00000001', '0.00000001', '0.00000001');
  expect(chargeOf(usage(1, 1, 1, 1), { prices: fine, multiplierBps: 10_000n })).toBe(1n);
  expect(chargeOf(usage(1_000_000, 0, 0, 0), { prices: fine, multiplierBps: 10_000n })).toBe(1n);
  expect(chargeOf(usage(1_000_000, 0, 0, 1), { prices: fine, multiplierBps: 10_000n })).toBe(2n);
  expect(costOf(usage(1, 1, 1, 1), fine)).toBe(1n);
});

it('lets a Whale pay the cost and everybody else a share of the list price', () => {
  const tokens = usage(1_000, 2_000, 0, 3_000);
  const charges = tiers.map(({ priceBps }) => chargeOf(tokens, ratesOf(priceBps, list, cost)));
  expect(charges).toEqual(['0.035', '0.03325', '0.02975', '0.0245', '0.0212'].map(parseAmount));
  expect(charges.at(-1)).toBe(costOf(tokens, cost));
});

it('takes the dearest kind of input as the bound of input', () => {
  expect(dearestInput(list)).toBe(parseAmount('2.5'));
  expect(dearestInput(prices('2.5', '1.25', '10', '3.125'))).toBe(parseAmount('3.125'));
  expect(dearestInput(prices('2.5', '4', '10'))).toBe(parseAmount('4'));
});

it.each([
  ['input', prices('1.75000001', '0', '0')],
  ['cachedInput', prices('0', '0.88', '0')],
  ['cacheWrite', prices('0', '0', '0', '1.76')],
  ['output', prices('0', '0', '7.00000001')],
])('refuses a list price whose 70%% does not cover the cost of %s', (kind, dear) => {
  let refusal: unknown;
  try {
    checkPricesCoverCost(list, dear);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ code: 'PRICE_BELOW_COST', details: { kind } });
});

it('accepts a cost of exactly 70%', () => {
  expect(() => checkPricesCoverCost(list, prices('1.75', '0.875', '7'))).not.toThrow(DomainError);
});

const anyPrice = fc.bigInt(0n, 10n ** 12n);
const anyPrices: fc.Arbitrary<TokenPrices> = fc.record({
  input: anyPrice,
  cachedInput: anyPrice,
  cacheWrite: fc.option(anyPrice),
  output: anyPrice,
});
const count = fc.nat(2_000_000);
const anyUsage = fc.record({ input: count, cachedInput: count, cacheWrite: count, output: count });

it('never sells below cost once prices are accepted, whatever the usage and the tier', () => {
  fc.assert(
    fc.property(anyPrices, anyPrices, anyUsage, (listed, costs, tokens) => {
      try {
        checkPricesCoverCost(listed, costs);
      } catch {
        return;
      }
      for (const { priceBps } of tiers) {
        const charge = chargeOf(tokens, ratesOf(priceBps, listed, costs));
        expect(charge >= costOf(tokens, costs)).toBe(true);
      }
    }),
  );
});

it('charges less than one base unit above the exact price', () => {
  fc.assert(
    fc.property(anyPrices, anyUsage, fc.bigInt(1n, 10_000n), (priced, tokens, bps) => {
      const exact =
        BigInt(tokens.input) * priced.input +
        BigInt(tokens.cachedInput) * priced.cachedInput +
        BigInt(tokens.cacheWrite) * (priced.cacheWrite ?? priced.input) +
        BigInt(tokens.output) * priced.output;
      const charge = chargeOf(tokens, { prices: priced, multiplierBps: bps });
      expect(charge * 10n ** 10n >= exact * bps).toBe(true);
      expect((charge - 1n) * 10n ** 10n < exact * bps).toBe(true);
    }),
  );
});
