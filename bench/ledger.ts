// Ledger transfers a second (DESIGN 9): the committer with everything on (idempotency, chain, overdraft checks)
// beside one transaction per transfer that does the same without the chain; to one hot account and spread; from one
// process and from two at once. Load generators run on the same machine.
import type { LedgerLoad, LedgerResult } from './ledger-load';
import { runLoads } from './load-process';
import { median, printTable } from './machine';
import { withBenchDatabase } from './postgres';

interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
}

interface Case {
  readonly name: string;
  readonly processes: number;
  readonly load: Omit<LedgerLoad, 'databaseUrl' | 'seconds'>;
}

const cases: readonly Case[] = [
  {
    name: 'one transaction per transfer, hot',
    processes: 1,
    load: { engine: 'naive', isHot: true, inFlight: 16 },
  },
  {
    name: 'one transaction per transfer, spread',
    processes: 1,
    load: { engine: 'naive', isHot: false, inFlight: 16 },
  },
  {
    name: 'committer, hot',
    processes: 1,
    load: { engine: 'committer', isHot: true, inFlight: 1_000 },
  },
  {
    name: 'committer, spread',
    processes: 1,
    load: { engine: 'committer', isHot: false, inFlight: 1_000 },
  },
  {
    name: 'committer, hot, two processes',
    processes: 2,
    load: { engine: 'committer', isHot: true, inFlight: 1_000 },
  },
  {
    name: 'committer, spread, two processes',
    processes: 2,
    load: { engine: 'committer', isHot: false, inFlight: 1_000 },
  },
  {
    name: 'committer, one at a time',
    processes: 1,
    load: { engine: 'committer', isHot: true, inFlight: 1 },
  },
];

export async function benchLedger({ seconds, rounds }: BenchOptions): Promise<void> {
  await withBenchDatabase(async (databaseUrl) => {
    const rates = new Map<string, number[]>();
    const latencies = new Map<string, number[]>();
    // Round by round rather than case by case, so that a drift of the machine's speed falls on all alike.
    for (let round = 0; round < rounds; round++) {
      for (const { name, processes, load } of cases) {
        const results = await runLoads<LedgerResult>('ledger-load', processes, {
          ...load,
          databaseUrl,
          seconds,
        });
        const rate = results.reduce((sum, result) => sum + result.transfersPerSecond, 0);
        rates.set(name, [...(rates.get(name) ?? []), rate]);
        latencies.set(name, [
          ...(latencies.get(name) ?? []),
          Math.max(...results.map((result) => result.p99Ms)),
        ]);
        console.error(`round ${round + 1}, ${name}: ${Math.round(rate)}/s`);
      }
    }
    const rateOf = (name: string) => median(rates.get(name) ?? []);
    const naive = (load: Case['load']) =>
      rateOf(`one transaction per transfer, ${load.isHot ? 'hot' : 'spread'}`);
    printTable(
      ['case', 'transfers/s', 'x naive', 'p99 ms'],
      cases.map(({ name, load }) => [
        name,
        Math.round(rateOf(name)).toLocaleString('en'),
        (rateOf(name) / naive(load)).toFixed(1),
        median(latencies.get(name) ?? []).toFixed(1),
      ]),
    );
    const share = rateOf('committer, hot, two processes') / rateOf('committer, hot');
    console.log(`Two processes do ${Math.round(share * 100)}% of one.`);
  });
}
