// Several real processes on one database, some of them killed, and a database that is killed under them: what was
// acknowledged is in the journal once, what was not is there once or not at all, and the books hold.
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { projectRoot } from '../../launch/paths';
import { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import { parameters, setParameter } from '../../services/parameters';
import {
  createTestDatabase,
  startDedicatedPostgres,
  type DedicatedPostgres,
} from '../support/engines';
import { assertJournalHolds } from '../support/invariants';
import { fund, keyed, transfer } from '../support/transfers';
import type { HammerAnswer, Hammering, HammerMessage } from './hammer';
import { scratchFolder } from '../support/scratch';

const users = ['ann', 'ben', 'cid', 'dot', 'eve'];
const endowment = 1_000_000n;

interface Request {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/** What all processes together asked for and were told. */
interface Word {
  readonly submitted: ReadonlyMap<string, Request>;
  /** The balance that was told, by key. */
  readonly answered: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, string>;
}

/** As `expect` does, which takes too long for a hundred thousand. */
function requireSame(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)}, not ${String(expected)}`);
}

function readWord(logFiles: readonly string[]): Word {
  const submitted = new Map<string, Request>();
  const answered = new Map<string, string>();
  const refused = new Map<string, string>();
  for (const line of logFiles.flatMap((file) => readFileSync(file, 'utf8').split('\n'))) {
    const [event, key = '', a = '', b = '', c = ''] = line.split(' ');
    if (event === 's') submitted.set(key, { key, from: a, to: b, amount: BigInt(c) });
    if (event === 'e') refused.set(key, a);
    if (event !== 'a') continue;
    requireSame(`what different processes were told of ${key}`, a, answered.get(key) ?? a);
    answered.set(key, a);
  }
  return { submitted, answered, refused };
}

class Hammers {
  readonly folder = scratchFolder('lx-hammer-');
  readonly logFiles: string[] = [];
  private readonly children = new Set<ChildProcess>();
  readonly unexpected: string[] = [];

  constructor(private readonly databaseUrl: string) {}

  async start(over: Partial<Hammering> = {}): Promise<ChildProcess> {
    const name = newId();
    const logFile = join(this.folder, name);
    this.logFiles.push(logFile);
    const child = fork(join(projectRoot(), 'dist/test/ledger/hammer.js'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.children.add(child);
    child.once('exit', (code, signal) => {
      this.children.delete(child);
      if (code !== 0 && signal !== 'SIGKILL') this.unexpected.push(`${code} ${signal}`);
    });
    const hammering = {
      databaseUrl: this.databaseUrl,
      name,
      logFile,
      users,
      inFlight: 20,
      sharedEvery: 0,
      ...over,
    };
    await this.ask(child, { type: 'start', hammering });
    return child;
  }

  ask(child: ChildProcess, message: HammerMessage): Promise<HammerAnswer> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('a hammer ended'));
      child.once('exit', onExit);
      child.once('message', (answer) => {
        child.off('exit', onExit);
        resolve(answer as HammerAnswer);
      });
      child.send(message);
    });
  }

  async stop(child: ChildProcess): Promise<number> {
    const answer = await this.ask(child, { type: 'stop' });
    return answer.type === 'stopped' ? answer.transfers : 0;
  }

  async kill(child: ChildProcess): Promise<void> {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async clear(): Promise<void> {
    await Promise.all([...this.children].map((child) => this.kill(child)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function withCommitter<T>(
  url: string,
  use: (committer: Committer) => Promise<T>,
): Promise<T> {
  const committer = new Committer({
    databaseUrl: url,
    applicationName: 'lx-test',
    projections: [parameters],
  });
  try {
    return await use(committer);
  } finally {
    await committer.close();
  }
}

const endow = (url: string) =>
  withCommitter(url, (committer) =>
    Promise.all(
      users.map((to) => committer.submit(fund, { to, amount: endowment }, { actor: 'test' })),
    ),
  );

async function select<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The journal against the word of the processes. */
async function compare(url: string, word: Word): Promise<void> {
  await assertJournalHolds(url);
  const journaled = await select<{ key: string; times: number; amount: string; left: string }>(
    url,
    `select t.request_id as key, count(*)::int as times, min(e.amount) as amount, min(e.balance_after) as left
     from journal_transfers t
     join journal_entries e on e.sequence = t.sequence and e.transfer = t.transfer and e.amount < 0
     where t.kind = 'test_transfer' group by t.request_id`,
  );
  const done = new Map(journaled.map((row) => [row.key, row]));
  const expected = new Map(users.map((user) => [user, endowment]));
  for (const { key, times, amount, left } of journaled) {
    const request = word.submitted.get(key);
    if (!request) throw new Error(`${key} is in the journal, yet nobody submitted it`);
    requireSame(`how often ${key} was done`, times, 1);
    requireSame(`the amount of ${key}`, amount, String(-request.amount));
    requireSame(`what ${key} left`, left, word.answered.get(key) ?? left);
    // The engine said that nothing happened.
    if (word.refused.get(key) === 'ENGINE_UNAVAILABLE') {
      throw new Error(`${key} is in the journal, yet its caller was told that nothing happened`);
    }
    expected.set(request.from, (expected.get(request.from) ?? 0n) - request.amount);
    expected.set(request.to, (expected.get(request.to) ?? 0n) + request.amount);
  }
  for (const key of word.answered.keys()) {
    if (!done.has(key)) throw new Error(`${key} was acknowledged, yet it is not in the journal`);
  }
  const balances = await select<{ user: string; balance: string }>(
    url,
    `select owner_id as "user", balance from accounts where owner_kind = 'user'`,
  );
  expect(Object.fromEntries(balances.map(({ user, balance }) => [user, balance]))).toEqual(
    Object.fromEntries([...expected].map(([user, balance]) => [user, String(balance)])),
  );
}

/** Sends requests once more, with the same keys. */
async function repeat(url: string, requests: readonly Request[]) {
  return withCommitter(url, (committer) =>
    Promise.all(
      requests.map(({ key, from, to, amount }) =>
        committer.submit(
          transfer,
          { from, to, amount },
          { ...keyed('hammer', key, `${from} ${to} ${amount}`), requestId: key },
        ),
      ),
    ),
  );
}

/** Whatever is repeated gets the first answer, and what was never done is done now, once. */
async function repeatAll(url: string, word: Word): Promise<void> {
  const requests = [...word.submitted.values()];
  const unanswered = requests.filter(({ key }) => !word.answered.has(key));
  const some = requests.filter(({ key }) => word.answered.has(key)).slice(-2_000);
  for (const [i, { replayed, result }] of (await repeat(url, some)).entries()) {
    const { key = '' } = some[i] ?? {};
    requireSame(`whether ${key} was known`, replayed, true);
    requireSame(`the answer to a repeat of ${key}`, result.left, word.answered.get(key));
  }
  const answers = await repeat(url, unanswered);
  const answered = new Map(word.answered);
  for (const [i, { key }] of unanswered.entries()) answered.set(key, answers[i]?.result.left ?? '');
  await compare(url, { ...word, answered, refused: new Map() });
}

describe('two processes on one database', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let hammers: Hammers;

  beforeEach(async () => {
    database = await createTestDatabase();
    await endow(database.url);
    hammers = new Hammers(database.url);
  });

  afterEach(async () => {
    await hammers.clear();
    await database.drop();
  });

  it('stay exact, do a request with one key once, and both get on', async () => {
    const both = await Promise.all([
      hammers.start({ sharedEvery: 3 }),
      hammers.start({ sharedEvery: 3 }),
    ]);
    await sleep(1_500);
    const counts = await Promise.all(both.map((child) => hammers.stop(child)));
    const word = readWord(hammers.logFiles);
    expect([...word.refused]).toEqual([]);
    expect(word.answered.size).toBe(word.submitted.size);
    const shared = [...word.submitted.keys()].filter((key) => key.startsWith('shared-'));
    expect(shared.length).toBeGreaterThan(100);
    await compare(database.url, word);
    // Neither keeps the head from the other.
    expect(Math.min(...counts) / Math.max(...counts)).toBeGreaterThan(0.25);
    expect(hammers.unexpected).toEqual([]);
  });

  it('see a parameter that the other changed in their very next decision', async () => {
    const child = await hammers.start({ inFlight: 2 });
    await withCommitter(database.url, async (committer) => {
      for (let version = 1; version <= 30; version++) {
        const value = String(2_000 + version);
        await committer.submit(
          setParameter,
          {
            name: 'relay.defaultMaxOutput',
            value: Number(value),
            expectedVersion: version,
            source: 'test',
            reason: null,
          },
          { actor: 'test' },
        );
        expect(await hammers.ask(child, { type: 'read' })).toEqual({ type: 'read', value });
      }
    });
    await hammers.stop(child);
    expect(hammers.unexpected).toEqual([]);
  });

  it('lose nothing and double nothing when one is killed again and again', async () => {
    const survivor = await hammers.start({ sharedEvery: 5 });
    for (let kill = 0; kill < 5; kill++) {
      const victim = await hammers.start({ sharedEvery: 5 });
      await sleep(50 + Math.random() * 400);
      await hammers.kill(victim);
    }
    await hammers.stop(survivor);
    const word = readWord(hammers.logFiles);
    expect([...word.refused]).toEqual([]);
    expect(word.answered.size).toBeGreaterThan(1_000);
    await compare(database.url, word);
    await repeatAll(database.url, word);
    expect(hammers.unexpected).toEqual([]);
  });
});

describe('a database that is killed', () => {
  let postgres: DedicatedPostgres;
  let hammers: Hammers;

  beforeEach(async () => {
    postgres = await startDedicatedPostgres();
    await endow(postgres.url);
    hammers = new Hammers(postgres.url);
  });

  afterEach(async () => {
    await hammers.clear();
    await postgres.remove();
  });

  it('in the middle of batches comes back with what was acknowledged, and its committers carry on', async () => {
    const both = await Promise.all([
      hammers.start({ sharedEvery: 5 }),
      hammers.start({ sharedEvery: 5 }),
    ]);
    for (let kill = 0; kill < 3; kill++) {
      await sleep(300 + Math.random() * 500);
      await postgres.kill();
      await postgres.restart();
    }
    const before = readWord(hammers.logFiles).answered.size;
    await sleep(500);
    await Promise.all(both.map((child) => hammers.stop(child)));
    const word = readWord(hammers.logFiles);
    expect(word.answered.size).toBeGreaterThan(before);
    expect([...word.refused]).toEqual([]);
    await compare(postgres.url, word);
    await repeatAll(postgres.url, word);
    expect(hammers.unexpected).toEqual([]);
  });
});
