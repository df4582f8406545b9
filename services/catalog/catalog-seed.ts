// What the set-up itself puts into the catalogue (DESIGN 7): first models and the channels of this start. Idempotent:
// what operators made of it stays, but the set-up's channels follow the address of their upstream.
import { rowKey, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { deriveId, newId } from '../../ledger/ids';
import { writeChannel, type ActOnChannel } from './channel-changes';
import type { Offer } from './channel-offers';
import {
  channels,
  channelsOfName,
  defaultChannelTerms,
  modelsOfChannel,
  type Channel,
  type ChannelKind,
} from './channels';
import { models } from './models';
import { addPriceVersion, type AddPriceVersion, type PriceTerms } from './price-changes';
import { normaliseBaseUrl } from './upstream-url';

interface SeedChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly baseUrl: string;
  /** The name of an environment variable that holds the key; null: no key. */
  readonly keyEnv: string | null;
  readonly offers: readonly Offer[];
}

export interface SeedCatalogue {
  readonly models: readonly PriceTerms[];
  readonly channels: readonly SeedChannel[];
  /** The names of the set-up's channels of an earlier start, which have no upstream now. */
  readonly replaces: readonly string[];
}

interface SeedChannelInput extends ActOnChannel {
  readonly channel: SeedChannel;
  readonly replacedIds: readonly string[];
}

function channelIdOf(name: string): string {
  return deriveId('channel', 'setup', name);
}

const seedModel: Command<AddPriceVersion, null> = {
  kind: 'seed_model',
  keys: (input) => addPriceVersion.keys(input),
  decide: (view, input) =>
    view.row(models, input.modelId)
      ? { result: null }
      : { ...addPriceVersion.decide(view, input), result: null },
};

const seedChannel: Command<SeedChannelInput, null> = {
  kind: 'seed_channel',
  keys: ({ channelId, replacedIds, channel }) => ({
    rows: [
      rowKey(channels, channelId),
      ...replacedIds.map((id) => rowKey(channels, id)),
      rowKey(modelsOfChannel, channelId),
      rowKey(channelsOfName, channel.name),
    ],
  }),
  decide(view, input) {
    const { baseUrl, offers, ...seed } = input.channel;
    const known = view.row(channels, input.channelId);
    if (!known) {
      const channel: Channel = {
        ...defaultChannelTerms,
        ...seed,
        id: input.channelId,
        baseUrl,
        keySealed: null,
        keyHint: null,
        enabled: true,
        createdAt: view.at,
        deletedAt: null,
      };
      return {
        ...writeChannel(view, input, 'channel.create', null, channel, offers),
        result: null,
      };
    }
    // Disabled by us when others took its place; an operator's own decision stands.
    const isBack = input.replacedIds.some((id) => view.row(channels, id)?.enabled);
    const channel = { ...known, baseUrl, enabled: known.enabled || isBack };
    const isSame = channel.baseUrl === known.baseUrl && channel.enabled === known.enabled;
    if (known.deletedAt !== null || isSame) return { result: null };
    return {
      ...writeChannel(view, input, 'channel.change', known, channel, undefined),
      result: null,
    };
  },
};

const retireChannel: Command<ActOnChannel, null> = {
  kind: 'retire_channel',
  keys: ({ channelId }) => ({ rows: [rowKey(channels, channelId)] }),
  decide(view, input) {
    const known = view.row(channels, input.channelId);
    if (!known?.enabled) return { result: null };
    const channel = { ...known, enabled: false };
    return {
      ...writeChannel(view, input, 'channel.change', known, channel, undefined),
      result: null,
    };
  },
};

/** Makes the models and the channels that are missing, at every start of an instance. */
export async function seedCatalogue(
  committer: Committer,
  { models, channels, replaces }: SeedCatalogue,
): Promise<void> {
  const requestId = newId();
  const origin = { actor: 'setup', requestId };
  const act = { operatorId: null, reason: 'The set-up.', requestId };
  // None looks at another, so that they share a commit.
  await Promise.all(
    models.map((terms) => committer.submit(seedModel, { ...terms, ...act }, origin)),
  );
  const replacedIds = replaces.map(channelIdOf);
  for (const channel of channels) {
    const normalised = { ...channel, baseUrl: normaliseBaseUrl(channel.baseUrl, true) };
    const channelId = channelIdOf(channel.name);
    const input = { ...act, channelId, replacedIds, channel: normalised };
    await committer.submit(seedChannel, input, origin);
  }
  for (const channelId of replacedIds) {
    await committer.submit(retireChannel, { ...act, channelId }, origin);
  }
}
