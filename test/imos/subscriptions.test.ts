// Announcing, subscribing and the close (DESIGN 2.7): windows and levels by journal time, weights at both ends, shares,
// cancellation, and every lock back.
import { randomUUID } from 'node:crypto';
import { setParameter } from '../../services/parameters';
import { callerOf } from '../credits/world';
import { refusal } from '../support/refusals';
import { createWorld, hourMs, scarceModel, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

describe('an announcement', () => {
  it('is made once under its key, by an operator, and is logged with its reason', async () => {
    const key = randomUUID();
    const id = await world.announce({}, key);
    expect(await world.announce({}, key)).toBe(id);
    expect(await world.actionsOn(id)).toEqual(['imo.announce']);
    const user = await world.addUser();
    const offer = {
      ...{ modelId: scarceModel, quota: 1n, opensAt: 0, closesAt: world.now() + 1 },
      ...{ expiresAt: world.now() + 2, capPerUser: null, minParticipants: null, minLocked: null },
      reason: 'mine',
    };
    await expect(world.imos.announce(callerOf(user), offer)).rejects.toEqual(refusal('FORBIDDEN'));
  });

  it('is of a model that exists and answers to holders only', async () => {
    await expect(world.announce({ modelId: 'nothing' })).rejects.toEqual(
      refusal('MODEL_NOT_FOUND', { param: 'model' }),
    );
    await world.setAccess('open');
    await expect(world.announce()).rejects.toEqual(refusal('STATE_CONFLICT', { access: 'open' }));
  });

  it('pins the weights of its time', async () => {
    const before = await world.announce();
    const change = {
      name: 'imo.weights',
      value: { Lv3: 2, Lv4: 5, Whale: 7 },
      expectedVersion: 1,
      source: 'test',
      reason: null,
    };
    await world.committer.submit(setParameter, change, { actor: 'test' });
    const after = await world.announce();
    expect((await world.imos.get(before)).weights).toEqual({ Lv3: 1, Lv4: 3, Whale: 3 });
    expect((await world.imos.get(after)).weights).toEqual({ Lv3: 2, Lv4: 5, Whale: 7 });
    const holder = await world.addHolder('10000');
    const { result } = await world.subscribe(holder, after, '5');
    expect(result).toMatchObject({ weight: 2, tier: 'Lv3' });
  });
});

describe('a subscription', () => {
  it('locks free LCO and tells what it would give; the amounts of several sum', async () => {
    const imo = await world.announce();
    const [ann, bob] = [await world.addHolder('10000'), await world.addHolder('50000')];
    const before = await world.lcoOf(ann);
    expect(await world.subscribe(ann, imo, '100')).toMatchObject({
      result: { locked: '100', tier: 'Lv3', weight: 1, expectedAllocation: 1_000_000, left: 0 },
    });
    await world.subscribe(ann, imo, '200');
    await world.subscribe(bob, imo, '100');
    expect(await world.lcoOf(ann)).toEqual({
      available: String(Number(before.available) - 300),
      locked: '300',
      staked: '10000',
    });
    expect(await world.imos.get(imo)).toMatchObject({
      subscriptions: 2,
      locked: '400',
      weightedLocked: '600',
      openLocks: 2,
    });
    expect((await world.imos.subscriptionOf(imo, bob)).expectedAllocation).toBe(500_000);
    await expect(
      world.place(ann, { side: 'sell', price: '0.05', quantity: String(Number(before.available)) }),
    ).rejects.toEqual(refusal('INSUFFICIENT_FUNDS'));
  });

  it('is made once under its key, also when both come at once', async () => {
    const imo = await world.announce();
    const ann = await world.addHolder('10000');
    const key = randomUUID();
    const both = await Promise.all([
      world.subscribe(ann, imo, '50', key),
      world.subscribe(ann, imo, '50', key),
    ]);
    expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true]);
    expect((await world.lcoOf(ann)).locked).toBe('50');
  });

  it('takes no more than there is, of many at once', async () => {
    const imo = await world.announce();
    const ann = await world.addHolder('10000');
    const { available = '0' } = await world.lcoOf(ann);
    const half = String(Number(available) / 2);
    const all = await Promise.allSettled(
      Array.from({ length: 5 }, () => world.subscribe(ann, imo, half)),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await world.lcoOf(ann)).toMatchObject({ available: '0', locked: available });
  });

  it('is for Lv3 and above, and not for the frozen', async () => {
    const imo = await world.announce();
    const low = await world.addHolder('9999.99999999', '20000');
    await expect(world.subscribe(low, imo, '1')).rejects.toEqual(
      refusal('IMO_LEVEL_REQUIRED', { level: 'Lv2', required: 'Lv3' }),
    );
    await world.stake(low, '1');
    await world.subscribe(low, imo, '1');
    await world.freeze(low);
    await expect(world.subscribe(low, imo, '1')).rejects.toEqual(refusal('USER_FROZEN'));
    await world.unfreeze(low);
  });

  it('is not for the operator who announced it', async () => {
    const operator = await world.addHolder('10000');
    await world.db('users').where('id', operator).update({ role: 'operator' });
    const imo = await world.announce({}, randomUUID(), operator);
    await expect(world.subscribe(operator, imo, '1')).rejects.toEqual(
      refusal('ACTION_BY_INTERESTED_OPERATOR'),
    );
    const other = await world.announce();
    await world.subscribe(operator, other, '1');
  });

  it('is within the window by journal time: its first and its last millisecond', async () => {
    const opensAt = world.now() + 1_000;
    const imo = await world.announce({ opensAt });
    const ann = await world.addHolder('10000');
    const closesAt = Date.parse((await world.imos.get(imo)).closesAt);
    world.setNow(opensAt - 1);
    await expect(world.subscribe(ann, imo, '1')).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'announced' }),
    );
    world.setNow(opensAt);
    await world.subscribe(ann, imo, '1');
    world.setNow(closesAt - 1);
    await world.subscribe(ann, imo, '2');
    world.setNow(closesAt);
    await expect(world.subscribe(ann, imo, '4')).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'closing' }),
    );
    await world.advance(imo);
    expect((await world.imos.subscriptionOf(imo, ann)).locked).toBe('3');
  });

  it('of nobody else can be read', async () => {
    const imo = await world.announce();
    const ann = await world.addHolder('10000');
    await expect(world.imos.subscriptionOf(imo, ann)).rejects.toEqual(refusal('NOT_FOUND'));
    await expect(world.imos.subscriptionOf(randomUUID(), ann)).rejects.toEqual(
      refusal('IMO_NOT_FOUND'),
    );
    await expect(world.subscribe(ann, randomUUID(), '1')).rejects.toEqual(refusal('IMO_NOT_FOUND'));
  });
});

