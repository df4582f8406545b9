// Margin (DESIGN 9): finding what the mark has crossed among many open positions; opening; liquidations a second through
// their workflows, beside one after the other without any; and what idle monitors cost, and the death of a worker.
import { createMargin } from '../services/margin/margin';
import { printTable } from './machine';
import { MarginMarket } from './margin-market';
import { benchMarginSearch } from './margin-search';
import { withBenchDatabase } from './postgres';
import { cpuMsOf, memoryOf, startBenchWorker, withBenchTemporal } from './temporal';

export interface MarginBench {
  readonly counts: readonly number[];
  readonly monitors: number;
}

/** With the bounds of one user's share of the market's depth. */
const traders = 200;
const probesAtOnce = 5;

export async function benchMargin({ counts, monitors }: MarginBench): Promise<void> {
  await benchMarginSearch(counts);
  console.log();
  const alone = await withBenchDatabase(measureAlone);
  await withBenchDatabase((databaseUrl) =>
    withBenchTemporal(({ pid, address }) =>
      measureMonitors({ databaseUrl, address, temporalPid: pid, monitors, alone }),
    ),
  );
}

/** Liquidations one after the other, each in a commit of its own, with no workflow. */
async function measureAlone(databaseUrl: string): Promise<number> {
  const market = await MarginMarket.open(databaseUrl, traders);
  try {
    const ids = await market.openLongs(300, 500);
    await market.fallUntilFenced(0.88, ids);
    while ((await market.countOf(ids, 'liquidating')) < ids.length) await market.tick();
    const margin = createMargin(market);
    const startedAt = performance.now();
    for (const id of ids) await margin.liquidate(id);
    const seconds = (performance.now() - startedAt) / 1_000;
    await market.waitFor(ids, 'closed');
    return ids.length / seconds;
  } finally {
    await market.close();
  }
}

interface Place {
  readonly databaseUrl: string;
  readonly address: string;
  readonly temporalPid: number;
  readonly monitors: number;
  /** Liquidations a second without workflows. */
  readonly alone: number;
}

async function measureMonitors(place: Place): Promise<void> {
  const { databaseUrl, address, temporalPid, monitors, alone } = place;
  const market = await MarginMarket.open(databaseUrl, traders);
  let worker = await startBenchWorker(databaseUrl, address);
  try {
    const probes = [
      await market.openLongs(probesAtOnce, 500),
      await market.openLongs(probesAtOnce, 480),
      await market.openLongs(probesAtOnce, 460),
    ];
    await market.waitForOutbox();
    const before = { worker: memoryOf(worker.pid), server: memoryOf(temporalPid) };

    const openedAt = performance.now();
    const ids = await market.openLongs(monitors, 400);
    const openedMs = performance.now() - openedAt;
    await market.waitForOutbox();
    await waitUntilIdle(temporalPid);
    const startedMs = performance.now() - openedAt - idleMs;
    const idle = { worker: memoryOf(worker.pid), server: memoryOf(temporalPid) };
    console.error(`${monitors} monitors idle`);

    const usual = await timeProbe(market, probes[0] ?? [], 0.88);
    const other = await startBenchWorker(databaseUrl, address);
    await worker.kill();
    worker = other;
    const survived = await timeProbe(market, probes[1] ?? [], 0.872);
    await worker.kill();
    const restartedAt = performance.now();
    worker = await startBenchWorker(databaseUrl, address);
    const startMs = performance.now() - restartedAt;
    const restarted = await timeProbe(market, probes[2] ?? [], 0.862);

    await market.fallUntilFenced(0.82, ids);
    const firstAt = performance.now();
    while ((await market.countOf(ids, 'open')) > 0) await market.tick();
    await market.waitFor(ids, 'closed');
    const seconds = (performance.now() - firstAt) / 1_000;

    const each = (after: number, from: number) => ((after - from) * 1_024) / monitors;
    printTable(
      ['what', 'figure'],
      [
        ['positions opened, a second', ((monitors * 1_000) / openedMs).toFixed(0)],
        ['monitors started, a second', ((monitors * 1_000) / startedMs).toFixed(0)],
        ['an idle monitor in the worker, KB', each(idle.worker, before.worker).toFixed(0)],
        ['in the Temporal server, KB', each(idle.server, before.server).toFixed(0)],
        [
          `the worker and the server with ${monitors.toLocaleString('en')} idle, MB`,
          `${idle.worker.toFixed(0)}, ${idle.server.toFixed(0)}`,
        ],
        ['liquidations a second through their workflows', (monitors / seconds).toFixed(0)],
        ['one after the other, without workflows', alone.toFixed(0)],
        [`from the mark to ${probesAtOnce} liquidated, ms`, usual.toFixed(0)],
        ['the same, their worker dead, another running', survived.toFixed(0)],
        [
          `the same, by a worker that was started anew (in ${startMs.toFixed(0)} ms)`,
          restarted.toFixed(0),
        ],
      ],
    );
  } finally {
    await worker.kill();
    await market.close();
  }
}

/** So long must it have had next to nothing to do. */
const idleMs = 3_000;

/** Until the server has started all that it was told to start: its first tasks wait in a queue behind each other. */
async function waitUntilIdle(pid: number): Promise<void> {
  for (let quietMs = 0, before = cpuMsOf(pid); quietMs < idleMs;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = cpuMsOf(pid);
    quietMs = now - before < 100 ? quietMs + 500 : 0;
    before = now;
  }
}

/** Milliseconds from the tick that fences to the last of them closed. */
async function timeProbe(
  market: MarginMarket,
  ids: readonly string[],
  share: number,
): Promise<number> {
  await market.fallUntilFenced(share, ids);
  const fencedAt = performance.now();
  while ((await market.countOf(ids, 'open')) > 0) await market.tick();
  await market.waitFor(ids, 'closed');
  return performance.now() - fencedAt;
}
