import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { DomainError, InvariantError } from '../../domain/errors';
import { unit } from '../../domain/money';
import { platformAccount, userAccount } from '../../ledger/accounts';
import { Committer, type CommitterOptions } from '../../ledger/committer';
import { moveBetween, putRow, rowKey, type Command } from '../../ledger/command';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import { defineTable } from '../../ledger/table';
import { createTestDatabase, type TestDatabase } from '../support/engines';
import { assertJournalHolds } from '../support/invariants';
import { refusal } from '../support/refusals';
import { fund, keyed, transfer } from '../support/transfers';

let database: TestDatabase;
const committers: Committer[] = [];

function openCommitter(options: Partial<CommitterOptions> = {}): Committer {
  const committer = new Committer({
    databaseUrl: database.url,
    applicationName: 'lx-test',
    ...options,
  });
  committers.push(committer);
  return committer;
}

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await Promise.all(committers.splice(0).map((committer) => committer.close()));
  await assertJournalHolds(database.url);
  await database.drop();
});

async function query<Row>(sql: string): Promise<Row[]> {
  const db = openDatabase(database.url, 'lx-test-query', 1);
  try {
    return (await db.raw<{ rows: Row[] }>(sql)).rows;
  } finally {
    await db.destroy();
  }
}

const system = { actor: 'test' };

