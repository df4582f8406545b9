// The relay's wiring within the API process (DESIGN 3): catalogue, heartbeat, upstreams and billing behind one router,
// opened before the server listens and closed after it has drained.
import type { RequestHandler } from 'express';
import { newId } from '../ledger/ids';
import { createBilling } from '../relay/billing';
import { createRequestLimit } from '../relay/caller';
import { createRelayRouter } from '../relay/router';
import { createAudioMeter } from '../relay/transcriptions/audio-meter';
import { createTokenCounter } from '../relay/tokens/token-counter';
import { createUpstreams } from '../relay/upstream/upstream';
import { cacheApiKeys } from '../services/identity/api-key-cache';
import { createAuthenticator } from '../services/identity/authenticator';
import { openCatalog } from '../services/catalog/catalog';
import { startHeartbeat, type HeartbeatTimes } from '../services/calls/relay-processes';
import { createWarsHinter } from '../services/wars/scoring';
import { channelKeysOf } from '../services/catalog/channel-keys';
import { holdsCredits } from '../services/credits/balances';
import { createVideos } from '../services/videos/videos';
import type { Context } from './context';
import { clientOf, createRateLimits } from './rate-limits';

export interface Relay {
  /** Serves /v1. */
  readonly handler: RequestHandler;
  /** Ends the calls under way: their clients are told, and billed for what they got. */
  endCalls(): void;
  /** Waits `graceMs` for calls whose clients have left, ends and settles the rest, then closes everything. */
  close(graceMs?: number): Promise<void>;
}

export interface RelayOptions {
  readonly heartbeat?: HeartbeatTimes;
  /** How long a client may take nothing of what is written to it. */
  readonly idleWriteTimeoutMs?: number;
  /** The built process that measures recordings; that of this build unless told. */
  readonly audioMeasurerFile?: string;
}

const defaultIdleWriteTimeoutMs = 60_000;

export async function openRelay(context: Context, options: RelayOptions = {}): Promise<Relay> {
  const { config, db, committer, services, breakers, logger, metrics } = context;
  const { databaseUrl = '' } = config;
  const channelKeys = channelKeysOf(config);
  const [catalog, heartbeat] = await Promise.all([
    openCatalog({
      ...channelKeys,
      db,
      databaseUrl,
      applicationName: 'lx-api-catalog',
      onChannels: (channels) => breakers.keep(channels),
      onError: (error) => logger.warn({ err: error }, 'the catalogue is to be read again'),
    }),
    startHeartbeat(db, newId(), options.heartbeat),
  ]);
  const audioMeter = createAudioMeter(options.audioMeasurerFile);
  const upstreams = createUpstreams({ allowPrivate: config.allowPrivateUpstreams });
  const billing = createBilling({
    committer,
    heartbeat,
    warsHint: createWarsHinter(db, config.windows),
    logger,
    metrics,
  });
  const tokens = createTokenCounter();
  // Half a second of work, which the first caller should not wait for.
  setImmediate(() => void tokens.warmUp());
  const rateLimits = createRateLimits();
  const handler = createRelayRouter({
    authenticator: createAuthenticator({
      apiKeys: cacheApiKeys(services.apiKeys),
      sessions: services.sessions,
    }),
    noteBadCredentials: (request, response) =>
      rateLimits.consume('badCredentials', clientOf(request.ip ?? ''), response),
    requestLimit: createRequestLimit(catalog),
    audioMeter,
    hasCredits: (userId) => holdsCredits(db, userId),
    catalog,
    billing,
    breakers,
    upstreams,
    tokens,
    videos: createVideos(db),
    videoUpstream: { ...channelKeys, db, upstreams },
    videoWindows: config.windows,
    idleWriteTimeoutMs: options.idleWriteTimeoutMs ?? defaultIdleWriteTimeoutMs,
    logger,
    metrics,
  });
  return {
    handler,
    endCalls: () => billing.endCalls(),
    async close(graceMs = 0) {
      await billing.close(graceMs);
      await upstreams.close();
      await audioMeter.close();
      await heartbeat.stop();
      await catalog.close();
    },
  };
}
