// What machines ask a process: is it alive, is it ready, its metrics. Nothing here is secret, but metrics tell how
// busy the platform is: they go to this machine itself, or to an operator's key.
import { Router, type Request } from 'express';
import ipaddr from 'ipaddr.js';
import type { Knex } from 'knex';
import type { Registry } from 'prom-client';
import type { Command } from '../ledger/command';
import type { Committer } from '../ledger/committer';
import { credentialsOf } from '../services/identity/credentials';
import { requireAccess } from './admission';
import type { Authenticator } from '../services/identity/authenticator';

const checkTimeoutMs = 3_000;

/** Goes the whole way of a command and changes nothing. */
const ping: Command<null, null> = {
  kind: 'ping',
  keys: () => ({}),
  decide: () => ({ result: null }),
};

interface SystemOptions {
  readonly db: Knex;
  readonly committer: Pick<Committer, 'submit'>;
  readonly metrics: Registry;
  readonly authenticator: Authenticator;
  readonly isProxyTrusted: boolean;
}

type Check = () => Promise<unknown>;

async function isPassing(check: Check): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), checkTimeoutMs);
  });
  const passes = check().then(
    () => true,
    () => false,
  );
  return Promise.race([passes, timeout]).finally(() => clearTimeout(timer));
}

/** What proxies say of themselves and of their client. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

function isLoopback(address: string | undefined): boolean {
  const bare = address?.replace(/^\[(.*)\]$/, '$1') ?? '';
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
}

/** Whoever asks while somebody's question is under way gets that one's answer. */
function shareAnswer<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let underWay: Promise<Answer> | undefined;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

export function createSystemRouter(options: SystemOptions): Router {
  const { db, committer, metrics, authenticator, isProxyTrusted } = options;
  const checks: Record<string, Check> = {
    database: () => db.raw('select 1'),
    engine: () => committer.submit(ping, null, { actor: 'readiness' }),
  };

  /**
   * Behind a proxy that nobody told us of, every client would look local; and a browser here can be made to ask us
   * for another site, by a name of that site's which leads to this machine.
   */
  function isLocal(request: Request): boolean {
    const isForwarded = proxyHeaders.some((name) => name in request.headers);
    return (
      isLoopback(request.ip) &&
      (request.hostname === 'localhost' || isLoopback(request.hostname)) &&
      (isProxyTrusted || !isForwarded)
    );
  }

  const router = Router();
  router.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));

  // Anybody may ask, as often as they like: it must not cost a commit each time.
  const runChecks = shareAnswer(() => Promise.all(Object.values(checks).map(isPassing)));
  router.get('/readyz', async (_request, response) => {
    const names = Object.keys(checks);
    const passing = await runChecks();
    const isReady = passing.every(Boolean);
    response.status(isReady ? 200 : 503).json({
      status: isReady ? 'ready' : 'not ready',
      checks: Object.fromEntries(names.map((name, i) => [name, passing[i] ? 'ok' : 'failing'])),
    });
  });

  router.get('/metrics', async (request, response) => {
    if (!isLocal(request)) {
      requireAccess(await authenticator.authenticate(credentialsOf(request)), 'operator');
    }
    response.type(metrics.contentType).send(await metrics.metrics());
  });
  return router;
}
