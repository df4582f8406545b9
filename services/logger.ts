// The process' log: pino, JSON lines on standard output, secrets struck out wherever they stand.
import { pino, type DestinationStream, type Logger } from 'pino';

const secretNames = [
  'authorization',
  'Authorization',
  'cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  'apiKey',
  'password',
  'secret',
];

/**
 * Lines are gathered: writing each by itself was a thirtieth of what a call costs on the processor. A process that
 * exits, by whatever error, writes what it has; one that is killed loses a tenth of a second.
 */
const gathering = { fd: 1, sync: false, minLength: 4_096, periodicFlush: 100 };

let shared: DestinationStream | undefined;

/** One for the process, however many write; who is silent needs none. */
function gathered(level: string): DestinationStream | undefined {
  if (level === 'silent') return undefined;
  shared ??= pino.destination(gathering);
  return shared;
}

/** `name` tells the processes apart, for example `api`. Nested up to three levels, secrets are not written. */
export function createLogger(name: string, level: string, destination?: DestinationStream): Logger {
  const levels = ['', '*.', '*.*.'];
  const paths = secretNames.flatMap((secret) =>
    levels.map((prefix) => (secret.startsWith('[') ? prefix.slice(0, -1) : prefix) + secret),
  );
  return pino(
    {
      name,
      level,
      redact: { paths, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination ?? gathered(level),
  );
}
