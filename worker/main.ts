// The worker process: configuration, the SDK's runtime, metrics, the worker, and an orderly end (DESIGN 5 and 7).
import { readConfig } from '../config/config';
import { createLogger } from '../services/logger';
import { createRegistry, findLoopbackAddress, serveMetrics } from './metrics';
import { installRuntime } from './runtime';
import { startWorker } from './start-worker';

/** Draining takes at most what shutdownForceTime allows, closing the connections a moment. */
const endTimeoutMs = 25_000;

async function main(): Promise<void> {
  // eslint-disable-next-line no-restricted-properties -- the one place of this process that reads it
  const config = readConfig(process.env);
  const logger = createLogger('worker', config.logLevel);
  const registry = createRegistry();
  const sdkMetricsAddress = await findLoopbackAddress();
  installRuntime(logger, sdkMetricsAddress);
  const metrics = await serveMetrics(registry, sdkMetricsAddress);
  const worker = await startWorker({ config, logger, registry });
  logger.info({ metrics: metrics.url }, 'polling');
  process.send?.({ type: 'ready', metricsUrl: metrics.url });

  let ending: Promise<void> | undefined;
  const end = (cause: string, exitCode = 0): void => {
    ending ??= (async () => {
      logger.info({ cause }, 'ending');
      setTimeout(() => {
        logger.fatal('could not end in time');
        process.exit(1);
      }, endTimeoutMs);
      await worker.stop();
      await metrics.close();
      logger.info('ended');
      process.exit(exitCode);
    })();
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('disconnect', () => end('parent gone'));
  worker.ended.catch((error: unknown) => {
    logger.fatal({ err: error }, 'the Temporal worker broke');
    end('the Temporal worker broke', 1);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
