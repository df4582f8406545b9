// The connection breaks at every point of a batch's life, or stands still: whatever was acknowledged has happened
// once, and what was refused has not.
import { setTimeout as sleep } from 'node:timers/promises';
import { unit } from '../../domain/money';
import type { Committer, CommitterOptions } from '../../ledger/committer';
import { putRow, rowKey, type Command } from '../../ledger/command';
import { parameters } from '../../services/parameters';
import { refusal } from '../support/refusals';
import { fund, keyed, transfer } from '../support/transfers';
import { FaultProxy, type Fault } from '../support/fault-proxy';
import { bornOnce, createWorld, system, type World } from './world';

let world: World;
let proxy: FaultProxy;

function openCommitter(options: Partial<CommitterOptions> = {}): Committer {
  return world.openCommitter({ databaseUrl: proxy.url, projections: [parameters], ...options });
}

beforeEach(async () => {
  world = await createWorld();
  proxy = await FaultProxy.start(world.database.url);
});

afterEach(async () => {
  await world.close();
  await proxy.close();
});

/** Writes a row and moves nothing, so that the chain covers no more of it than its time. */
const takeNote: Command<{ id: string }, null> = {
  kind: 'test_take_note',
  keys: ({ id }) => ({ rows: [rowKey(bornOnce, id)] }),
  decide: (_, { id }) => ({ rows: [putRow(bornOnce, { id, body: 'x' })], result: null }),
};

async function noteIds(): Promise<string[]> {
  const { rows } = await world.admin.query<{ id: string }>('select id from notes order by id');
  return rows.map(({ id }) => id);
}

/** One batch of four commands: three succeed. */
function submitBatch(committer: Committer, from: string, key: string) {
  return Promise.allSettled([
    committer.submit(transfer, { from, to: 'bob', amount: 1n }, keyed(from, key, 'body')),
    committer.submit(transfer, { from, to: 'bob', amount: 1n }, keyed(from, key, 'body')),
    committer.submit(takeNote, { id: key }, system),
    committer.submit(transfer, { from, to: 'bob', amount: unit }, system),
  ]);
}

describe('a connection that breaks', () => {
  it('at any statement of a batch, before it or before its answer, loses nothing and doubles nothing', async () => {
    const committer = openCommitter();
    await committer.submit(fund, { to: 'alice', amount: 1_000n }, system);
    // The first also opens an account.
    await submitBatch(committer, 'alice', 'warm-up');
    proxy.count();
    await submitBatch(committer, 'alice', 'count');
    const statements = proxy.statements;
    expect(statements).toBeGreaterThan(10);
    let done = 2;
    for (const kind of ['lost', 'unanswered'] as const) {
      for (let statement = 1; statement <= statements; statement++) {
        const key = `${kind}-${statement}`;
        const happened = proxy.arm({ kind, statement });
        const [first, repeat, note, refused] = await submitBatch(committer, 'alice', key);
        await happened;
        done++;
        const left = { result: { left: String(1_000 - done) } };
        expect([key, first, repeat]).toMatchObject([
          key,
          { status: 'fulfilled', value: { ...left, replayed: false } },
          { status: 'fulfilled', value: { ...left, replayed: true } },
        ]);
        expect(note).toMatchObject({ status: 'fulfilled' });
        expect(refused).toMatchObject({ reason: refusal('INSUFFICIENT_FUNDS') });
        expect(await world.balanceOf('bob')).toBe(String(done));
      }
    }
    expect(await noteIds()).toHaveLength(done);
  });

  it('while it is set up anew is tried again', async () => {
    const committer = openCommitter();
    for (let statement = 1; statement <= 3; statement++) {
      const fault: Fault = { kind: 'lost', statement };
      const happened = proxy.arm(fault);
      const opened = openCommitter();
      await opened.submit(fund, { to: 'alice', amount: 1n }, system);
      await happened;
    }
    proxy.refuse(true);
    const waiting = committer.submit(fund, { to: 'alice', amount: 1n }, system);
    await sleep(100);
    proxy.refuse(false);
    await waiting;
    expect(await world.balanceOf('alice')).toBe('4');
  });

  it("does not take another process's batch for its own, though the chain covers the same text", async () => {
    // Journal time stands still after a clock was set back.
    await world.admin.query(`update journal_head set journal_time = now() + interval '1 day'`);
    const committer = openCommitter();
    const other = openCommitter({ databaseUrl: world.database.url });
    await committer.submit(takeNote, { id: 'first' }, system);
    await other.submit(takeNote, { id: 'second' }, system);
    await committer.submit(takeNote, { id: 'third' }, system);
    const happened = proxy.arm({ kind: 'lost', statement: 'commit' });
    const mine = committer.submit(takeNote, { id: 'mine' }, system);
    await happened;
    proxy.refuse(true);
    const theirs = await other.submit(takeNote, { id: 'theirs' }, system);
    proxy.refuse(false);
    const { sequence } = await mine;
    expect(sequence).toBe(theirs.sequence + 1n);
    expect(await noteIds()).toEqual(['first', 'mine', 'second', 'theirs', 'third']);
  });

  it('at a commit that happened, by the word of a pooler that lost the server, is told from a refusal', async () => {
    const committer = openCommitter();
    await committer.submit(takeNote, { id: 'first' }, system);
    const happened = proxy.arm({ kind: 'disowned', statement: 'commit' });
    const { sequence } = await committer.submit(takeNote, { id: 'second' }, system);
    await happened;
    expect(sequence).toBe(2n);
    expect(await noteIds()).toEqual(['first', 'second']);
  });

  it('at a commit that happened, for longer than callers wait, answers OUTCOME_UNKNOWN, and the key tells', async () => {
    const committer = openCommitter({ patienceMs: 1_500 });
    await committer.submit(fund, { to: 'alice', amount: 10n }, system);
    const pay = (key: string) =>
      committer.submit(transfer, { from: 'alice', to: 'bob', amount: 1n }, keyed('a', key, ''));
    await pay('first');
    const happened = proxy.arm({ kind: 'unanswered', statement: 'commit' });
    const unknown = pay('key');
    unknown.catch(() => undefined);
    await happened;
    proxy.refuse(true);
    await expect(unknown).rejects.toEqual(refusal('OUTCOME_UNKNOWN'));
    proxy.refuse(false);
    expect(await world.balanceOf('bob')).toBe('2');
    expect(await pay('key')).toMatchObject({ replayed: true, result: { left: '8' } });
    expect(await world.balanceOf('bob')).toBe('2');
  });
});

