// Receipts of the relay's calls (DESIGN 2.2 and 6), one by one, in lists, and all of them as CSV.
import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import { priceUnits } from '../../domain/pricing';
import { priceMultiplierOf } from '../../domain/tiers';
import type { NamedRecord } from '../../services/calls/usage';
import type { UsageRecord } from '../../services/calls/usage-rows';
import {
  costPricesOf,
  listPricesOf,
  presentPrices,
  unitOf,
} from '../../services/catalog/price-versions';
import type { Services } from '../context';
import { replyWithCsv, type CsvColumns } from '../csv';
import { pricesAnswer } from '../prices';
import { route, type Route } from '../route';
import {
  amountAnswer,
  id,
  pageOf,
  pageQuery,
  presentPage,
  presentTime,
  timeAnswer,
} from '../schemas';
import { createUsageDailyRoutes } from './usage-daily';
import { fileNameOf, filters, inOrder, isInOrder } from './usage-filters';

const count = z.int().min(0);

const receiptAnswer = z
  .object({
    requestId: id,
    endpoint: z.string().meta({ example: 'chat/completions' }),
    model: z.string(),
    keyId: id.nullable(),
    unit: z.enum(priceUnits).meta({ description: 'What the model is priced by.' }),
    units: count.nullable().meta({
      description: 'How many images, seconds or characters; null: tokens are what is priced.',
    }),
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

function multiplierOf({ priceBps }: UsageRecord): string | null {
  return priceMultiplierOf({ priceBps: priceBps === null ? null : BigInt(priceBps) });
}

function presentReceipt(record: UsageRecord): z.input<typeof receiptAnswer> {
  return {
    requestId: record.id,
    endpoint: record.endpoint,
    model: record.modelId,
    keyId: record.keyId,
    unit: unitOf(record),
    units: unitOf(record) === 'tokens' ? null : Number(record.outputTokens),
    tokens: {
      input: Number(record.inputTokens),
      cachedInput: Number(record.cachedInputTokens),
      cacheWrite: Number(record.cacheWriteTokens),
      output: unitOf(record) === 'tokens' ? Number(record.outputTokens) : 0,
      source: record.tokenSource,
    },
    priceVersion: record.priceVersionId,
    prices: {
      list: presentPrices(listPricesOf(record), unitOf(record)),
      cost: presentPrices(costPricesOf(record), unitOf(record)),
      multiplier: multiplierOf(record),
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

/** A receipt as a line: what it says, but for the prices of its price version. Columns are only ever added, at the end. */
const receiptColumns: CsvColumns<NamedRecord> = {
  requestId: (call) => call.id,
  at: (call) => presentTime(call.at),
  endpoint: (call) => call.endpoint,
  model: (call) => call.modelId,
  keyId: (call) => call.keyId,
  keyName: (call) => call.keyName,
  inputTokens: (call) => call.inputTokens.toString(),
  cachedInputTokens: (call) => call.cachedInputTokens.toString(),
  cacheWriteTokens: (call) => call.cacheWriteTokens.toString(),
  outputTokens: (call) => (unitOf(call) === 'tokens' ? call.outputTokens.toString() : '0'),
  tokenSource: (call) => call.tokenSource,
  priceVersion: (call) => call.priceVersionId,
  multiplier: multiplierOf,
  tier: (call) => call.tier,
  charge: (call) => formatAmount(call.charge),
  mined: (call) => formatAmount(call.mined),
  epoch: (call) => call.epoch,
  freeCallRoundId: (call) => call.warRoundId,
  freeCallTaken: (call) => (call.freeCharge === null ? null : formatAmount(call.freeCharge)),
  imoId: (call) => call.imoId,
  imoUsed: (call) => (call.imoId === null ? null : (call.quota ?? 0n).toString()),
  channel: (call) => call.channel,
  ending: (call) => call.ending,
  latencyMs: (call) => call.latencyMs,
  ttftMs: (call) => call.ttftMs,
  unit: (call) => call.unit,
  units: (call) => (unitOf(call) === 'tokens' ? null : call.outputTokens.toString()),
};

const common = { access: 'read', method: 'get', tag: 'Relay' } as const;

export function createUsageRoutes({ usage }: Pick<Services, 'usage'>): Route[] {
  return [
    route({
      ...common,
      path: '/usage',
      summary: "The caller's receipts, newest first",
      query: z.object({ ...filters, ...pageQuery.shape }).refine(isInOrder, inOrder),
      answer: pageOf(receiptAnswer),
      async handle({ query: { model, ...query }, caller }) {
        const page = await usage.list(caller.userId, { ...query, modelId: model }, query);
        return { body: presentPage(page, presentReceipt) };
      },
    }),
    route({
      ...common,
      path: '/usage.csv',
      summary: 'All of them as CSV, newest first',
      description:
        `A file with a header and lines that end in CRLF (RFC 4180), in UTF-8; empty: null. Columns: ` +
        `${Object.keys(receiptColumns).join(', ')}. New ones come after the last. An apostrophe stands before text ` +
        'that a spreadsheet would take for a formula. An address may have two files sent at once.',
      query: z.object(filters).refine(isInOrder, inOrder),
      contentType: 'text/csv',
      answer: z.string(),
      async handle({ query: { model, ...query }, caller }) {
        const batches = usage.all(caller.userId, { ...query, modelId: model });
        return replyWithCsv(fileNameOf('usage', query), receiptColumns, batches);
      },
    }),
    ...createUsageDailyRoutes({ usage }),
    route({
      ...common,
      path: '/usage/:requestId',
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
