// One process of load for the exchange's benchmark: sets up on its first message, runs on its second, and answers
// with what it measured.
import { Pool } from 'pg';
import { Committer } from '../ledger/committer';
import { newId } from '../ledger/ids';
import { placeOrder } from '../services/exchange/orders/place-order';
import { projections } from '../services/projections';
import { runClosedLoop } from './closed-loop';
import { fundUsers } from './funded-users';
import { serveLoad } from './load-process';
import { createNaiveExchange, type NaiveOrder } from './naive-exchange';

export interface ExchangeLoad {
  readonly engine: 'committer' | 'naive';
  readonly databaseUrl: string;
  readonly inFlight: number;
  /** How many of the market's users trade through this process. */
  readonly users: number;
  readonly seconds: number;
}

export interface ExchangeResult {
  readonly ordersPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly fills: number;
}

/** Places one order; returns how many fills it got, where the engine tells. */
type Place = (order: NaiveOrder) => Promise<number>;

interface Engine {
  fund(userIds: readonly string[]): Promise<unknown>;
  readonly place: Place;
  close(): Promise<void>;
}

/** Until the book has its depth and the code is compiled. */
const warmUpSeconds = 2;
const middleTicks = 50_000;

function openCommitter(databaseUrl: string): Engine {
  const committer = new Committer({ databaseUrl, applicationName: 'lx-bench', projections });
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  return {
    fund: (userIds) => fundUsers(pool, committer, userIds),
    async place({ id, userId, side, ticks, lots, rests }) {
      const { result } = await committer.submit(
        placeOrder,
        {
          userId,
          clientOrderId: id,
          terms: {
            side,
            type: 'limit',
            timeInForce: rests ? 'GTC' : 'IOC',
            postOnly: false,
            stp: 'expire_maker',
            priceTicks: ticks,
            quantityLots: lots,
            quoteQuantity: null,
            triggerTicks: null,
          },
        },
        { actor: userId },
      );
      return result.trades.length;
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
  const exchange = createNaiveExchange(pool);
  return {
    fund: (userIds) => exchange.fund(userIds),
    place: (order) => exchange.place(order).then(() => 0),
    close: () => pool.end(),
  };
}

/** Half of the orders rest near the middle, half take from them: the book stays about as deep as it is. */
function orderOf(i: number, users: readonly string[]): NaiveOrder {
  const draw = Math.random();
  const side = i % 4 < 2 ? 'buy' : 'sell';
  const rests = i % 2 === 0;
  const away = Math.floor(draw * 20);
  const sign = side === 'buy' ? 1 : -1;
  return {
    id: newId(),
    userId: users[Math.floor(Math.random() * users.length)] ?? '',
    side,
    ticks: middleTicks - sign * (rests ? away + 1 : -(away + 1)),
    lots: rests ? 1_000 + Math.floor(draw * 1_000) : 1_000 + Math.floor(draw * 1_500),
    rests,
  };
}

async function measure(
  { place }: Engine,
  users: readonly string[],
  { inFlight, seconds }: ExchangeLoad,
): Promise<ExchangeResult> {
  let fills = 0;
  const { perSecond, p50Ms, p99Ms } = await runClosedLoop(
    { inFlight, seconds, warmUpSeconds },
    async (i, isCounted) => {
      const made = await place(orderOf(i, users));
      if (isCounted) fills += made;
    },
  );
  return { ordersPerSecond: perSecond, p50Ms, p99Ms, fills };
}

serveLoad(async (load: ExchangeLoad) => {
  const engine =
    load.engine === 'committer'
      ? openCommitter(load.databaseUrl)
      : openNaive(load.databaseUrl, Math.min(16, load.inFlight));
  const users = Array.from({ length: load.users }, () => newId());
  await engine.fund(users);
  return async () => {
    const result = await measure(engine, users, load);
    await engine.close();
    return result;
  };
});
