// What the relay knows between commits (DESIGN 2.2): models, prices in force, enabled channels with their keys, and
// the parameters, in memory and kept up to date by the feed. It may be a moment behind, which harms nobody: a
// reservation reads model, price and limits again under the lock, and a settlement the cost of the channel.
import type { Knex } from 'knex';
import { parameterValue, type ParameterName, type ParameterValue } from '../../domain/parameters';
import type { TokenPrices } from '../../domain/pricing';
import { followFeed, type FeedBatch } from '../../ledger/feed';
import {
  channelColumns,
  channelModelColumns,
  ownCostOf,
  type Channel,
  type ChannelKind,
  type ChannelModel,
} from './channels';
import { catalogChanged, modelColumns, type Model, type ModelAccess } from './models';
import { applyParameterEvent, loadParameters } from '../parameters';
import {
  costPricesOf,
  listPricesOf,
  priceVersionColumns,
  type PriceVersion,
} from './price-versions';
import { openChannelKey, type ChannelKeys } from './channel-keys';
import { SealError } from './sealing';

/** A channel as a call of one model uses it. */
export interface CatalogChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly baseUrl: string;
  /** In the clear: for the upstream alone. */
  readonly apiKey: string | null;
  /** What the upstream calls the model. */
  readonly upstreamId: string;
  readonly cost: TokenPrices;
  readonly priority: number;
  readonly weight: number;
  readonly timeouts: {
    readonly connectTimeoutMs: number;
    readonly firstByteTimeoutMs: number;
    readonly idleTimeoutMs: number;
    readonly maxCallMs: number;
  };
}

export interface CatalogModel {
  readonly id: string;
  readonly access: ModelAccess;
  readonly version: PriceVersion;
  readonly list: TokenPrices;
  readonly cost: TokenPrices;
  /** Enabled ones, the highest priority first. */
  readonly channels: readonly CatalogChannel[];
}

export interface Catalog {
  /** A model with its price in force. */
  find(modelId: string): CatalogModel | undefined;
  /** Enabled channels of a model, the highest priority first; none for an unknown model. */
  channelsFor(modelId: string): readonly CatalogChannel[];
  /** All models, by id. */
  list(): readonly CatalogModel[];
  parameter<Name extends ParameterName>(name: Name): ParameterValue<Name>;
  close(): Promise<void>;
}

export interface CatalogOptions extends ChannelKeys {
  readonly db: Knex;
  readonly databaseUrl: string;
  readonly applicationName: string;
  /** Told of what is served, model by model, whenever it was read. */
  onChannels?(channels: Iterable<CatalogChannel>): void;
  /** Told of lost connections, which mend themselves, and of channels whose key cannot be opened. */
  onError(error: Error): void;
}

type Models = ReadonlyMap<string, CatalogModel>;

async function loadVersions(db: Knex): Promise<Map<string, PriceVersion>> {
  const versions = await db({ v: 'price_versions' })
    .join({ m: 'models' }, 'v.id', 'm.current_version_id')
    .select<PriceVersion[]>(priceVersionColumns);
  return new Map(versions.map((version) => [version.modelId, version]));
}

async function loadOffers(db: Knex): Promise<Map<string, ChannelModel[]>> {
  const offers = await db({ o: 'channel_models' })
    .select<ChannelModel[]>(channelModelColumns)
    .whereNull('o.removed_at');
  const byModel = new Map<string, ChannelModel[]>();
  for (const offer of offers) {
    const known = byModel.get(offer.modelId);
    if (known) known.push(offer);
    else byModel.set(offer.modelId, [offer]);
  }
  return byModel;
}

/** Enabled channels by id, each with its key; one whose key cannot be opened is left out. */
async function loadChannels(options: CatalogOptions) {
  const rows = await options
    .db({ c: 'channels' })
    .select<Channel[]>(channelColumns)
    .where('c.enabled', true);
  const usable = new Map<string, { channel: Channel; apiKey: string | null }>();
  for (const channel of rows) {
    try {
      usable.set(channel.id, { channel, apiKey: openChannelKey(channel, options) });
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      options.onError(new Error(`channel ${channel.name} is not used: ${error.message}`));
    }
  }
  return usable;
}

function toCatalogChannel(
  { channel, apiKey }: { channel: Channel; apiKey: string | null },
  offer: ChannelModel,
  version: PriceVersion,
): CatalogChannel {
  const { id, name, baseUrl, priority, weight } = channel;
  const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, maxCallMs } = channel;
  return {
    id,
    name,
    kind: channel.kind as ChannelKind,
    baseUrl,
    apiKey,
    upstreamId: offer.upstreamId,
    cost: ownCostOf(offer) ?? costPricesOf(version),
    priority,
    weight,
    timeouts: { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, maxCallMs },
  };
}

async function loadModels(options: CatalogOptions): Promise<Models> {
  const { db } = options;
  const versions = await loadVersions(db);
  const models = await db({ m: 'models' }).select<Model[]>(modelColumns).orderBy('m.id');
  const channels = await loadChannels(options);
  const offers = await loadOffers(db);

  const entries = models.flatMap(({ id, access }): [string, CatalogModel][] => {
    const version = versions.get(id);
    // Born between two of the queries: the feed is about to tell of it.
    if (!version) return [];
    const offering = (offers.get(id) ?? []).flatMap((offer) => {
      const channel = channels.get(offer.channelId);
      return channel ? [toCatalogChannel(channel, offer, version)] : [];
    });
    const model: CatalogModel = {
      id,
      access: access as ModelAccess,
      version,
      list: listPricesOf(version),
      cost: costPricesOf(version),
      channels: offering.sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1)),
    };
    return [[id, model]];
  });
  return new Map(entries);
}

async function readNewestSequence(db: Knex): Promise<bigint> {
  const row = await db('journal_batches')
    .max<{ newest: bigint | null }>({ newest: 'sequence' })
    .first();
  return row?.newest ?? 0n;
}

function* channelsOf(models: Models): Iterable<CatalogChannel> {
  for (const { channels } of models.values()) yield* channels;
}

/** Loads the catalogue and follows its changes until `close()`. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { db, databaseUrl, applicationName } = options;
  // What is committed while the rows are read comes by the feed once more.
  const from = await readNewestSequence(db);
  const parameters = await loadParameters(db);
  let models: Models = new Map();
  const load = async () => {
    models = await loadModels(options);
    options.onChannels?.(channelsOf(models));
  };
  await load();

  async function takeIn({ events }: FeedBatch): Promise<void> {
    for (const event of events) applyParameterEvent(parameters, event);
    if (events.some(({ type }) => type === catalogChanged.type)) await load();
  }

  const follower = await followFeed({
    databaseUrl,
    applicationName,
    from,
    onEvents: takeIn,
    onError: (error) => options.onError(error),
  });
  return {
    find: (modelId) => models.get(modelId),
    channelsFor: (modelId) => models.get(modelId)?.channels ?? [],
    list: () => [...models.values()],
    parameter: (name) => parameterValue(parameters, name),
    close: () => follower.close(),
  };
}
