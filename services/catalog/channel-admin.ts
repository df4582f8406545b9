// Channels for operators (DESIGN 6, /admin/channels): keys are sealed before anything else sees them, URLs checked.
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import type { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import { originOf, type Caller } from '../identity/caller';
import {
  changeChannel,
  createChannel,
  deleteChannel,
  type ChannelTerms,
  type SealedKey,
} from './channel-changes';
import { presentChannel, type OperatedChannel } from './channel-views';
import { channelColumns, channelModelColumns, type Channel, type ChannelModel } from './channels';
import { readPage, type Page, type PageRequest } from '../pages';
import type { Sealer } from './sealing';
import { normaliseBaseUrl } from './upstream-url';

/** A channel as an operator asks for it; the key in the clear. */
export interface ChannelRequest extends Omit<ChannelTerms, 'key'> {
  /** null: the upstream asks for none. */
  readonly apiKey: string | null;
}

/** What is named is changed; a list of offers replaces the one there was. */
export type ChannelChangeRequest = {
  readonly [Name in keyof ChannelRequest]?: ChannelRequest[Name] | undefined;
};

interface ChannelOutcome {
  readonly channel: OperatedChannel;
  readonly replayed: boolean;
}

/**
 * Changes throw FORBIDDEN, USER_FROZEN, INVALID_REQUEST, UPSTREAM_NOT_ALLOWED, CHANNEL_NOT_FOUND, CHANNEL_NAME_TAKEN,
 * MODEL_NOT_FOUND, PRICE_BELOW_COST, and ENGINE_UNAVAILABLE for a key where none can be kept.
 */
export interface ChannelAdmin {
  create(caller: Caller, request: ChannelRequest, reason: string | null): Promise<ChannelOutcome>;
  change(
    caller: Caller,
    channelId: string,
    request: ChannelChangeRequest,
    reason: string | null,
  ): Promise<ChannelOutcome>;
  remove(caller: Caller, channelId: string, reason?: string | null): Promise<void>;
  /** @throws DomainError CHANNEL_NOT_FOUND */
  find(channelId: string): Promise<OperatedChannel>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<OperatedChannel>>;
}

interface ChannelAdminParts {
  readonly db: Knex;
  readonly committer: Committer;
  /** undefined: no key can be kept. */
  readonly sealer: Sealer | undefined;
  readonly allowPrivateUpstreams: boolean;
}

const hintLength = 4;
/** A shorter key would be told in too large a part by its hint. */
const shortestHintedKey = 16;

/** @throws DomainError ENGINE_UNAVAILABLE when there is no key to seal with */
function sealKey(sealer: Sealer | undefined, apiKey: string, channelId: string): SealedKey {
  if (!sealer) {
    throw new DomainError('ENGINE_UNAVAILABLE', 'MASTER_KEY is not set: no key can be kept.');
  }
  return {
    sealed: sealer.seal(apiKey, channelId),
    hint: apiKey.length < shortestHintedKey ? null : apiKey.slice(-hintLength),
  };
}

async function readOffersOf(
  db: Knex,
  channelIds: readonly string[],
): Promise<Map<string, ChannelModel[]>> {
  const rows = (await db({ o: 'channel_models' })
    .select(channelModelColumns)
    .whereIn('o.channel_id', channelIds)
    .whereNull('o.removed_at')) as ChannelModel[];
  const offers = new Map<string, ChannelModel[]>(channelIds.map((id) => [id, []]));
  for (const row of rows) offers.get(row.channelId)?.push(row);
  return offers;
}

export function createChannelAdmin(parts: ChannelAdminParts): ChannelAdmin {
  const { db, committer, sealer, allowPrivateUpstreams } = parts;
  const toChanges = ({ apiKey, baseUrl, ...rest }: ChannelChangeRequest, channelId: string) => ({
    ...rest,
    baseUrl: baseUrl === undefined ? undefined : normaliseBaseUrl(baseUrl, allowPrivateUpstreams),
    key: typeof apiKey === 'string' ? sealKey(sealer, apiKey, channelId) : apiKey,
  });
  const channels = () => db({ c: 'channels' }).select(channelColumns).whereNull('c.deleted_at');

  return {
    async create(caller, { apiKey, ...request }, reason) {
      const channelId = newId();
      const { userId: operatorId, requestId } = caller;
      const terms = {
        ...request,
        baseUrl: normaliseBaseUrl(request.baseUrl, allowPrivateUpstreams),
        key: apiKey === null ? null : sealKey(sealer, apiKey, channelId),
      };
      const input = { channelId, operatorId, reason, requestId, terms };
      const { result, replayed } = await committer.submit(createChannel, input, originOf(caller));
      return { channel: result, replayed };
    },

    async change(caller, channelId, request, reason) {
      const { userId: operatorId, requestId } = caller;
      const changes = toChanges(request, channelId);
      const input = { channelId, operatorId, reason, requestId, changes };
      const { result, replayed } = await committer.submit(changeChannel, input, originOf(caller));
      return { channel: result, replayed };
    },

    async remove(caller, channelId, reason = null) {
      const { userId: operatorId, requestId } = caller;
      const input = { channelId, operatorId, reason, requestId };
      await committer.submit(deleteChannel, input, originOf(caller));
    },

    async find(channelId) {
      const channel = (await channels().where('c.id', channelId).first()) as Channel | undefined;
      if (!channel) throw new DomainError('CHANNEL_NOT_FOUND', 'There is no such channel.');
      const offers = await readOffersOf(db, [channelId]);
      return presentChannel(channel, offers.get(channelId) ?? []);
    },

    async list(page) {
      const { items, nextCursor } = await readPage<Channel>(channels(), page, [
        { column: 'c.created_at', type: 'time', of: ({ createdAt }) => createdAt },
        { column: 'c.id', type: 'uuid', of: ({ id }) => id },
      ]);
      const offers = await readOffersOf(
        db,
        items.map(({ id }) => id),
      );
      return {
        items: items.map((channel) => presentChannel(channel, offers.get(channel.id) ?? [])),
        nextCursor,
      };
    },
  };
}
