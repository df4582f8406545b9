// Attacks on the pools (DESIGN 2.6 and 8), each by itself and then many in an order drawn from a seed: whoever wins, nobody owes
// more than they put in, and what is lost is borne in the order that it is to be borne in.
import { DomainError } from '../../domain/errors';
import { parseAmount } from '../../domain/money';
import { createBuybacks } from '../../services/buybacks/buybacks';
import { step as buybackStep } from '../buybacks/world';
import { operatorCaller } from '../credits/world';
import { Random } from '../simulation/random';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

/** null for what a rule refused, with its code; everything else is a fault. */
async function attempt<T>(act: () => Promise<T>): Promise<{ done: T | null; code: string | null }> {
  try {
    return { done: await act(), code: null };
  } catch (error) {
    const isRule =
      error instanceof DomainError &&
      !['ENGINE_UNAVAILABLE', 'OUTCOME_UNKNOWN'].includes(error.code);
    if (!isRule) throw error;
    return { done: null, code: error.code };
  }
}

async function lostOf(asset: 'CREDIT' | 'LCO'): Promise<string | undefined> {
  const { items } = await world.margin.pools();
  return items.find((pool) => pool.asset === asset)?.lost;
}

describe('a book that was swept', () => {
  it.each([
    // far from the bids that are deep: not two-sided, and the mark stays
    ['0.11', '0.108', ['MARKET_NOT_TWO_SIDED']],
    // near them: a long opens, and is worth what it owes when the price is what it was
    ['0.104', '0.103', [null, 'POSITION_NOT_FILLED', 'DEBT_LIMIT']],
  ] as const)(
    'up to %s and held there by dust at %s harms no pool',
    async (ask, dust, outcomes) => {
      await world.openMarket({ quantity: '6000' });
      const [sweeper, other] = [await world.addTrader('2000'), await world.addTrader('500')];
      await world.place(sweeper, { side: 'buy', price: '0.1002', quantity: '6000' });
      await world.place(sweeper, { side: 'sell', price: ask, quantity: '6000' });
      for (let i = 0; i < 5; i++) {
        await world.place(sweeper, { side: 'buy', price: dust, quantity: '1' });
      }
      const seen = new Set<string | null>();
      for (let i = 0; i < 5; i++) {
        const mark = await world.tickFor(20);
        expect(mark).toBeLessThan(0.1 * 1.045);
        const collateral = '25';
        seen.add(
          (await attempt(() => world.open(other, { collateral, maxSlippageBps: 200 }))).code,
        );
      }
      expect(outcomes).toEqual(expect.arrayContaining([...seen]));
      // and leaves: the price is again what the maker pays
      await world.cancelAll(sweeper);
      await world.quoteAround(0.1);
      await world.trade('0.1');
      await world.tickFor(60);
      for (const { id, status } of (await world.margin.list(other, true, { limit: 10 })).items) {
        expect(status).toBe('open');
        expect((await world.close(other, id)).position.status).toBe('closed');
      }
      expect(await lostOf('CREDIT')).toBe('0');
    },
  );
});

it('longs that fall together are closed one after the other, and cost no supplier anything', async () => {
  await world.openMarket();
  const traders = await Promise.all(Array.from({ length: 8 }, () => world.addTrader('110')));
  const positions = await Promise.all(
    traders.map(async (trader) => ({ trader, id: (await world.open(trader)).id })),
  );
  await world.jump(0.0896, '8000');
  // each sale is met by bids that are lower than the ones before
  let price = 0.0896;
  for (let i = 0; i < 40; i++) {
    price *= 0.998;
    await world.quoteAround(price, '8000');
    await world.trade(price.toFixed(6));
    await world.tickFor(5);
    await Promise.all(positions.map(({ id }) => world.margin.liquidate(id)));
    await Promise.all(positions.map(({ id }) => world.margin.workOff(id)));
  }
  const left = await Promise.all(positions.map(({ trader, id }) => world.get(trader, id)));
  const penalties = left.reduce((sum, { penalties }) => sum + parseAmount(penalties), 0n);
  expect(penalties).toBeGreaterThan(parseAmount('20'));
  expect(new Set(left.map(({ status }) => status))).not.toContain('taken_over');
  for (const { status, marginRatio } of left) {
    if (status === 'open') expect(Number(marginRatio)).toBeGreaterThan(0.1);
  }
  expect(await lostOf('CREDIT')).toBe('0');
});

