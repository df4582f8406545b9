import { setTimeout as sleep } from 'node:timers/promises';
import { Committer } from '../../ledger/committer';
import type { Command, FeedEvent } from '../../ledger/command';
import { openDatabase } from '../../ledger/connection';
import {
  followFeed,
  type FeedBatch,
  type FeedFollower,
  type FollowOptions,
} from '../../ledger/feed';
import { createTestDatabase, type TestDatabase } from '../support/engines';
import { until } from './support';

/** Commits a batch that publishes the given events, none for a silent one. */
const publish: Command<{ events: readonly FeedEvent[] }, null> = {
  kind: 'test_publish',
  keys: () => ({}),
  decide: (_, { events }) => ({
    feed: events,
    outbox: events.length === 0 ? [{ kind: 'test', entityId: 'silent', payload: {} }] : [],
    result: null,
  }),
};

const followerName = 'lx-test-follower';
const system = { actor: 'test' };

let database: TestDatabase;
let committers: Committer[];
const followers: FeedFollower[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  committers = ['a', 'b'].map(
    (name) => new Committer({ databaseUrl: database.url, applicationName: `lx-test-${name}` }),
  );
});

afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.close()));
  await Promise.all(committers.map((committer) => committer.close()));
  await database.drop();
});

async function follow(
  options: Partial<FollowOptions>,
): Promise<{ seen: number[]; batches: FeedBatch[]; errors: Error[]; follower: FeedFollower }> {
  const batches: FeedBatch[] = [];
  const seen: number[] = [];
  const errors: Error[] = [];
  const follower = await followFeed({
    databaseUrl: database.url,
    applicationName: followerName,
    from: 'now',
    onEvents: (batch) => {
      batches.push(batch);
      seen.push(...batch.events.map(({ n }) => n as number));
    },
    onError: (error) => void errors.push(error),
    ...options,
  });
  followers.push(follower);
  return { seen, batches, errors, follower };
}

async function publishNumber(n: number): Promise<void> {
  const committer = committers[n % 2];
  await committer?.submit(publish, { events: [{ type: 'test', n }] }, system);
}

async function execute(sql: string): Promise<void> {
  const db = openDatabase(database.url, 'lx-test-query', 1);
  await db.raw(sql).finally(() => db.destroy());
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('the feed follower', () => {
  it('delivers what several committers publish in the order of commits, with journal time', async () => {
    const { seen, batches } = await follow({});
    for (const n of upTo(20)) await publishNumber(n);
    await until(() => seen.length === 20);
    expect(seen).toEqual(upTo(20));
    const sequences = batches.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => Number(a - b)));
    for (const { at } of batches) expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
  });

  it('loses nothing and repeats nothing while everybody publishes at once', async () => {
    const { seen } = await follow({});
    await Promise.all(upTo(500).map(publishNumber));
    await until(() => seen.length >= 500);
    expect([...seen].sort((a, b) => a - b)).toEqual(upTo(500));
  });

  it('catches up from a given sequence, over more batches than it reads at once', async () => {
    for (const n of upTo(230)) await publishNumber(n);
    const { seen, follower } = await follow({ from: 30n });
    await until(() => seen.length === 200);
    expect(seen).toEqual(upTo(230).slice(30));
    expect(follower.sequence).toBe(230n);
  });

  it('begins after the newest batch when told to begin now', async () => {
    await publishNumber(1);
    const { seen } = await follow({ pollIntervalMs: 20 });
    await sleep(100);
    await publishNumber(2);
    await until(() => seen.length === 1);
    expect(seen).toEqual([2]);
  });

  it('steps over batches that published nothing', async () => {
    const { seen, follower } = await follow({ pollIntervalMs: 20 });
    await publishNumber(0);
    await committers[0]?.submit(publish, { events: [] }, system);
    await until(() => follower.sequence === 2n);
    expect(seen).toEqual([0]);
  });

  it('goes on where it was after its connection was cut', async () => {
    const { seen, errors } = await follow({ pollIntervalMs: 60_000 });
    await publishNumber(0);
    await until(() => seen.length === 1);
    await execute(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${followerName}'`,
    );
    for (const n of [1, 2, 3]) await publishNumber(n);
    await until(() => seen.length === 4);
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(errors.length).toBeGreaterThan(0);
  });

  it('finds by polling what no notification told of', async () => {
    const { seen } = await follow({ pollIntervalMs: 20 });
    await execute(`
      insert into journal_batches (sequence, journal_time, previous_hash, hash, feed)
      values (1, now(), sha256('a'), sha256('b'), '[{"type":"test","n":7}]')`);
    await until(() => seen.length === 1);
    expect(seen).toEqual([7]);
  });

  it('gives a batch again when its taker failed, before any later one', async () => {
    const taken: number[] = [];
    let isFailing = true;
    const { errors } = await follow({
      onEvents({ events }) {
        if (isFailing) throw new Error('not now');
        taken.push(...events.map(({ n }) => n as number));
      },
    });
    await publishNumber(0);
    await publishNumber(1);
    await until(() => errors.length >= 2);
    isFailing = false;
    await until(() => taken.length === 2);
    expect(taken).toEqual([0, 1]);
    expect(errors[0]?.message).toBe('not now');
  });

  it('ends quietly, even while nothing happens', async () => {
    const { follower, errors } = await follow({ pollIntervalMs: 60_000 });
    await follower.close();
    expect(errors).toEqual([]);
  });

  it('refuses to start without a database', async () => {
    await expect(follow({ databaseUrl: 'postgres://postgres@127.0.0.1:1/none' })).rejects.toThrow(
      /ECONNREFUSED/,
    );
  });
});
