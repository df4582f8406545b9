// Quota is the right of access (DESIGN 2.7): held at reserve exactly like Credits, used up by settled calls, given back
// otherwise; its calls are paid, mine and score like any other, and the lock comes back with its end.
import { defaultWindows } from '../../config/windows';
import { formatAmount, parseAmount } from '../../domain/money';
import { roundAt } from '../../domain/war-round';
import { platformAccount, warsAccount } from '../../ledger/accounts';
import { newId } from '../../ledger/ids';
import { releaseCall } from '../../services/calls/relay-release';
import { createWars } from '../../services/wars/wars';
import { callerOf } from '../credits/world';
import { refusal } from '../support/refusals';
import { endow } from '../wars/world';
import { createWorld, hourMs, type World } from './world';

let world: World;
let ann: string;
let imo: string;

/** Of an IMO that has just opened to its one holder. */
async function openTo(quota: bigint): Promise<void> {
  imo = await world.announce({ quota });
  await world.subscribe(ann, imo, '10');
  await world.closeNow(imo);
}
const quotaOf = async (user = ann) => {
  const { used, held, left, returnReason } = await world.imos.subscriptionOf(imo, user);
  return { used, held, left, returnReason };
};

beforeEach(async () => {
  world = await createWorld();
  ann = await world.addHolder('10000');
});
afterEach(() => world.close());

describe('a scarce model answers', () => {
  it('to nobody before the close, to its holders then, to nobody after expiry, to all once it is open', async () => {
    const bob = await world.addHolder('100000');
    imo = await world.announce();
    await world.subscribe(ann, imo, '10');
    await expect(world.call(ann, 10, 10)).rejects.toEqual(refusal('IMO_QUOTA_REQUIRED'));
    const closesAt = world.now() + hourMs;
    world.setNow(closesAt);
    await expect(world.call(ann, 10, 10)).rejects.toEqual(refusal('IMO_QUOTA_REQUIRED'));
    await world.advance(imo);
    await world.settleCall(await world.call(ann, 10, 10), 10, 10);
    await expect(world.call(bob, 10, 10)).rejects.toEqual(refusal('IMO_QUOTA_REQUIRED'));

    world.setNow(closesAt + hourMs - 1);
    const last = await world.call(ann, 10, 10);
    world.setNow(closesAt + hourMs);
    await expect(world.call(ann, 10, 10)).rejects.toEqual(refusal('IMO_QUOTA_REQUIRED'));
    expect((await world.advance(imo)).next.kind).toBe('nothing');
    expect((await world.lcoOf(ann)).locked).toBe('0');
    // It was begun in time: it is settled when it ends.
    expect(await world.settleCall(last, 10, 5)).toMatchObject({ charge: 12_750n });
    expect(await quotaOf()).toEqual({ used: 35, held: 0, left: 0, returnReason: 'expired' });

    await world.setAccess('open');
    const open = await world.call(bob, 10, 10);
    await world.settleCall(open, 10, 10);
    expect(await quotaOf()).toMatchObject({ used: 35 });
  });

  it('of two IMOs by the quota that expires first, but not where only the other fits', async () => {
    const first = await world.announce({ quota: 100n });
    const second = await world.announce({ quota: 1_000n, expiresAt: world.now() + 3 * hourMs });
    await world.subscribe(ann, first, '10');
    await world.subscribe(ann, second, '10');
    world.setNow(world.now() + hourMs);
    await world.advance(first);
    await world.advance(second);
    const used = async (id: string) => (await world.imos.subscriptionOf(id, ann)).used;
    await world.settleCall(await world.call(ann, 10, 50), 10, 50);
    expect([await used(first), await used(second)]).toEqual([60, 0]);
    await world.settleCall(await world.call(ann, 10, 50), 10, 50);
    expect([await used(first), await used(second)]).toEqual([60, 60]);
    expect(await world.imos.entitlementsOf(ann)).toMatchObject([
      { imoId: first, left: 40 },
      { imoId: second, left: 940 },
    ]);
  });
});

