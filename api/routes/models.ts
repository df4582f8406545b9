// Models and their prices: the public price list, and operators' price versions.
import { z } from 'zod';
import { bpsDivisor } from '../../domain/money';
import { faultsOfPriceForm } from '../../domain/price-form';
import { maxUnits, variantPattern } from '../../domain/price-variants';
import { priceUnits } from '../../domain/pricing';
import { priceMultiplierOf, tierLevels, tiers } from '../../domain/tiers';
import { defaultTokenizerFactorBps, tokenizerOf, tokenizers } from '../../domain/tokenizers';
import { modelAccess, modelIdPattern } from '../../services/catalog/models';
import type { PriceTerms } from '../../services/catalog/price-changes';
import { maxTokenLimit } from '../../services/catalog/price-versions';
import type { ListedModel } from '../../services/catalog/price-list';
import type { OperatedModel } from '../../services/catalog/priced-models';
import { channelKinds } from '../../services/catalog/channels';
import type { Services } from '../context';
import { pricesAnswer, pricesBody } from '../prices';
import { route, type Route } from '../route';
import { pageOf, pageQuery, presentPage, reason, timeAnswer } from '../schemas';

export const modelId = z
  .string()
  .regex(modelIdPattern, 'must be 1 to 128 letters, digits or . _ : / -')
  .meta({ example: 'gpt-4o' });

const variantUnits = z.int().min(1).max(maxUnits);
const tokens = z.int().min(1).max(maxTokenLimit);
const factorBps = Number(bpsDivisor);

const versionFields = z.object({
  id: modelId,
  unit: z.enum(priceUnits).meta({ description: 'What is priced. It never changes.' }),
  list: pricesBody,
  cost: pricesBody,
  maxInput: tokens.meta({
    description:
      'Tokens as they are counted, without `tokenizerFactor`; characters of text if another unit is priced. Where the ' +
      'upstream has another price for longer prompts, that length divided by the factor.',
  }),
  maxOutput: tokens.meta({ description: 'Tokens; units of a call if another unit is priced.' }),
  variants: z
    .record(
      z.string().regex(variantPattern, 'must be like 1024x1024 or hd/1024x1024'),
      variantUnits,
    )
    .nullish()
    .meta({
      description:
        'Of images and seconds: the sizes, or quality/size, that can be asked for and the units that each takes; the first is served when nothing is asked. Name the quality, too, if the upstream has more than one: it chooses what is not asked for. Absent: any, for one unit.',
      example: { '1024x1024': 1, 'hd/1024x1024': 2 },
    }),
  hidesOutput: z.boolean().meta({ description: 'Bills reasoning that it does not deliver.' }),
  access: z.enum(modelAccess).meta({ description: "imo: for holders of its IMO's quota only." }),
  maxPerImage: tokens
    .nullish()
    .meta({ description: 'The most tokens an image counts; absent: no images are taken.' }),
  tokenizer: z
    .enum(tokenizers)
    .nullish()
    .meta({ description: 'Absent: by the name of the model; null: none that is known.' }),
  tokenizerFactor: z
    .number()
    .min(1)
    .max(10)
    .transform((factor) => Math.round(factor * factorBps))
    .nullish()
    .meta({ description: 'What counted tokens are multiplied by; absent: 1, or 1.5 if unknown.' }),
  reason,
});

