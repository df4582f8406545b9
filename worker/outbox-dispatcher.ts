// Delivers what commits wrote to the outbox to workflows (DESIGN 5): woken by NOTIFY, looking every second all the
// same; at least once and unordered. An event that cannot be delivered waits by itself, the others go through.
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Delivery, Outbox, OutboxEvent } from '../services/outbox';
import type { OutboxRoutes, OutboxTarget } from './outbox-routes';
import { isOutageError } from './temporal-outage';
import { taskQueue } from './task-queue';

export interface OutboxMetrics {
  onDelivered(count: number): void;
  onFailed(kind: string): void;
  onMeasured(waiting: number, lagMs: number): void;
}

export interface DispatcherOptions {
  readonly outbox: Outbox;
  readonly client: Client;
  readonly routes: OutboxRoutes;
  readonly logger: Logger;
  readonly metrics: OutboxMetrics;
  readonly pollIntervalMs?: number;
  readonly deliveryTimeoutMs?: number;
}

export interface OutboxDispatcher {
  /** Something may have been written: look at once. */
  wake(): void;
  /** Ends what is being delivered, then stops. */
  stop(): Promise<void>;
}

/** Sent side by side; the server starts some 200 workflows a second on two cores. */
const batchSize = 50;
const defaultDeliveryTimeoutMs = 5_000;
const outagePauseMs = 2_000;
const pruneIntervalMs = 60 * 60 * 1000;
const keptMs = 7 * 24 * 60 * 60 * 1000;
const pruneBatchSize = 1_000;

export function startOutboxDispatcher(options: DispatcherOptions): OutboxDispatcher {
  const { outbox, logger, metrics } = options;
  const pollIntervalMs = options.pollIntervalMs ?? 1_000;
  let isStopped = false;
  let isWoken = false;
  let endSleep: (() => void) | undefined;
  let measuredAt = 0;
  let prunedAt = 0;

  const wake = () => {
    isWoken = true;
    endSleep?.();
  };

  /** Waits for `wake`, at most so long; what woke us while we were busy counts. */
  async function sleep(timeoutMs: number): Promise<void> {
    if (isWoken || isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    endSleep = undefined;
  }

  /** Delivers until nothing is due. Returns whether Temporal seems to be away. */
  async function drain(): Promise<boolean> {
    for (;;) {
      let isOutage = false;
      const count = await outbox.deliverBatch(batchSize, async (events) => {
        const result = await deliverAll(events, options);
        isOutage = result.isOutage;
        return result.deliveries;
      });
      if (isOutage) return true;
      if (count < batchSize || isStopped) return false;
    }
  }

  async function measure(): Promise<void> {
    // Commits may wake us a hundred times a second.
    if (Date.now() - measuredAt < pollIntervalMs) return;
    measuredAt = Date.now();
    const { waiting, lagMs } = await outbox.measure();
    metrics.onMeasured(waiting, lagMs);
  }

  async function prune(): Promise<void> {
    if (Date.now() - prunedAt < pruneIntervalMs) return;
    prunedAt = Date.now();
    while ((await outbox.prune(Date.now() - keptMs, pruneBatchSize)) === pruneBatchSize) {
      if (isStopped) return;
    }
  }

  /** Returns whether an engine seems to be away. */
  async function work(): Promise<boolean> {
    try {
      const isOutage = await drain();
      await measure();
      await prune();
      return isOutage;
    } catch (error) {
      // The database is away; the events are where they were.
      logger.warn({ err: error }, 'the outbox cannot be read');
      return true;
    }
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      isWoken = false;
      const isOutage = await work();
      if (isOutage) isWoken = false;
      await sleep(isOutage ? outagePauseMs : pollIntervalMs);
    }
  }

  const running = run();
  return {
    wake,
    async stop() {
      isStopped = true;
      endSleep?.();
      await running;
    },
  };
}

async function deliverAll(
  events: readonly OutboxEvent[],
  options: DispatcherOptions,
): Promise<{ deliveries: Map<bigint, Delivery>; isOutage: boolean }> {
  const { logger, metrics } = options;
  const errors = await Promise.all(events.map((event) => deliver(event, options)));
  const isOutage = errors.every(isOutageError);
  if (isOutage) {
    logger.warn({ err: errors[0], waiting: events.length }, 'Temporal is away');
    return { deliveries: new Map(), isOutage };
  }
  const deliveries = new Map<bigint, Delivery>();
  events.forEach(({ id, kind, entityId, attempts }, i) => {
    const error = errors[i];
    deliveries.set(id, error === undefined ? 'delivered' : 'failed');
    if (error === undefined) return;
    metrics.onFailed(kind);
    logger.error(
      { err: error, outboxId: String(id), kind, entityId, attempts: attempts + 1 },
      'an outbox event cannot be delivered',
    );
  });
  metrics.onDelivered(errors.filter((error) => error === undefined).length);
  return { deliveries, isOutage };
}

/** Returns what went wrong, if anything did. */
async function deliver(
  event: OutboxEvent,
  { client, routes, deliveryTimeoutMs = defaultDeliveryTimeoutMs }: DispatcherOptions,
): Promise<unknown> {
  try {
    const route = routes[event.kind];
    if (!route) throw new Error(`no workflow hears of ${event.kind}`);
    const target = route(event);
    await client.withDeadline(Date.now() + deliveryTimeoutMs, () => send(client, event, target));
    return undefined;
  } catch (error) {
    // Delivered before, or the workflow has ended: either way it need not hear of this again.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    return error;
  }
}

async function send(client: Client, event: OutboxEvent, target: OutboxTarget): Promise<void> {
  const { workflowType, workflowId, args, summary, searchAttributes, signal } = target;
  const start = {
    taskQueue,
    workflowId,
    args: [...args],
    // What was ended from outside is begun again when it is told of again; what ended by itself never is.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' as const,
    memo: { requestId: event.requestId ?? '', outboxEvent: String(event.id) },
    typedSearchAttributes: searchAttributes,
    staticSummary: summary,
  };
  if (signal) {
    await client.workflow.signalWithStart(workflowType, {
      ...start,
      signal: signal.name,
      signalArgs: [...signal.args],
    });
  } else {
    await client.workflow.start(workflowType, start);
  }
}