describe('a head that somebody holds', () => {
  it('is waited for no longer than callers wait, and nothing of theirs is done afterwards', async () => {
    const committer = openCommitter({ patienceMs: 500, maxBatchCommands: 100 });
    await committer.submit(fund, { to: 'alice', amount: 1n }, system);
    await world.admin.query('begin; select 1 from journal_head for update');
    const startedAt = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1_000 }, () =>
        committer.submit(fund, { to: 'alice', amount: 1n }, system),
      ),
    );
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: refusal('ENGINE_UNAVAILABLE') });
    }
    await world.admin.query('rollback');
    await committer.submit(fund, { to: 'alice', amount: 1n }, system);
    expect(await world.balanceOf('alice')).toBe('2');
  });

  it.each([
    ['between its lock and its writing', 'held'],
    ['in the middle of its writing', 'half'],
  ] as const)(
    'by a process that stands still %s is free again in time for those who wait',
    async (_, kind) => {
      const stalled = openCommitter();
      const other = openCommitter({ databaseUrl: world.database.url });
      await stalled.submit(fund, { to: 'alice', amount: 1n }, system);
      await other.submit(fund, { to: 'alice', amount: 1n }, system);
      proxy.count();
      await stalled.submit(fund, { to: 'alice', amount: 1n }, system);
      const happened = proxy.arm({ kind, statement: proxy.statements - 1 });
      const late = stalled.submit(fund, { to: 'alice', amount: 1n }, system);
      await happened;
      const startedAt = performance.now();
      await other.submit(fund, { to: 'alice', amount: 1n }, system);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      await late;
      expect(await world.balanceOf('alice')).toBe('5');
    },
  );

  it('is waited for when it is free in time', async () => {
    const committer = openCommitter();
    await committer.submit(fund, { to: 'alice', amount: 1n }, system);
    await world.admin.query('begin; select 1 from journal_head for update');
    const waiting = committer.submit(fund, { to: 'alice', amount: 1n }, system);
    await sleep(300);
    await world.admin.query('rollback');
    await waiting;
    expect(await world.balanceOf('alice')).toBe('2');
  });
});