describe('quota', () => {
  it('is held for the most that a call can take, and used as it was', async () => {
    await openTo(1_000n);
    const call = await world.call(ann, 100, 200);
    expect(await quotaOf()).toMatchObject({ used: 0, held: 300, left: 700 });
    // 150 tokens at 0.00001 x 85%.
    expect(await world.settleCall(call, 100, 50)).toMatchObject({ charge: 127_500n });
    expect(await quotaOf()).toEqual({ used: 150, held: 0, left: 850, returnReason: null });
  });

  it('comes back with a call that is released', async () => {
    await openTo(1_000n);
    const { input } = await world.call(ann, 100, 200);
    const name = { callId: input.callId, userId: ann, keyId: null, ending: 'no_answer' };
    await world.committer.submit(releaseCall, name, { actor: ann });
    expect(await quotaOf()).toMatchObject({ used: 0, held: 0, left: 1_000 });
  });

  it('shortens an answer that it does not reach for, to 16 tokens and no fewer', async () => {
    await openTo(130n);
    const call = await world.call(ann, 100, 200);
    expect(call).toMatchObject({ outputLimit: 30, clamped: true });
    await world.settleCall(call, 100, 10);
    await expect(world.call(ann, 5, 200)).rejects.toEqual(
      refusal('IMO_QUOTA_REQUIRED', { param: 'model', left: '20' }),
    );
    const least = await world.call(ann, 4, 200);
    expect(least).toMatchObject({ outputLimit: 16, clamped: true });
    await world.settleCall(least, 4, 0);
    const few = await world.call(ann, 6, 10);
    expect(few).toMatchObject({ outputLimit: 10, clamped: false });
    await world.settleCall(few, 6, 10);
    expect((await world.lcoOf(ann)).locked).toBe('0');
  });

  it('is never used beyond what was held, whatever the upstream says', async () => {
    await openTo(300n);
    const call = await world.call(ann, 100, 100);
    await world.settleCall(call, 100, 5_000);
    expect(await quotaOf()).toEqual({ used: 200, held: 0, left: 100, returnReason: null });
    await world.db('models').update({ flagged_at: null, flagged_reason: null });
  });

  it('that is used up gives the lock back in the commit of its last call', async () => {
    await openTo(200n);
    const before = await world.lcoOf(ann);
    const call = await world.call(ann, 100, 100);
    await world.settleCall(call, 100, 100);
    expect(await world.lcoOf(ann)).toMatchObject({
      locked: '0',
      // The lock, and what the call mined.
      available: String(Number(before.available) + 10 + 0.017),
    });
    expect(await quotaOf()).toEqual({ used: 200, held: 0, left: 0, returnReason: 'used_up' });
    expect(await world.imos.get(imo)).toMatchObject({ openLocks: 0 });
    await expect(world.call(ann, 1, 16)).rejects.toEqual(refusal('IMO_QUOTA_REQUIRED'));
  });

  it('goes to no more calls at once than it reaches for', async () => {
    await openTo(1_000n);
    const calls = await Promise.allSettled(
      Array.from({ length: 30 }, () => world.call(ann, 84, 16)),
    );
    const begun = calls.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : []));
    expect(begun).toHaveLength(10);
    expect(await quotaOf()).toMatchObject({ held: 1_000, left: 0 });
    await Promise.all(begun.map((call) => world.settleCall(call, 84, 16)));
    expect(await quotaOf()).toEqual({ used: 1_000, held: 0, left: 0, returnReason: 'used_up' });
  });

  it('on its last unit serves one of many calls, from two processes', async () => {
    await openTo(17n);
    const other = world.openCommitter();
    const calls = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        world.call(ann, 1, 16, i % 2 === 0 ? world.committer : other),
      ),
    );
    const begun = calls.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : []));
    expect(begun).toHaveLength(1);
    for (const call of begun) await world.settleCall(call, 1, 16);
  });

  it('that a dead process holds comes back with the next call', async () => {
    await openTo(300n);
    const silent = newId();
    await world.db('relay_processes').insert({ id: silent, beat_at: new Date(0) });
    await world.call(ann, 100, 150, world.committer, silent);
    const call = await world.call(ann, 100, 200);
    expect(call).toMatchObject({ outputLimit: 200, clamped: false });
    expect(await quotaOf()).toMatchObject({ held: 300, left: 0 });
    await world.settleCall(call, 100, 20);
    expect(await quotaOf()).toMatchObject({ used: 120, held: 0 });
  });

  it('is given up by its holder only, once, and never twice', async () => {
    await openTo(300n);
    const bob = await world.addHolder('10000');
    await expect(world.giveUp(bob, imo)).rejects.toEqual(refusal('NOT_FOUND'));
    const live = await world.call(ann, 50, 50);
    const both = await Promise.allSettled([world.giveUp(ann, imo), world.giveUp(ann, imo)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await world.lcoOf(ann)).locked).toBe('0');
    await expect(world.call(ann, 1, 16)).rejects.toEqual(refusal('IMO_QUOTA_REQUIRED'));
    await world.settleCall(live, 50, 50);
    expect(await quotaOf()).toEqual({ used: 100, held: 0, left: 0, returnReason: 'given_up' });
  });

  it('cannot be given up before there is any', async () => {
    imo = await world.announce();
    await world.subscribe(ann, imo, '10');
    await expect(world.giveUp(ann, imo)).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'open' }),
    );
  });

  it('that a call without any usage held is used whole, like its Credits', async () => {
    await openTo(300n);
    const call = await world.call(ann, 50, 50);
    await world.settle(call, 0, {
      modelId: call.input.modelId,
      usage: { input: 0, cachedInput: 0, cacheWrite: 0, output: 0 },
      tokenSource: 'reservation',
      wars: world.hint(),
    });
    expect(await quotaOf()).toMatchObject({ used: 100, held: 0 });
  });
});

