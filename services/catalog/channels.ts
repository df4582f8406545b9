// Channels (DESIGN 2.2): the upstreams that calls are sent to, and what each of them serves at its own cost.
import type { TokenPrices } from '../../domain/pricing';
import { arrayLiteral } from '../../ledger/sql-array';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

export const channelKinds = ['openai', 'anthropic'] as const;
/** The protocol that the upstream speaks. */
export type ChannelKind = (typeof channelKinds)[number];

export const channels = defineTable({
  name: 'channels',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    name: 'text',
    /** `ChannelKind` */
    kind: 'text',
    baseUrl: 'text',
    /** The name of an environment variable, which the config holds. */
    keyEnv: 'text?',
    /** See `sealing.ts`. */
    keySealed: 'bytea?',
    /** The last characters, for recognising it. */
    keyHint: 'text?',
    priority: 'int',
    weight: 'int',
    enabled: 'boolean',
    connectTimeoutMs: 'int',
    firstByteTimeoutMs: 'int',
    idleTimeoutMs: 'int',
    maxCallMs: 'int',
    createdAt: 'timestamptz',
    deletedAt: 'timestamptz?',
  },
});
export type Channel = RowOf<typeof channels>;

/** What a channel has unless an operator says otherwise. */
export const defaultChannelTerms = {
  priority: 0,
  weight: 1,
  connectTimeoutMs: 5_000,
  // an answer in one piece begins when it is complete; for models that hide output only the whole call's counts then
  firstByteTimeoutMs: 120_000,
  idleTimeoutMs: 60_000,
  maxCallMs: 600_000,
};

/** For reads of `channels c`. */
export const channelColumns = {
  id: 'c.id',
  name: 'c.name',
  kind: 'c.kind',
  baseUrl: 'c.base_url',
  keyEnv: 'c.key_env',
  keySealed: 'c.key_sealed',
  keyHint: 'c.key_hint',
  priority: 'c.priority',
  weight: 'c.weight',
  enabled: 'c.enabled',
  connectTimeoutMs: 'c.connect_timeout_ms',
  firstByteTimeoutMs: 'c.first_byte_timeout_ms',
  idleTimeoutMs: 'c.idle_timeout_ms',
  maxCallMs: 'c.max_call_ms',
  createdAt: 'c.created_at',
  deletedAt: 'c.deleted_at',
} satisfies Record<keyof Channel, string>;

export const channelModels = defineTable({
  name: 'channel_models',
  key: 'id',
  writes: 'upsert',
  columns: {
    /** `channelModelId(channelId, modelId)` */
    id: 'text',
    channelId: 'uuid',
    modelId: 'text',
    /** What the upstream calls the model. */
    upstreamId: 'text',
    /** The model's. */
    unit: 'text',
    // its own cost in base units of CREDIT per million tokens, or units as output; all null: that of the price version
    costInput: 'bigint?',
    costCachedInput: 'bigint?',
    costCacheWrite: 'bigint?',
    costOutput: 'bigint?',
    removedAt: 'timestamptz?',
  },
});
export type ChannelModel = RowOf<typeof channelModels>;

/** For reads of `channel_models o`. */
export const channelModelColumns = {
  id: 'o.id',
  channelId: 'o.channel_id',
  modelId: 'o.model_id',
  upstreamId: 'o.upstream_id',
  unit: 'o.unit',
  costInput: 'o.cost_input',
  costCachedInput: 'o.cost_cached_input',
  costCacheWrite: 'o.cost_cache_write',
  costOutput: 'o.cost_output',
  removedAt: 'o.removed_at',
} satisfies Record<keyof ChannelModel, string>;

export function channelModelId(channelId: string, modelId: string): string {
  return `${channelId}/${modelId}`;
}

/** What a channel pays for a model itself; null: the cost of the price version. */
export function ownCostOf(offer: ChannelModel): TokenPrices | null {
  if (offer.costInput === null || offer.costCachedInput === null || offer.costOutput === null) {
    return null;
  }
  return {
    input: offer.costInput,
    cachedInput: offer.costCachedInput,
    cacheWrite: offer.costCacheWrite,
    output: offer.costOutput,
  };
}

/** Ids found by something that they have in common. */
export interface IndexEntry {
  readonly key: string;
  readonly ids: readonly string[];
}

/**
 * An index over rows of other tables, so that a decision can find them under the lock. Nothing of it is stored: a
 * decision that changes those rows puts the entry anew, only for the commands after it in the same batch.
 */
function defineIndex(name: string, keyType: 'text' | 'uuid', text: string): Table<IndexEntry> {
  return {
    name,
    keyOf: ({ key }) => key,
    async load(sql, keys) {
      const { rows } = await sql.query(`load ${name}`, text, [arrayLiteral(keyType, keys)]);
      return new Map((rows as IndexEntry[]).map((entry) => [entry.key, entry]));
    },
    write: () => null,
  };
}

/** Models that a channel offers. */
export const modelsOfChannel = defineIndex(
  'models_of_channel',
  'uuid',
  `select channel_id::text as key, array_agg(model_id) as ids from channel_models
  where removed_at is null and channel_id = any($1::uuid[]) group by channel_id`,
);

/** Channels that offer a model, enabled or not. */
export const channelsOfModel = defineIndex(
  'channels_of_model',
  'text',
  `select model_id as key, array_agg(channel_id::text) as ids from channel_models
  where removed_at is null and model_id = any($1::text[]) group by model_id`,
);

/** The channel of a name. */
export const channelsOfName = defineIndex(
  'channels_of_name',
  'text',
  `select name as key, array_agg(id::text) as ids from channels
  where deleted_at is null and name = any($1::text[]) group by name`,
);
