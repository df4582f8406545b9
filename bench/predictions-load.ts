// One process of load for the prediction markets' benchmark: sets up on its first message, runs on its second, and answers
// with what it measured.
import { Pool } from 'pg';
import { seedPool } from '../domain/predictions/pool';
import { Committer } from '../ledger/committer';
import { newId } from '../ledger/ids';
import { placePredictionBet } from '../services/predictions/bet';
import { projections } from '../services/projections';
import { runClosedLoop } from './closed-loop';
import { fundUsers } from './funded-users';
import { serveLoad } from './load-process';
import { createNaivePredictions, type NaiveBet } from './naive-predictions';

export interface PredictionsLoad {
  readonly engine: 'committer' | 'naive';
  readonly databaseUrl: string;
  /** The hot market, which is open. */
  readonly marketId: string;
  readonly inFlight: number;
  readonly users: number;
  readonly seconds: number;
}

interface Engine {
  fund(userIds: readonly string[]): Promise<unknown>;
  bet(bet: NaiveBet): Promise<unknown>;
  close(): Promise<void>;
}

const warmUpSeconds = 2;
/** The market's seed: 1,000 LCO. */
export const benchSeed = 10n ** 11n;

function openCommitter(databaseUrl: string, marketId: string): Engine {
  const committer = new Committer({ databaseUrl, applicationName: 'lx-bench', projections });
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  return {
    fund: (userIds) => fundUsers(pool, committer, userIds),
    bet({ id, userId, side, stake }) {
      const request = { marketId, userId, side, stake, minShares: null };
      const fingerprint = Buffer.alloc(32);
      const idempotency = { key: id, fingerprint };
      return committer.submit(placePredictionBet, request, { actor: userId, idempotency });
    },
    async close() {
      await committer.close();
      await pool.end();
    },
  };
}

function openNaive(databaseUrl: string, connections: number): Engine {
  const pool = new Pool({ connectionString: databaseUrl, max: connections });
  // The server may be stopped while its last connections are still taking leave.
  pool.on('error', () => undefined);
  const predictions = createNaivePredictions(pool);
  return {
    fund: (userIds) => predictions.fund(userIds, benchSeed, seedPool(benchSeed).yes),
    bet: (bet) => predictions.bet(bet),
    close: () => pool.end(),
  };
}

/** Stakes of one to three LCO, on either side. */
function betOf(i: number, users: readonly string[]): NaiveBet {
  return {
    id: newId(),
    userId: users[i % users.length] ?? '',
    side: Math.random() < 0.5 ? 'yes' : 'no',
    stake: 10n ** 8n + BigInt(Math.floor(Math.random() * 2e8)),
  };
}

serveLoad(async (load: PredictionsLoad) => {
  const engine =
    load.engine === 'committer'
      ? openCommitter(load.databaseUrl, load.marketId)
      : openNaive(load.databaseUrl, Math.min(16, load.inFlight));
  const users = Array.from({ length: load.users }, () => newId());
  await engine.fund(users);
  return async () => {
    const result = await runClosedLoop({ ...load, warmUpSeconds }, async (i) => {
      await engine.bet(betOf(i, users));
    });
    await engine.close();
    return result;
  };
});