const movesOf = (user: string) =>
  world
    .db('journal_transfers')
    .where('reference', `${imo}/${user}`)
    .orderBy('sequence')
    .pluck<string[]>('kind');

describe('the last unit that is used after the end, before the lock is returned,', () => {
  it.each([
    ['cancelled', () => world.imos.cancel(world.actOf(imo))],
    [
      'expired',
      () => {
        world.setNow(world.now() + hourMs);
        return world.imos.expire(imo);
      },
    ],
  ] as const)('gives it back once when the IMO was %s', async (status, end) => {
    const bob = await world.addHolder('10000');
    imo = await world.announce({ quota: 400n });
    await world.subscribe(ann, imo, '10');
    await world.subscribe(bob, imo, '10');
    await world.closeNow(imo);
    const live = await world.call(ann, 100, 100);
    await end();
    expect(await world.imos.get(imo)).toMatchObject({ status, openLocks: 2, settledAt: null });
    await world.settleCall(live, 100, 100);
    expect(await quotaOf()).toMatchObject({ used: 200, held: 0, returnReason: 'used_up' });
    expect((await world.lcoOf(ann)).locked).toBe('0');
    expect(await world.imos.get(imo)).toMatchObject({ status, openLocks: 1, settledAt: null });

    expect((await world.advance(imo)).next.kind).toBe('nothing');
    expect(await quotaOf(bob)).toMatchObject({ used: 0, returnReason: status });
    for (const user of [ann, bob]) expect(await movesOf(user)).toEqual(['imo_lock', 'imo_return']);
    const settledAt = new Date(world.now()).toISOString();
    expect(await world.imos.get(imo)).toMatchObject({ status, openLocks: 0, settledAt });
  });

  it('settles the IMO itself when it was the last lock', async () => {
    await openTo(200n);
    const live = await world.call(ann, 100, 100);
    await world.imos.cancel(world.actOf(imo));
    await world.settleCall(live, 100, 100);
    const settledAt = new Date(world.now()).toISOString();
    expect(await world.imos.get(imo)).toMatchObject({
      ...{ status: 'cancelled', openLocks: 0, settledAt },
    });
    expect((await world.imos.returnLocks(imo)).next.kind).toBe('nothing');
    expect(await movesOf(ann)).toEqual(['imo_lock', 'imo_return']);
  });
});

