// Markets that are void (DESIGN 2.8): who may void one and until when, that time alone does it where nobody decided, whether
// or not a worker has written it, and that every stake comes back at cost.
import { parseAmount } from '../../domain/money';
import { refusal } from '../support/refusals';
import { allOf, createWorld, dayMs, hourMs, type World } from './world';

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

async function disputedMarket() {
  const market = await openMarket();
  world.pass(1_000);
  const effectiveAt = world.now();
  await world.resolve(market.id, 'yes');
  await world.dispute(ann, market.id);
  return { ...market, effectiveAt };
}

describe('a market that nobody resolves', () => {
  it('is void 14 days after it locked, not before, and gives every stake back', async () => {
    const before = await Promise.all([proposer, ann, bob].map((user) => world.freeOf(user)));
    const { id } = await lockedMarket();
    expect((await world.predictions.lock(id)).next).toMatchObject({
      kind: 'void_unresolved',
      waitMs: 14 * dayMs,
    });
    world.pass(14 * dayMs - 1);
    const early = await world.predictions.voidUnresolved(id);
    expect([early.market.status, early.next.waitMs]).toEqual(['locked', 1]);
    world.pass(1);
    const { market } = await world.predictions.voidUnresolved(id);
    expect(market.status).toBe('voiding');
    expect(market).toMatchObject({
      voided: { cause: 'unresolved', operator: null },
      outcome: 'void',
    });
    const ended = await world.advance(id);
    expect(ended.market.status).toBe('void');
    expect(ended.market.settlement).toMatchObject({
      keptLots: 0,
      voidedLots: 3,
      paid: '0',
      refunded: '2000',
      fees: '0',
      burned: '0',
      burnSeq: null,
    });
    expect(await Promise.all([proposer, ann, bob].map((user) => world.freeOf(user)))).toEqual(
      before,
    );
    expect(await world.heldBy(id)).toBe('0');
  });

  it.each([false, true])(
    'takes no outcome from that moment on; locked by a worker: %s',
    async (locked) => {
      const { id, closesAt } = await lockedMarket();
      if (locked) await world.predictions.lock(id);
      world.pass(14 * dayMs - 1);
      const resolve = () => world.resolve(id, 'yes', { effectiveAt: closesAt });
      world.pass(1);
      await expect(resolve()).rejects.toEqual(conflict('locked'));
      // Nor does an operator void it: it is void by itself.
      await expect(world.predictions.void(world.actOf(id))).rejects.toEqual(conflict('locked'));
      const { market } = await world.advance(id);
      expect(market.voided?.cause).toBe('unresolved');
    },
  );

  it('takes an outcome in the last millisecond', async () => {
    const { id, closesAt } = await lockedMarket(14 * dayMs - 1);
    await world.resolve(id, 'yes', { effectiveAt: closesAt });
    world.pass(dayMs);
    expect((await world.predictions.voidUnresolved(id)).market.status).toBe('resolution_proposed');
    expect((await world.advance(id)).market.status).toBe('settled');
  });
});

