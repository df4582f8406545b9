import { newId } from '../../ledger/ids';
import { releaseCall } from '../../services/calls/relay-release';
import { setParameter } from '../../services/parameters';
import { refusal } from '../support/refusals';
import { createWorld, type World } from './world';

let world: World;

afterEach(() => world.close());

describe('a relay call', () => {
  beforeEach(async () => {
    world = await createWorld();
  });

  it('holds its bound, charges what was used, gives the rest back and mines', async () => {
    const user = await world.addCaller('10');
    const call = await world.reserve(user, 1_000_000 / 10);
    expect(await world.creditsOf(user)).toBe('9.9');
    expect(await world.creditsOf(user, 'relay')).toBe('0.1');
    await world.settle(call, 60_000);
    expect(await world.creditsOf(user)).toBe('9.94');
    expect(await world.creditsOf(user, 'relay')).toBe('0');
    expect(await world.lcoOf(user)).toBe('0.6');
    expect(await world.platformCredits('upstream_cost')).toBe('0.03');
    expect(await world.revenue()).toBe('0.03');
  });

  it('rounds a charge up to the base unit', async () => {
    await world.setPrice('0.00000001', '0');
    const user = await world.addCaller('1');
    const call = await world.reserve(user, 10);
    await world.settle(call, 1);
    expect(await world.creditsOf(user)).toBe('0.99999999');
    expect(await world.lcoOf(user)).toBe('0.0000001');
  });

  it('is charged by the price version of its reservation, whatever was decided meanwhile', async () => {
    const user = await world.addCaller('10');
    const call = await world.reserve(user, 100_000);
    await world.setPrice('100', '1');
    await world.settle(call, 100_000);
    expect(await world.creditsOf(user)).toBe('9.9');
    const dear = await world.reserve(user, 100_000);
    expect(dear.version.version).toBe(2);
    expect(dear).toMatchObject({ clamped: true, outputLimit: 99_000 });
    await world.settle(dear, 1);
  });

  it('settles once: whoever repeats it is told the first settlement, and it is not released', async () => {
    const user = await world.addCaller('10');
    const call = await world.reserve(user, 1_000);
    const outcomes = await Promise.allSettled([
      world.settle(call, 1_000),
      world.settle(call, 1_000),
      world.settle(call, 500, {}, world.openCommitter()),
    ]);
    const told = { status: 'fulfilled', value: await world.settle(call, 1) };
    expect(outcomes).toEqual([told, told, told]);
    const { callId, userId, keyId } = call.input;
    const releasing = { callId, userId, keyId, ending: 'client_left' };
    await expect(
      world.committer.submit(releaseCall, releasing, { actor: userId }),
    ).rejects.toMatchObject(refusal('RESERVATION_ENDED'));
    expect(await world.creditsOf(user)).toMatch(/^9\.99(9|95)$/);
  });

  it('charges the reservation when the upstream used more, records the rest and flags the model', async () => {
    const user = await world.addCaller('10');
    const call = await world.reserve(user, 1_000);
    const { excess } = await world.settle(call, 5_000);
    expect(excess).toBe(400_000n);
    expect(await world.creditsOf(user)).toBe('9.999');
    const row: unknown = await world
      .db('relay_calls')
      .first('charge', 'cost', 'shortfall', 'excess');
    expect(row).toEqual({
      charge: 100_000n,
      cost: 250_000n,
      shortfall: 150_000n,
      excess: 400_000n,
    });
    expect(await world.platformCredits('upstream_cost')).toBe('0.001');
    expect(await world.revenue()).toBe('0');
    const model: unknown = await world.db('models').first('flagged_reason');
    expect(model).toEqual({
      flagged_reason: `call ${call.input.callId} used more than was reserved`,
    });
  });

  it('charges the whole reservation where nobody could count', async () => {
    const user = await world.addCaller('10');
    const call = await world.reserve(user, 1_000);
    await world.settle(call, 1_000, { tokenSource: 'reservation' });
    expect(await world.creditsOf(user)).toBe('9.999');
  });

  it('lets exactly ten of two hundred parallel calls through a balance for ten', async () => {
    await world.committer.submit(
      setParameter,
      {
        name: 'tiers.concurrency',
        value: { Lv1: 200, Lv2: 200, Lv3: 200, Lv4: 200, Whale: 200 },
        expectedVersion: 1,
        source: 'test',
        reason: null,
      },
      { actor: 'test' },
    );
    const user = await world.addCaller('0.00016');
    const keys = await Promise.all(Array.from({ length: 5 }, () => world.addKey(user)));
    const committers = [world.committer, world.openCommitter()];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) =>
        world.reserve(user, 16, { keyId: keys[i % 5] ?? null }, committers[i % 2]),
      ),
    );
    const held = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    );
    expect(held).toHaveLength(10);
    expect(await world.creditsOf(user)).toBe('0');
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject(refusal('INSUFFICIENT_FUNDS'));
      }
    }
    await Promise.all(held.map((call) => world.settle(call, 8)));
    expect(await world.creditsOf(user)).toBe('0.00008');
    expect(await world.creditsOf(user, 'relay')).toBe('0');
  });

  it('refuses the sixth call at once at Lv1, over two processes, and frees the slot again', async () => {
    const user = await world.addCaller('10');
    const other = world.openCommitter();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) =>
        world.reserve(user, 100, {}, i % 2 ? other : world.committer),
      ),
    );
    const held = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    );
    expect(held).toHaveLength(5);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: refusal('CONCURRENCY_LIMIT'),
    });
    if (held[0]) await world.settle(held[0], 1);
    const next = await world.reserve(user, 100);
    await Promise.all([...held.slice(1), next].map((call) => world.settle(call, 1)));
  });

  it('never lets the calls of a key exceed its cap together', async () => {
    const user = await world.addCaller('10');
    const keyId = await world.addKey(user, '0.00005');
    const [first, second, third] = await Promise.allSettled([
      world.reserve(user, 30, { keyId }),
      world.reserve(user, 20, { keyId }),
      world.reserve(user, 1, { keyId }),
    ]);
    expect([first?.status, second?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(third).toMatchObject({ reason: refusal('API_KEY_CAP_EXCEEDED') });
    for (const outcome of [first, second]) {
      if (outcome?.status === 'fulfilled') await world.settle(outcome.value, 10);
    }
    const last = await world.reserve(user, 1_000, { keyId });
    expect(last).toMatchObject({ clamped: true, outputLimit: 30 });
    await world.settle(last, 30);
  });

  it('clamps the output to what the balance affords, and refuses below 16 tokens', async () => {
    const user = await world.addCaller('0.0001');
    const call = await world.reserve(user, 5_000, { textTokens: 50 });
    expect(call).toMatchObject({ clamped: true, outputLimit: 50, reserved: 10_000n });
    await world.settle(call, 0, {
      usage: { input: 50, cachedInput: 0, cacheWrite: 0, output: 20 },
    });
    await expect(world.reserve(user, 5_000, { textTokens: 20 })).rejects.toMatchObject(
      refusal('INSUFFICIENT_FUNDS'),
    );
    const small = await world.reserve(user, 5, { textTokens: 20 });
    await world.settle(small, 5);
  });

  it.each([
    ['a key that was revoked', { revoked_at: new Date() }, 'API_KEY_REVOKED'],
    ['a key that has expired', { expires_at: new Date(0) }, 'API_KEY_EXPIRED'],
  ] as const)('refuses %s under the lock', async (_, change, code) => {
    const user = await world.addCaller('10');
    const keyId = await world.addKey(user);
    await world.db('api_keys').where({ id: keyId }).update(change);
    await expect(world.reserve(user, 1, { keyId })).rejects.toMatchObject(refusal(code));
  });

  it('refuses a frozen user, yet settles the call that was under way', async () => {
    const user = await world.addCaller('10');
    const call = await world.reserve(user, 100);
    await world.freeze(user);
    await expect(world.reserve(user, 1)).rejects.toMatchObject(refusal('USER_FROZEN'));
    await world.settle(call, 100);
    expect(await world.creditsOf(user)).toBe('9.9999');
  });

  it('refuses an unknown model, more output than the model has, and too much input', async () => {
    const user = await world.addCaller('10');
    await expect(world.reserve(user, 1, { modelId: 'none' })).rejects.toMatchObject(
      refusal('MODEL_NOT_FOUND'),
    );
    await expect(world.reserve(user, 100_001)).rejects.toMatchObject(refusal('INVALID_REQUEST'));
    await expect(world.reserve(user, 1, { textTokens: 1_000_001 })).rejects.toMatchObject(
      refusal('INVALID_REQUEST'),
    );
  });
});

