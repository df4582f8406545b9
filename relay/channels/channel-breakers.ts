// The circuit breakers of the channels that this process serves, in its memory: each process finds out by itself (as ADR 0008 has it of limits). What
// they know is told by metrics, by the log, and to operators as a channel's health.
import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { CatalogChannel } from '../../services/catalog/catalog';
import { CircuitBreaker, type BreakerHealth, type BreakerState } from './circuit-breaker';
import { redact } from '../upstream/upstream-complaint';

type GuardedChannel = Pick<CatalogChannel, 'id' | 'name' | 'baseUrl' | 'apiKey'>;

export interface ChannelBreakers {
  of(channel: GuardedChannel): CircuitBreaker;
  /**
   * Says which channels there are now; one may be named several times. A breaker begins anew when its channel has
   * another address or key, since what failed was the old one, and when the channel was away meanwhile.
   */
  keep(channels: Iterable<GuardedChannel>): void;
  /** null: this process does not serve the channel. */
  healthOf(channelId: string): BreakerHealth | null;
}

export interface ChannelBreakersOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  /** For tests; see `BreakerOptions`. */
  readonly now?: (() => number) | undefined;
}

const maxMessageLength = 300;
const stateNumbers: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 };

/** Wall time of the process' start and what has passed since: a clock that is set back would keep breakers open. */
const steadyNow = () => performance.timeOrigin + performance.now();

interface Entry {
  readonly channel: GuardedChannel;
  readonly breaker: CircuitBreaker;
}

export function createChannelBreakers({
  logger,
  metrics,
  now = steadyNow,
}: ChannelBreakersOptions): ChannelBreakers {
  let entries = new Map<string, Entry>();
  const openings = new Counter({
    name: 'lx_relay_breaker_openings_total',
    help: 'How often a channel that was in use was taken out, by channel',
    labelNames: ['channel'],
    registers: [metrics],
  });
  new Gauge({
    name: 'lx_relay_breaker_state',
    help: 'Breakers of the channels in use: 0 closed, 1 half open, 2 open',
    labelNames: ['channel'],
    registers: [metrics],
    collect() {
      this.reset();
      for (const { channel, breaker } of entries.values()) {
        this.set({ channel: channel.name }, stateNumbers[breaker.health().state]);
      }
    },
  });

  function guard(channel: GuardedChannel): Entry {
    const { id } = channel;
    // Calls under way may still judge a breaker that another has taken the place of.
    const current = () => {
      const entry = entries.get(id);
      return entry?.breaker === breaker ? entry.channel : undefined;
    };
    const breaker = new CircuitBreaker({
      now,
      random: Math.random,
      onOpen(retryAt) {
        const known = current();
        if (!known) return;
        openings.inc({ channel: known.name });
        const failure = breaker.health().lastFailure?.kind;
        const retryInMs = Math.round(retryAt - now());
        logger.warn({ channel: known.name, failure, retryInMs }, 'a channel is taken out');
      },
      onClose() {
        const known = current();
        if (known) logger.info({ channel: known.name }, 'a channel is back');
      },
    });
    return { channel, breaker };
  }

  return {
    of(channel) {
      const known = entries.get(channel.id);
      if (known) return known.breaker;
      // It was taken away under a call; the next `keep` forgets it again.
      const entry = guard(channel);
      entries.set(channel.id, entry);
      return entry.breaker;
    },

    keep(channels) {
      const kept = new Map<string, Entry>();
      for (const channel of channels) {
        const known = entries.get(channel.id);
        const isSame =
          known?.channel.baseUrl === channel.baseUrl && known.channel.apiKey === channel.apiKey;
        const entry =
          kept.get(channel.id) ?? (isSame && known ? { ...known, channel } : guard(channel));
        kept.set(channel.id, entry);
      }
      entries = kept;
    },

    healthOf(channelId) {
      const entry = entries.get(channelId);
      if (!entry) return null;
      const { lastFailure, ...health } = entry.breaker.health();
      if (!lastFailure) return { ...health, lastFailure };
      // An upstream may quote the key that it was sent.
      const message = redact(lastFailure.message, entry.channel.apiKey).slice(0, maxMessageLength);
      return { ...health, lastFailure: { ...lastFailure, message } };
    },
  };
}
