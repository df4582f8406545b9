// Durable orders a second (DESIGN 9): matched, filled, posted and in their candle when they are answered; beside one
// transaction per order that does the same without the chain; from one process and from two at once.
import { runLoads } from './load-process';
import type { ExchangeLoad, ExchangeResult } from './exchange-load';
import { median, printTable } from './machine';
import { withBenchDatabase } from './postgres';

interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
}

interface Case {
  readonly name: string;
  readonly processes: number;
  readonly load: Pick<ExchangeLoad, 'engine' | 'inFlight'>;
}

/** In all processes together. */
const userCount = 200;
const baseline = 'one transaction per order, 16 in flight';
const widest = 'committer, 512 in flight';
const together = 'committer, 256 in flight in each of two processes';

const cases: readonly Case[] = [
  { name: baseline, processes: 1, load: { engine: 'naive', inFlight: 16 } },
  { name: 'committer, 1 in flight', processes: 1, load: { engine: 'committer', inFlight: 1 } },
  { name: 'committer, 64 in flight', processes: 1, load: { engine: 'committer', inFlight: 64 } },
  { name: widest, processes: 1, load: { engine: 'committer', inFlight: 512 } },
  { name: together, processes: 2, load: { engine: 'committer', inFlight: 256 } },
];

export async function benchExchange({ seconds, rounds }: BenchOptions): Promise<void> {
  const results = new Map<string, ExchangeResult[]>(cases.map(({ name }) => [name, []]));
  // Round by round rather than case by case, so that a drift of the machine's speed falls on all alike; a database
  // a case, so that none finds another's book.
  for (let round = 0; round < rounds; round++) {
    for (const { name, processes, load } of cases) {
      const result = await withBenchDatabase((databaseUrl) =>
        runTogether(processes, { ...load, users: userCount / processes, databaseUrl, seconds }),
      );
      results.get(name)?.push(result);
      console.error(`round ${round + 1}, ${name}: ${Math.round(result.ordersPerSecond)}/s`);
    }
  }
  const middle = (name: string, pick: (result: ExchangeResult) => number) =>
    median((results.get(name) ?? []).map(pick));
  const rate = (name: string) => middle(name, (result) => result.ordersPerSecond);
  printTable(
    ['case', 'orders/s', 'x naive', 'p50 ms', 'p99 ms', 'fills an order'],
    cases.map(({ name, load }) => [
      name,
      Math.round(rate(name)).toLocaleString('en'),
      (rate(name) / rate(baseline)).toFixed(1),
      middle(name, ({ p50Ms }) => p50Ms).toFixed(1),
      middle(name, ({ p99Ms }) => p99Ms).toFixed(1),
      load.engine === 'naive'
        ? ''
        : middle(name, ({ fills, ordersPerSecond }) => fills / ordersPerSecond / seconds).toFixed(
            2,
          ),
    ]),
  );
  console.log(`Two processes do ${Math.round((rate(together) / rate(widest)) * 100)}% of one.`);
}

async function runTogether(count: number, load: ExchangeLoad): Promise<ExchangeResult> {
  const results = await runLoads<ExchangeResult>('exchange-load', count, load);
  const sum = (pick: (result: ExchangeResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  return {
    ordersPerSecond: sum(({ ordersPerSecond }) => ordersPerSecond),
    fills: sum(({ fills }) => fills),
    p50Ms: Math.max(...results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
  };
}
