// Receipts of the relay's calls (DESIGN 2.2 and 6).
import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import { priceMultiplierOf } from '../../domain/tiers';
import type { UsageRecord } from '../../services/calls/usage';
import {
  costPricesOf,
  listPricesOf,
  presentPrices,
  unitOf,
} from '../../services/catalog/price-versions';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  id,
  pageOf,
  pageQuery,
  presentPage,
  presentTime,
  time,
  timeAnswer,
} from '../schemas';
import { pricesAnswer } from '../prices';

const count = z.int().min(0);

const receiptAnswer = z
  .object({
    requestId: id,
    endpoint: z.string().meta({ example: 'chat/completions' }),
    model: z.string(),
    keyId: id.nullable(),
    tokens: z.object({
      input: count.meta({ description: 'Without the two that follow.' }),
      cachedInput: count,
      cacheWrite: count,
      output: count.meta({ description: 'Of all choices, hidden reasoning included.' }),
      source: z.enum(['upstream', 'tokenizer', 'reservation']),
    }),
    priceVersion: z.string().meta({ example: 'gpt-4o-mini@1' }),
    prices: z
      .object({
        list: pricesAnswer,
        cost: pricesAnswer,
        multiplier: z
          .string()
          .nullable()
          .meta({ description: 'What the tier paid of the list price; null: it paid the cost.' }),
      })
      .meta({ description: 'Those of that version, whatever the model costs by now.' }),
    tier: z.string(),
    charge: amountAnswer.meta({ description: 'Credits.' }),
    freeCall: z
      .object({
        roundId: z.string(),
        taken: amountAnswer.meta({ description: 'Credits, at the cost of the price version.' }),
      })
      .nullable()
      .meta({
        description:
          "A champion's free call, charged 0: the round of Compute Wars and what it took of its budget. null: the caller paid.",
      }),
    mined: amountAnswer.meta({ description: 'LCO.' }),
    epoch: z.int(),
    imo: z
      .object({ id, used: count })
      .nullable()
      .meta({ description: 'Whose quota the call used, and how many units of it.' }),
    channel: z.string(),
    ending: z.enum(['completed', 'client_left', 'upstream_cut', 'aborted']),
    latencyMs: z.int(),
    ttftMs: z.int().nullable().meta({
      description:
        'Time to the first token of a streamed answer. null: the answer came in one piece, after latencyMs.',
    }),
    at: timeAnswer,
  })
  .meta({ id: 'Receipt' });

function presentFreeCall({ warRoundId, freeCharge }: UsageRecord) {
  if (warRoundId === null || freeCharge === null) return null;
  return { roundId: warRoundId, taken: formatAmount(freeCharge) };
}

function presentReceipt(record: UsageRecord): z.input<typeof receiptAnswer> {
  return {
    requestId: record.id,
    endpoint: record.endpoint,
    model: record.modelId,
    keyId: record.keyId,
    tokens: {
      input: Number(record.inputTokens),
      cachedInput: Number(record.cachedInputTokens),
      cacheWrite: Number(record.cacheWriteTokens),
      output: Number(record.outputTokens),
      source: record.tokenSource,
    },
    priceVersion: record.priceVersionId,
    prices: {
      list: presentPrices(listPricesOf(record), unitOf(record)),
      cost: presentPrices(costPricesOf(record), unitOf(record)),
      multiplier: priceMultiplierOf({
        priceBps: record.priceBps === null ? null : BigInt(record.priceBps),
      }),
    },
    tier: record.tier,
    charge: formatAmount(record.charge),
    freeCall: presentFreeCall(record),
    mined: formatAmount(record.mined),
    epoch: record.epoch,
    imo: record.imoId === null ? null : { id: record.imoId, used: Number(record.quota ?? 0n) },
    channel: record.channel,
    ending: record.ending,
    latencyMs: record.latencyMs,
    ttftMs: record.ttftMs,
    at: presentTime(record.at),
  };
}

export function createUsageRoutes({ usage }: Pick<Services, 'usage'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/usage',
      access: 'read',
      tag: 'Relay',
      summary: "The caller's receipts, newest first",
      query: pageQuery.extend({
        model: z.string().max(200).optional(),
        keyId: id.optional(),
        from: time.optional(),
        to: time.optional(),
      }),
      answer: pageOf(receiptAnswer),
      async handle({ query: { model, ...query }, caller }) {
        const page = await usage.list(caller.userId, { ...query, modelId: model }, query);
        return { body: presentPage(page, presentReceipt) };
      },
    }),
    route({
      method: 'get',
      path: '/usage/:requestId',
      access: 'read',
      tag: 'Relay',
      summary: 'The receipt of one call',
      description: 'The id is the answer header `x-request-id` of the call.',
      params: z.object({ requestId: id }),
      answer: receiptAnswer,
      async handle({ params, caller }) {
        return { body: presentReceipt(await usage.receipt(caller.userId, params.requestId)) };
      },
    }),
  ];
}