const versionBody = versionFields.superRefine((fields, context) => {
  for (const { field, message } of faultsOfPriceForm(fields)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});

function toTerms(body: z.output<typeof versionBody>): PriceTerms {
  const {
    id,
    access,
    unit,
    list,
    cost,
    variants = null,
    maxInput,
    maxOutput,
    hidesOutput,
    maxPerImage = null,
  } = body;
  const tokenizer = body.tokenizer === undefined ? tokenizerOf(id) : body.tokenizer;
  const tokenizerFactorBps = body.tokenizerFactor ?? defaultTokenizerFactorBps(tokenizer);
  const limits = { maxInput, maxOutput, maxPerImage, hidesOutput };
  return {
    modelId: id,
    access,
    unit,
    list,
    cost,
    variants,
    ...limits,
    tokenizer,
    tokenizerFactorBps,
  };
}

const pricedModel = z.object({
  id: modelId,
  access: z.enum(modelAccess),
  unit: z.enum(priceUnits),
  priceVersion: z.string().meta({ description: 'Named by receipts.', example: 'gpt-4o@1' }),
  list: pricesAnswer,
  cost: pricesAnswer.meta({ description: 'What the level Whale pays.' }),
  variants: z.record(z.string(), z.int()).nullable().meta({
    description: 'What can be asked for, and the units that it takes; null: one unit each.',
  }),
  maxInput: z.int(),
  maxOutput: z.int(),
  hidesOutput: z.boolean(),
  available: z.boolean().meta({ description: 'Whether a channel serves it.' }),
});

const modelAnswer = pricedModel
  .extend({
    protocols: z.array(z.enum(channelKinds)).meta({
      description:
        'What it is called by: `openai` for all endpoints but `/v1/messages`, which is `anthropic`.',
    }),
  })
  .meta({ id: 'Model' });

const operatedModelAnswer = pricedModel
  .extend({
    maxPerImage: z.int().nullable(),
    tokenizer: z.string().nullable(),
    tokenizerFactor: z.number(),
    flaggedAt: timeAnswer
      .nullable()
      .meta({ description: 'When an upstream used more than was reserved.' }),
    flaggedReason: z.string().nullable(),
    enabledChannels: z.int(),
    pricedAt: timeAnswer,
    pricedBy: z.uuid().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'OperatedModel' });

function presentModel(model: ListedModel): z.input<typeof modelAnswer> {
  const { id, access, unit, priceVersion, list, cost } = model;
  const variants = model.variants && { ...model.variants };
  const { maxInput, maxOutput, hidesOutput, available } = model;
  const limits = { maxInput, maxOutput, hidesOutput };
  const protocols = [...model.protocols];
  return { id, access, unit, priceVersion, list, cost, variants, ...limits, available, protocols };
}

function presentOperatedModel(model: OperatedModel): z.input<typeof operatedModelAnswer> {
  const { tokenizerFactorBps, ...rest } = model;
  return { ...rest, tokenizerFactor: tokenizerFactorBps / factorBps };
}

const tierAnswer = z.object({
  level: z.enum(tierLevels),
  multiplier: z
    .string()
    .nullable()
    .meta({ description: 'Of the list price; null: the cost is paid instead.' }),
});

const tierMultipliers = tiers.map((tier) => ({
  level: tier.level,
  multiplier: priceMultiplierOf(tier),
}));

export function createModelRoutes({ priceList }: Pick<Services, 'priceList'>): Route[] {
  return [
    route({
      access: 'public',
      tag: 'Relay',
      method: 'get',
      path: '/models',
      summary: 'The price list, by model, and what each level pays of it',
      query: pageQuery,
      answer: pageOf(modelAnswer).extend({ tiers: z.array(tierAnswer) }),
      async handle({ query }) {
        const page = presentPage(await priceList.list(query), presentModel);
        return { body: { ...page, tiers: tierMultipliers } };
      },
    }),
    route({
      access: 'operator',
      tag: 'Operators',
      method: 'get',
      path: '/admin/models',
      summary: 'Models with their price version in force',
      query: pageQuery,
      answer: pageOf(operatedModelAnswer),
      async handle({ query }) {
        return { body: presentPage(await priceList.list(query), presentOperatedModel) };
      },
    }),
    route({
      access: 'operator',
      tag: 'Operators',
      method: 'post',
      path: '/admin/models',
      summary: 'Put a new price version of a model in force',
      description:
        'The first one makes the model. Refused unless 70% of the list price covers its cost and that of every enabled channel.',
      idempotency: 'optional',
      status: 201,
      body: versionBody,
      answer: operatedModelAnswer,
      async handle({ body, caller }) {
        const terms = toTerms(body);
        const { model, replayed } = await priceList.publish(caller, terms, body.reason);
        return { body: presentOperatedModel(model), replayed };
      },
    }),
  ];
}
