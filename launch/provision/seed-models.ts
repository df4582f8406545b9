// The models that a new instance sells, from `catalogue.json`, which anybody may edit before the first start. Operators
// change all of it by API; behind the mock upstream they are names only.
import { z } from 'zod';
import { parseAmount } from '../../domain/money';
import { faultsOfPriceForm } from '../../domain/price-form';
import { maxUnits, variantPattern } from '../../domain/price-variants';
import { priceUnits, unitPrices, type TokenPrices } from '../../domain/pricing';
import { defaultTokenizerFactorBps, tokenizerOf, tokenizers } from '../../domain/tokenizers';
import type { Offer } from '../../services/catalog/channel-offers';
import { modelAccess, modelIdPattern } from '../../services/catalog/models';
import type { PriceTerms } from '../../services/catalog/price-changes';
import catalogue from './catalogue.json';

const amount = z.string().transform(parseAmount);

/** Credits per million tokens (without `cacheWrite`, what is written to a cache is billed as input), or a unit. */
const prices = z.union([
  z
    .strictObject({ perUnit: amount })
    .transform((price) => ({ ...unitPrices(price.perUnit), isPerUnit: true })),
  z
    .strictObject({
      input: amount,
      cachedInput: amount,
      cacheWrite: amount.nullable().default(null),
      output: amount,
    })
    .transform((tokens) => ({ ...tokens, isPerUnit: false })),
]);

const entryFields = z.strictObject({
  id: z.string().regex(modelIdPattern),
  maker: z.string().min(1),
  /** Where it is called, under /v1. */
  endpoint: z.enum([
    'chat/completions',
    'completions',
    'embeddings',
    'messages',
    'images/generations',
    'audio/speech',
    'audio/transcriptions',
    'videos',
  ]),
  access: z.enum(modelAccess).default('open'),
  unit: z.enum(priceUnits).default('tokens'),
  list: prices,
  /** What the operator pays; absent: `costShare` of the list price. */
  cost: prices.optional(),
  variants: z
    .record(z.string().regex(variantPattern), z.int().min(1).max(maxUnits))
    .nullable()
    .default(null),
  maxInput: z.int().min(1),
  /** Longer prompts, in the upstream's own tokens, have another price there. */
  dearerAbove: z.int().min(1).optional(),
  maxOutput: z.int().min(1),
  maxPerImage: z.int().min(1).nullable().default(null),
  hidesOutput: z.boolean().default(false),
  /** Absent: by the name; null: it is not public. */
  tokenizer: z.enum(tokenizers).nullish(),
  /** What counted tokens are multiplied by; absent: 1, or 1.5 if the tokenizer is not known. */
  tokenizerFactor: z.number().min(1).max(10).optional(),
  /** What answers for it without a real upstream. */
  mock: z.string(),
});
const entry = entryFields.superRefine((fields, context) => {
  for (const { field, message } of faultsOfPriceForm(fields)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
  const message = faultOfBand(fields);
  if (message) context.addIssue({ code: 'custom', path: ['dearerAbove'], message });
});
type Entry = z.output<typeof entry>;

/** Whether what is let in, counted by a tokenizer that may not be the model's, could be beyond the price. */
function faultOfBand(model: z.output<typeof entryFields>): string | undefined {
  const { dearerAbove, maxInput, maxPerImage } = model;
  if (dearerAbove === undefined) return undefined;
  if (maxPerImage !== null) return 'images come on top of maxInput: such a model may take none';
  const { tokenizerFactorBps } = countingOf(model);
  if (maxInput * tokenizerFactorBps <= dearerAbove * 10_000) return undefined;
  return `maxInput times ${tokenizerFactorBps / 10_000}, the tokenizer's factor, is above it`;
}

/** How a model's input is counted. */
function countingOf({ id, tokenizer = tokenizerOf(id), tokenizerFactor }: Counted) {
  return {
    tokenizer,
    tokenizerFactorBps:
      tokenizerFactor === undefined
        ? defaultTokenizerFactorBps(tokenizer)
        : Math.round(tokenizerFactor * 10_000),
  };
}
type Counted = Pick<z.output<typeof entryFields>, 'id' | 'tokenizer' | 'tokenizerFactor'>;

const catalogueSchema = z.strictObject({
  about: z.array(z.string()),
  costShare: amount,
  models: z.array(entry).min(1),
});

/** Rounded up: nobody pays less than they said. */
function shareOf(list: TokenPrices, share: bigint): TokenPrices {
  const one = parseAmount('1');
  const part = (price: bigint) => (price * share + one - 1n) / one;
  return {
    input: part(list.input),
    cachedInput: part(list.cachedInput),
    cacheWrite: list.cacheWrite === null ? null : part(list.cacheWrite),
    output: part(list.output),
  };
}

function toTerms(model: Entry, costShare: bigint): PriceTerms {
  const { id, list, cost, access, unit, variants } = model;
  const { maxInput, maxOutput, maxPerImage, hidesOutput } = model;
  return {
    ...{ modelId: id, access, unit, list, cost: cost ?? shareOf(list, costShare), variants },
    ...{ maxInput, maxOutput, maxPerImage, hidesOutput, ...countingOf(model) },
  };
}

/** @throws ZodError naming the model's place in the list, and the field */
export const readCatalogue = (data: unknown) => catalogueSchema.parse(data);

const read = readCatalogue(catalogue);
const isOfAnthropic = ({ endpoint }: Entry) => endpoint === 'messages';
const toMockOffer = ({ id, mock }: Entry): Offer => ({
  modelId: id,
  upstreamId: mock,
  cost: null,
});

export const seedModels: readonly PriceTerms[] = read.models.map((model) =>
  toTerms(model, read.costShare),
);

/** The first that answers to holders of quota from an IMO only, which the demonstration announces. */
export function scarceModelId(): string {
  const scarce = read.models.find(({ access }) => access === 'imo');
  if (scarce) return scarce.id;
  throw new Error('catalogue.json has no model whose access is imo: the demonstration needs one');
}

/** Those that can be chatted with. */
export const chatModelIds: ReadonlySet<string> = new Set(
  read.models.flatMap(({ id, endpoint }) => (endpoint === 'chat/completions' ? [id] : [])),
);

/** What the mock upstream answers for each of them, by the protocol of OpenAI and of Anthropic. */
export const mockOffers = read.models.filter((model) => !isOfAnthropic(model)).map(toMockOffer);
export const claudeMockOffers = read.models.filter(isOfAnthropic).map(toMockOffer);

/** A real upstream is OpenAI, or knows OpenAI's models by their names. */
export const namedOffers: readonly Offer[] = read.models
  .filter(({ maker }) => maker === 'OpenAI')
  .map(({ id }) => ({ modelId: id, upstreamId: id, cost: null }));
