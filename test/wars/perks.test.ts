// The champion's choice, and what it is worth on the relay (DESIGN 2.9): free calls of the set-aside, never split, and
// unlimited concurrency, each for its time.
import { newId } from '../../ledger/ids';
import { releaseCall } from '../../services/calls/relay-release';
import { createEntitlements } from '../../services/wars/entitlements';
import { refusal } from '../support/refusals';
import { createWorld, dayMs, weekMs, type World } from './world';

let world: World;
let champion: string;

/** A champion with a score of 400 Credits, who may choose. */
beforeEach(async () => {
  world = await createWorld();
  await world.endow('free_calls', '500');
  world.setNow(world.startsAt);
  champion = await world.addPlayer(40_000);
  await world.addPlayer(100);
  world.setNow(world.startsAt + weekMs);
  await world.advance();
  world.setNow(world.startsAt + 8 * dayMs);
  await world.advance();
  await world.deposit(champion, '100');
});
afterEach(() => world.close());

async function reserve(tokens: number, by = world.committer) {
  const processId = await world.livingProcess();
  return world.reserve(champion, tokens, { processId }, by);
}
const settle = (call: Awaited<ReturnType<typeof reserve>>, tokens: number, by = world.committer) =>
  world.settle(call, tokens, { wars: world.hint() }, by);

describe('the choice', () => {
  it('is the champion’s, once, within its time', async () => {
    const other = await world.addUser();
    await expect(world.choose(other, 'free_calls')).rejects.toEqual(refusal('FORBIDDEN'));
    const key = newId();
    const { round } = await world.choose(champion, 'free_calls', key);
    expect(round.perk).toMatchObject({
      choice: 'free_calls',
      byDefault: false,
      budget: '100',
      endsAt: new Date(world.now() + weekMs).toISOString(),
    });
    expect(await world.choose(champion, 'free_calls', key)).toEqual({ round, replayed: true });
    await expect(world.choose(champion, 'unlimited_concurrency')).rejects.toEqual(
      refusal('STATE_CONFLICT'),
    );
    expect(await world.freeCallsOf()).toBe('100');
    expect(await world.platform('free_calls')).toBe('400');
  });

  it('waits until the round is final', async () => {
    const next = (await world.wars.list({ limit: 1 })).items[0]?.id ?? '';
    const caller = { userId: champion, roundId: next };
    expect(caller.roundId).not.toBe(world.roundId);
    const choosing = world.wars.choosePerk(
      {
        userId: champion,
        role: 'user',
        isFrozen: false,
        scopes: ['trade'],
        keyId: null,
        models: null,
        sessionHash: null,
        requestId: newId(),
        idempotency: { key: newId(), fingerprint: Buffer.alloc(32) },
      },
      next,
      'free_calls',
    );
    await expect(choosing).rejects.toEqual(refusal('STATE_CONFLICT', { status: 'live' }));
  });

  it('is unlimited concurrency for a champion who lets the time pass', async () => {
    const [offered] = await createEntitlements(world.db).of(champion);
    // It is told by the clock on the wall, which a test does not set: the choice is open either way.
    expect(offered).toMatchObject({ kind: 'perk_choice', default: 'unlimited_concurrency' });
    world.setNow(world.startsAt + 9 * dayMs);
    await expect(world.choose(champion, 'free_calls')).rejects.toEqual(refusal('STATE_CONFLICT'));
    expect(await world.advance()).toMatchObject({
      round: { perk: { choice: 'unlimited_concurrency', byDefault: true, budget: null } },
      next: { kind: 'end_perk', waitMs: weekMs },
    });
  });

  it('is open to the last millisecond, and then the usual one is granted once, by whoever asks', async () => {
    const lastMoment = world.startsAt + 9 * dayMs - 1;
    world.setNow(lastMoment);
    expect(await world.advance()).toMatchObject({ next: { kind: 'default_perk', waitMs: 1 } });
    const { round } = await world.choose(champion, 'free_calls');
    expect(round.perk).toMatchObject({
      byDefault: false,
      chosenAt: new Date(lastMoment).toISOString(),
      endsAt: new Date(lastMoment + weekMs).toISOString(),
    });
    world.setNow(lastMoment + 1);
    expect(await world.wars.takeDefaultPerk(world.roundId)).toMatchObject({
      round: { perk: { choice: 'free_calls', byDefault: false } },
      next: { kind: 'end_perk' },
    });
  });

  it('asked twice at once, from two processes, is the first one’s alone', async () => {
    const other = world.warsOf(world.openCommitter());
    const asked = await Promise.allSettled([
      world.choose(champion, 'free_calls'),
      world.choose(champion, 'unlimited_concurrency', newId(), other),
      world.choose(champion, 'free_calls', newId(), other),
    ]);
    const refused = asked.filter((each) => each.status === 'rejected');
    expect(refused.map(({ reason }) => reason as unknown)).toEqual(
      Array(2).fill(refusal('STATE_CONFLICT')),
    );
    const [granted] = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const { round } = await world.wars.read(world.roundId);
    expect(granted?.round.perk).toEqual(round.perk);
    expect(await world.freeCallsOf()).toBe(round.perk?.choice === 'free_calls' ? '100' : '0');
  });

  it('is not for a champion who is frozen, and gets the usual perk', async () => {
    await world
      .db('users')
      .where('id', champion)
      .update({ frozen_at: new Date(world.now()), frozen_reason: 'A test.' });
    await expect(world.choose(champion, 'free_calls')).rejects.toEqual(refusal('USER_FROZEN'));
    world.setNow(world.startsAt + 9 * dayMs);
    expect(await world.advance()).toMatchObject({ round: { perk: { byDefault: true } } });
    await world.db('users').where('id', champion).update({ frozen_at: null, frozen_reason: null });
  });

  it('takes no more than there is for free calls', async () => {
    const poor = await createWorld();
    try {
      poor.setNow(poor.startsAt);
      const player = await poor.addPlayer(100);
      poor.setNow(poor.startsAt + weekMs);
      await poor.advance();
      poor.setNow(poor.startsAt + 8 * dayMs);
      await poor.advance();
      const { round } = await poor.choose(player, 'free_calls');
      expect(round.perk?.budget).toBe('0');
      const processId = await poor.livingProcess();
      await poor.deposit(player, '1');
      const call = await poor.reserve(player, 50, { processId }, poor.committer);
      expect(call.reserved).toBe(50_000_000n);
      await poor.settle(call, 50, { wars: poor.hint() }, poor.committer);
      poor.setNow(poor.startsAt + 16 * dayMs);
      expect(await poor.advance()).toMatchObject({ round: { perk: { returned: '0' } } });
    } finally {
      await poor.close();
    }
  });
});

