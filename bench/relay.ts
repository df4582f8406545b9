// Billed relay calls (DESIGN 9): ours beside the upstream itself and beside npm `@portkey-ai/gateway`, which bills
// nothing; every endpoint that is called often, and a model whose channels break. Everything runs on this machine, each
// part in a process of its own. At the end the API process may have nothing left open, and the books are checked.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBenchDatabase } from './postgres';
import { checkBooks } from './relay-books';
import { kindNames } from './relay-kinds';
import { checkLeaks, mixOf } from './relay-leaks';
import { startParts, targetNames } from './relay-parts';
import { printFailover, printFigures } from './relay-report';
import { RelayRun, type RoundsOptions } from './relay-run';
import { printTargets } from './relay-targets';

export const relayKinds = kindNames;
export const relayTargets = targetNames;

export interface RelayBenchOptions extends RoundsOptions {
  /** How many calls of all kinds are sent to see what is left of them; 0: none. */
  readonly mixedCalls: number;
  readonly profileFolder: string | undefined;
}

export async function benchRelay(options: RelayBenchOptions): Promise<void> {
  console.log(`Load average before the run: ${loadavg()[0]?.toFixed(2)}.`);
  const folder = mkdtempSync(join(tmpdir(), 'lx-bench-relay-'));
  try {
    await withBenchDatabase(async (databaseUrl) => {
      const billed = await run(options, databaseUrl, folder);
      if (options.targets.includes('ours')) await checkBooks(databaseUrl, billed);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures and reports; resolves with the number of calls that we are to have billed. */
async function run(
  options: RelayBenchOptions,
  databaseUrl: string,
  folder: string,
): Promise<number> {
  const { kinds, mixedCalls, profileFolder, targets: names } = options;
  const parts = await startParts({ databaseUrl, folder, names, profileFolder });
  const generator = fork(join(__dirname, 'relay-load.js'));
  try {
    const run = new RelayRun(parts, generator);
    const figures = await run.measureAll(options);
    printFigures(figures);
    printTargets(figures);
    printFailover(figures);
    const { ours, targets } = parts;
    const target = targets.get('ours');
    if (ours && target && mixedCalls > 0) {
      const asks = mixOf(kinds, target);
      await checkLeaks(ours, databaseUrl, mixedCalls, () => run.mix(asks, mixedCalls));
    }
    return run.billed;
  } finally {
    generator.disconnect();
    await parts.stop();
  }
}
