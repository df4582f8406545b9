// The relay's wiring within the API process (DESIGN 3): catalogue, heartbeat, upstreams and billing behind one router,
// opened before the server listens and closed after it has drained.
import type { RequestHandler } from 'express';
import { newId } from '../ledger/ids';
import { createBilling } from '../relay/billing';
import { createRequestLimit } from '../relay/caller';
import { createRelayRouter } from '../relay/router';
import { createTokenCounter } from '../relay/token-counter';
import { createUpstreams } from '../relay/upstream';
import { cacheApiKeys } from '../services/identity/api-key-cache';
import { createAuthenticator } from '../services/identity/authenticator';
import { openCatalog } from '../services/catalog/catalog';
import { startHeartbeat } from '../services/calls/relay-processes';
import { createSealer } from '../services/catalog/sealing';
import type { Context } from './context';

export interface Relay {
  /** Serves /v1. */
  readonly handler: RequestHandler;
  /** Ends and settles the calls that are still under way, then closes everything. */
  close(): Promise<void>;
}

export async function openRelay(context: Context): Promise<Relay> {
  const { config, db, committer, services, logger, metrics } = context;
  const { databaseUrl = '' } = config;
  const [catalog, heartbeat] = await Promise.all([
    openCatalog({
      db,
      databaseUrl,
      applicationName: 'lx-api-catalog',
      sealer: config.masterKey && createSealer(config.masterKey),
      environmentKeys: { UPSTREAM_API_KEY: config.upstream.apiKey },
      onError: (error) => logger.warn({ err: error }, 'the catalogue is to be read again'),
    }),
    startHeartbeat(db, newId()),
  ]);
  const upstreams = createUpstreams({ allowPrivate: config.allowPrivateUpstreams });
  const billing = createBilling({ committer, heartbeat, logger, metrics });
  const tokens = createTokenCounter();
  // Half a second of work, which the first caller should not wait for.
  setImmediate(() => void tokens.warmUp());
  const handler = createRelayRouter({
    authenticator: createAuthenticator({
      apiKeys: cacheApiKeys(services.apiKeys),
      sessions: services.sessions,
    }),
    requestLimit: createRequestLimit(catalog),
    catalog,
    billing,
    upstreams,
    tokens,
    logger,
    metrics,
  });
  return {
    handler,
    async close() {
      await billing.close();
      await upstreams.close();
      await heartbeat.stop();
      await catalog.close();
    },
  };
}
