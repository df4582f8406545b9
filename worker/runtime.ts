// The Temporal SDK's runtime, once a process: its log goes through ours, its metrics to a loopback port, and it
// leaves signals to main.ts.
import { Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';

const methods = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

/** `metricsAddress` is host:port. */
export function installRuntime(logger: Logger, metricsAddress: string): void {
  const write = (level: LogLevel, message: string, meta: object = {}) =>
    logger[methods[level]](meta, message);
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('INFO', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      metrics: { prometheus: { bindAddress: metricsAddress, countersTotalSuffix: true } },
    },
  });
}