describe('an operator', () => {
  const voidBy = (id: string, operatorId: string) =>
    world.predictions.void(world.actOf(id, { operatorId, reason: 'Ambiguous' }));

  it.each<[string, () => Promise<{ id: string }>]>([
    ['open', openMarket],
    ['locked by time alone', () => lockedMarket(hourMs)],
  ])('voids a market that is %s alone', async (_, make) => {
    const free = await world.freeOf(ann);
    const { id } = await make();
    const { market } = await voidBy(id, world.operator);
    expect(market.status).toBe('voiding');
    expect(market.voided).toMatchObject({ cause: 'operator', reason: 'Ambiguous' });
    await expect(voidBy(id, world.secondOperator)).rejects.toEqual(conflict('voiding'));
    await expect(world.bet(ann, id, 'yes', '1')).rejects.toEqual(conflict('voiding'));
    await expect(world.resolve(id, 'yes', { effectiveAt: 0 })).rejects.toEqual(conflict('voiding'));
    expect((await world.advance(id)).market.status).toBe('void');
    expect(await world.freeOf(ann)).toBe(free);
  });

  it('does not void what another one is to void: where an outcome is proposed, a second one', async () => {
    const { id } = await openMarket();
    await world.resolve(id, 'yes');
    await expect(voidBy(id, world.operator)).rejects.toEqual(interested);
    await voidBy(id, world.secondOperator);
    expect(await world.actionsOn(id)).toContain('prediction.void');
    expect((await world.advance(id)).market.status).toBe('void');
  });

  it('voids one in dispute, a second one, and the bond returns with the stakes', async () => {
    const free = await world.freeOf(ann);
    const { id } = await disputedMarket();
    expect(await world.heldBy(id, 'bond')).toBe('100');
    await expect(voidBy(id, world.operator)).rejects.toEqual(interested);
    const { market } = await voidBy(id, world.secondOperator);
    expect(market.dispute).toMatchObject({ bond: '100', bondFate: 'returned', burnSeq: null });
    expect(await world.heldBy(id, 'bond')).toBe('0');
    await world.advance(id);
    expect(await world.freeOf(ann)).toBe(free);
  });

  it('voids nothing before it is open, nor once an outcome is final, paid or void', async () => {
    const proposed = await world.propose(proposer);
    await expect(voidBy(proposed, world.operator)).rejects.toEqual(conflict('proposed'));
    const { id } = await openMarket();
    await world.resolve(id, 'yes');
    world.pass(dayMs);
    await world.predictions.finalise(id);
    await expect(voidBy(id, world.secondOperator)).rejects.toEqual(conflict('final'));
    await world.predictions.rollBack(id);
    await expect(voidBy(id, world.secondOperator)).rejects.toEqual(conflict('settling'));
    await world.advance(id);
    await expect(voidBy(id, world.secondOperator)).rejects.toEqual(conflict('settled'));
  });

  it('voids, disputes and rules nothing once the window is over, though nobody wrote it', async () => {
    const { id } = await openMarket();
    await world.resolve(id, 'yes');
    world.pass(dayMs);
    await expect(voidBy(id, world.secondOperator)).rejects.toEqual(conflict('resolution_proposed'));
    await expect(world.dispute(bob, id)).rejects.toEqual(conflict('resolution_proposed'));
    expect((await world.advance(id)).market.status).toBe('settled');

    const disputed = await disputedMarket();
    world.pass(7 * dayMs);
    await expect(voidBy(disputed.id, world.secondOperator)).rejects.toEqual(conflict('disputed'));
    await expect(world.rule(disputed.id, 'no', disputed.effectiveAt)).rejects.toEqual(
      conflict('disputed'),
    );
    expect((await world.advance(disputed.id)).market).toMatchObject({
      status: 'settled',
      outcome: 'yes',
    });
  });

  it('voids in the last millisecond of a window', async () => {
    const { id } = await openMarket();
    await world.resolve(id, 'yes');
    world.pass(dayMs - 1);
    await voidBy(id, world.secondOperator);
    const disputed = await disputedMarket();
    world.pass(7 * dayMs - 1);
    await voidBy(disputed.id, world.secondOperator);
    for (const each of [id, disputed.id])
      expect((await world.advance(each)).market.status).toBe('void');
  });
});

it('makes a market void on which all the bets were on one side', async () => {
  const id = await world.open(proposer);
  for (let i = 1; i <= 5; i++) await world.bet(ann, id, 'yes', String(i * 10));
  const { market } = await world.settle(id, 'yes');
  expect(market.status).toBe('void');
  expect(market).toMatchObject({ outcome: 'void', voided: { cause: 'thin' } });
  const { items } = await world.predictions.ownLots(id, ann, allOf);
  expect(items.map(({ paid, voided }) => [paid, voided])).toEqual(
    [50, 40, 30, 20, 10].map((stake) => [String(stake), true]),
  );
});

it('gives everything back at cost after many bets of many', async () => {
  const users = [proposer, ann, bob];
  const before = await Promise.all(users.map((user) => world.freeOf(user)));
  const id = await world.open(proposer);
  let staked = parseAmount('1000');
  for (let i = 0; i < 40; i++) {
    const stake = `${1 + ((i * 37) % 90)}.0000000${i % 10}`;
    staked += parseAmount(stake);
    await world.bet(users[i % 3]!, id, i % 7 < 3 ? 'yes' : 'no', stake);
  }
  await world.predictions.void(world.actOf(id));
  const { market } = await world.advance(id);
  expect(parseAmount(market.settlement!.refunded)).toBe(staked);
  expect(await Promise.all(users.map((user) => world.freeOf(user)))).toEqual(before);
});
