// Channels (DESIGN 2.2): the upstreams that calls are sent to, and what each of them serves at its own cost.
import { defineTable, type RowOf } from '../ledger/table';

export const channels = defineTable({
  name: 'channels',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    name: 'text',
    /** openai | anthropic */
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
    // its own cost in base units of CREDIT per million tokens; all null: that of the price version
    costInput: 'bigint?',
    costCachedInput: 'bigint?',
    costCacheWrite: 'bigint?',
    costOutput: 'bigint?',
    removedAt: 'timestamptz?',
  },
});
export type ChannelModel = RowOf<typeof channelModels>;

export function channelModelId(channelId: string, modelId: string): string {
  return `${channelId}/${modelId}`;
}