describe('a free call', () => {
  beforeEach(async () => {
    await world.choose(champion, 'free_calls');
  });

  it('holds and takes its cost of the set-aside; nobody earns, mines or scores by it', async () => {
    const before = {
      credits: await world.creditsOf(champion),
      lco: await world.lcoOf(champion),
      revenue: await world.platform('revenue'),
      cost: Number(await world.platform('upstream_cost')),
    };
    const call = await reserve(1_000);
    expect(await world.freeCallsOf('relay')).toBe('5');
    expect(await world.freeCallsOf()).toBe('95');
    expect(await settle(call, 600)).toEqual({ charge: 0n, mined: 0n, excess: 0n });
    expect(await world.freeCallsOf('relay')).toBe('0');
    expect(await world.freeCallsOf()).toBe('97');
    expect(await world.creditsOf(champion)).toBe(before.credits);
    expect(await world.lcoOf(champion)).toBe(before.lco);
    expect(await world.platform('revenue')).toBe(before.revenue);
    expect(Number(await world.platform('upstream_cost')) - before.cost).toBe(3);
    const next = (await world.wars.list({ limit: 1 })).items[0]?.id ?? '';
    expect(await world.wars.standingOf(next, champion)).toBeNull();
    expect(await createEntitlements(world.db).of(champion)).toMatchObject([
      { kind: 'free_calls', roundId: world.roundId, budget: '100', left: '97' },
    ]);
  });

  it('is clamped to what is left, and paid in Credits where not even sixteen tokens are left', async () => {
    await settle(await reserve(19_900), 19_900);
    expect(await world.freeCallsOf()).toBe('0.5');
    const clamped = await reserve(1_000);
    expect(clamped).toMatchObject({ clamped: true, outputLimit: 100, reserved: 50_000_000n });
    await settle(clamped, 90);
    expect(await world.freeCallsOf()).toBe('0.05');
    // Ten tokens are left: a call that asks for ten is free, another is not split.
    const paid = await reserve(1_000);
    expect(paid).toMatchObject({ clamped: false, reserved: 1_000_000_000n });
    const small = await reserve(10);
    expect(small.reserved).toBe(5_000_000n);
    await settle(paid, 1_000);
    await settle(small, 10);
    expect(await world.freeCallsOf()).toBe('0');
    expect(await world.creditsOf(champion)).toBe('90');
  });

  it('is one of many at once for the last unit, from two processes', async () => {
    await settle(await reserve(19_960), 19_960);
    expect(await world.freeCallsOf()).toBe('0.2');
    await world.stake(champion, '1000');
    const other = world.openCommitter();
    const calls = await Promise.all(
      Array.from({ length: 12 }, (_, i) => reserve(40, i % 2 ? other : world.committer)),
    );
    // 40 tokens cost 0.2: one call takes all that is left, the others are paid at Lv2.
    const rows = await world.db('relay_calls').where('status', 'live').select('war_round_id');
    expect(
      rows.filter((row: { war_round_id: string | null }) => row.war_round_id !== null),
    ).toHaveLength(1);
    expect(await world.freeCallsOf()).toBe('0');
    await Promise.all(calls.map((call, i) => settle(call, 40, i % 2 ? other : world.committer)));
    expect(await world.freeCallsOf('relay')).toBe('0');
  });

  it('is charged its reservation at most: what it used beyond is told, and borne', async () => {
    const call = await reserve(100);
    expect(await settle(call, 500)).toEqual({ charge: 0n, mined: 0n, excess: 200_000_000n });
    expect(await world.freeCallsOf()).toBe('99.5');
  });

  it('gives all back when it is released, and when its process dies', async () => {
    const call = await reserve(1_000);
    const { callId, keyId } = call.input;
    const release = { callId, keyId, userId: champion, ending: 'upstream_failed' };
    await world.committer.submit(releaseCall, release, { actor: champion });
    expect(await world.freeCallsOf()).toBe('100');
    const dead = await world.addProcess(60);
    await world.reserve(champion, 1_000, { processId: dead }, world.committer);
    expect(await world.freeCallsOf()).toBe('95');
    await world.sweep();
    expect(await world.freeCallsOf()).toBe('100');
    expect(await world.freeCallsOf('relay')).toBe('0');
  });

  it('leaves the cap of a key alone', async () => {
    const keyId = await world.addKey(champion, '1');
    const processId = await world.livingProcess();
    const call = await world.reserve(champion, 1_000, { processId, keyId }, world.committer);
    await settle(call, 1_000);
    const key = await world
      .db('api_keys')
      .first<Record<'spent' | 'reserved', bigint>>('spent', 'reserved')
      .where('id', keyId);
    expect(key).toEqual({ spent: 0n, reserved: 0n });
  });

  it('may end after the perk, which then waits for it; the rest goes back', async () => {
    world.setNow(world.startsAt + 15 * dayMs - 1);
    const call = await reserve(1_000);
    world.setNow(world.startsAt + 15 * dayMs);
    const late = await reserve(1_000);
    expect(late.reserved).toBe(1_000_000_000n);
    expect(await world.advance()).toMatchObject({ next: { kind: 'end_perk', waitMs: 1_000 } });
    await settle(call, 200);
    await settle(late, 1);
    const ended = await world.advance();
    expect(ended).toMatchObject({
      round: { perk: { returned: '99' } },
      next: { kind: 'nothing' },
    });
    expect(await world.freeCallsOf()).toBe('0');
    expect(await world.platform('free_calls')).toBe('499');
    expect(await createEntitlements(world.db).of(champion)).toEqual([]);
  });
});

describe('unlimited concurrency', () => {
  it('knows no limit of the tier, until it ends', async () => {
    await world.choose(champion, 'unlimited_concurrency');
    const calls = [];
    for (let i = 0; i < 8; i++) calls.push(await reserve(10));
    world.setNow(world.startsAt + 15 * dayMs);
    await expect(reserve(10)).rejects.toEqual(
      refusal('CONCURRENCY_LIMIT', { limit: 5, tier: 'Lv1' }),
    );
    for (const call of calls) await settle(call, 10);
    const last = await Promise.all(Array.from({ length: 5 }, () => reserve(10)));
    await expect(reserve(10)).rejects.toEqual(refusal('CONCURRENCY_LIMIT'));
    for (const call of last) await settle(call, 10);
    expect(await world.advance()).toMatchObject({ next: { kind: 'nothing' } });
  });
});
