// The demo's week on a new database: what a visitor of a first start finds, and that no kill spoils it.
import { readFileSync, rmSync, statSync } from 'node:fs';
import type { Knex } from 'knex';
import { readConfig, type Config } from '../../config/config';
import { describeDataDir, makeDataDir } from '../../launch/data-dir';
import { demoUsers } from '../../launch/demo/cast';
import { demoImoId } from '../../launch/demo/history-holdings';
import {
  findHistoryStart,
  provision,
  type ProvisionedKeys,
} from '../../launch/provision/provision';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { createTiers } from '../../services/tiers';
import { createTestDatabase, type TestDatabase } from '../support/engines';
import { assertBooksBalance } from '../support/invariants';
import { scratchFolder } from '../support/scratch';

const hourMs = 3_600_000;
/** The moment at which every instance here starts first. */
const now = Date.parse('2026-11-20T15:00:00Z');

interface Instance {
  readonly database: TestDatabase;
  readonly config: Config;
  readonly db: Knex;
  historyStart(): Promise<number | undefined>;
  /** What a start does before its processes, and the lines that it prints. */
  provision(): Promise<ProvisionedKeys & { lines: string[] }>;
}

const instances: Instance[] = [];

async function createInstance(env: Record<string, string> = {}): Promise<Instance> {
  const database = await createTestDatabase();
  const dataDir = scratchFolder('lx-demo-');
  makeDataDir(describeDataDir(dataDir));
  const config = readConfig({ DATABASE_URL: database.url, DATA_DIR: dataDir, ...env });
  const historyStart = () => findHistoryStart(database.url, config);
  const instance: Instance = {
    database,
    config,
    db: openDatabase(database.url, 'lx-test', 2),
    historyStart,
    async provision() {
      const lines: string[] = [];
      const keys = await provision({
        databaseUrl: database.url,
        config,
        mockBaseUrl: config.upstream.baseUrl === undefined ? 'http://127.0.0.1:9/v1' : undefined,
        historyFrom: await historyStart(),
        announce: (line) => void lines.push(line),
      });
      return { ...keys, lines };
    },
  };
  instances.push(instance);
  return instance;
}

interface StoredCandle {
  readonly interval: '1m' | '1h';
  readonly opensAt: number;
}

function candlesOf({ db }: Instance): Promise<StoredCandle[]> {
  return db('candles')
    .select<StoredCandle[]>({
      interval: 'interval',
      opensAt: 'opens_at',
      open: 'open',
      high: 'high',
      low: 'low',
      close: 'close',
      lots: 'lots',
      trades: 'trades',
    })
    .orderBy(['interval', 'opens_at']);
}

async function journalTime({ db }: Instance): Promise<number> {
  const head = await db('journal_head').first<{ at: number } | undefined>({ at: 'journal_time' });
  return head?.at ?? 0;
}

async function countOf({ db }: Instance, table: string): Promise<number> {
  const row = await db(table).count<{ count: string }[]>({ count: '*' }).first();
  return Number(row?.count);
}

/** From the so-many-th command on nothing gets through, as when the process is killed. */
function killAfter(commands: number): () => void {
  const submit = Object.getOwnPropertyDescriptor(Committer.prototype, 'submit')
    ?.value as Committer['submit'];
  let left = commands;
  const spy = jest.spyOn(Committer.prototype, 'submit').mockImplementation(function (
    this: Committer,
    ...args: Parameters<Committer['submit']>
  ) {
    return left-- > 0 ? submit.apply(this, args) : Promise.reject(new Error('killed'));
  });
  return () => spy.mockRestore();
}