describe('the close', () => {
  it('gives the quota out by weighted locks', async () => {
    const imo = await world.announce({ quota: 1_000n });
    const [ann, bob, cid] = await Promise.all([
      world.addHolder('10000'),
      world.addHolder('50000'),
      world.addHolder('100000'),
    ]);
    await world.subscribe(ann, imo, '100');
    await world.subscribe(bob, imo, '100');
    await world.subscribe(cid, imo, '200');
    const { next, imo: closed } = await world.closeNow(imo);
    expect(next.kind).toBe('expire');
    expect(closed).toMatchObject({
      participants: 3,
      participantsLocked: '400',
      allocatedQuota: 1_000,
    });
    expect(await Promise.all([ann, bob, cid].map((who) => world.shareOf(who, imo)))).toEqual([
      100, 300, 600,
    ]);
  });

  it('counts the lower of the levels then and now; below Lv3 the lock returns at once', async () => {
    const imo = await world.announce({ quota: 900n });
    const [sank, left, rose] = await Promise.all([
      world.addHolder('50000'),
      world.addHolder('10000'),
      world.addHolder('10000', '50000'),
    ]);
    for (const who of [sank, left, rose]) await world.subscribe(who, imo, '100');
    await world.unstake(sank, '1');
    await world.unstake(left, '1');
    await world.stake(rose, '40000');
    await world.closeNow(imo);
    expect(await world.imos.subscriptionOf(imo, sank)).toMatchObject({ tier: 'Lv3', weight: 1 });
    expect(await world.imos.subscriptionOf(imo, rose)).toMatchObject({
      tier: 'Lv3',
      allocation: 450,
    });
    expect(await world.imos.subscriptionOf(imo, left)).toMatchObject({
      tier: 'Lv2',
      weight: 0,
      allocation: null,
      returnReason: 'below_level',
    });
    expect((await world.lcoOf(left)).locked).toBe('0');
  });

  it('takes the lowest level of several subscriptions', async () => {
    const imo = await world.announce();
    const ann = await world.addHolder('10000', '60000');
    await world.subscribe(ann, imo, '10');
    await world.stake(ann, '40000');
    expect((await world.subscribe(ann, imo, '10')).result).toMatchObject({ tier: 'Lv3' });
    await world.closeNow(imo);
    expect(await world.imos.subscriptionOf(imo, ann)).toMatchObject({ tier: 'Lv3', weight: 1 });
  });

  it('counts what was staked just before the window ended, however late it comes', async () => {
    const imo = await world.announce({ quota: 100n });
    const [early, late, back] = await Promise.all([
      world.addHolder('10000'),
      world.addHolder('10000'),
      world.addHolder('10000', '11000'),
    ]);
    for (const who of [early, late, back]) await world.subscribe(who, imo, '10');
    const closesAt = Date.parse((await world.imos.get(imo)).closesAt);
    world.setNow(closesAt - 1);
    await world.unstake(early, '1');
    await world.unstake(back, '10000');
    await world.stake(back, '10000');
    world.setNow(closesAt);
    await world.unstake(late, '10000');
    await world.stake(early, '5000');
    // No worker ran for a while.
    world.setNow(closesAt + hourMs / 2);
    await world.advance(imo);
    expect(await world.imos.subscriptionOf(imo, early)).toMatchObject({
      returnReason: 'below_level',
    });
    expect(await world.shareOf(late, imo)).toBe(50);
    expect(await world.shareOf(back, imo)).toBe(50);
  });

  it('returns at once the lock of a share that is nothing', async () => {
    const imo = await world.announce({ quota: 1n });
    const [big, small] = [await world.addHolder('10000'), await world.addHolder('10000')];
    await world.subscribe(big, imo, '9');
    await world.subscribe(small, imo, '1');
    await world.closeNow(imo);
    expect(await world.shareOf(big, imo)).toBe(1);
    expect(await world.imos.subscriptionOf(imo, small)).toMatchObject({
      allocation: 0,
      returnReason: 'no_allocation',
    });
    expect((await world.lcoOf(small)).locked).toBe('0');
  });

  it('leaves what caps leave to nobody', async () => {
    const imo = await world.announce({ quota: 100n, capPerUser: 30n });
    const [ann, bob] = [await world.addHolder('10000'), await world.addHolder('10000')];
    await world.subscribe(ann, imo, '90');
    await world.subscribe(bob, imo, '10');
    const { imo: closed } = await world.closeNow(imo);
    expect(closed.allocatedQuota).toBe(60);
    expect([await world.shareOf(ann, imo), await world.shareOf(bob, imo)]).toEqual([30, 30]);
  });

  it.each([
    ['no subscriber', {}, 0],
    ['too few participants', { minParticipants: 3 }, 2],
    ['too little locked', { minLocked: 21n * 10n ** 8n }, 2],
  ])('cancels for %s, and returns every lock', async (_, minimums, subscribers) => {
    const imo = await world.announce(minimums);
    const users: string[] = [];
    for (let i = 0; i < subscribers; i++) {
      const user = await world.addHolder('10000');
      await world.subscribe(user, imo, '10');
      users.push(user);
    }
    const { imo: closed, next } = await world.closeNow(imo);
    expect(closed).toMatchObject({ status: 'cancelled', openLocks: 0 });
    expect(closed.cancelReason).toContain('It needed');
    expect(next.kind).toBe('nothing');
    for (const user of users) expect((await world.lcoOf(user)).locked).toBe('0');
  });

  it('counts for the minimums only whose lock has weight', async () => {
    const imo = await world.announce({ minParticipants: 2 });
    const [ann, bob] = [await world.addHolder('10000'), await world.addHolder('10000')];
    await world.subscribe(ann, imo, '10');
    await world.subscribe(bob, imo, '10');
    await world.unstake(bob, '10000');
    const { imo: closed } = await world.closeNow(imo);
    expect(closed).toMatchObject({ status: 'cancelled', openLocks: 0 });
  });

  it('happens once, however often and by how many it is asked for', async () => {
    const imo = await world.announce({ quota: 7n });
    const [ann, bob] = [await world.addHolder('10000'), await world.addHolder('10000')];
    await world.subscribe(ann, imo, '10');
    await world.subscribe(bob, imo, '10');
    expect((await world.imos.close(imo)).next).toMatchObject({ kind: 'close' });
    world.setNow(world.now() + hourMs);
    const other = world.imosOf(world.openCommitter());
    await Promise.all([world.imos.close(imo), other.close(imo)]);
    await Promise.all([world.imos.weigh(imo), other.weigh(imo)]);
    await Promise.all([world.imos.allocate(imo), other.allocate(imo)]);
    const { imo: closed, next } = await world.imos.allocate(imo);
    expect(closed).toMatchObject({ participants: 2, allocatedQuota: 7 });
    expect(next.kind).toBe('expire');
    expect([await world.shareOf(ann, imo), await world.shareOf(bob, imo)]).toEqual([4, 3]);
  });
});

