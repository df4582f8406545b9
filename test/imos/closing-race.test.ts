// A hundred subscriptions race the end of their window, from two processes that close it at the same time (DESIGN 2.7):
// journal time alone decides which are in, and what is in has all of the quota.
import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from '../support/refusals';
import { createWorld, hourMs } from './world';

it('lets in what was committed before the end, and nothing after it', async () => {
  const world = await createWorld();
  const other = world.imosOf(world.openCommitter());
  const users: string[] = [];
  for (let i = 0; i < 10; i++) users.push(await world.addHolder('10000'));
  const quota = 1_000_003n;
  const imo = await world.announce({ quota });
  const closesAt = Date.parse((await world.imos.get(imo)).closesAt);
  world.setNow(closesAt - 50);

  const closing = [world.imos, other].map(async (by) => {
    while ((await by.close(imo)).next.kind === 'close') await sleep(1);
  });
  const subscribing: Promise<unknown>[] = [];
  for (let i = 0; i < 100; i++) {
    world.setNow(closesAt - 50 + i);
    const by = i % 2 === 0 ? world.imos : other;
    subscribing.push(world.subscribe(users[i % 10] ?? '', imo, String(1 + i), undefined, by));
    await sleep(2);
  }
  const outcomes = await Promise.allSettled(subscribing);
  await Promise.all(closing);

  const refused = outcomes.flatMap((one): unknown[] =>
    one.status === 'rejected' ? [one.reason] : [],
  );
  const taken = outcomes.length - refused.length;
  expect(taken).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  for (const reason of refused) {
    expect(reason).toEqual(refusal('STATE_CONFLICT', { status: 'closing' }));
  }
  const times = await world
    .db('journal_transfers as t')
    .join('journal_batches as b', 'b.sequence', 't.sequence')
    .where('t.kind', 'imo_lock')
    .pluck<number[]>('b.journal_time');
  expect(times).toHaveLength(taken);
  expect(Math.max(...times.map(Number))).toBeLessThan(closesAt);

  await Promise.all([world.imos, other].map((by) => world.advance(imo, by)));
  const subscriptions = await Promise.all(
    users.map((user) => world.imos.subscriptionOf(imo, user).catch(() => null)),
  );
  const shares = subscriptions.map((one) => one?.allocation ?? 0);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Number(quota));
  world.setNow(closesAt + 2 * hourMs);
  await world.advance(imo);
  await world.close();
});
