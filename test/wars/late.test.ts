// The edges of a round's time (DESIGN 2.9 and 5): its first and last millisecond, and rounds that are closed late because
// no worker ran.
import { parseAmount } from '../../domain/money';
import { createWorld, dayMs, weekMs, type World } from './world';

let world: World;

beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const scoreIn = async (roundId: string, userId: string) =>
  (await world.wars.standingOf(roundId, userId))?.score;
const roundIds = async () => (await world.wars.list({ limit: 10 })).items.map(({ id }) => id);

it('has the settlements of its first and of its last millisecond, and none beside them', async () => {
  const user = await world.addCaller('10');
  const settledAt = async (at: number, tokens: number) => {
    world.setNow(at);
    await world.call(user, tokens);
  };
  const endsAt = world.startsAt + weekMs;
  await settledAt(world.startsAt - 1, 1);
  await settledAt(world.startsAt, 20);
  await settledAt(endsAt - 1, 300);
  await settledAt(endsAt, 40);
  const [after, during, before] = await roundIds();
  expect(during).toBe(world.roundId);
  expect(await scoreIn(before ?? '', user)).toBe('0.01');
  expect(await scoreIn(world.roundId, user)).toBe('3.2');
  expect(await scoreIn(after ?? '', user)).toBe('0.4');
});

it('takes no score after its end, however late it is closed, and gives operators their whole day then', async () => {
  world.setNow(world.startsAt);
  const player = await world.addPlayer(100);
  await world.deposit(player, '10');
  const endsAt = world.startsAt + weekMs;
  world.setNow(endsAt);
  await world.call(player, 50);
  const [next] = await roundIds();
  expect(await world.wars.get(world.roundId)).toMatchObject({ round: { status: 'live' } });
  world.setNow(endsAt + 3 * dayMs);
  await world.call(player, 50);
  expect(await world.advance()).toMatchObject({
    round: { status: 'provisional', closedAt: new Date(endsAt + 3 * dayMs).toISOString() },
    next: { kind: 'finalise', waitMs: dayMs },
  });
  expect(await scoreIn(world.roundId, player)).toBe('1');
  expect(await scoreIn(next ?? '', player)).toBe('1');
});

it('has the pool before a later one, in whatever order workflows come to them that were away', async () => {
  await world.endow('prize_pool', '1000');
  world.setNow(world.startsAt);
  await world.mark(1, '0');
  const early = await world.addPlayer(100_000);
  world.setNow(world.startsAt + weekMs);
  await world.mark(10_001, '1000');
  const late = await world.addPlayer(50_000);
  const [next] = await roundIds();
  world.setNow(world.startsAt + 2 * weekMs + dayMs);
  await world.mark(20_001, '2000');
  const other = world.warsOf(world.openCommitter());
  const [later, earlier] = await Promise.all([
    world.wars.close(next ?? ''),
    other.close(world.roundId),
    world.wars.close(next ?? ''),
  ]);
  expect(earlier.round).toMatchObject({ status: 'provisional', prizePool: '1000' });
  expect(later.round).toMatchObject({ status: 'provisional', prizePool: '0' });
  world.setNow(world.startsAt + 2 * weekMs + 2 * dayMs);
  expect((await world.advance()).round).toMatchObject({ championId: early, paid: '300' });
  await world.wars.finalise(next ?? '');
  expect((await world.wars.pay(next ?? '')).round).toMatchObject({ championId: late, paid: '0' });
  expect((await world.wars.list({ limit: 10 })).items.map(({ status }) => status)).toEqual([
    'live',
    'paid',
    'paid',
  ]);
});

it('closes as many before it as nobody closed, each with the mark of its own time', async () => {
  const late = 60;
  await world.endow('prize_pool', '1000');
  const player = await world.addCaller('100');
  // In the week with this number the mark is the number, all the time; the sum is that of the weeks before it.
  const markUntil = (week: number) => ({
    marked: week * weekMs,
    sum: (week * (week + 1) * weekMs) / 2,
  });
  for (let week = 0; week <= late; week++) {
    const { marked, sum } = markUntil(week);
    world.setNow(world.startsAt + week * weekMs);
    await world.mark(marked, String(sum));
    await world.db('mark_minutes').insert({
      ...{ minute: week + 1, at: new Date(world.now()), mark: week, bid: null, ask: null },
      ...{ ticked_ms: marked, marked_ms: marked, mark_sum: sum },
      ...{ traded_ms: 0, trade_sum: 0, bid_depth_sum: 0, ask_depth_sum: 0 },
    });
    if (week === late) continue;
    // It opens the round, a day late.
    world.setNow(world.now() + dayMs);
    await world.call(player, 1 + week);
  }
  const readRounds = () =>
    world
      .db('war_rounds')
      .select<
        { id: string; status: string; pool: bigint | null; twap: string | null; revision: number }[]
      >('id', 'status', 'pool', 'twap', 'revision')
      .where('starts_at', '>=', new Date(world.startsAt))
      .orderBy('starts_at')
      .limit(late);
  const before = await readRounds();
  expect(before.map(({ status }) => status)).toEqual(Array(late).fill('live'));

  const newest = before.at(-1)?.id ?? '';
  expect((await world.wars.close(newest)).round).toMatchObject({
    status: 'provisional',
    prizePool: '0',
  });
  const closed = await readRounds();
  expect(closed).toMatchObject(
    before.map(({ id }, week) => ({
      ...{ id, status: 'provisional', twap: String(week + 1) },
      // All of it is the oldest one's.
      pool: week === 0 ? parseAmount('1000') : 0n,
    })),
  );
  for (const [week, { id }] of closed.entries()) {
    expect(await scoreIn(id, player)).toBe(String((1 + week) / 100));
  }
  // Each workflow that comes to its own later finds it closed.
  for (const { id } of closed) await world.wars.close(id);
  expect(await readRounds()).toEqual(closed);
});

it('is not opened for weeks in which nobody called and no worker ran', async () => {
  world.setNow(world.startsAt);
  await world.addPlayer(100);
  world.setNow(world.startsAt + 3 * weekMs);
  await world.wars.open();
  await world.wars.open();
  expect((await world.wars.list({ limit: 10 })).items.map(({ startsAt }) => startsAt)).toEqual([
    new Date(world.startsAt + 3 * weekMs).toISOString(),
    new Date(world.startsAt).toISOString(),
  ]);
  expect(await world.advance()).toMatchObject({ round: { status: 'provisional' } });
});
