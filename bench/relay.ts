// Billed relay calls (DESIGN 9): ours beside the upstream itself and beside npm `@portkey-ai/gateway`, which bills
// nothing; chat as JSON and as SSE. Everything runs on this machine, each part in a process of its own. Afterwards
// the books are checked.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBenchDatabase } from './postgres';
import { checkBooks } from './relay-books';
import type { RelayLoad, RelayResult } from './relay-load';
import { startParts, targetNames, type RelayParts, type TargetName } from './relay-parts';
import { cellsOf, printFigures, printTargets, type Cell, type Kind } from './relay-report';

export const relayKinds = ['json', 'sse'] as const satisfies readonly Kind[];
export const relayTargets = targetNames;

export interface RelayBenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly kinds: readonly Kind[];
  readonly connections: readonly number[];
  readonly targets: readonly TargetName[];
  readonly profileFolder: string | undefined;
}

/** A process that has answered fewer than some thousand calls still runs half of its code uncompiled. */
const warmUpSeconds = 8;
const warmUpConnections = 32;

export async function benchRelay(options: RelayBenchOptions): Promise<void> {
  console.log(`Load average before the run: ${loadavg()[0]?.toFixed(2)}.`);
  const folder = mkdtempSync(join(tmpdir(), 'lx-bench-relay-'));
  try {
    await withBenchDatabase(async (databaseUrl) => {
      const { profileFolder, targets: names } = options;
      const parts = await startParts({ databaseUrl, folder, names, profileFolder });
      const generator = fork(join(__dirname, 'relay-load.js'));
      let answered: number;
      try {
        answered = await run(options, parts, generator);
      } finally {
        generator.disconnect();
        await parts.stop();
      }
      if (names.includes('ours')) await checkBooks(databaseUrl, answered);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures and reports; resolves with the number of calls that we answered. */
async function run(
  { seconds, rounds, kinds, connections, targets }: RelayBenchOptions,
  parts: RelayParts,
  generator: ChildProcess,
): Promise<number> {
  let answered = 0;
  async function measure(cell: Cell, seconds: number): Promise<RelayResult> {
    const target = parts.targets.get(cell.target);
    if (!target) throw new Error(`${cell.target} does not run`);
    const result = await ask(generator, {
      ...target,
      isStream: cell.kind === 'sse',
      connections: cell.connections,
      seconds,
    });
    if (cell.target === 'ours') answered += result.answered;
    if (result.firstFailure !== undefined) {
      console.error(`${nameOf(cell)}: ${result.failures} failures, first ${result.firstFailure}`);
    }
    return result;
  }

  for (const cell of cellsOf(kinds, [warmUpConnections], targets)) {
    await measure(cell, warmUpSeconds);
  }
  const cells = cellsOf(kinds, connections, targets);
  const measured = new Map(cells.map((cell) => [cell, [] as RelayResult[]]));
  // Round by round rather than cell by cell, so that a drift of the machine's speed falls on all alike.
  for (let round = 1; round <= rounds; round++) {
    for (const cell of cells) {
      const result = await measure(cell, seconds);
      measured.get(cell)?.push(result);
      console.error(
        `round ${round}, ${nameOf(cell)}: ${Math.round(result.callsPerSecond)}/s, p50 ${result.p50Ms.toFixed(2)} ms`,
      );
    }
  }
  const figures = [...measured].map(([cell, results]) => ({ ...cell, rounds: results }));
  printFigures(figures);
  console.log();
  printTargets(figures);
  console.log();
  return answered;
}

function nameOf({ kind, connections, target }: Cell): string {
  return `${kind} ${connections} ${target}`;
}

function ask(child: ChildProcess, load: RelayLoad): Promise<RelayResult> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`the load generator ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (result) => {
      child.off('exit', onExit);
      resolve(result as RelayResult);
    });
    child.send(load);
  });
}
