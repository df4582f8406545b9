// A worker whose commits of an IMO's close take two subscribers each, and those of a prediction market's settlement two
// lots, so that few of them are many commits.
import { readConfig } from '../../config/config';
import { createLogger } from '../../services/logger';
import { Registry } from 'prom-client';
import { startWorker } from '../../worker/start-worker';
import { quietRuntime } from './quiet-runtime';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger('worker', config.logLevel);
  quietRuntime();
  const worker = await startWorker({
    config,
    logger,
    registry: new Registry(),
    imos: { subscribersAtOnce: 2 },
    predictions: { lotsAtOnce: 2 },
  });
  const end = () => void worker.stop().then(() => process.exit(0));
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  process.send?.({ type: 'ready' });
}

void main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
