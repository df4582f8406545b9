// What was seen of each server the last time, so that a log which shrinks or forks between two visits is found out. The
// head is kept as the note that the log has signed: it is the evidence.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const memorySchema = z.object({
  /** The verifier key that was believed. */
  key: z.string(),
  /** The burn log's signed head. */
  checkpoint: z.string(),
  /** Roots and manifests by what they are of, such as `usage 2026-11-22` and `prediction <id>`. */
  roots: z.record(z.string(), z.string()),
  seenAt: z.string(),
});
const fileSchema = z.record(z.string(), memorySchema);

export type Memory = z.output<typeof memorySchema>;

export function defaultMemoryFile(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'l-exchange', 'verify.json');
}

function readAll(file: string): Record<string, Memory> {
  if (!existsSync(file)) return {};
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new Error(`${file} is not what an earlier run left; move it away to begin anew.`);
  }
}

export function recall(file: string, url: string): Memory | undefined {
  return readAll(file)[url];
}

/** Half a file is never left behind. */
export function remember(file: string, url: string, memory: Memory): void {
  const all = { ...readAll(file), [url]: memory };
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(all, null, 2)}\n`);
  renameSync(beside, file);
}
