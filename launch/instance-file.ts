// `instance.json`: the running instance's facts for scripts (DESIGN 7). It holds keys, so only its owner reads it.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export interface Instance {
  /** Base URL of API and relay. */
  api: string;
  /** Null with a Temporal server that is not ours. */
  temporalUi: string | null;
  temporalAddress: string;
  databaseUrl: string;
  operatorKey: string;
  secondOperatorKey: string;
  /** Null without the demo. */
  demoKey: string | null;
  /** Null for what is not ours. */
  pids: Record<'postgres' | 'temporal' | 'api' | 'worker' | 'mock' | 'demo', number | null>;
}

export function writeInstance(path: string, instance: Instance): void {
  const beside = `${path}.tmp`;
  rmSync(beside, { force: true });
  writeFileSync(beside, `${JSON.stringify(instance, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, path);
}

/** Undefined when no instance runs (or one was killed together with its guardian, and left none). */
export function readInstance(path: string): Instance | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Instance;
  } catch {
    return undefined;
  }
}

export function removeInstance(path: string): void {
  rmSync(path, { force: true });
}
