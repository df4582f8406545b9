// What the set-up itself puts into the catalogue (DESIGN 7): first models and the channel of this start. Idempotent:
// what operators made of it stays, but the set-up's channel follows the address of its upstream.
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
} from './channels';
import { models } from './models';
import { addPriceVersion, type AddPriceVersion, type PriceTerms } from './price-changes';
import { normaliseBaseUrl } from './upstream-url';

interface SeedChannel {
  readonly name: string;
  readonly baseUrl: string;
  /** The name of an environment variable that holds the key; null: no key. */
  readonly keyEnv: string | null;
  readonly offers: readonly Offer[];
}

export interface SeedCatalogue {
  readonly models: readonly PriceTerms[];
  readonly channel: SeedChannel;
  /** The name of the set-up's channel of an earlier start, which has no upstream now. */
  readonly replaces: string;
}

interface SeedChannelInput extends ActOnChannel {
  readonly channel: SeedChannel;
  readonly replacedId: string;
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
  keys: ({ channelId, replacedId, channel }) => ({
    rows: [
      rowKey(channels, channelId),
      rowKey(channels, replacedId),
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
        kind: 'openai',
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
    // Disabled by us when the other took its place; an operator's own decision stands.
    const isBack = view.row(channels, input.replacedId)?.enabled ?? false;
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

/** Makes the models and the channel that are missing, at every start of an instance. */
export async function seedCatalogue(
  committer: Committer,
  { models, channel, replaces }: SeedCatalogue,
): Promise<void> {
  const requestId = newId();
  const origin = { actor: 'setup', requestId };
  const act = { operatorId: null, reason: 'The set-up.', requestId };
  for (const terms of models) await committer.submit(seedModel, { ...terms, ...act }, origin);
  const channelId = channelIdOf(channel.name);
  const replacedId = channelIdOf(replaces);
  const normalised = { ...channel, baseUrl: normaliseBaseUrl(channel.baseUrl, true) };
  const input = { ...act, channelId, replacedId, channel: normalised };
  await committer.submit(seedChannel, input, origin);
  await committer.submit(retireChannel, { ...act, channelId: replacedId }, origin);
}
