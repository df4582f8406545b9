// A round from its opening to its prizes, step by step (DESIGN 2.9).
import { refusal } from '../support/refusals';
import { createWorld, dayMs, hourMs, weekMs, type World } from './world';

let world: World;

beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const lcoOf = (userId: string) => world.lcoOf(userId);

/** LCO that a player got beyond what the calls mined: 10 for each Credit. */
async function prizeOf(userId: string): Promise<number> {
  const { rows } = await world.db.raw<{ rows: { amount: bigint }[] }>(
    'select amount from war_prizes where user_id = ? and round_id = ?',
    [userId, world.roundId],
  );
  return Number(rows[0]?.amount ?? 0n) / 1e8;
}

/** 1,000 LCO in the pool, and a mark of 0.1 from the second day of the round on. */
async function fund(): Promise<void> {
  await world.endow('prize_pool', '1000');
  world.setNow(world.startsAt + dayMs);
  await world.mark(60_000, '0');
}

async function endRound(): Promise<void> {
  world.setNow(world.startsAt + weekMs);
  await world.mark(60_000 + 6 * dayMs, String((6 * dayMs) / 10));
}

describe('scores', () => {
  it('are what calls were charged that were settled in the round, whatever round they began in', async () => {
    const user = await world.addCaller('10');
    world.setNow(world.startsAt - 1);
    const processId = await world.livingProcess();
    const call = await world.reserve(user, 100, { processId }, world.committer);
    const other = await world.reserve(user, 100, { processId }, world.committer);
    // The hint of whoever settles is of the week before: the journal's time counts.
    const late = { wars: world.hint() };
    await world.settle(other, 50, late, world.committer);
    world.setNow(world.startsAt);
    await world.settle(call, 70, late, world.committer);
    const before = await world.wars.list({ limit: 10 });
    const ids = before.items.map(({ id }) => id);
    expect(ids[0]).toBe(world.roundId);
    expect((await world.wars.get(world.roundId)).board).toMatchObject([{ rank: 1, score: '0.7' }]);
    expect((await world.wars.get(ids[1] ?? '')).board).toMatchObject([{ score: '0.5' }]);
  });

  it('rank equals together, in the order in which they got there, and tell the gap to the next better', async () => {
    world.setNow(world.startsAt + hourMs);
    const [late, first, second, third] = [
      await world.addPlayer(100),
      await world.addPlayer(500),
      await world.addPlayer(300),
      await world.addPlayer(300),
    ];
    world.setNow(world.startsAt + 2 * hourMs);
    await world.deposit(late, '2');
    await world.call(late, 100);
    await world.call(late, 100);
    const { board } = await world.wars.get(world.roundId);
    expect(board.map(({ rank, score, gap }) => [rank, score, gap])).toEqual([
      [1, '5', null],
      [2, '3', '2'],
      [2, '3', '2'],
      [2, '3', '2'],
    ]);
    const handles = await world
      .db('users')
      .select('id', 'handle')
      .whereIn('id', [late, first, second, third]);
    const handleOf = new Map(
      handles.map(({ id, handle }: Record<'id' | 'handle', string>) => [id, handle]),
    );
    expect(board.map(({ handle }) => handle)).toEqual(
      [first, second, third, late].map((id) => handleOf.get(id)),
    );
    expect(await world.wars.standingOf(world.roundId, late)).toEqual({
      rank: 2,
      score: '3',
      gap: '2',
    });
    expect(await world.wars.standingOf(world.roundId, world.operator)).toBeNull();
  });

  it('are one player’s sum, from two processes at once', async () => {
    world.setNow(world.startsAt + hourMs);
    const user = await world.addCaller('100');
    const other = world.openCommitter();
    for (let i = 0; i < 10; i++) {
      await Promise.all([
        world.call(user, 7),
        world.call(user, 5, other),
        world.call(user, 3, other),
      ]);
    }
    expect(await world.wars.standingOf(world.roundId, user)).toMatchObject({
      rank: 1,
      score: '1.5',
    });
    const rounds = await world.wars.list({ limit: 10 });
    expect(rounds.items).toHaveLength(1);
  });
});

