// The API process: configuration, context, HTTP server, and an orderly end (DESIGN 7).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig, type Config } from '../config/config';
import { startMarkTicker, type MarkTicker } from '../services/exchange/mark/mark-ticker';
import { createContext, type Context } from './context';
import { createListener } from './listener';
import { openRelay, type Relay } from './relay';
import { openStream } from './stream/stream';

/** Longer than any balancer keeps an idle connection, so that none is closed under a request on its way. */
const keepAliveTimeoutMs = 75_000;
/** What is still streaming then is ended. */
const drainTimeoutMs = 25_000;
/** How long clients may take to hear of it before they are cut off. */
const farewellMs = 3_000;

function listen(server: Server, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops accepting and lets requests in flight end. */
async function drain(server: Server, relay: Relay): Promise<void> {
  const end = setTimeout(() => relay.endCalls(), drainTimeoutMs);
  const cut = setTimeout(() => server.closeAllConnections(), drainTimeoutMs + farewellMs);
  // A connection that is kept alive would hold the server open for as long after its last answer.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(end);
  clearTimeout(cut);
  clearInterval(sweep);
}

function startTicker({ config, committer, logger }: Context): MarkTicker {
  const { databaseUrl = '', windows } = config;
  return startMarkTicker({
    databaseUrl,
    applicationName: 'lx-api-mark',
    committer,
    warmUpMs: windows.markWarmUp,
    logger,
  });
}

async function main(): Promise<void> {
  // eslint-disable-next-line no-restricted-properties -- the one place of this process that reads it
  const config = readConfig(process.env);
  const context = createContext(config);
  const { logger } = context;
  const relay = await openRelay(context);
  const listener = createListener({ ...context, relay: relay.handler });
  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, listener);
  const stream = openStream(context);
  server.on('upgrade', stream.handleUpgrade);
  const port = await listen(server, config);
  const ticker = startTicker(context);
  logger.info({ host: config.host, port }, 'listening');
  process.send?.({ type: 'ready', port });

  let ending: Promise<void> | undefined;
  const end = (cause: string): void => {
    ending ??= (async () => {
      logger.info({ cause }, 'ending');
      context.warsStream.close();
      const endsAt = performance.now() + drainTimeoutMs;
      await Promise.all([drain(server, relay), stream.close()]);
      await relay.close(Math.max(0, endsAt - performance.now()));
      await ticker.close();
      await context.close();
      logger.info('ended');
      process.exit(0);
    })().catch((error: unknown) => {
      logger.fatal({ err: error }, 'could not end in order');
      process.exit(1);
    });
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('disconnect', () => end('parent gone'));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
