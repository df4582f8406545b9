import { randomUUID } from 'node:crypto';
import { tierOf } from '../../domain/tiers';
import { newId } from '../../ledger/ids';
import { refusal } from '../support/refusals';
import { createWorld, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

describe('a stake', () => {
  it('leaves what can be spent, and gives its level at once', async () => {
    const ann = await world.addStaker('20000');
    expect(await world.put(ann, '10000')).toMatchObject({ staked: 10_000n * 10n ** 8n });
    expect(await world.coinsOf(ann)).toEqual(['10000', '10000', '0']);
    expect(await world.levelOf(ann)).toBe('Lv3');
    await world.put(ann, '1');
    expect((await world.coinsOf(ann))[1]).toBe('10001');
  });

  it('cannot be sold, nor staked again', async () => {
    const ann = await world.addStaker('10000', '9999');
    await expect(world.place(ann, { side: 'sell', price: '0.05', quantity: '2' })).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS'),
    );
    await expect(world.put(ann, '2')).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS', { asset: 'LCO', available: '1' }),
    );
  });

  it.each([
    ['less than one LCO', '0.99999999', 'AMOUNT_OUT_OF_RANGE'],
    ['more than there is', '10000.00000001', 'INSUFFICIENT_FUNDS'],
  ] as const)('of %s is refused', async (_, lco, code) => {
    const ann = await world.addStaker('10000');
    await expect(world.put(ann, lco)).rejects.toEqual(refusal(code));
    expect(await world.coinsOf(ann)).toEqual(['10000', '0', '0']);
  });

  it('is made once under its key, and another body is refused', async () => {
    const ann = await world.addStaker('10000');
    const key = randomUUID();
    const [first, again] = [await world.put(ann, '10', key), await world.put(ann, '10', key)];
    expect(again).toEqual({ ...first, replayed: true });
    expect((await world.coinsOf(ann))[1]).toBe('10');
  });

  it('is not for the frozen, who may take theirs back all the same', async () => {
    const ann = await world.addStaker('10000', '100');
    await world.freeze(ann);
    await expect(world.put(ann, '10')).rejects.toEqual(refusal('USER_FROZEN'));
    const { id } = await world.take(ann, '100');
    await world.staking.returnUnstaked(id);
    expect(await world.coinsOf(ann)).toEqual(['10000', '0', '0']);
    await world.unfreeze(ann);
  });
});

describe('an unstake', () => {
  it('ends the rights at once, and returns the LCO once when its time has come', async () => {
    const ann = await world.addStaker('10000', '10000');
    const unstake = await world.take(ann, '1');
    expect(unstake).toMatchObject({ amount: '1', status: 'unbonding', returnedAt: null });
    expect(await world.levelOf(ann)).toBe('Lv2');
    expect(await world.coinsOf(ann)).toEqual(['0', '9999', '1']);
    const other = world.stakingOf(world.openCommitter());
    const returned = await Promise.all(
      [world.staking, other, world.staking].map((by) => by.returnUnstaked(unstake.id)),
    );
    for (const { unstake: now, waitMs } of returned) {
      expect([now.status, waitMs]).toEqual(['returned', 0]);
    }
    expect(await world.coinsOf(ann)).toEqual(['1', '9999', '0']);
  });

  it('is not returned before its time, which is fixed when it is asked', async () => {
    const ann = await world.addStaker('10000', '100');
    const patient = world.stakingOf(world.committer, 60_000);
    const unstake = await world.take(ann, '100', randomUUID(), patient);
    expect(Date.parse(unstake.unlockAt) - Date.parse(unstake.askedAt)).toBe(60_000);
    // A shorter cooldown of later changes nothing of it.
    const { unstake: waiting, waitMs } = await world.staking.returnUnstaked(unstake.id);
    expect(waiting.status).toBe('unbonding');
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    expect(await world.coinsOf(ann)).toEqual(['9900', '0', '100']);
    await world.put(ann, '100');
    expect(await world.coinsOf(ann)).toEqual(['9800', '100', '100']);
  });

  it('of all that is staked is taken, however small; of less than one LCO else, or of more, it is not', async () => {
    const ann = await world.addStaker('10000', '1.5');
    await expect(world.take(ann, '1.50000001')).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS', { asset: 'LCO', staked: '1.5' }),
    );
    await expect(world.take(ann, '0.6')).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
    await world.take(ann, '1');
    await world.take(ann, '0.5');
    await expect(world.take(ann, '0')).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
    expect(await world.coinsOf(ann)).toEqual(['9998.5', '0', '1.5']);
  });

  it('is one of twenty at most at once, also from two processes', async () => {
    const ann = await world.addStaker('10000', '100');
    const patient = [world.committer, world.openCommitter()].map((by) => world.stakingOf(by));
    const asked = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        world.take(ann, '1', randomUUID(), patient[i % 2] ?? world.staking),
      ),
    );
    const refused = asked.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const { reason } of refused) expect(reason).toEqual(refusal('OPEN_UNSTAKE_LIMIT'));
    const [first] = await world.staking.openUnstakes(ann);
    await world.staking.returnUnstaked(first?.id ?? '');
    expect(await world.staking.openUnstakes(ann)).toHaveLength(19);
    await world.take(ann, '1');
  });

  it('is made once under its key, from two processes at once', async () => {
    const ann = await world.addStaker('10000', '100');
    const other = world.stakingOf(world.openCommitter());
    const key = randomUUID();
    const unstakes = await Promise.all(
      [world.staking, other, world.staking, other].map((by) => world.take(ann, '10', key, by)),
    );
    expect(new Set(unstakes.map(({ id }) => id)).size).toBe(1);
    expect(await world.coinsOf(ann)).toEqual(['9900', '90', '10']);
    const page = await world.staking.listUnstakes(ann, { limit: 10 });
    expect(page.items).toEqual([unstakes[0]]);
  });

  it('that is not there is not found', async () => {
    await expect(world.staking.returnUnstaked(newId())).rejects.toEqual(
      refusal('UNSTAKE_NOT_FOUND'),
    );
  });

  it('and a stake at once never move more than there is', async () => {
    const ann = await world.addStaker('10000', '5000');
    const other = world.stakingOf(world.openCommitter());
    const asked = Array.from({ length: 24 }, (_, i) => {
      const by = i % 2 ? other : world.staking;
      return i % 3
        ? world.put(ann, '700', randomUUID(), by)
        : world.take(ann, '900', randomUUID(), by);
    });
    for (const each of await Promise.allSettled(asked)) {
      if (each.status === 'rejected') expect(each.reason).toEqual(refusal('INSUFFICIENT_FUNDS'));
    }
    const coins = (await world.coinsOf(ann)).map(Number);
    expect(coins.reduce((sum, each) => sum + each, 0)).toBe(10_000);
  });
});

