// The worker's wiring (DESIGN 5): database, committer, activities, Temporal worker, schedules and the outbox'
// dispatcher, started in that order and ended in the other. main.ts runs it in a process; tests run it in theirs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { createActivities } from '../activities';
import type { Config } from '../config/config';
import { assert } from '../domain/errors';
import { Committer } from '../ledger/committer';
import { openDatabase } from '../ledger/connection';
import { observeCommitter, showQueue } from '../services/committer-metrics';
import { createBuybacks } from '../services/buybacks/buybacks';
import { createImos, type ImosOptions } from '../services/imos/imos';
import { createMargin } from '../services/margin/margin';
import { createGovernance } from '../services/governance/governance';
import { createPredictions, type PredictionsOptions } from '../services/predictions/predictions';
import { createOutbox } from '../services/outbox';
import { createRedemptions } from '../services/credits/redemptions';
import { createStaking } from '../services/staking/staking';
import { createUpstreams } from '../relay/upstream/upstream';
import { createVideoUpstream } from '../relay/videos/video-upstream';
import { channelKeysOf } from '../services/catalog/channel-keys';
import { createVideoJobs } from '../services/videos/video-jobs';
import { createWarsHinter } from '../services/wars/scoring';
import { createWars } from '../services/wars/wars';
import { projections } from '../services/projections';
import { clientConnectionOptions, nativeConnectionOptions } from '../services/temporal-options';
import { createOutboxMetrics } from './metrics';
import { prepareNamespace } from './namespace';
import { listenTo } from './notifications';
import { startOutboxDispatcher } from './outbox-dispatcher';
import { outboxRoutes } from './outbox-routes';
import { ensureSchedules } from './schedules';
import { taskQueue } from './task-queue';

export interface StartWorkerOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Prebuilt workflows; otherwise the bundle beside the built code, or else one made of the sources now. */
  readonly workflowBundlePath?: string;
  /** Those of tests, so that a few subscribers, and a few lots, are many commits. */
  readonly imos?: Pick<ImosOptions, 'subscribersAtOnce'>;
  readonly predictions?: Pick<PredictionsOptions, 'lotsAtOnce'>;
}

export interface RunningWorker {
  /** Drains what is in hand, then closes all connections. */
  stop(): Promise<void>;
  /** Resolves when the worker has drained; rejects when it broke. */
  readonly ended: Promise<void>;
}

/** Measured on two cores, see DESIGN 5. */
const tuning = {
  // After a worker's death its workflows go to another within a second (the default of 10 s was the p99).
  stickyQueueScheduleToStartTimeout: '1s',
  // An idle workflow costs about 50 KB here; one that is not cached costs a replay of its history.
  maxCachedWorkflows: 2_000,
  maxConcurrentWorkflowTaskExecutions: 100,
  maxConcurrentActivityTaskExecutions: 200,
  shutdownGraceTime: '10s',
  shutdownForceTime: '15s',
} satisfies Partial<WorkerOptions>;

/** @throws InvariantError without `databaseUrl` or Temporal's address: whoever starts the process names them. */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const { config, logger, registry } = options;
  const { databaseUrl, temporal } = config;
  assert(databaseUrl !== undefined, 'DATABASE_URL is not set');
  const closing = new ClosingOrder(logger);
  try {
    const db = openDatabase(databaseUrl, 'lx-worker');
    closing.add('the database', () => db.destroy());
    const committer = new Committer({
      databaseUrl,
      applicationName: 'lx-worker-committer',
      projections,
      observer: observeCommitter(registry, logger),
    });
    closing.add('the committer', () => committer.close());
    showQueue(registry, committer);

    const { client, clientConnection, connection } = await connect(temporal, closing);
    const { warnings } = await prepareNamespace(clientConnection, temporal.namespace);
    for (const warning of warnings) logger.warn(warning);
    await ensureSchedules(client);
    const redemptions = createRedemptions({ db, committer, fourEyesAbove: config.fourEyesAbove });
    const spreadMs = config.windows.buybackSpread;
    const buybacks = createBuybacks({ db, committer, spreadMs });
    const imos = createImos({ db, committer, ...options.imos });
    const staking = createStaking({ db, committer, cooldownMs: config.windows.unstakeCooldown });
    const governance = createGovernance({ db, committer, windows: config.windows });
    const predictions = createPredictions({
      db,
      committer,
      windows: config.windows,
      ...options.predictions,
    });
    const margin = createMargin({ db, committer });
    const wars = createWars({ db, committer, windows: config.windows });
    // For how far a video is, which takes few words.
    const upstreams = createUpstreams({
      allowPrivate: config.allowPrivateUpstreams,
      maxAnswerBytes: 1024 * 1024,
    });
    closing.add('the upstreams', () => upstreams.close());
    const videoJobs = createVideoJobs({
      db,
      committer,
      upstream: createVideoUpstream({ ...channelKeysOf(config), db, upstreams }),
      warsHint: createWarsHinter(db, config.windows),
    });
    const worker = await Worker.create({
      ...tuning,
      ...findWorkflows(options.workflowBundlePath),
      connection,
      namespace: temporal.namespace,
      taskQueue,
      activities: createActivities({
        db,
        committer,
        buybacks,
        governance,
        imos,
        margin,
        predictions,
        redemptions,
        staking,
        videoJobs,
        wars,
      }),
    });
    // While no worker ran nobody may have opened it; its lifecycle begins by the outbox.
    await wars.open();

    const ended = worker.run();
    closing.add('the Temporal worker', () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      return ended;
    });
    const dispatcher = startOutboxDispatcher({
      outbox: createOutbox(db),
      client,
      routes: outboxRoutes,
      logger,
      metrics: createOutboxMetrics(registry),
    });
    closing.add('the dispatcher', () => dispatcher.stop());
    const wake = () => dispatcher.wake();
    const listener = listenTo(databaseUrl, 'lx-worker-listener', 'lx_outbox', wake);
    closing.add('the listener', () => listener.close());
    return { ended, stop: () => closing.closeAll() };
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

/** Closes what was opened, the last first; one that cannot be closed does not keep the others open. */
class ClosingOrder {
  private readonly entries: { name: string; close: () => Promise<unknown> }[] = [];

  constructor(private readonly logger: Logger) {}

  add(name: string, close: () => Promise<unknown>): void {
    this.entries.push({ name, close });
  }

  async closeAll(): Promise<void> {
    for (let entry = this.entries.pop(); entry; entry = this.entries.pop()) {
      const { name } = entry;
      await entry.close().catch((error: unknown) => {
        this.logger.error({ err: error }, `${name} did not close in order`);
      });
    }
  }
}

/** Two connections: the worker's polls go through the SDK's core, starts and schedules through a client. */
async function connect(temporal: Config['temporal'], closing: ClosingOrder) {
  const clientConnection = await Connection.connect(clientConnectionOptions(temporal));
  closing.add("the client's connection", () => clientConnection.close());
  const connection = await NativeConnection.connect(nativeConnectionOptions(temporal));
  closing.add("the worker's connection", () => connection.close());
  const client = new Client({ connection: clientConnection, namespace: temporal.namespace });
  return { client, clientConnection, connection };
}

function findWorkflows(bundlePath = join(__dirname, '..', 'workflow-bundle.js')) {
  return existsSync(bundlePath)
    ? { workflowBundle: { codePath: bundlePath } }
    : { workflowsPath: require.resolve('../workflows') };
}
