// What a command may do wrong without harming anybody else, and what a repeat is answered.
import { DomainError, InvariantError } from '../../domain/errors';
import { userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command, type Decision } from '../../ledger/command';
import { defineTable } from '../../ledger/table';
import { refusal } from '../support/refusals';
import { fund, keyed, transfer } from '../support/transfers';
import { FaultProxy } from '../support/fault-proxy';
import { bornOnce, command, createWorld, system, type World } from './world';

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

const invariantError = expect.any(InvariantError) as unknown;

const giveBob = moveBetween(
  'test',
  userAccount('alice', 'available', 'CREDIT'),
  userAccount('bob', 'available', 'CREDIT'),
  1n,
);

/** Two tables of ours that are one in the database. */
const bodies = defineTable({
  name: 'notes',
  key: 'id',
  writes: 'upsert',
  columns: { id: 'text', body: 'text?' },
});
const extras = defineTable({
  name: 'notes',
  key: 'id',
  writes: 'upsert',
  columns: { id: 'text', extra: 'text?' },
});
describe('one command among others', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  it.each<[string, Decision<unknown>]>([
    ['a bigint in its result', { result: { left: 1n } }],
    ['no result', { result: undefined }],
    ['a circle in its result', { result: cyclic }],
    ['a bigint in its feed', { feed: [{ type: 'x', amount: 1n }], result: null }],
    [
      'a bigint in its outbox',
      { outbox: [{ kind: 'x', entityId: 'y', payload: { a: 1n } }], result: null },
    ],
    [
      'a text that the database cannot hold',
      { rows: [putRow(bornOnce, { id: 'x', body: '\0' })], result: null },
    ],
  ])('with %s fails alone and moves nothing', async (_, wrong) => {
    const committer = world.openCommitter();
    await committer.submit(fund, { to: 'alice', amount: 10n }, system);
    const outcomes = await Promise.allSettled([
      committer.submit(transfer, { from: 'alice', to: 'bob', amount: 1n }, system),
      committer.submit(
        command(() => ({ ...wrong, transfers: [giveBob] })),
        null,
        keyed('a', 'k', ''),
      ),
      committer.submit(transfer, { from: 'alice', to: 'bob', amount: 1n }, system),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: invariantError });
    expect(await world.balanceOf('bob')).toBe('2');
  });

  it('that fails to name its keys is answered by itself', async () => {
    const offenders: string[] = [];
    const committer = world.openCommitter({
      observer: { onOffender: (kind) => void offenders.push(kind) },
    });
    const withoutKeys = (error: Error): Command<null, null> => ({
      kind: 'test_without_keys',
      keys: () => {
        throw error;
      },
      decide: () => ({ result: null }),
    });
    const outcomes = await Promise.allSettled([
      committer.submit(withoutKeys(new TypeError('no')), null, system),
      committer.submit(withoutKeys(new DomainError('NOT_FOUND', 'no')), null, system),
      committer.submit(fund, { to: 'alice', amount: 1n }, system),
    ]);
    expect(outcomes).toMatchObject([
      { reason: invariantError },
      { reason: refusal('NOT_FOUND') },
      { status: 'fulfilled' },
    ]);
    expect(offenders).toEqual(['test_without_keys']);
  });

  it('whose fault reads like a lost connection is not tried again', async () => {
    const retries: Error[] = [];
    const committer = world.openCommitter({
      observer: { onRetry: (error) => void retries.push(error) },
    });
    const wrong = command<null>(() => {
      throw Object.assign(new TypeError("cannot read 'connectTimeoutMs'"), { code: 'ECONNRESET' });
    });
    await expect(committer.submit(wrong, null, system)).rejects.toBeInstanceOf(InvariantError);
    expect(retries).toEqual([]);
  });

  it('is not written over by another that makes the same row', async () => {
    const committer = world.openCommitter();
    const note = (body: string) =>
      command(() => ({ rows: [putRow(bornOnce, { id: 'one', body })], result: body }));
    const outcomes = await Promise.allSettled([
      committer.submit(note('first'), null, system),
      committer.submit(note('second'), null, system),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const { rows } = await world.admin.query('select body from notes');
    expect(rows).toEqual([{ body: 'first' }]);
  });

  it('writes two tables of one name with the statement of each', async () => {
    const committer = world.openCommitter();
    const both: Command<null, null> = {
      kind: 'test',
      keys: () => ({ rows: [rowKey(bodies, 'a'), rowKey(extras, 'b')] }),
      decide: () => ({
        rows: [putRow(bodies, { id: 'a', body: 'x' }), putRow(extras, { id: 'b', extra: 'y' })],
        transfers: [],
        result: null,
      }),
    };
    await committer.submit(both, null, system);
    const { rows } = await world.admin.query('select id, body, extra from notes order by id');
    expect(rows).toEqual([
      { id: 'a', body: 'x', extra: null },
      { id: 'b', body: null, extra: 'y' },
    ]);
  });

  it('is done once whatever its observer throws', async () => {
    const fail = () => {
      throw new Error('the metrics are full');
    };
    const committer = world.openCommitter({
      observer: { onCommit: fail, onRetry: fail, onOffender: fail },
    });
    const wrong = command(() => ({ transfers: [{ kind: 'test', entries: [] }], result: null }));
    const outcomes = await Promise.allSettled([
      committer.submit(fund, { to: 'alice', amount: 1n }, system),
      committer.submit(wrong, null, system),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await world.balanceOf('alice')).toBe('1');
  });
});

it('loads what is likely to be needed with what is, and asks for it only then', async () => {
  const committer = world.openCommitter();
  const account = (userId: string) => userAccount(userId, 'available', 'CREDIT');
  const asked: number[] = [];
  const looking = (userId: string): Command<null, string[]> => ({
    kind: 'test_look',
    keys: () => ({}),
    decide(view) {
      view.expect([account(userId)], (commandsToCome) => {
        asked.push(commandsToCome);
        return [account('alice'), account('bob')];
      });
      return { result: ['alice', 'bob'].map((name) => view.balance(account(name)).toString()) };
    },
  });
  await committer.submit(fund, { to: 'bob', amount: 7n }, system);
  const both = await Promise.all(
    ['alice', 'bob'].map((name) => committer.submit(looking(name), null, system)),
  );
  expect(both.map(({ result }) => result)).toEqual([
    ['0', '7'],
    ['0', '7'],
  ]);
  expect(asked).toEqual([1]);
});

describe('a repeat', () => {
  it('is told when and in which batch the first request was done, in the same batch and later', async () => {
    const committer = world.openCommitter();
    await committer.submit(fund, { to: 'alice', amount: 10n }, system);
    const pay = () =>
      committer.submit(transfer, { from: 'alice', to: 'bob', amount: 1n }, keyed('a', 'k', ''));
    const [first, repeat] = await Promise.all([pay(), pay()]);
    expect(repeat).toEqual({ ...first, replayed: true });
    await committer.submit(fund, { to: 'alice', amount: 10n }, system);
    expect(await pay()).toEqual(repeat);
    expect(
      await world
        .openCommitter()
        .submit(transfer, { from: 'alice', to: 'bob', amount: 1n }, keyed('a', 'k', '')),
    ).toEqual(repeat);
  });

  it('gets what the first request got, however that was put', async () => {
    const committer = world.openCommitter();
    const dated = command(() => ({
      result: { at: new Date(0), none: undefined, list: [1, null] },
    }));
    const ask = () => committer.submit(dated, null, keyed('a', 'k', ''));
    const [first, second] = await Promise.all([ask(), ask()]);
    const stored = { at: '1970-01-01T00:00:00.000Z', list: [1, null] };
    expect([first.result, second.result, (await ask()).result]).toEqual([stored, stored, stored]);
  });

  it('of a key that two actors use is two requests', async () => {
    const committer = world.openCommitter();
    await committer.submit(fund, { to: 'alice', amount: 10n }, system);
    const pay = (actor: string) =>
      committer.submit(transfer, { from: 'alice', to: 'bob', amount: 1n }, keyed(actor, 'k', ''));
    const outcomes = await Promise.all([pay('one'), pay('two')]);
    expect(outcomes.map(({ replayed }) => replayed)).toEqual([false, false]);
  });
});

describe('a batch whose commands find out what they need', () => {
  it('loads it together, not one by one', async () => {
    const proxy = await FaultProxy.start(world.database.url);
    const committer = world.openCommitter({ databaseUrl: proxy.url });
    const users = Array.from({ length: 200 }, (_, i) => `user-${i}`);
    await Promise.all(users.map((to) => committer.submit(fund, { to, amount: 1n }, system)));
    const giveAway = (from: string): Command<null, null> => ({
      kind: 'test_give_away',
      keys: () => ({}),
      decide: (view) => {
        const account = userAccount(from, 'available', 'CREDIT');
        const { body } = view.row(bodies, from) ?? { body: 'pot' };
        const pot = userAccount(body ?? '', 'available', 'CREDIT');
        return {
          transfers: [moveBetween('test', account, pot, view.balance(account))],
          result: null,
        };
      },
    });
    proxy.count();
    await Promise.all(users.map((user) => committer.submit(giveAway(user), null, system)));
    expect(await world.balanceOf('pot')).toBe('200');
    // One at a time it would take three times two hundred.
    expect(proxy.statements).toBeLessThan(30);
    await committer.close();
    await proxy.close();
  });
});

describe('closing', () => {
  it('commits what was submitted, refuses what comes after, and can be done twice', async () => {
    const committer = world.openCommitter({ maxBatchCommands: 10 });
    const submitted = Array.from({ length: 100 }, () =>
      committer.submit(fund, { to: 'alice', amount: 1n }, system),
    );
    const closed = committer.close();
    await expect(committer.submit(fund, { to: 'alice', amount: 1n }, system)).rejects.toEqual(
      refusal('ENGINE_UNAVAILABLE'),
    );
    await closed;
    await Promise.all(submitted);
    expect(await world.balanceOf('alice')).toBe('100');
    await committer.close();
    const { rows } = await world.admin.query(
      `select 1 from pg_stat_activity where application_name = 'lx-test' and datname = $1`,
      [world.database.name],
    );
    expect(rows).toEqual([]);
  });
});
