// Prediction markets (DESIGN 9): bets a second on one hot market, each priced, posted and in its lot when it is answered,
// beside one transaction per bet; the settlement of a market of very many lots, some hundred a commit, beside one lot a
// commit; and what reading such a market costs.
import type { Knex } from 'knex';
import { Pool } from 'pg';
import { defaultWindows } from '../config/windows';
import { Committer } from '../ledger/committer';
import { openDatabase } from '../ledger/connection';
import { newId } from '../ledger/ids';
import { placePredictionBet } from '../services/predictions/bet';
import { createPredictions, type Predictions } from '../services/predictions/predictions';
import { projections } from '../services/projections';
import { callerOf } from '../test/credits/world';
import type { LoopResult } from './closed-loop';
import { fundUsers } from './funded-users';
import { runLoads } from './load-process';
import { median, printTable } from './machine';
import { withBenchDatabase } from './postgres';
import { benchSeed, type PredictionsLoad } from './predictions-load';

export interface PredictionsBench {
  readonly seconds: number;
  readonly rounds: number;
  readonly lots: number;
}

interface Case {
  readonly name: string;
  readonly processes: number;
  readonly load: Pick<PredictionsLoad, 'engine' | 'inFlight'>;
}

const userCount = 200;
const baseline = 'one transaction per bet, 16 in flight';
const widest = 'committer, 512 in flight';
const together = 'committer, 256 in flight in each of two processes';

const cases: readonly Case[] = [
  { name: baseline, processes: 1, load: { engine: 'naive', inFlight: 16 } },
  { name: 'committer, 1 in flight', processes: 1, load: { engine: 'committer', inFlight: 1 } },
  { name: 'committer, 64 in flight', processes: 1, load: { engine: 'committer', inFlight: 64 } },
  { name: widest, processes: 1, load: { engine: 'committer', inFlight: 512 } },
  { name: together, processes: 2, load: { engine: 'committer', inFlight: 256 } },
];

export async function benchPredictions(options: PredictionsBench): Promise<void> {
  await benchBets(options);
  console.log();
  await benchSettlement(options.lots);
}

async function benchBets({ seconds, rounds }: PredictionsBench): Promise<void> {
  const results = new Map<string, LoopResult[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, processes, load } of cases) {
      const result = await withMarket(async ({ databaseUrl, marketId }) =>
        runTogether(processes, {
          ...load,
          ...{ users: userCount / processes, databaseUrl, marketId, seconds },
        }),
      );
      results.get(name)?.push(result);
      console.error(`round ${round + 1}, ${name}: ${Math.round(result.perSecond)}/s`);
    }
  }
  const middle = (name: string, pick: (result: LoopResult) => number) =>
    median((results.get(name) ?? []).map(pick));
  const rate = (name: string) => middle(name, ({ perSecond }) => perSecond);
  printTable(
    ['case', 'bets/s', 'x naive', 'p50 ms', 'p99 ms'],
    cases.map(({ name }) => [
      name,
      Math.round(rate(name)).toLocaleString('en'),
      (rate(name) / rate(baseline)).toFixed(1),
      middle(name, ({ p50Ms }) => p50Ms).toFixed(1),
      middle(name, ({ p99Ms }) => p99Ms).toFixed(1),
    ]),
  );
  console.log(`Two processes do ${Math.round((rate(together) / rate(widest)) * 100)}% of one.`);
}