describe('a round', () => {
  it('goes its way and pays the ten places out of the pool', async () => {
    await fund();
    world.setNow(world.startsAt + dayMs);
    const scores = [
      90_000, 80_000, 70_000, 60_000, 50_000, 40_000, 30_000, 20_000, 10_000, 9_000, 8_000,
    ];
    const players: string[] = [];
    for (const tokens of scores) players.push(await world.addPlayer(tokens));
    expect(await world.advance()).toMatchObject({
      round: { status: 'live' },
      next: { kind: 'close', waitMs: 6 * dayMs },
    });

    await endRound();
    const provisional = await world.advance();
    expect(provisional).toMatchObject({
      round: { status: 'provisional', prizePool: '1000', twap: '0.1' },
      next: { kind: 'finalise', waitMs: dayMs },
    });
    expect(provisional.top).toHaveLength(10);
    // What is bought afterwards is for later rounds.
    await world.endow('prize_pool', '500');

    world.setNow(world.startsAt + weekMs + dayMs);
    const paid = await world.advance();
    expect(paid).toMatchObject({
      round: { status: 'paid', paid: '1000', championId: players[0], championScore: '900' },
      next: { kind: 'default_perk', waitMs: dayMs },
    });
    expect(await Promise.all(players.map(prizeOf))).toEqual([
      300, 180, 120, 90, 80, 70, 50, 40, 40, 30, 0,
    ]);
    expect(await world.platform('prize_pool')).toBe('500');
    expect(await lcoOf(players[10] ?? '')).toBe('800');
  });

  it('pays nothing where there was no mark in it', async () => {
    await world.endow('prize_pool', '1000');
    await world.mark(60_000, '6000');
    world.setNow(world.startsAt + dayMs);
    const player = await world.addPlayer(1_000);
    world.setNow(world.startsAt + weekMs);
    expect(await world.advance()).toMatchObject({ round: { twap: null, prizePool: '1000' } });
    world.setNow(world.startsAt + 9 * dayMs);
    expect(await world.advance()).toMatchObject({
      round: { status: 'paid', paid: '0', championId: player },
    });
    expect(await world.platform('prize_pool')).toBe('1000');
  });

  it('takes the sums of the minutes nearest to its start and end when it is closed late', async () => {
    await world.endow('prize_pool', '1000');
    await world.mark(50_000, '5000');
    const minute = (number: number, at: number, sum: string) => ({
      minute: number,
      at: new Date(at),
      ticked_ms: number * 60_000,
      traded_ms: 0,
      trade_sum: '0',
      marked_ms: number * 60_000,
      mark_sum: sum,
      bid_depth_sum: '0',
      ask_depth_sum: '0',
    });
    const endsAt = world.startsAt + weekMs;
    await world.db('mark_minutes').insert([
      minute(1, world.startsAt - 20_000, '6000'),
      minute(2, world.startsAt + 40_000, '99000'),
      // 0.2 between the first and these, 0.3 afterwards
      minute(11, endsAt - 30_000, '126000'),
      minute(12, endsAt + 31_000, '144000'),
    ]);
    world.setNow(world.startsAt + dayMs);
    await world.addPlayer(1_000);
    world.setNow(endsAt + dayMs);
    await world.mark(12_000_000, '9000000');
    expect((await world.advance()).round.twap).toBe('0.2');
    await world.db('mark_minutes').delete();
  });

  it('is over without a champion when nobody played', async () => {
    await world.wars.open();
    world.setNow(world.startsAt);
    await world.wars.open();
    world.setNow(world.startsAt + weekMs);
    await world.advance();
    world.setNow(world.startsAt + 8 * dayMs);
    expect(await world.advance()).toMatchObject({
      round: { status: 'paid', championId: null, perk: null, prizes: [] },
      next: { kind: 'nothing' },
    });
  });

  it('keeps its own claim to the pool while the next one closes', async () => {
    const windows = { ...world.warWindows, warsProvisional: 8 * dayMs };
    const slow = await createWorld({ warWindows: windows });
    try {
      await slow.endow('prize_pool', '1000');
      slow.setNow(slow.startsAt);
      await slow.mark(1, '0');
      await slow.addPlayer(100_000);
      slow.setNow(slow.startsAt + weekMs);
      await slow.mark(10_001, '1000');
      expect((await slow.advance()).round.prizePool).toBe('1000');
      const rival = await slow.addPlayer(100_000);
      const next = (await slow.wars.list({ limit: 1 })).items[0]?.id ?? '';
      expect(await slow.wars.standingOf(next, rival)).toMatchObject({ rank: 1 });
      slow.setNow(slow.startsAt + 2 * weekMs);
      await slow.mark(20_001, '2000');
      expect((await slow.wars.close(next)).round.prizePool).toBe('0');
      slow.setNow(slow.startsAt + 4 * weekMs);
      expect((await slow.advance()).round).toMatchObject({ status: 'paid', paid: '300' });
    } finally {
      await slow.close();
    }
  });

  it('takes each step once, asked from two processes at once, and opens the next round with its close', async () => {
    await fund();
    const player = await world.addPlayer(10_000);
    await endRound();
    const others = [world.wars, world.warsOf(world.openCommitter())];
    const twice = (take: (wars: World['wars']) => Promise<unknown>) =>
      Promise.all([...others, ...others].map(take));
    await twice((wars) => wars.close(world.roundId));
    expect((await world.wars.list({ limit: 10 })).items.map(({ status }) => status)).toEqual([
      'live',
      'provisional',
    ]);
    world.setNow(world.startsAt + 8 * dayMs);
    await twice((wars) => wars.finalise(world.roundId));
    await twice((wars) => wars.pay(world.roundId));
    await twice((wars) => wars.pay(world.roundId));
    expect(await world.advance()).toMatchObject({ round: { status: 'paid' } });
    // 20% of 100 Credits at 0.1 are 200 LCO, less than 30% of the pool
    expect(await prizeOf(player)).toBe(200);
    expect(await world.platform('prize_pool')).toBe('800');
    world.setNow(world.startsAt + 9 * dayMs);
    await twice((wars) => wars.takeDefaultPerk(world.roundId));
    world.setNow(world.startsAt + 16 * dayMs);
    await twice((wars) => wars.endPerk(world.roundId));
    expect(await world.advance()).toMatchObject({ next: { kind: 'nothing' } });
  });

  it('pays a score that hundreds share in several commits', async () => {
    await fund();
    const count = 450;
    const rows = Array.from({ length: count }, (_, i) => ({
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      email: `p${i}@example.com`,
      handle: `player-${i}`,
      password_hash: 'none',
    }));
    await world.db('users').insert(rows);
    for (const { id } of rows) await world.deposit(id, '100');
    const tokens = 10_000;
    for (let i = 0; i < rows.length; i += 50) {
      await Promise.all(rows.slice(i, i + 50).map(({ id }) => world.call(id, tokens)));
    }
    await endRound();
    await world.advance();
    world.setNow(world.startsAt + 8 * dayMs);
    const paid = await world.advance();
    expect(paid.round).toMatchObject({ status: 'paid', prizes: [{ place: 1, players: count }] });
    expect(await world.db('war_prizes').where('round_id', world.roundId)).toHaveLength(count);
    // 1,000 LCO / 450, rounded down
    expect(paid.round.prizes?.[0]?.prize).toBe('2.22222222');
    expect(
      await world
        .db('journal_batches')
        .whereIn(
          'sequence',
          world.db('journal_transfers').distinct('sequence').where('kind', 'war_prize'),
        ),
    ).toHaveLength(3);
  });
});

it('is answered with 404 where there is none', async () => {
  await expect(world.wars.get('2020-W01')).rejects.toEqual(refusal('WAR_ROUND_NOT_FOUND'));
});
