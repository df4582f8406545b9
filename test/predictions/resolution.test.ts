// From the last bet to an outcome (DESIGN 2.8): who proposes it, of what time, and when it is final.
import { refusal } from '../support/refusals';
import { createWorld, dayMs, hourMs, type World } from './world';

let world: World;
let proposer: string;
let ann: string;
let bob: string;

beforeAll(async () => {
  world = await createWorld();
  proposer = await world.addBettor('30000');
  ann = await world.addBettor('20000');
  bob = await world.addBettor('20000');
});
afterAll(() => world.close());

const conflict = (status: string) => refusal('STATE_CONFLICT', { status });
const interested = refusal('ACTION_BY_INTERESTED_OPERATOR');

/** With 500 on each side, closing in an hour. */
async function openMarket(): Promise<{ id: string; openedAt: number; closesAt: number }> {
  const openedAt = world.now();
  const closesAt = openedAt + hourMs;
  const id = await world.open(proposer, { closesAt });
  await world.bet(ann, id, 'yes', '500');
  await world.bet(bob, id, 'no', '500');
  return { id, openedAt, closesAt };
}

/** Closed; `after` the closing. */
async function lockedMarket(after = 0) {
  const market = await openMarket();
  world.setNow(market.closesAt + after);
  return market;
}

async function operatorWithFunds(): Promise<string> {
  const userId = await world.addBettor();
  await world.db('users').where('id', userId).update({ role: 'operator' });
  return userId;
}

describe('a resolution', () => {
  it('of an open market locks it at once, and is final when nobody disputes it in a day', async () => {
    const { id } = await openMarket();
    world.pass(60_000);
    const at = world.now();
    const { next, market } = await world.resolve(id, 'no', { reason: 'It was said' });
    expect([market.status, next.kind, next.waitMs]).toEqual([
      'resolution_proposed',
      'finalise',
      dayMs,
    ]);
    expect(market).toMatchObject({
      lockedAt: new Date(at).toISOString(),
      resolution: {
        outcome: 'no',
        evidence: 'It was said',
        effectiveAt: new Date(at).toISOString(),
        disputableUntil: new Date(at + dayMs).toISOString(),
        bond: '100',
      },
      outcome: null,
    });
    expect(await world.actionsOn(id)).toEqual(['prediction.approve', 'prediction.resolve']);
    await expect(world.bet(ann, id, 'yes', '1')).rejects.toEqual(conflict('resolution_proposed'));
    world.pass(dayMs - 1);
    expect((await world.predictions.finalise(id)).market.status).toBe('resolution_proposed');
    world.pass(1);
    const final = await world.predictions.finalise(id);
    expect(final.market).toMatchObject({ status: 'final', outcome: 'no' });
    expect((await world.predictions.finalise(id)).revision).toBe(final.revision);
  });

  it('is within the betting time, to the millisecond: from the opening to now', async () => {
    const { id, openedAt } = await openMarket();
    world.pass(60_000);
    for (const effectiveAt of [openedAt - 1, world.now() + 1]) {
      await expect(world.resolve(id, 'yes', { effectiveAt })).rejects.toEqual(
        refusal('INVALID_REQUEST', { param: 'effectiveAt' }),
      );
    }
    await world.resolve(id, 'yes', { effectiveAt: openedAt });
    const now = await openMarket();
    world.pass(60_000);
    await world.resolve(now.id, 'yes', { effectiveAt: world.now() });
  });

  it.each([false, true])(
    'is at the closing at the latest; locked by a worker: %s',
    async (locked) => {
      const { id, closesAt } = await lockedMarket(hourMs);
      if (locked) expect((await world.predictions.lock(id)).market.status).toBe('locked');
      await expect(world.resolve(id, 'yes', { effectiveAt: closesAt + 1 })).rejects.toEqual(
        refusal('INVALID_REQUEST', { param: 'effectiveAt' }),
      );
      const { market } = await world.resolve(id, 'yes', { effectiveAt: closesAt });
      expect(market.lockedAt).toBe(new Date(closesAt).toISOString());
    },
  );

  it('is made once, of a market that is open or locked', async () => {
    const { id } = await openMarket();
    const act = { ...world.actOf(id), outcome: 'yes', effectiveAt: world.now() } as const;
    const { revision } = await world.predictions.resolve(act);
    expect((await world.predictions.resolve(act)).revision).toBe(revision);
    await expect(world.resolve(id, 'no')).rejects.toEqual(conflict('resolution_proposed'));
    const proposed = await world.propose(proposer);
    await expect(world.predictions.resolve({ ...act, ...world.actOf(proposed) })).rejects.toEqual(
      conflict('proposed'),
    );
  });
});

describe('who proposed the market, or holds a position in it,', () => {
  it('decides nothing about it, and nobody does who is no operator', async () => {
    const owner = await operatorWithFunds();
    const holder = await operatorWithFunds();
    const closesAt = world.now() + hourMs;
    const id = await world.open(owner, { closesAt });
    await world.bet(holder, id, 'yes', '1');
    await world.bet(ann, id, 'yes', '500');
    await world.bet(bob, id, 'no', '500');

    const refuseAll = async (decide: (operatorId: string) => Promise<unknown>) => {
      await expect(decide(owner)).rejects.toEqual(interested);
      await expect(decide(holder)).rejects.toEqual(interested);
      await expect(decide(ann)).rejects.toEqual(refusal('FORBIDDEN'));
    };
    const voidIt = (operatorId: string) => world.predictions.void(world.actOf(id, { operatorId }));
    await refuseAll(voidIt);
    await refuseAll((operatorId) => world.resolve(id, 'yes', { operatorId }));
    const at = world.now();
    await world.resolve(id, 'yes');
    await refuseAll(voidIt);
    await world.dispute(bob, id);
    await refuseAll(voidIt);
    await refuseAll((operatorId) => world.rule(id, 'no', at, { operatorId }));
    await world.rule(id, 'no', at);
    expect(await world.actionsOn(id)).toEqual([
      'prediction.approve',
      'prediction.resolve',
      'prediction.rule',
    ]);
  });
});
