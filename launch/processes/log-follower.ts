// Children write straight into their log files, so that they can drain and log after we are gone; we read along
// and show what is a warning or worse.
import { closeSync, copyFileSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

export interface LogFollower {
  /** Reads what is there now, and no more. */
  stop(): void;
}

const intervalMs = 300;
const limitBytes = 50 * 1024 * 1024;
const notableLevels = new Set<unknown>(['warn', 'error', 'fatal', 40, 50, 60]);

/** @param show gets one line a warning, error or line that is not pino's; never more than ten in an interval. */
export function followLog(path: string, show: (line: string) => void): LogFollower {
  let position = sizeOf(path);
  let rest = '';
  const read = () => {
    const size = sizeOf(path);
    if (size < position) position = 0;
    if (size === position) return;
    const chunk = readRange(path, position, size);
    position = size;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    const notable = lines.flatMap((line) => notableText(line) ?? []);
    for (const line of notable.slice(0, 10)) show(line);
    if (notable.length > 10) show(`${notable.length - 10} more in ${path}`);
    if (size > limitBytes) {
      // The writers append, so cutting the file at zero is safe; lines written meanwhile may be lost.
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
      position = 0;
    }
  };
  const timer = setInterval(read, intervalMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      read();
    },
  };
}

/** The last lines of a log, for a child that did not start. */
export function readLogTail(path: string, from: number, lines = 20): string {
  const text = readRange(path, from, sizeOf(path)).trim();
  return text.split('\n').slice(-lines).join('\n');
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readRange(path: string, from: number, to: number): string {
  const buffer = Buffer.alloc(Math.max(0, Math.min(to - from, 1024 * 1024)));
  if (buffer.length === 0) return '';
  const file = openSync(path, 'r');
  try {
    const count = readSync(file, buffer, 0, buffer.length, to - buffer.length);
    return buffer.toString('utf8', 0, count);
  } finally {
    closeSync(file);
  }
}

interface LogEntry {
  level?: string | number;
  msg?: string;
  err?: { message?: string };
}

function notableText(line: string): string | undefined {
  if (line.trim() === '') return undefined;
  try {
    const entry = JSON.parse(line) as LogEntry;
    if (entry.level === undefined) return line;
    if (!notableLevels.has(entry.level)) return undefined;
    const cause = entry.err?.message;
    return [entry.msg, cause === entry.msg ? undefined : cause].filter(Boolean).join(': ');
  } catch {
    return line;
  }
}