describe('an operator', () => {
  it('cancels with a reason that everybody sees, once; every lock comes back', async () => {
    const imo = await world.announce();
    const ann = await world.addHolder('10000');
    await world.subscribe(ann, imo, '10');
    const act = world.actOf(imo);
    const { imo: cancelled } = await world.imos.cancel(act);
    expect(cancelled).toMatchObject({ status: 'cancelled', cancelReason: act.reason });
    expect(await world.imos.cancel(act)).toMatchObject({ imo: { status: 'cancelled' } });
    await expect(world.imos.cancel(world.actOf(imo))).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'cancelled' }),
    );
    await expect(world.subscribe(ann, imo, '1')).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'cancelled' }),
    );
    expect((await world.advance(imo)).next.kind).toBe('nothing');
    expect((await world.lcoOf(ann)).locked).toBe('0');
    expect(await world.actionsOn(imo)).toEqual(['imo.announce', 'imo.cancel']);
  });

  it('cancels an active one, whose holders cannot call any more', async () => {
    const imo = await world.announce();
    const ann = await world.addHolder('10000');
    await world.subscribe(ann, imo, '10');
    await world.closeNow(imo);
    await world.settleCall(await world.call(ann, 10, 100), 10, 50);
    await world.imos.cancel(world.actOf(imo));
    await expect(world.call(ann, 10, 100)).rejects.toEqual(refusal('IMO_QUOTA_REQUIRED'));
    await world.advance(imo);
    expect(await world.imos.subscriptionOf(imo, ann)).toMatchObject({
      used: 60,
      returnReason: 'cancelled',
    });
  });

  it('does not cancel what they subscribed to, nor who is none, nor while shares are given', async () => {
    const imo = await world.announce();
    const holder = await world.addHolder('10000');
    await world.subscribe(holder, imo, '10');
    await expect(world.imos.cancel(world.actOf(imo, { operatorId: holder }))).rejects.toEqual(
      refusal('FORBIDDEN'),
    );
    await world.db('users').where('id', holder).update({ role: 'operator' });
    await expect(world.imos.cancel(world.actOf(imo, { operatorId: holder }))).rejects.toEqual(
      refusal('ACTION_BY_INTERESTED_OPERATOR'),
    );
    world.setNow(world.now() + hourMs);
    await world.imos.close(imo);
    await expect(world.imos.cancel(world.actOf(imo))).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'closing' }),
    );
    await world.advance(imo);
  });
});