interface Cast {
  readonly random: Random;
  /** up: shorts are squeezed. */
  readonly trend: 'up' | 'down';
  readonly lenders: readonly string[];
  readonly traders: readonly string[];
  readonly sweeper: string;
  readonly washers: readonly [string, string];
  readonly operator: string;
  /** In the order of their opening. */
  readonly positions: { readonly id: string; readonly owner: string }[];
  price: number;
}

async function createCast(seed: number): Promise<Cast> {
  const random = new Random(seed);
  const lender = await world.openMarket();
  const second = await world.addTrader('1500', '10000');
  await world.supply(second, 'CREDIT', '1000');
  await world.supply(second, 'LCO', '8000');
  await world.endow('risk_reserve', '60');
  await world.endow('treasury', '25');
  const add = (count: number, credits: string, lco?: string) =>
    Promise.all(Array.from({ length: count }, () => world.addTrader(credits, lco)));
  const [one = '', two = ''] = await add(2, '500', '10000');
  return {
    random,
    trend: seed % 2 ? 'down' : 'up',
    lenders: [lender, second],
    traders: await add(6, '400'),
    sweeper: await world.addTrader('2000', '10000'),
    washers: [one, two],
    operator: await world.addUser('operator'),
    positions: [],
    price: 0.1,
  };
}

/** What monitors do; what they may not do is checked after each step. */
async function monitor({ positions }: Cast): Promise<void> {
  for (const { id } of positions) {
    const { next } = await world.margin.read(id);
    if (next.kind === 'liquidate') await world.margin.liquidate(id);
    if (next.kind !== 'liquidate' && next.kind !== 'work_off') continue;
    const before = await world.lossOf(id);
    await world.margin.workOff(id);
    await checkWaterfall(before, await world.lossOf(id));
  }
}

type LossSeen = Awaited<ReturnType<MarginWorld['lossOf']>>;

/** Who pays has paid all of it before the next one does. */
async function checkWaterfall(before: LossSeen, after: LossSeen): Promise<void> {
  if (!after) return;
  const more = (name: 'bySuppliers' | 'treasurySpent') =>
    parseAmount(after[name]) > parseAmount(before?.[name] ?? '0');
  // what does not buy a lot of LCO counts as nothing
  const least = after.asset === 'CREDIT' ? 0 : 0.01;
  if (more('treasurySpent') || more('bySuppliers')) {
    expect(Number(await world.platformOf('risk_reserve'))).toBeLessThanOrEqual(least);
  }
  if (!more('bySuppliers')) return;
  expect(Number(await world.platformOf('treasury'))).toBeLessThanOrEqual(least);
  if (after.asset === 'LCO') expect(await world.platformOf('risk_reserve', 'LCO')).toBe('0');
}

/** 2% of the mark before in a minute of ticks, a second each. */
async function tickFor(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    const before = Number((await world.markOf())?.mark);
    await attempt(() => world.tick());
    const after = Number((await world.markOf())?.mark);
    expect(Math.abs(after - before)).toBeLessThanOrEqual((before * 0.02) / 60 + 1e-12);
  }
}

