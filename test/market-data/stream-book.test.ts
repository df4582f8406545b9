// The book by stream: a snapshot and differences give the book exactly, whatever happens in between.
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../domain/errors';
import { Random } from '../simulation/random';
import { BookCopy, eventually, type StreamClient } from './stream-client';
import { createStreamWorld, type StreamWorld } from './world';

let world: StreamWorld;
let traders: string[];
beforeAll(async () => {
  world = await createStreamWorld();
  traders = await Promise.all([1, 2, 3].map(() => world.addTrader('500', '10000')));
});
afterAll(() => world.close());

const seed = Number(process.env.LX_STREAM_SEED ?? Date.now() % 1_000_000);

interface Book {
  sequence: number;
  bids: [string, string][];
  asks: [string, string][];
}

async function readBook(api = world.api): Promise<Book> {
  return (await api.send('GET', '/exchange/book?depth=500')).as<Book>();
}

/** What rests, by the rows. */
async function readRows(): Promise<Pick<Book, 'bids' | 'asks'>> {
  const { rows } = await world.db.raw<{
    rows: { side: string; ticks: number; lots: number }[];
  }>(/* sql */ `
    select o.side, o.price_ticks as ticks, sum(o.quantity_lots - o.filled_lots)::int as lots
    from orders o where o.status = 'open' and o.resting group by 1, 2 order by 2`);
  const levels = (side: string) =>
    rows
      .filter((row) => row.side === side)
      .map(({ ticks, lots }): [string, string] => [String(ticks / 1e6), String(lots / 100)]);
  return { bids: levels('buy').reverse(), asks: levels('sell') };
}

