// One process of load for the exchange's benchmark: sets up on its first message, runs on its second, and answers
// with what it measured.
import { Pool } from 'pg';
import { platformAccount, userAccount } from '../ledger/accounts';
import { moveBetween, type Command } from '../ledger/command';
import { Committer } from '../ledger/committer';
import { newId } from '../ledger/ids';
import { placeOrder } from '../services/exchange/orders/place-order';
import { projections } from '../services/projections';
import { percentile } from './machine';
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

/** Credits and LCO from nowhere: what is measured is trading. */
const fundTrader: Command<{ userId: string }, null> = {
  kind: 'bench_fund',
  keys: () => ({}),
  decide: (_view, { userId }) => ({
    transfers: [
      moveBetween(
        'bench_fund',
        platformAccount('reserve', 'CREDIT'),
        userAccount(userId, 'available', 'CREDIT'),
        10n ** 14n,
      ),
      moveBetween(
        'bench_fund',
        platformAccount('mint', 'LCO'),
        userAccount(userId, 'available', 'LCO'),
        10n ** 12n,
      ),
    ],
    result: null,
  }),
};

function openCommitter(databaseUrl: string): Engine {
  const committer = new Committer({ databaseUrl, applicationName: 'lx-bench', projections });
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  return {
    async fund(userIds) {
      await pool.query(
        `insert into users (id, email, handle, password_hash, role)
          select u, u || '@example.com', 'b' || right(replace(u::text, '-', ''), 20), 'none', 'user'
          from unnest($1::uuid[]) u`,
        [[...userIds]],
      );
      await Promise.all(
        userIds.map((userId) => committer.submit(fundTrader, { userId }, { actor: 'bench' })),
      );
    },
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
  const latenciesMs: number[] = [];
  let fills = 0;
  let count = 0;
  const startedAt = performance.now() + warmUpSeconds * 1_000;
  const endsAt = startedAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < endsAt) {
        const order = orderOf(count++, users);
        const sentAt = performance.now();
        const made = await place(order);
        if (sentAt < startedAt) continue;
        fills += made;
        latenciesMs.push(performance.now() - sentAt);
      }
    }),
  );
  const elapsedSeconds = (performance.now() - startedAt) / 1_000;
  return {
    ordersPerSecond: latenciesMs.length / elapsedSeconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    fills,
  };
}

process.once('message', (load: ExchangeLoad) => {
  void (async () => {
    const engine =
      load.engine === 'committer'
        ? openCommitter(load.databaseUrl)
        : openNaive(load.databaseUrl, Math.min(16, load.inFlight));
    const users = Array.from({ length: load.users }, () => newId());
    await engine.fund(users);
    process.once('message', () => {
      void measure(engine, users, load).then(async (result) => {
        await engine.close();
        process.send?.(result);
      });
    });
    process.send?.('ready');
  })();
});