describe('a process that dies', () => {
  beforeEach(async () => {
    world = await createWorld();
  });

  it('has its reservations released in full by the sweep, and its later settlement refused', async () => {
    const user = await world.addCaller('10');
    const keyId = await world.addKey(user);
    const silent = await world.addProcess(21);
    const lost = await world.reserve(user, 1_000, { processId: silent, keyId });
    const gone = await world.reserve(user, 1_000, { processId: newId() });
    const kept = await world.reserve(user, 1_000);
    expect(await world.sweep()).toBe(2);
    expect(await world.sweep()).toBe(0);
    expect(await world.creditsOf(user, 'relay')).toBe('0.001');
    for (const call of [lost, gone]) {
      await expect(world.settle(call, 1)).rejects.toMatchObject(refusal('RESERVATION_ENDED'));
    }
    await world.settle(kept, 1_000);
    expect(await world.creditsOf(user)).toBe('9.999');
  });

  it("gives its slots and Credits back at the user's next reserve", async () => {
    const user = await world.addCaller('0.0001');
    const silent = await world.addProcess(21);
    for (let i = 0; i < 5; i++) await world.reserve(user, 20, { processId: silent });
    expect(await world.creditsOf(user)).toBe('0');
    const next = await world.reserve(user, 100);
    expect(next).toMatchObject({ clamped: false, outputLimit: 100 });
    await world.settle(next, 100);
    expect(await world.creditsOf(user)).toBe('0');
  });

  it('keeps what a living process holds', async () => {
    const user = await world.addCaller('0.0001');
    const call = await world.reserve(user, 100);
    await expect(world.reserve(user, 100)).rejects.toMatchObject(refusal('INSUFFICIENT_FUNDS'));
    await world.settle(call, 1);
  });
});

describe('tiers', () => {
  it.each([
    ['999.99', 'Lv1', '100'],
    ['1000', 'Lv2', '95'],
    ['10000', 'Lv3', '85'],
    ['50000', 'Lv4', '70'],
    ['100000', 'Whale', '60'],
  ])('a stake of %s LCO is %s and pays %s for what lists at 100', async (staked, tier, charge) => {
    world = await createWorld({ list: '1000', cost: '600' });
    const user = await world.addCaller('10000');
    await world.deposit(user, '1000');
    const mining = await Promise.all(
      Array.from({ length: 5 }, () => world.reserve(user, 100_000, { choices: 20 })),
    );
    for (const call of mining) {
      await world.settle(call, 0, {
        usage: { input: 0, cachedInput: 0, cacheWrite: 0, output: 2_000_000 },
      });
    }
    await world.stake(user, staked);
    const call = await world.reserve(user, 100_000);
    expect(call.tier).toBe(tier);
    const before = Number(await world.creditsOf(user)) + 100 * (Number(charge) / 100);
    await world.settle(call, 100_000);
    expect(before - Number(await world.creditsOf(user))).toBe(Number(charge));
  });
});
