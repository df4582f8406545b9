import { mockModels } from '../../launch/mock-upstream/behaviour';
import catalogue from '../../launch/provision/catalogue.json';
import {
  chatModelIds,
  claudeMockOffers,
  mockOffers,
  namedOffers,
  readCatalogue,
  scarceModelId,
  seedModels,
} from '../../launch/provision/seed-models';
import { inputBound } from '../../domain/chat-bound';
import { parseAmount } from '../../domain/money';
import { checkPricesCoverCost, perUnitOf } from '../../domain/pricing';

const find = (id: string) => seedModels.find(({ modelId }) => modelId === id);

it.each(seedModels.map((terms) => [terms.modelId, terms] as const))(
  '%s covers its cost at the deepest discount, with prices that are above nothing',
  (_, { list, cost, unit }) => {
    expect(() => checkPricesCoverCost(list, cost, unit)).not.toThrow();
    expect(list.input + list.output).toBeGreaterThan(0n);
    expect(list.cachedInput).toBeLessThanOrEqual(list.input);
  },
);

it('names each model once, and what the mock answers for it', () => {
  expect(new Set(seedModels.map(({ modelId }) => modelId)).size).toBe(seedModels.length);
  const offers = [...mockOffers, ...claudeMockOffers];
  expect(offers.map(({ modelId }) => modelId).sort()).toEqual(
    seedModels.map(({ modelId }) => modelId).sort(),
  );
  for (const { upstreamId } of offers) expect(mockModels).toHaveProperty([upstreamId]);
});

it('buys at the share of the list price that it says', () => {
  expect(find('gpt-4o')).toMatchObject({
    list: { input: parseAmount('2.5'), cacheWrite: null, output: parseAmount('10') },
    cost: { input: parseAmount('1.5'), cacheWrite: null, output: parseAmount('6') },
    tokenizer: 'o200k_base',
    tokenizerFactorBps: 10_000,
  });
  expect(find('claude-haiku-4-5')).toMatchObject({
    cost: { cacheWrite: parseAmount('0.75') },
    tokenizer: null,
    tokenizerFactorBps: 20_000,
  });
});

it('prices images by size and quality, and speech by character', () => {
  const painter = find('gpt-image-1');
  expect(painter?.unit).toBe('images');
  expect(painter && perUnitOf(painter.list)).toBe(parseAmount('0.001'));
  expect(Object.entries(painter?.variants ?? {})[0]).toEqual(['medium/1024x1024', 47]);
  expect(find('tts-1')).toMatchObject({ unit: 'characters', variants: null });
});

it('has a scarce model for the demonstration, and offers a real upstream what it knows', () => {
  expect(find(scarceModelId())?.access).toBe('imo');
  expect(chatModelIds.has('gpt-4o-mini')).toBe(true);
  expect(chatModelIds.has('gpt-image-1')).toBe(false);
  const named = namedOffers.map(({ modelId }) => modelId);
  expect(named).toContain('gpt-image-1');
  expect(named).not.toContain('claude-haiku-4-5');
});

it('sells no prompts at a length for which their makers have another price', () => {
  const banded = catalogue.models.filter((model) => model.dearerAbove !== undefined);
  expect(banded.map(({ id }) => id)).toEqual(['gemini-2.5-pro', 'qwen-plus']);
  for (const { id, dearerAbove = 0 } of banded) {
    const { maxInput = 0, tokenizerFactorBps = 0, maxPerImage } = find(id) ?? {};
    const longest = inputBound({ textTokens: maxInput, images: 0 }, tokenizerFactorBps, 0);
    expect(longest).toBeGreaterThan(100_000);
    expect(longest).toBeLessThanOrEqual(dearerAbove);
    expect(maxPerImage).toBeNull();
  }
});

it.each([
  [{ dearerAbove: 127_999 }, /dearerAbove[^]*images come on top/],
  [{ dearerAbove: 127_999, maxPerImage: null }, /dearerAbove[^]*maxInput times 1, the/],
  [{ dearerAbove: 191_999, maxPerImage: null, tokenizer: null }, /maxInput times 1\.5, the/],
  [{ unit: 'images' }, /must be \{perUnit\}/],
  [{ list: { perUnit: '1' } }, /must be prices of tokens/],
  [{ variants: { '1x1': 1 } }, /only models priced by images or seconds/],
  [{ mock: undefined }, /mock/],
  [{ price: '1' }, /price/],
])('refuses a model that says %j', (over, message) => {
  const [first, ...rest] = catalogue.models;
  expect(() => readCatalogue({ ...catalogue, models: [{ ...first, ...over }, ...rest] })).toThrow(
    message,
  );
});