describe("the demo's history", () => {
  let whole: Instance;
  let started: ProvisionedKeys & { lines: string[] };

  beforeAll(async () => {
    jest.spyOn(Date, 'now').mockReturnValue(now);
    whole = await createInstance();
    started = await whole.provision();
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    for (const { database, db, config } of instances) {
      await db.destroy();
      await database.drop();
      rmSync(config.dataDir, { recursive: true, force: true });
    }
  });

  it('keeps the books, ends in the present, and says what took so long', async () => {
    await assertBooksBalance(whole.database.url);
    expect(await journalTime(whole)).toBe(now);
    expect(started.hasDemoMarket).toBe(true);
    expect(started.lines).toEqual([
      expect.stringContaining('making seven days'),
      expect.stringContaining('seven days made'),
    ]);
  });

  it('fills seven days of hours with trades, and the last ones with minutes', async () => {
    const candles = await candlesOf(whole);
    const hours = candles.filter(({ interval }) => interval === '1h');
    expect(now - (hours[0]?.opensAt ?? now)).toBeGreaterThan(6.9 * 24 * hourMs);
    expect(hours.length).toBeGreaterThan(160);
    const minutes = candles.filter(
      ({ interval, opensAt }) => interval === '1m' && opensAt >= now - 6 * hourMs,
    );
    expect(minutes.length).toBeGreaterThan(150);
  });

  it('leaves a mark, a book that is deep on both sides, and LCO with those who make it', async () => {
    const mark = await whole.db('mark_state').first<{ state: Record<string, unknown> }>('state');
    expect(mark?.state).toMatchObject({
      at: now,
      isTwoSided: true,
      mark: expect.any(String) as unknown,
    });
    expect(Number(mark?.state['mark'])).toBeGreaterThan(0.08);
    expect(Number(mark?.state['mark'])).toBeLessThan(0.13);

    const owners = await whole
      .db('orders as o')
      .join('users as u', (on) => on.on('u.id', '=', whole.db.raw('o.owner_id::uuid')))
      .where('o.status', 'open')
      .select<{ handle: string; side: string }[]>('u.handle', 'o.side');
    expect(new Set(owners.map(({ handle, side }) => `${handle} ${side}`))).toEqual(
      new Set(['demo-maker-1 buy', 'demo-maker-1 sell', 'demo-maker-2 buy', 'demo-maker-2 sell']),
    );

    const { rows } = await whole.db.raw<{ rows: { handle: string; lco: number }[] }>(
      `select u.handle, sum(a.balance)::float8 / 1e8 as lco from accounts a
       join users u on u.id::text = a.owner_id where a.asset = 'LCO' group by u.handle`,
    );
    const lco = Object.fromEntries(rows.map((row) => [row.handle, row.lco]));
    expect(lco['demo-maker-1']).toBeGreaterThan(20_000);
    expect(lco['demo-maker-2']).toBeGreaterThan(20_000);
    expect(lco['demo-whale']).toBeGreaterThan(105_000);
  });

  it('leaves a whale that is one, and an open IMO that it has subscribed to', async () => {
    const whale = await whole.db('users').first<{ id: string }>('id').where('handle', 'demo-whale');
    const standing = await createTiers(whole.db).standingOf(whale.id);
    expect(standing.tier.level).toBe('Whale');
    const imo = await whole.db('imos').first<Record<string, unknown>>().where('id', demoImoId);
    expect(imo).toMatchObject({ model_id: 'gpt-5', status: 'announced', subscriptions: 1 });
    expect(Number(imo?.['opens_at'])).toBeLessThan(now);
    expect(Number(imo?.['closes_at'])).toBe(now + 3 * 24 * hourMs);
  });

  it('leaves an open prediction market that people bet on, with odds that moved', async () => {
    const market = await whole
      .db('prediction_markets as m')
      .join('prediction_pools as p', 'p.id', 'm.id')
      .first<Record<string, unknown>>('m.status', 'm.closes_at', 'p.lots', 'p.holders', 'p.volume');
    expect(market).toMatchObject({ status: 'open', holders: 5 });
    expect(Number(market?.['closes_at'])).toBe(now + 30 * 24 * hourMs);
    expect(Number(market?.['lots'])).toBeGreaterThan(30);
    expect(Number(market?.['volume'])).toBeGreaterThan(300e8);
  });

  it('leaves two lending pools that are supplied, and a long and a short that borrow of them', async () => {
    const supplies = await whole
      .db('lending_supplies')
      .select<{ asset: string; shares: bigint }[]>('asset', 'shares')
      .orderBy('asset');
    expect(supplies).toEqual([
      { asset: 'CREDIT', shares: 6_000n * 10n ** 8n },
      { asset: 'LCO', shares: expect.any(BigInt) as bigint },
    ]);
    expect(Number(supplies[1]?.shares)).toBeGreaterThan(2_000e8);
    const positions = await whole
      .db('margin_positions')
      .select<{ side: string; status: string; leverage: number }[]>('side', 'status', 'leverage')
      .orderBy('side');
    expect(positions).toEqual([
      { side: 'long', status: 'open', leverage: 300 },
      { side: 'short', status: 'open', leverage: 200 },
    ]);
  });

  it('has earned something, and leaves no call open', async () => {
    const close = await whole.db('profit_closes').first<{ profit: bigint }>('profit');
    expect(close?.profit).toBeGreaterThan(5_000n * 10n ** 8n);
    expect(await whole.db('relay_calls').first('id').where({ status: 'live' })).toBeUndefined();
    expect(await countOf(whole, 'relay_processes')).toBe(0);
  });

  it('has something to vote on', async () => {
    const proposal = await whole.db('proposals').first<Record<string, unknown>>();
    expect(proposal).toMatchObject({ parameter: 'exchange.takerFeeBps', snapshot_voters: 1 });
    expect(Number(proposal?.['opens_at'])).toBeLessThan(now);
    expect(Number(proposal?.['closes_at'])).toBeGreaterThan(now + 24 * hourMs);
  });

  it('has bought LCO on Friday, burned most of them, and put the rest into the prize pool', async () => {
    const buyback = await whole.db('buybacks').first<{
      status: string;
      burn_seq: bigint;
      burn_bought: bigint;
      prize_bought: bigint;
    }>('status', 'burn_seq', 'burn_bought', 'prize_bought');
    expect(buyback).toMatchObject({ status: 'completed', burn_seq: 0n });
    expect(buyback?.burn_bought).toBeGreaterThan(500n * 10n ** 8n);
    expect(buyback?.prize_bought).toBeGreaterThan(100n * 10n ** 8n);
    const burns = await whole.db('burns').select<{ amount: bigint }[]>('amount');
    expect(burns.map(({ amount }) => amount)).toEqual([buyback?.burn_bought]);
  });

  it('has closed the round that it begins in before that: the pool is for the one that is running', async () => {
    const rounds = await whole.db('war_rounds').orderBy('starts_at').select('id', 'status', 'pool');
    expect(rounds).toEqual([
      { id: '2026-W46', status: 'provisional', pool: 0n },
      { id: '2026-W47', status: 'live', pool: null },
    ]);
    expect(await whole.db('war_state').first('claimed')).toEqual({ claimed: 0n });
  });

  it('keeps the keys of its users where only their owner reads them', () => {
    const { accounts } = describeDataDir(whole.config.dataDir);
    expect(statSync(accounts).mode & 0o777).toBe(0o600);
    const stored = JSON.parse(readFileSync(accounts, 'utf8')) as Record<string, unknown>;
    for (const { handle } of demoUsers) {
      expect(stored[handle]).toMatchObject({ apiKey: expect.stringMatching(/^lx_/) as unknown });
    }
  });

  it('is not made again', async () => {
    const trades = await countOf(whole, 'trades');
    expect(await whole.historyStart()).toBeUndefined();
    const again = await whole.provision();
    expect(again).toEqual({ ...started, lines: [] });
    expect(await countOf(whole, 'trades')).toBe(trades);
  });

  it('is the same at every first start, and goes on where one was killed: before anybody has Credits, and in the middle of the week', async () => {
    const instance = await createInstance();
    let candles = 0;
    for (const commands of [9, 6_000]) {
      const revive = killAfter(commands);
      await expect(instance.provision()).rejects.toThrow('killed');
      revive();
      const left = await journalTime(instance);
      expect(left).toBeLessThan(now - hourMs);
      expect(await instance.historyStart()).toBe(left);
      const isSame = ({ opensAt }: StoredCandle) => opensAt < left - hourMs;
      const made = (await candlesOf(instance)).filter(isSame);
      expect(made).toEqual((await candlesOf(whole)).filter(isSame));
      candles = made.length;
    }
    expect(candles).toBeGreaterThan(50);
    await instance.provision();
    await assertBooksBalance(instance.database.url);
    expect(await journalTime(instance)).toBe(now);
    expect(await instance.historyStart()).toBeUndefined();
    const hours = (await candlesOf(instance)).filter(({ interval }) => interval === '1h');
    expect(hours.length).toBeGreaterThan(160);
    expect(await instance.db('mark_state').first('state')).toMatchObject({
      state: { mark: expect.any(String) as unknown },
    });
  });

  it('is not made with a real upstream, nor without the demo, nor on a journal that began without one', async () => {
    const env = { UPSTREAM_BASE_URL: 'https://api.openai.com/v1', UPSTREAM_API_KEY: 'secret' };
    const real = await createInstance(env);
    expect(await real.provision()).toMatchObject({ hasDemoMarket: false, lines: [] });
    const bare = await createInstance({ DEMO: '0' });
    expect(await bare.provision()).toMatchObject({ hasDemoMarket: false, demoKey: undefined });
    expect(await countOf(bare, 'users')).toBe(2);

    const late = {
      ...bare,
      config: readConfig({ DATABASE_URL: bare.database.url, DATA_DIR: bare.config.dataDir }),
    };
    expect(await findHistoryStart(late.database.url, late.config)).toBeUndefined();
    const { hasDemoMarket, demoKey } = await provision({
      databaseUrl: late.database.url,
      config: late.config,
      mockBaseUrl: 'http://127.0.0.1:9/v1',
    });
    expect({ hasDemoMarket, hasDemoKey: demoKey !== undefined }).toEqual({
      hasDemoMarket: false,
      hasDemoKey: true,
    });
    expect(await countOf(bare, 'trades')).toBe(0);
  });
});