async function runTogether(count: number, load: PredictionsLoad): Promise<LoopResult> {
  const results = await runLoads<LoopResult>('predictions-load', count, load);
  return {
    perSecond: results.reduce((total, { perSecond }) => total + perSecond, 0),
    p50Ms: Math.max(...results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
  };
}

interface BenchMarket {
  readonly databaseUrl: string;
  readonly db: Knex;
  readonly committer: Committer;
  readonly marketId: string;
  readonly operatorId: string;
  readonly bettors: readonly string[];
  /** Nothing has to be waited for. */
  readonly predictions: Predictions;
  readonly oneByOne: Predictions;
}

const noWaiting = { ...defaultWindows, predictionDispute: 0 };

/** A database of its own with an open market in it. */
async function withMarket<T>(use: (market: BenchMarket) => Promise<T>): Promise<T> {
  return withBenchDatabase(async (databaseUrl) => {
    const db = openDatabase(databaseUrl, 'lx-bench-predictions', 4);
    const pool = new Pool({ connectionString: databaseUrl, max: 1 });
    // The server may be stopped while its last connection is still taking leave.
    pool.on('error', () => undefined);
    const committer = new Committer({
      databaseUrl,
      applicationName: 'lx-bench-committer',
      projections,
    });
    const serviceOf = (lotsAtOnce: number) =>
      createPredictions({ db, committer, windows: noWaiting, lotsAtOnce });
    const predictions = serviceOf(500);
    try {
      const bettors = Array.from({ length: userCount }, () => newId());
      const operatorId = newId();
      await fundUsers(pool, committer, [...bettors, operatorId]);
      await pool.query(`update users set role = 'operator' where id = $1`, [operatorId]);
      const marketId = await openMarket(predictions, bettors[0] ?? '', operatorId);
      const shared = { databaseUrl, db, committer, marketId, operatorId, bettors };
      return await use({ ...shared, predictions, oneByOne: serviceOf(1) });
    } finally {
      await committer.close();
      await pool.end();
      await db.destroy();
    }
  });
}

async function openMarket(
  predictions: Predictions,
  proposerId: string,
  operatorId: string,
): Promise<string> {
  const { result } = await predictions.propose(callerOf(proposerId), {
    question: 'Will this market be hot?',
    rules: 'YES if it is.',
    source: 'The benchmark',
    tags: ['bench'],
    closesAt: Date.now() + 24 * 3_600_000,
    seed: benchSeed,
  });
  await predictions.approve({ marketId: result.id, ...actOf(operatorId) });
  return result.id;
}

const actOf = (operatorId: string) => ({
  ...{ operatorId, reason: 'bench', decisionKey: newId(), requestId: newId() },
});

/** So many bets of one LCO on either side, through the committer, by everybody in turn. */
async function fillLots({ committer, marketId, bettors }: BenchMarket, lots: number) {
  let next = 1;
  await Promise.all(
    Array.from({ length: 500 }, async () => {
      while (next < lots) {
        const i = next++;
        const userId = bettors[i % bettors.length] ?? '';
        const side = i % 3 === 0 ? 'no' : 'yes';
        const bet = { marketId, userId, side, stake: 10n ** 8n, minShares: null } as const;
        await committer.submit(placePredictionBet, bet, { actor: userId });
      }
    }),
  );
}

/** What the baseline is measured with: it takes as long for each of them. */
const fewLots = 1_000;

async function benchSettlement(lots: number): Promise<void> {
  const many = await withMarket(async (market) => {
    await fillLots(market, lots);
    const reads = await measureReads(market);
    return { reads, ...(await measureSettlement(market, market.predictions)) };
  });
  const single = await withMarket(async (market) => {
    await fillLots(market, fewLots);
    return measureSettlement(market, market.oneByOne);
  });
  const rate = { many: lots / many.seconds, single: fewLots / single.seconds };
  printTable(
    ['what', 'lots', 'seconds', 'lots/s', 'ratio'],
    [
      row('settlement, 500 lots a commit', lots, many.seconds, rate.many / rate.single),
      row('settlement, one lot a commit', fewLots, single.seconds, 1),
    ],
  );
  console.log(`The manifest has ${(many.manifestBytes / 1e6).toFixed(1)} MB.\n`);
  printTable(
    ['reading a market of that many lots', 'median ms'],
    many.reads.map(({ what, ms }) => [what, ms.toFixed(2)]),
  );
}

function row(what: string, lots: number, seconds: number, ratio: number): string[] {
  return [
    what,
    lots.toLocaleString('en'),
    seconds.toFixed(2),
    Math.round(lots / seconds).toLocaleString('en'),
    ratio.toFixed(1),
  ];
}

/** From the outcome that is final to the last unit: late bets cut off, lots paid, the rest burned, the manifest hashed. */
async function measureSettlement(market: BenchMarket, predictions: Predictions) {
  const { marketId, operatorId } = market;
  const resolution = { outcome: 'yes', effectiveAt: Date.now() } as const;
  await predictions.resolve({ marketId, ...actOf(operatorId), ...resolution });
  await predictions.finalise(marketId);
  const startedAt = performance.now();
  await predictions.rollBack(marketId);
  const { market: settled } = await predictions.pay(marketId);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (settled.status !== 'settled') throw new Error(`the market is ${settled.status}`);
  let manifestBytes = 0;
  for await (const piece of (await predictions.manifest(marketId)).text) {
    manifestBytes += piece.length;
  }
  return { seconds, manifestBytes };
}

const readsOfEach = 100;

async function measureReads({ db, predictions, marketId }: BenchMarket) {
  await db.raw('vacuum analyze prediction_markets, prediction_pools, prediction_lots');
  const works: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the market', () => predictions.get(marketId)],
    ['a quote', () => predictions.quote(marketId, 'yes', 10n ** 8n)],
    ['50 bets of its history', () => predictions.history(marketId, { limit: 50 })],
    ['a chart of 200 moments', () => predictions.chart(marketId, 200)],
  ];
  const measured = [];
  for (const [what, work] of works) {
    const ms: number[] = [];
    for (let i = 0; i < readsOfEach; i++) {
      const startedAt = performance.now();
      await work();
      ms.push(performance.now() - startedAt);
    }
    measured.push({ what, ms: median(ms) });
  }
  return measured;
}
