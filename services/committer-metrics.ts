// What the committer tells of itself as Prometheus metrics: batch size, queue, times of lock and commit.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Logger } from 'pino';
import type { Committer, CommitterObserver } from '../ledger/committer';

const secondsBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Observes one committer; faults of ours go to the log as well. */
export function observeCommitter(registry: Registry, logger: Logger): CommitterObserver {
  const registers = [registry];
  const commands = new Histogram({
    name: 'lx_committer_batch_commands',
    help: 'Commands in a committed batch',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const transfers = new Counter({
    name: 'lx_committer_transfers_total',
    help: 'Transfers committed',
    registers,
  });
  const lockSeconds = new Histogram({
    name: 'lx_committer_lock_seconds',
    help: 'From BEGIN until the head was ours and the rows were loaded',
    buckets: secondsBuckets,
    registers,
  });
  const batchSeconds = new Histogram({
    name: 'lx_committer_batch_seconds',
    help: 'From BEGIN to the answer of COMMIT',
    buckets: secondsBuckets,
    registers,
  });
  const retries = new Counter({
    name: 'lx_committer_retries_total',
    help: 'Batches tried again after a transient fault',
    registers,
  });
  const offenders = new Counter({
    name: 'lx_committer_offenders_total',
    help: 'Commands that broke an invariant or a constraint',
    labelNames: ['command'],
    registers,
  });
  return {
    onCommit(facts) {
      commands.observe(facts.commands);
      transfers.inc(facts.transfers);
      lockSeconds.observe(facts.lockMs / 1000);
      batchSeconds.observe(facts.totalMs / 1000);
    },
    onRetry(error) {
      retries.inc();
      logger.warn({ err: error }, 'a batch is tried again');
    },
    onOffender(command, requestId, error) {
      offenders.inc({ command });
      logger.error({ err: error, command, requestId }, 'a command broke an invariant');
    },
  };
}

/** Tells how many commands wait, also when nothing is committed any more. */
export function showQueue(registry: Registry, committer: Committer): void {
  new Gauge({
    name: 'lx_committer_queued_commands',
    help: 'Commands waiting for the next batch',
    registers: [registry],
    collect() {
      this.set(committer.queueLength);
    },
  });
}