async function check(): Promise<void> {
  const { rows } = await world.db.raw<{ rows: { finding: string }[] }>(/* sql */ `
    select format('%s has %s', key, balance) as finding from accounts
    where balance < 0 and (owner_kind <> 'platform' or purpose in ('lending', 'risk_reserve', 'treasury'))
    union all
    select format('position %s: %s put in %s, and paid %s', p.id, p.user_id, p.paid_in, -sum(e.amount))
    from margin_positions p
    join journal_transfers t on t.reference = p.id::text
    join journal_entries e using (sequence, transfer)
    join accounts a on a.id = e.account_id
    where a.owner_kind = 'user' and a.owner_id = p.user_id::text and e.amount < 0
    group by p.id having -sum(e.amount) <> p.paid_in`);
  expect(rows).toEqual([]);
  for (const asset of ['CREDIT', 'LCO'] as const) {
    expect(await world.surplusOf(asset)).toBeGreaterThanOrEqual(0n);
  }
}

const text = (price: number) => price.toFixed(6);

const acts: Record<string, (cast: Cast) => Promise<unknown>> = {
  async quote(cast) {
    const { random, trend } = cast;
    cast.price *= 1 + (random.between(-5, 8) / 1_000) * (trend === 'up' ? 1 : -1);
    await world.quoteAround(cast.price, random.pick(['4000', '12000', '30000']));
  },
  /** Minutes of a trend at once, with as many in the book as there are after them. */
  async minutesLater(cast) {
    const { random, trend } = cast;
    cast.price *= 1 + (random.between(40, 90) / 1_000) * (trend === 'up' ? 1 : -1);
    const quantity = random.pick(['none', '2500', '12000']);
    await world.jump(cast.price, quantity === 'none' ? undefined : quantity);
  },
  async pullBids({ price }) {
    await world.quote({ ask: text(price * 1.001), quantity: '12000' });
  },
  async pullAsks({ price }) {
    await world.quote({ bid: text(price * 0.999), quantity: '12000' });
  },
  async sweepAndHold({ random, sweeper, price }) {
    const up = random.chance(0.5);
    const beyond = text(price * (up ? 1.04 : 0.96));
    const [taking, giving] = up ? (['buy', 'sell'] as const) : (['sell', 'buy'] as const);
    const swept = { side: taking, price: beyond, quantity: '3000', timeInForce: 'IOC' } as const;
    await world.place(sweeper, swept);
    await world.place(sweeper, {
      side: taking,
      price: text(price * (up ? 1.03 : 0.97)),
      quantity: '1',
    });
    await world.place(sweeper, { side: giving, price: beyond, quantity: '2000' });
  },
  leave: ({ sweeper }) => world.cancelAll(sweeper),
  async wash({ random, washers, price }) {
    const at = text(price * (1 + random.between(-80, 80) / 1_000));
    const [one, two] = washers;
    await world.place(one, { side: 'sell', price: at, quantity: '50' });
    await world.place(two, { side: 'buy', price: at, quantity: '50', timeInForce: 'IOC' });
    await world.cancelAll(one);
  },
  async open(cast) {
    const { random, traders, positions } = cast;
    const owner = random.pick(traders);
    const { id } = await world.open(owner, {
      side: random.chance(0.7) === (cast.trend === 'down') ? 'long' : 'short',
      collateral: String(random.between(10, 80)),
      leverage: random.pick([200, 400, 500, 500, 500]),
      maxSlippageBps: 200,
    });
    positions.push({ id, owner });
  },
  async close({ random, positions }) {
    if (positions.length === 0) return;
    const { id, owner } = random.pick(positions);
    await world.close(owner, id, random.pick([10_000, 5_000, 1_234]));
  },
  async adjust({ random, positions }) {
    if (positions.length === 0) return;
    const { id, owner } = random.pick(positions);
    await world.adjust(owner, id, String(random.between(-20, 10)));
  },
  async triggers({ random, positions, price }) {
    if (positions.length === 0) return;
    const { id, owner } = random.pick(positions);
    await world.setTriggers(owner, id, {
      stopLoss: text(price * (random.chance(0.5) ? 0.99 : 1.01)),
    });
  },
  /** On top of the book, against the orders that will close it. */
  async ownDust({ random, positions, price }) {
    if (positions.length === 0) return;
    const { owner } = random.pick(positions);
    await world.place(owner, { side: 'buy', price: text(price * 0.9995), quantity: '1' });
  },
  async buyback({ operator }) {
    const { db, committer } = world;
    const buybacks = createBuybacks({ db, committer, spreadMs: 1 });
    const { buyback } = await buybacks.openExtra(operatorCaller(operator), 'A squeeze');
    let progress = await buybacks.start(buyback.id);
    for (let i = 0; i < 30 && progress.next.kind !== 'nothing'; i++) {
      progress = await buybackStep(buybacks, buyback.id, progress);
    }
  },
  async run({ random, lenders }) {
    await world.withdraw(random.pick(lenders), random.pick(['CREDIT', 'LCO']), null);
  },
  async supply({ random, lenders }) {
    await world.supply(random.pick(lenders), random.pick(['CREDIT', 'LCO']), '200');
  },
  async oldMaker(cast) {
    await world.trade(text(cast.price));
  },
};

