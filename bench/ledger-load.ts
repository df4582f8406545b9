// One process of load for the ledger's benchmark: sets up on its first message, runs on its second, and answers
// with what it measured.
import { createHash } from 'node:crypto';
import { Pool } from 'pg';
import { Committer } from '../ledger/committer';
import { deriveId, newId } from '../ledger/ids';
import { fund, transfer } from '../test/support/transfers';
import { serveLoad } from './load-process';
import { percentile } from './machine';
import { createNaiveLedger } from './naive-ledger';

export interface LedgerLoad {
  readonly engine: 'committer' | 'naive';
  readonly databaseUrl: string;
  /** All transfers go to one account. */
  readonly isHot: boolean;
  readonly inFlight: number;
  readonly seconds: number;
}

export interface LedgerResult {
  readonly transfersPerSecond: number;
  readonly p99Ms: number;
}

type Transfer = (from: string, to: string, key: string) => Promise<unknown>;

interface Engine {
  fund(userIds: readonly string[]): Promise<unknown>;
  readonly transfer: Transfer;
  close(): Promise<void>;
}

const userCount = 1_000;
const hotUser = deriveId('bench', 'hot');
const fingerprint = createHash('sha256').update('transfer').digest();

function openCommitter(databaseUrl: string): Engine {
  const committer = new Committer({ databaseUrl, applicationName: 'lx-bench' });
  return {
    fund: (userIds) =>
      Promise.all(
        userIds.map((to) => committer.submit(fund, { to, amount: 10n ** 14n }, { actor: 'bench' })),
      ),
    transfer: (from, to, key) =>
      committer.submit(
        transfer,
        { from, to, amount: 1n },
        { actor: from, idempotency: { key, fingerprint } },
      ),
    close: () => committer.close(),
  };
}

function openNaive(databaseUrl: string, connections: number): Engine {
  const pool = new Pool({ connectionString: databaseUrl, max: connections });
  const ledger = createNaiveLedger(pool);
  return {
    fund: (userIds) => ledger.fund(userIds),
    transfer: (from, to, key) => ledger.transfer({ from, to, key, fingerprint }),
    close: () => pool.end(),
  };
}

async function measure(
  { transfer }: Engine,
  users: string[],
  load: LedgerLoad,
): Promise<LedgerResult> {
  const latenciesMs: number[] = [];
  const run = newId();
  const startedAt = performance.now();
  const endsAt = startedAt + load.seconds * 1_000;
  let count = 0;
  await Promise.all(
    Array.from({ length: load.inFlight }, async () => {
      while (performance.now() < endsAt) {
        const i = count++;
        const from = users[i % userCount] ?? hotUser;
        const to = load.isHot ? hotUser : (users[(i * 7 + 3) % userCount] ?? hotUser);
        if (from === to) continue;
        const sentAt = performance.now();
        await transfer(from, to, `${run}-${i}`);
        latenciesMs.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    transfersPerSecond: latenciesMs.length / seconds,
    p99Ms: percentile(latenciesMs, 0.99),
  };
}

serveLoad(async (load: LedgerLoad) => {
  const engine =
    load.engine === 'committer'
      ? openCommitter(load.databaseUrl)
      : openNaive(load.databaseUrl, load.inFlight);
  const users = Array.from({ length: userCount }, () => newId());
  await engine.fund([...users, hotUser]);
  return async () => {
    const result = await measure(engine, users, load);
    await engine.close();
    return result;
  };
});
