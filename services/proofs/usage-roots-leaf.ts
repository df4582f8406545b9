// A usage record as a leaf of its day's tree (DESIGN 2.12): the receipt's facts that never change, in RFC 8785 JSON,
// its owner told by a salted hash only. The format is docs/formats/usage-roots.md: what is here may not change, a newer
// leaf needs a newer `version`, by which each record keeps the one it was published with.
import canonicalize from 'canonicalize';
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import { ownerHash } from '../../domain/merkle/owner-hash';
import { formatAmount } from '../../domain/money';
import { priceMultiplierOf } from '../../domain/tiers';
import { isoTime } from '../../domain/time';

/** A settled call, whole. */
export interface SettledCall {
  readonly id: string;
  readonly userId: string;
  readonly salt: string;
  readonly settlementNumber: bigint;
  readonly endedAt: number;
  readonly endpoint: string;
  readonly modelId: string;
  readonly inputTokens: bigint;
  readonly cachedInputTokens: bigint;
  readonly cacheWriteTokens: bigint;
  readonly outputTokens: bigint;
  readonly tokenSource: string;
  readonly priceVersionId: string;
  readonly tier: string;
  readonly priceBps: number | null;
  readonly charge: bigint;
  readonly mined: bigint;
  readonly epoch: number;
  readonly channelId: string;
  readonly ending: string;
  readonly latencyMs: number;
  readonly ttftMs: number | null;
}

/** The leaf's text: what its hash is made of. */
export function usageLeaf(call: SettledCall): string {
  const text = canonicalize({
    version: 1,
    requestId: call.id,
    userHash: ownerHash(call.salt, call.userId).toString('hex'),
    settlementNumber: call.settlementNumber.toString(),
    at: isoTime(call.endedAt),
    endpoint: call.endpoint,
    model: call.modelId,
    tokens: {
      input: Number(call.inputTokens),
      cachedInput: Number(call.cachedInputTokens),
      cacheWrite: Number(call.cacheWriteTokens),
      output: Number(call.outputTokens),
      source: call.tokenSource,
    },
    priceVersion: call.priceVersionId,
    tier: call.tier,
    multiplier: priceMultiplierOf({
      priceBps: call.priceBps === null ? null : BigInt(call.priceBps),
    }),
    charge: formatAmount(call.charge),
    mined: formatAmount(call.mined),
    epoch: call.epoch,
    channelId: call.channelId,
    ending: call.ending,
    latencyMs: call.latencyMs,
    ttftMs: call.ttftMs,
  });
  assert(text !== undefined, 'a leaf is JSON');
  return text;
}

const pageSize = 4096;

const callsSql = /* sql */ `
  select id, user_id as "userId", salt, settlement_number as "settlementNumber", ended_at as "endedAt", endpoint,
    model_id as "modelId", input_tokens as "inputTokens", cached_input_tokens as "cachedInputTokens",
    cache_write_tokens as "cacheWriteTokens", output_tokens as "outputTokens", token_source as "tokenSource",
    price_version_id as "priceVersionId", tier, price_bps as "priceBps", charge, mined, epoch,
    channel_id as "channelId", ending, latency_ms as "latencyMs", ttft_ms as "ttftMs"
  from relay_calls where settlement_number >= ? order by settlement_number limit ?`;

/** So many settled calls from a settlement number on, in order. */
export async function readCalls(
  db: Knex,
  from: bigint,
  limit: number,
): Promise<readonly SettledCall[]> {
  const { rows } = await db.raw<{ rows: SettledCall[] }>(callsSql, [from.toString(), limit]);
  return rows;
}

/** All settled calls from a settlement number on, in order, page by page. */
export async function* streamCalls(
  db: Knex,
  from: bigint,
): AsyncGenerator<readonly SettledCall[], undefined> {
  for (let next = from; ;) {
    const page = await readCalls(db, next, pageSize);
    const last = page.at(-1);
    if (!last) return undefined;
    yield page;
    if (page.length < pageSize) return undefined;
    next = last.settlementNumber + 1n;
  }
}