async function trade(random: Random, orders: string[]): Promise<void> {
  const trader = random.pick(traders);
  const side = random.pick(['buy', 'sell'] as const);
  const price = (50_000 + random.between(-20, 20) * 100) / 1e6;
  const quantity = String(random.between(1, 400) / 4);
  try {
    if (orders.length > 0 && random.chance(0.25)) {
      await world.cancel(trader, random.pick(orders));
    } else {
      const timeInForce = random.chance(0.1) ? ('IOC' as const) : ('GTC' as const);
      const stp = random.pick(['expire_taker', 'expire_maker', 'expire_both'] as const);
      const ask = { side, price: String(price), quantity, timeInForce, stp };
      orders.push((await world.place(trader, ask)).order.id);
    }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}

/** Many at once, so that batches have several commands. */
async function tape(random: Random, rounds: number): Promise<void> {
  const orders: string[] = [];
  for (let i = 0; i < rounds; i++) {
    await Promise.all(Array.from({ length: random.between(1, 12) }, () => trade(random, orders)));
  }
}

function follow(client: StreamClient): BookCopy {
  const copy = new BookCopy();
  for (const message of client.messages) copy.take(message);
  return copy;
}

/** The copy once it has come to where the book stands. */
async function caughtUp(client: StreamClient, sequence: number): Promise<BookCopy> {
  return eventually(() => {
    const copy = follow(client);
    return copy.sequence >= sequence ? copy : undefined;
  });
}

it(`is made of a snapshot and differences (seed ${seed})`, async () => {
  const random = new Random(seed);
  const early = await world.connect();
  await early.subscribe('book');
  await tape(random, 40);
  const late = await world.connect();
  await late.subscribe('book');
  await tape(random, 40);

  const book = await readBook();
  const rows = await readRows();
  expect(book).toMatchObject(rows);
  for (const client of [early, late]) {
    const copy = await caughtUp(client, book.sequence);
    expect(copy.levels()).toEqual(rows);
    expect(copy.gaps).toBe(0);
  }
  const chain = early.messages.filter(({ type }) => type.startsWith('book.'));
  chain.slice(1).forEach((message, i) => {
    expect(message.previousSequence).toBe(chain[i]?.sequence);
  });
  await early.close();
  await late.close();
});

it('can begin with the book by REST, also with that of another process', async () => {
  const other = await world.openApi();
  const random = new Random(seed + 1);
  const client = await world.connect();
  await client.subscribe('book');
  const busy = tape(random, 60);
  await sleep(100);
  const begun = await readBook(other.api);
  await busy;
  const book = await readBook();
  await caughtUp(client, book.sequence);
  const copy = new BookCopy();
  copy.begin(begun);
  for (const message of client.messages) {
    if (message.type === 'book.diff') copy.take(message);
  }
  expect(copy.gaps).toBe(0);
  expect(copy.levels()).toEqual({ bids: book.bids, asks: book.asks });
  await client.close();
});

it('is the same in two processes', async () => {
  const other = await world.openApi();
  const clients = [await world.connect(), await other.connect()];
  for (const client of clients) await client.subscribe('book', 'trades', 'klines:1m');
  await tape(new Random(seed + 2), 30);
  const { sequence } = await readBook();
  const [here, there] = await Promise.all(clients.map((client) => caughtUp(client, sequence)));
  expect(there?.levels()).toEqual(here?.levels());
  const tradesOf = (client?: StreamClient) => client?.ofType('trade') ?? [];
  await eventually(() => tradesOf(clients[0]).length === tradesOf(clients[1]).length || undefined);
  expect(tradesOf(clients[1])).toEqual(tradesOf(clients[0]));
  expect(tradesOf(clients[0]).length).toBeGreaterThan(0);
  expect(clients[1]?.ofType('kline').at(-1)).toEqual(clients[0]?.ofType('kline').at(-1));
  for (const client of clients) await client.close();
});

it('gives whoever missed a difference a new snapshot', async () => {
  const client = await world.connect();
  await client.subscribe('book');
  await world.cancelAll(traders[0] ?? '');
  await tape(new Random(seed + 3), 10);
  await caughtUp(client, (await readBook()).sequence);
  const missing = client.messages.findIndex(({ type }) => type === 'book.diff');
  client.messages.splice(missing, 1);
  expect(follow(client).gaps).toBeGreaterThan(0);

  client.say({ op: 'resync', channel: 'book' });
  await eventually(() => client.ofType('book.snapshot')[1]);
  await tape(new Random(seed + 4), 5);
  const book = await readBook();
  const copy = await caughtUp(client, book.sequence);
  expect(copy.levels()).toEqual({ bids: book.bids, asks: book.asks });
  await client.close();
});

it('begins anew for everybody when an event could not be applied', async () => {
  const client = await world.connect();
  await client.subscribe('book', 'klines:1h');
  const { order } = await world.place(traders[0] ?? '', {
    side: 'buy',
    price: '0.01',
    quantity: '5',
  });
  // As a fault of ours might leave it: an order that the market has lost.
  const view = await world.api.context.liveMarket.current();
  view.state.orders.delete(order.id);
  const from = client.messages.length;
  await world.cancel(traders[0] ?? '', order.id);
  await client.waitFor('book.snapshot', undefined, from);
  await tape(new Random(seed + 5), 5);
  const book = await readBook();
  expect(book).toMatchObject(await readRows());
  const copy = await caughtUp(client, book.sequence);
  expect(copy.levels()).toEqual({ bids: book.bids, asks: book.asks });
  await client.close();
});

it('tells nobody of users or orders', async () => {
  const client = await world.connect();
  const channels = ['book', 'trades', 'ticker', 'mark', 'klines:1m', 'klines:1w'];
  await client.subscribe(...channels);
  await tape(new Random(seed + 6), 10);
  await client.waitFor('ticker', undefined, client.messages.length);
  const said = JSON.stringify(client.messages);
  const { rows } = await world.db.raw<{ rows: { id: string; ownerId: string }[] }>(
    'select id, owner_id as "ownerId" from orders',
  );
  expect(rows.filter(({ id, ownerId }) => said.includes(id) || said.includes(ownerId))).toEqual([]);
  await client.close();
});
