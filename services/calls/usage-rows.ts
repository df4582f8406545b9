// Settled calls as rows (DESIGN 2.2 "Receipt"): their columns, and which of them a reader asks for. Reads of them are in
// usage.ts, sums in usage-daily.ts.
import type { Knex } from 'knex';
import { priceVersionColumns, type VersionPrices } from '../catalog/price-versions';
import type { PageKey } from '../pages';
import type { CallEnding, TokenSource } from './relay-settlement';

/** A settled call, with the prices of the version that it was charged by, whatever the model costs by now. */
export interface UsageRecord extends VersionPrices {
  readonly id: string;
  readonly endpoint: string;
  readonly modelId: string;
  readonly keyId: string | null;
  readonly inputTokens: bigint;
  readonly cachedInputTokens: bigint;
  readonly cacheWriteTokens: bigint;
  readonly outputTokens: bigint;
  readonly tokenSource: TokenSource;
  readonly priceVersionId: string;
  readonly tier: string;
  /** What the tier paid of the list price, 10,000 = all of it; null: it paid the cost. */
  readonly priceBps: number | null;
  /** Base units of CREDIT. */
  readonly charge: bigint;
  /** The round of Compute Wars whose set-aside paid for a champion's free call; null: the caller paid. */
  readonly warRoundId: string | null;
  /** Base units of CREDIT that the free call took of it. */
  readonly freeCharge: bigint | null;
  /** Base units of LCO. */
  readonly mined: bigint;
  readonly epoch: number;
  /** The IMO whose quota it used, and how many units; null: the model was open. */
  readonly imoId: string | null;
  readonly quota: bigint | null;
  readonly channel: string;
  readonly ending: CallEnding;
  readonly latencyMs: number;
  /** Of streamed calls only. */
  readonly ttftMs: number | null;
  readonly at: number;
}

export interface UsageFilter {
  readonly modelId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Ended then or later. */
  readonly from?: number | undefined;
  /** Ended before. */
  readonly to?: number | undefined;
}

const columns = {
  id: 'c.id',
  endpoint: 'c.endpoint',
  modelId: 'c.model_id',
  keyId: 'c.key_id',
  inputTokens: 'c.input_tokens',
  cachedInputTokens: 'c.cached_input_tokens',
  cacheWriteTokens: 'c.cache_write_tokens',
  outputTokens: 'c.output_tokens',
  tokenSource: 'c.token_source',
  priceVersionId: 'c.price_version_id',
  unit: priceVersionColumns.unit,
  listInput: priceVersionColumns.listInput,
  listCachedInput: priceVersionColumns.listCachedInput,
  listCacheWrite: priceVersionColumns.listCacheWrite,
  listOutput: priceVersionColumns.listOutput,
  costInput: priceVersionColumns.costInput,
  costCachedInput: priceVersionColumns.costCachedInput,
  costCacheWrite: priceVersionColumns.costCacheWrite,
  costOutput: priceVersionColumns.costOutput,
  tier: 'c.tier',
  priceBps: 'c.price_bps',
  charge: 'c.charge',
  warRoundId: 'c.war_round_id',
  freeCharge: 'c.free_charge',
  mined: 'c.mined',
  epoch: 'c.epoch',
  imoId: 'c.imo_id',
  quota: 'c.quota',
  channel: 'n.name',
  ending: 'c.ending',
  latencyMs: 'c.latency_ms',
  ttftMs: 'c.ttft_ms',
  at: 'c.ended_at',
};

/** The order of receipts. */
export const callKeys: readonly PageKey<UsageRecord>[] = [
  { column: 'c.ended_at', type: 'time', of: (record) => record.at },
  { column: 'c.id', type: 'uuid', of: (record) => record.id },
];

/** A user's settled calls, `relay_calls c`, without columns yet: all by the index `relay_calls_usage`. */
export function settledCalls(
  db: Knex,
  userId: string,
  { modelId, keyId, endpoint, from, to }: UsageFilter,
): Knex.QueryBuilder {
  const query = db({ c: 'relay_calls' }).where({ 'c.user_id': userId, 'c.status': 'settled' });
  if (modelId !== undefined) void query.where('c.model_id', modelId);
  if (keyId !== undefined) void query.where('c.key_id', keyId);
  if (endpoint !== undefined) void query.where('c.endpoint', endpoint);
  if (from !== undefined) void query.where('c.ended_at', '>=', new Date(from));
  if (to !== undefined) void query.where('c.ended_at', '<', new Date(to));
  return query;
}

/** The same as receipts. */
export function selectRecords(db: Knex, userId: string, filter: UsageFilter): Knex.QueryBuilder {
  return settledCalls(db, userId, filter)
    .join({ n: 'channels' }, 'n.id', 'c.channel_id')
    .join({ v: 'price_versions' }, 'v.id', 'c.price_version_id')
    .select(columns);
}