describe('calls', () => {
  it('cost what the level of their reservation asks, however the stake changes before they are settled', async () => {
    const ann = await world.addStaker('10000', '10000', '100');
    const cheap = await world.reserve(ann, 1_000);
    expect(cheap.tier).toBe('Lv3');
    await world.take(ann, '10000');
    const dear = await world.reserve(ann, 1_000);
    expect(dear.tier).toBe('Lv1');
    const before = Number(await world.creditsOf(ann)) + 8.5 + 10;
    await world.settle(cheap, 1_000);
    await world.settle(dear, 1_000);
    expect(before - Number(await world.creditsOf(ann))).toBeCloseTo(18.5, 8);
  });

  it('are of the level of what the journal had staked at their reservation, whatever is staked and taken at once', async () => {
    const ann = await world.addStaker('60000', '0', '1000');
    const committers = [world.committer, world.openCommitter()];
    const by = (i: number) => committers[i % 2] ?? world.committer;
    const staking = committers.map((committer) => world.stakingOf(committer));
    for (let round = 0; round < 6; round++) {
      const calls = Array.from({ length: 5 }, (_, i) => world.reserve(ann, 100, {}, by(i)));
      const moves = ['1000', '9000', '40000'].map((lco, i) =>
        round % 2
          ? world.take(ann, lco, randomUUID(), staking[i % 2])
          : world.put(ann, lco, randomUUID(), staking[i % 2]),
      );
      const reserved = await Promise.all(calls);
      await Promise.all(moves);
      if (round % 2) {
        for (const { id } of await world.staking.openUnstakes(ann)) {
          await world.staking.returnUnstaked(id);
        }
      }
      await Promise.all(reserved.map((call, i) => world.settle(call, 100, {}, by(i))));
    }
    const { rows } = await world.db.raw<{ rows: { tier: string; staked: bigint }[] }>(
      `select c.tier, coalesce((
         select sum(e.amount) from journal_entries e join accounts a on a.id = e.account_id
         where a.key = 'user/' || c.user_id || '/staked/LCO'
           and (e.sequence, e.transfer) < (t.sequence, t.transfer)), 0)::bigint as staked
       from relay_calls c
       join journal_transfers t on t.kind = 'relay_reserve' and t.reference = c.id::text
       where c.user_id = ?`,
      [ann],
    );
    expect(rows.length).toBeGreaterThanOrEqual(30);
    for (const { tier, staked } of rows) expect(tier).toBe(tierOf(staked).level);
  });
});