describe('quota that a dead process holds', () => {
  /** One whose heart does not beat any more. */
  async function deadProcess(): Promise<string> {
    const id = newId();
    await world.db('relay_processes').insert({ id, beat_at: new Date(0) });
    return id;
  }
  const endingOf = async ({ input }: { input: { callId: string } }) =>
    world.db('relay_calls').first<{ status: string }>('status').where('id', input.callId);

  it('comes back with a call that then uses that of another IMO', async () => {
    const first = await world.announce({ quota: 100n });
    const second = await world.announce({ quota: 150n, expiresAt: world.now() + 3 * hourMs });
    await world.subscribe(ann, first, '10');
    await world.subscribe(ann, second, '10');
    world.setNow(world.now() + hourMs);
    await world.advance(first);
    await world.advance(second);
    const dead = await world.call(ann, 50, 50, world.committer, await deadProcess());
    const heldOf = async (id: string) => (await world.imos.subscriptionOf(id, ann)).held;
    expect([await heldOf(first), await heldOf(second)]).toEqual([100, 0]);
    // What comes back leaves no room for an answer: the other quota shortens it.
    const call = await world.call(ann, 100, 60);
    expect(call).toMatchObject({ outputLimit: 50, clamped: true });
    expect(await endingOf(dead)).toEqual({ status: 'released' });
    expect([await heldOf(first), await heldOf(second)]).toEqual([0, 150]);
    await world.settleCall(call, 100, 50);
  });

  it('comes back with a call of an open model', async () => {
    await openTo(300n);
    const dead = await world.call(ann, 100, 150, world.committer, await deadProcess());
    const keyId = await world.addKey(ann, '1');
    // The key's cap shortens the answer; what others hold is looked at then.
    const { processId } = world;
    const open = await world.reserve(ann, 1_000, { keyId, processId });
    expect(open.clamped).toBe(true);
    expect(await endingOf(dead)).toEqual({ status: 'released' });
    expect(await quotaOf()).toEqual({ used: 0, held: 0, left: 300, returnReason: null });
    await world.settle(open, 10, { wars: world.hint() });
    expect(await quotaOf()).toMatchObject({ used: 0, held: 0, left: 300 });
  });
});

it('a champion’s free call of a scarce model takes quota and of the set-aside, and is charged nothing', async () => {
  const { db, committer } = world;
  const weekMs = defaultWindows.warsRound;
  const wars = createWars({ db, committer, windows: defaultWindows });
  const bank = await world.addTrader('10');
  const setAside = { userId: bank, purpose: 'free_calls', amount: parseAmount('1') } as const;
  await committer.submit(endow, setAside, { actor: 'test' });
  const round = roundAt(world.now() + weekMs, weekMs, null);
  const balanceOf = async ({ key }: { key: string }) => {
    const row = await db('accounts').first<{ balance: bigint }>('balance').where({ key });
    return formatAmount(row.balance);
  };

  world.setNow(round.startsAt);
  await openTo(10_000n);
  await world.settleCall(await world.call(ann, 1_000, 9_000), 1_000, 9_000);
  world.setNow(round.endsAt);
  await wars.close(round.id);
  world.setNow(round.endsAt + defaultWindows.warsProvisional);
  await wars.finalise(round.id);
  await wars.pay(round.id);
  const idempotency = { key: newId(), fingerprint: Buffer.alloc(32) };
  await wars.choosePerk({ ...callerOf(ann), idempotency }, round.id, 'free_calls');
  // A quarter of a score of 10,000 tokens at 0.00001 x 85%.
  const budget = warsAccount(round.id, 'free_calls');
  expect(await balanceOf(budget)).toBe('0.02125');

  await openTo(1_000n);
  const credits = await world.creditsOf(ann);
  const upstream = await balanceOf(platformAccount('upstream_cost', 'CREDIT'));
  const call = await world.call(ann, 100, 200);
  expect(await quotaOf()).toMatchObject({ used: 0, held: 300, left: 700 });
  // 300 tokens at the cost of 0.000005.
  expect([await balanceOf(budget), await balanceOf(warsAccount(round.id, 'relay'))]).toEqual([
    '0.01975',
    '0.0015',
  ]);
  expect(await world.settleCall(call, 100, 50)).toMatchObject({ charge: 0n, mined: 0n });
  expect(await quotaOf()).toEqual({ used: 150, held: 0, left: 850, returnReason: null });
  expect([await balanceOf(budget), await balanceOf(warsAccount(round.id, 'relay'))]).toEqual([
    '0.0205',
    '0',
  ]);
  expect(await world.creditsOf(ann)).toBe(credits);
  const paid = Number(await balanceOf(platformAccount('upstream_cost', 'CREDIT')));
  expect(paid - Number(upstream)).toBeCloseTo(0.00075, 8);
});

it('a call is shortened by whichever is less, quota or funds', async () => {
  await openTo(1_000_000n);
  // 100 Credits, at 85% of 0.00001 a token, reach for eleven million; a key's cap for less.
  const keyId = await world.addKey(ann, '0.000425');
  const call = await world.call(ann, 10, 1_000, world.committer, world.processId, keyId);
  expect(call).toMatchObject({ outputLimit: 40, clamped: true });
  expect(await quotaOf()).toMatchObject({ held: 50 });
  await world.settleCall(call, 10, 40);
  expect(await quotaOf()).toMatchObject({ used: 50, held: 0 });
});