describe('the committer', () => {
  it('lets exactly as many parallel debits through as the balance covers', async () => {
    const committer = openCommitter();
    const [from, to] = [newId(), newId()];
    await committer.submit(fund, { to: from, amount: 10n * unit }, system);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, () =>
        committer.submit(transfer, { from, to, amount: unit }, system),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
      }
    }
    const rows = await query<{ balance: bigint }>(
      `select balance from accounts where owner_id = '${from}'`,
    );
    expect(rows).toEqual([{ balance: 0n }]);
  });

  it('answers the same key with the stored result, in the same batch and over a restart', async () => {
    const [from, to] = [newId(), newId()];
    const first = openCommitter();
    await first.submit(fund, { to: from, amount: 10n * unit }, system);
    const origin = keyed(from, 'k1', 'body');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => first.submit(transfer, { from, to, amount: unit }, origin)),
    );
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    for (const { result } of outcomes) expect(result).toEqual({ left: (9n * unit).toString() });
    const again = await openCommitter().submit(transfer, { from, to, amount: unit }, origin);
    expect(again).toMatchObject({ replayed: true, result: { left: (9n * unit).toString() } });
  });

  it('refuses a used key with another body, and lets a refused command keep its key', async () => {
    const committer = openCommitter();
    const [from, to] = [newId(), newId()];
    const origin = keyed(from, 'k', 'body');
    await expect(
      committer.submit(transfer, { from, to, amount: unit }, origin),
    ).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    await committer.submit(fund, { to: from, amount: 10n * unit }, system);
    await committer.submit(transfer, { from, to, amount: unit }, origin);
    await expect(
      committer.submit(transfer, { from, to, amount: 2n * unit }, keyed(from, 'k', 'other')),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('bisects a batch that the database refuses: the offender fails, its neighbours go through', async () => {
    const offenders: string[] = [];
    const committer = openCommitter({
      observer: { onOffender: (kind) => void offenders.push(kind) },
    });
    const users = Array.from({ length: 30 }, () => newId());
    const outcomes = await Promise.allSettled([
      ...users.map((to) => committer.submit(fund, { to, amount: unit }, system)),
      committer.submit(breakConstraint, {}, system),
      ...users.map((to) => committer.submit(fund, { to, amount: unit }, system)),
    ]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(outcomes[30]).toMatchObject({ reason: expect.any(InvariantError) as unknown });
    expect(offenders).toEqual(['test_break_constraint']);
    const rows = await query<{ total: string }>(
      `select sum(balance)::text as total from accounts where owner_kind = 'user'`,
    );
    expect(rows).toEqual([{ total: (60n * unit).toString() }]);
  });

  it.each([
    ['does not balance', [-1n, 2n]],
    ['has an entry of zero', [0n, 0n]],
    ['goes below a floor', [1n, -1n]],
  ])('refuses a transfer that %s, and harms no neighbour', async (_, [a, b]) => {
    const committer = openCommitter();
    const [to, other] = [newId(), newId()];
    const bad: Command<object, object> = {
      kind: 'test_bad',
      keys: () => ({}),
      decide: () => ({
        transfers: [
          {
            kind: 'test_bad',
            entries: [
              { account: platformAccount('reserve', 'CREDIT'), amount: a ?? 0n },
              { account: userAccount(other, 'available', 'CREDIT'), amount: b ?? 0n },
            ],
          },
        ],
        result: {},
      }),
    };
    const [good, refused] = await Promise.allSettled([
      committer.submit(fund, { to, amount: unit }, system),
      committer.submit(bad, {}, system),
    ]);
    expect(good.status).toBe('fulfilled');
    expect(refused).toMatchObject({ reason: expect.any(InvariantError) as unknown });
  });

  it('lets nothing leave the black hole', async () => {
    const committer = openCommitter();
    const hole = platformAccount('black_hole', 'LCO');
    const mint = platformAccount('mint', 'LCO');
    const move = (from: typeof hole, to: typeof hole): Command<object, object> => ({
      kind: 'test_move',
      keys: () => ({}),
      decide: () => ({ transfers: [moveBetween('test_move', from, to, 1n)], result: {} }),
    });
    await committer.submit(move(mint, hole), {}, system);
    await expect(committer.submit(move(hole, mint), {}, system)).rejects.toThrow('black hole');
  });

  it('refuses with ENGINE_UNAVAILABLE what the queue cannot take', async () => {
    const committer = openCommitter({ maxQueuedCommands: 5 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => committer.submit(fund, { to: newId(), amount: 1n }, system)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'ENGINE_UNAVAILABLE' } });
  });

  it('gives the same batch again when its connection is ended, once and only once', async () => {
    const retries: Error[] = [];
    const committer = openCommitter({ observer: { onRetry: (error) => void retries.push(error) } });
    const to = newId();
    await committer.submit(fund, { to, amount: 1n }, system);
    const killer = new Client({ connectionString: database.url });
    await killer.connect();
    let count = 1n;
    for (let kill = 0; kill < 15; kill++) {
      // each at another point of the batch's life
      const submitted = Array.from({ length: 25 }, () =>
        committer.submit(fund, { to, amount: 1n }, system),
      );
      await sleep(kill % 8);
      await killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'lx-test' and datname = current_database()`,
      );
      await Promise.all(submitted);
      count += 25n;
    }
    await killer.end();
    expect(retries.length).toBeGreaterThan(0);
    expect(await query(`select balance from accounts where owner_id = '${to}'`)).toEqual([
      { balance: count },
    ]);
  });

  it('tells ENGINE_UNAVAILABLE, not success, when the database stays away', async () => {
    const committer = openCommitter({
      databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing',
      patienceMs: 100,
    });
    await expect(committer.submit(fund, { to: newId(), amount: 1n }, system)).rejects.toEqual(
      refusal('ENGINE_UNAVAILABLE'),
    );
  });

  it('decides again with what it found out to need, and sees its neighbours in the batch', async () => {
    const committer = openCommitter();
    const first = newId();
    const others = Array.from({ length: 5 }, () => newId());
    await committer.submit(fund, { to: first, amount: 5n }, system);
    let decisions = 0;
    const spread: Command<{ to: string }, object> = {
      kind: 'test_spread',
      keys: () => ({}),
      decide: (view, { to }) => {
        decisions++;
        const left = view.balance(userAccount(first, 'available', 'CREDIT'));
        if (left === 0n) throw new DomainError('INSUFFICIENT_FUNDS', 'none left');
        return {
          transfers: [
            moveBetween(
              'test_spread',
              userAccount(first, 'available', 'CREDIT'),
              userAccount(to, 'available', 'CREDIT'),
              1n,
            ),
          ],
          result: {},
        };
      },
    };
    const outcomes = await Promise.allSettled(
      [...others, newId()].map((to) => committer.submit(spread, { to }, system)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...others.map(() => 'fulfilled'),
      'rejected',
    ]);
    expect(decisions).toBeGreaterThan(6);
  });

  it('keeps journal time in whole milliseconds and never running backwards', async () => {
    const [one, two] = [openCommitter(), openCommitter()];
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 ? one : two).submit(fund, { to: newId(), amount: 1n }, system),
      ),
    );
    const rows = await query<{ at: number }>(
      'select journal_time as "at" from journal_batches order by sequence',
    );
    for (const [i, { at }] of rows.entries()) {
      expect(Number.isInteger(at)).toBe(true);
      if (i > 0) expect(at).toBeGreaterThanOrEqual(rows[i - 1]?.at ?? 0);
    }
  });

  it('writes a history at the times it is given, never running backwards', async () => {
    const start = Date.UTC(2026, 0, 5, 12, 0, 0, 250);
    let now = 0;
    const committer = openCommitter({ clock: () => now });
    const given = [start, start + 60_000, start + 60_000, start + 1_000, start + 3_600_000];
    const written: number[] = [];
    for (now of given) {
      const { at } = await committer.submit(fund, { to: newId(), amount: 1n }, system);
      written.push(at);
    }
    const inOrder = [start, start + 60_000, start + 60_000, start + 60_000, start + 3_600_000];
    expect(written).toEqual(inOrder);
    const rows = await query<{ at: number }>(
      'select journal_time as "at" from journal_batches order by sequence',
    );
    expect(rows.map(({ at }) => at)).toEqual(inOrder);
    // Whoever comes later goes by the database's clock again.
    const before = Date.now() - 1_000;
    const { at } = await openCommitter().submit(fund, { to: newId(), amount: 1n }, system);
    expect(at).toBeGreaterThan(before);
  });
});

/** Inserts a row that breaks the outbox's own constraints, which no assertion of ours would see. */
const brokenRows = defineTable({
  name: 'outbox',
  key: 'kind',
  writes: 'insert',
  columns: { kind: 'text', entityId: 'text?', sequence: 'bigint' },
});

const breakConstraint: Command<object, object> = {
  kind: 'test_break_constraint',
  keys: () => ({ rows: [rowKey(brokenRows, 'none')] }),
  decide: (view) => ({
    rows: [putRow(brokenRows, { kind: 'none', entityId: null, sequence: view.sequence })],
    result: {},
  }),
};