const weights: readonly (readonly [number, string])[] = [
  [8, 'quote'],
  [2, 'pullBids'],
  [2, 'pullAsks'],
  [2, 'sweepAndHold'],
  [2, 'leave'],
  [2, 'wash'],
  [8, 'open'],
  [2, 'close'],
  [2, 'adjust'],
  [2, 'triggers'],
  [3, 'ownDust'],
  [1, 'buyback'],
  [1, 'run'],
  [2, 'supply'],
  [4, 'oldMaker'],
];

/** While positions are opened. */
const calm: typeof weights = [
  [2, 'quote'],
  [6, 'open'],
  [1, 'wash'],
  [1, 'triggers'],
];

async function attack(cast: Cast, log: string[]): Promise<void> {
  const { random } = cast;
  const run = async (name: string) => {
    const { code } = await attempt(async () => acts[name]?.(cast));
    log.push(code === null ? name : `${name}: ${code}`);
  };
  for (let i = 0; i < 60; i++) {
    const name = i % 10 === 9 && i > 20 ? 'minutesLater' : random.weighted(i < 20 ? calm : weights);
    // at once, as those who race each other
    const others = random.chance(0.2) ? [random.weighted(weights), random.weighted(weights)] : [];
    await Promise.all([name, ...others].map(run));
    await tickFor(random.between(0, 3));
    if (random.chance(0.8)) await monitor(cast);
    await check();
  }
}

/** A calm market at the last mark, until nothing is fenced or taken over any more. */
async function calmDown(cast: Cast): Promise<void> {
  await world.cancelAll(cast.sweeper);
  for (let i = 0; i < 20; i++) {
    cast.price = Number((await world.markOf())?.mark);
    await attempt(() => world.quoteAround(cast.price, '15000'));
    await attempt(() =>
      world.place(cast.sweeper, {
        side: 'buy',
        price: text(cast.price),
        quantity: '500',
        timeInForce: 'IOC',
      }),
    );
    await attempt(() =>
      world.place(cast.sweeper, {
        side: 'sell',
        price: text(cast.price),
        quantity: '500',
        timeInForce: 'IOC',
      }),
    );
    await tickFor(2);
    await monitor(cast);
    await check();
  }
}

it.each([11, 12, 13])('attacks in the order of seed %i', async (seed) => {
  const log: string[] = [];
  try {
    const cast = await createCast(seed);
    await attack(cast, log);
    await calmDown(cast);
    for (const { id, owner } of cast.positions) await attempt(() => world.close(owner, id));
    await check();
    const kinds = await world.db('margin_changes').distinct('kind').pluck('kind');
    expect(kinds).toEqual(expect.arrayContaining(['opened', 'fenced']));
  } catch (error) {
    throw new Error(`seed ${seed} failed after ${log.slice(-20).join(', ')}`, { cause: error });
  }
});
