// Channels as operators are told of them (DESIGN 6), and what of a change goes into the audit log. A key is never
// told, only its last characters.
import type { ErrorDetails } from '../../domain/errors';
import type { PriceUnit } from '../../domain/pricing';
import { isoTime } from '../../domain/time';
import { ownCostOf, type Channel, type ChannelKind, type ChannelModel } from './channels';
import { presentPrices, type PricesText } from './price-versions';

export interface OperatedChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly baseUrl: string;
  /** null: the upstream asks for no key. */
  readonly apiKeyFrom: 'operator' | 'environment' | null;
  readonly apiKeyHint: string | null;
  readonly models: readonly {
    readonly id: string;
    readonly upstreamId: string;
    /** null: the cost of the price version. */
    readonly cost: PricesText | null;
  }[];
  readonly priority: number;
  readonly weight: number;
  readonly enabled: boolean;
  readonly timeouts: {
    readonly connectMs: number;
    readonly firstByteMs: number;
    readonly idleMs: number;
    readonly maxCallMs: number;
  };
  readonly createdAt: string;
}

function keySource({ keyEnv, keySealed }: Channel): OperatedChannel['apiKeyFrom'] {
  if (keySealed !== null) return 'operator';
  return keyEnv === null ? null : 'environment';
}

function byModel(a: ChannelModel, b: ChannelModel): number {
  return a.modelId < b.modelId ? -1 : 1;
}

export function presentChannel(channel: Channel, offers: readonly ChannelModel[]): OperatedChannel {
  return {
    id: channel.id,
    name: channel.name,
    kind: channel.kind as ChannelKind,
    baseUrl: channel.baseUrl,
    apiKeyFrom: keySource(channel),
    apiKeyHint: channel.keyHint,
    models: offers.toSorted(byModel).map((offer) => {
      const cost = ownCostOf(offer);
      return {
        id: offer.modelId,
        upstreamId: offer.upstreamId,
        cost: cost && presentPrices(cost, offer.unit as PriceUnit),
      };
    }),
    priority: channel.priority,
    weight: channel.weight,
    enabled: channel.enabled,
    timeouts: {
      connectMs: channel.connectTimeoutMs,
      firstByteMs: channel.firstByteTimeoutMs,
      idleMs: channel.idleTimeoutMs,
      maxCallMs: channel.maxCallMs,
    },
    createdAt: isoTime(channel.createdAt),
  };
}

interface ChannelWithOffers {
  readonly channel: Channel;
  readonly offers: readonly ChannelModel[];
}

/** A channel's settings as flat text, for comparing. */
function describe({ channel, offers }: ChannelWithOffers): Map<string, string> {
  const { models, timeouts, ...shown } = presentChannel(channel, offers);
  const settings: Record<string, string | number | boolean | null> = { ...shown, ...timeouts };
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(settings)) texts.set(name, String(value ?? 'none'));
  for (const { id, upstreamId, cost } of models) {
    const costs = cost
      ? Object.values(cost).map((price: string | null) => price ?? '-')
      : ['of the version'];
    texts.set(`model ${id}`, `${upstreamId}, cost ${costs.join(' / ')}`);
  }
  return texts;
}

/** What changed, for the audit log: `old -> new`; of a new channel all that it is. */
export function describeChange(
  before: ChannelWithOffers | null,
  after: ChannelWithOffers,
): ErrorDetails {
  const now = describe(after);
  if (!before) return Object.fromEntries(now);
  const then = describe(before);
  const details: Record<string, string> = {};
  for (const name of new Set([...then.keys(), ...now.keys()])) {
    const [old, current] = [then.get(name) ?? 'none', now.get(name) ?? 'none'];
    if (old !== current) details[name] = `${old} -> ${current}`;
  }
  const [oldKey, newKey] = [before.channel.keySealed, after.channel.keySealed];
  // Two keys may end alike.
  if (oldKey !== null && newKey !== null && !oldKey.equals(newKey)) details.apiKey = 'replaced';
  return details;
}
