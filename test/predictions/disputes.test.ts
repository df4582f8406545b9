// Disputes (DESIGN 2.8 and 2.13): a holder puts up a bond, a second operator rules, and nobody gains by the delay.
import { randomUUID } from 'node:crypto';
import { formatAmount, parseAmount } from '../../domain/money';
import { callerOf } from '../credits/world';
import { refusal } from '../support/refusals';
import { createWorld, dayMs, hourMs, type World } from './world';

let world: World;
let proposer: string;
let ann: string;
let bob: string;

beforeAll(async () => {
  world = await createWorld();
  proposer = await world.addBettor('30000');
  ann = await world.addBettor('30000');
  bob = await world.addBettor('20000');
});
afterAll(() => world.close());

const conflict = (status: string) => refusal('STATE_CONFLICT', { status });

/** Of which YES is proposed, as of a minute after the opening. */
async function resolvedMarket(stakes: readonly [yes: string, no: string] = ['500', '500']) {
  const id = await world.open(proposer, { closesAt: world.now() + hourMs });
  await world.bet(ann, id, 'yes', stakes[0]);
  await world.bet(bob, id, 'no', stakes[1]);
  world.pass(60_000);
  const effectiveAt = world.now();
  world.pass(60_000);
  await world.resolve(id, 'yes', { effectiveAt });
  return { id, effectiveAt };
}

const disputeOf = async (id: string) => (await world.predictions.get(id)).dispute;

async function burnsOf(sourceRef: string) {
  return world
    .db('burns')
    .select<{ kind: string; amount: bigint; seq: bigint }[]>('kind', 'amount', 'seq')
    .where('source_ref', sourceRef)
    .orderBy('seq');
}

describe('a dispute', () => {
  it('takes the bond from what is free, beside the pool, and gives a second operator 7 days', async () => {
    const { id } = await resolvedMarket();
    const free = parseAmount(await world.freeOf(bob));
    const answer = await world.dispute(bob, id);
    expect(answer).toEqual({
      marketId: id,
      bond: '100',
      disputedAt: new Date(world.now()).toISOString(),
      rulingUntil: new Date(world.now() + 7 * dayMs).toISOString(),
    });
    expect(free - parseAmount(await world.freeOf(bob))).toBe(parseAmount('100'));
    expect(await world.heldBy(id, 'bond')).toBe('100');
    expect(await world.heldBy(id, 'pool')).toBe('2000');
    expect(await disputeOf(id)).toMatchObject({ bond: '100', bondFate: 'held', ruling: null });
  });

  it.each([
    ['of 10,000 staked', '4500', '100'],
    ['of a LCO less', '4499', '100'],
    ['of a hundred LCO more', '4600', '101'],
    ['rounded down', '14500.00000199', '200.00000001'],
  ])('%s has a bond of a hundredth, and of 100 LCO at least', async (_, yes, bond) => {
    const { id } = await resolvedMarket([yes, '4500']);
    expect(await world.dispute(bob, id)).toMatchObject({ bond });
    await world.predictions.void(world.actOf(id, { operatorId: world.secondOperator }));
    await world.advance(id);
  });

  it('is a holder’s, the proposer being one, and of nobody who is frozen', async () => {
    const nobody = await world.addBettor();
    const { id } = await resolvedMarket();
    await expect(world.dispute(nobody, id)).rejects.toEqual(refusal('FORBIDDEN'));
    await world.freeze(bob);
    await expect(world.dispute(bob, id)).rejects.toEqual(refusal('USER_FROZEN'));
    await world.unfreeze(bob);
    await world.dispute(proposer, id);
  });

  it('needs an outcome that is proposed', async () => {
    const id = await world.open(proposer, { closesAt: world.now() + hourMs });
    await world.bet(bob, id, 'no', '10');
    await expect(world.dispute(bob, id)).rejects.toEqual(conflict('open'));
    world.pass(hourMs);
    await expect(world.dispute(bob, id)).rejects.toEqual(conflict('locked'));
    await expect(world.dispute(bob, randomUUID())).rejects.toEqual(refusal('PREDICTION_NOT_FOUND'));
    const proposed = await world.propose(proposer);
    await expect(world.dispute(proposer, proposed)).rejects.toEqual(conflict('proposed'));
  });

  it('needs the bond', async () => {
    const poor = await world.addBettor();
    const id = await world.open(proposer, { closesAt: world.now() + hourMs });
    const free = parseAmount(await world.freeOf(poor));
    await world.bet(poor, id, 'no', formatAmount(free - parseAmount('99.99999999')));
    await world.resolve(id, 'yes');
    await expect(world.dispute(poor, id)).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS', { asset: 'LCO', available: '99.99999999' }),
    );
  });

  it('is made once a market, also when several come at once', async () => {
    const { id } = await resolvedMarket();
    const other = world.predictionsOf(world.openCommitter());
    const all = await Promise.allSettled([
      world.dispute(ann, id),
      world.dispute(bob, id),
      world.dispute(proposer, id),
      other.dispute(callerOf(ann), id, 'So it is'),
    ]);
    const refused = all.flatMap((one): unknown[] =>
      one.status === 'rejected' ? [one.reason] : [],
    );
    expect(refused).toHaveLength(3);
    for (const reason of refused) expect(reason).toEqual(conflict('disputed'));
    expect(await world.heldBy(id, 'bond')).toBe('100');
    await world.rule(id, 'no', world.now() - 60_000);
    await expect(world.dispute(bob, id)).rejects.toEqual(conflict('final'));
  });

  it('asked for again under its key is answered as it was', async () => {
    const { id } = await resolvedMarket();
    const key = randomUUID();
    const first = await world.dispute(bob, id, key);
    world.pass(dayMs);
    expect(await world.dispute(bob, id, key)).toEqual(first);
    expect(await world.heldBy(id, 'bond')).toBe('100');
  });

  it('may come in the last millisecond of the day', async () => {
    const { id } = await resolvedMarket();
    world.pass(dayMs - 1);
    await world.dispute(bob, id);
    world.pass(1);
    expect((await world.predictions.finalise(id)).market.status).toBe('disputed');
  });
});

describe('a ruling', () => {
  it('that says the same burns the bond, with a record of it', async () => {
    const { id, effectiveAt } = await resolvedMarket();
    const free = parseAmount(await world.freeOf(bob));
    await world.dispute(bob, id);
    const { market } = await world.rule(id, 'yes', effectiveAt, { reason: 'It did' });
    expect(market.status).toBe('final');
    const [burn] = await burnsOf(id);
    expect(burn).toMatchObject({ kind: 'bond', amount: parseAmount('100') });
    expect(market).toMatchObject({
      outcome: 'yes',
      dispute: { bondFate: 'burned', burnSeq: Number(burn?.seq), ruling: { reason: 'It did' } },
    });
    expect(await world.heldBy(id, 'bond')).toBe('0');
    expect(free - parseAmount(await world.freeOf(bob))).toBe(parseAmount('100'));
    expect((await world.advance(id)).market.status).toBe('settled');
    expect((await burnsOf(id)).map(({ kind }) => kind)).toEqual(['bond', 'prediction_fee']);
  });

  it.each([
    ['another outcome', 'no', 0],
    ['another time', 'yes', -1],
    ['a later time', 'yes', 1],
    ['both', 'no', -1],
  ] as const)('that says %s returns it', async (_, outcome, moved) => {
    const { id, effectiveAt } = await resolvedMarket();
    const free = await world.freeOf(bob);
    await world.dispute(bob, id);
    const { market } = await world.rule(id, outcome, effectiveAt + moved);
    expect(market).toMatchObject({
      outcome,
      effectiveAt: new Date(effectiveAt + moved).toISOString(),
      // What was proposed is still told.
      resolution: { outcome: 'yes', effectiveAt: new Date(effectiveAt).toISOString() },
      dispute: { bondFate: 'returned', burnSeq: null },
    });
    expect(await world.freeOf(bob)).toBe(free);
    expect(await burnsOf(id)).toEqual([]);
    expect((await world.advance(id)).market).toMatchObject({ status: 'settled', outcome });
  });

  it('is about the outcome alone when it names no time', async () => {
    const { id, effectiveAt } = await resolvedMarket();
    await world.dispute(bob, id);
    const { market } = await world.rule(id, 'no', null);
    expect(market).toMatchObject({
      outcome: 'no',
      effectiveAt: new Date(effectiveAt).toISOString(),
      dispute: { bondFate: 'returned' },
    });
  });

  it('is another operator’s, within the betting time, while there is a dispute, and final', async () => {
    const { id, effectiveAt } = await resolvedMarket();
    await expect(world.rule(id, 'no', effectiveAt)).rejects.toEqual(
      conflict('resolution_proposed'),
    );
    await world.dispute(bob, id);
    const same = { operatorId: world.operator };
    await expect(world.rule(id, 'no', effectiveAt, same)).rejects.toEqual(
      refusal('ACTION_BY_INTERESTED_OPERATOR'),
    );
    const { openedAt, lockedAt } = await world.predictions.get(id);
    for (const at of [Date.parse(openedAt!) - 1, Date.parse(lockedAt!) + 1]) {
      await expect(world.rule(id, 'no', at)).rejects.toEqual(
        refusal('INVALID_REQUEST', { param: 'effectiveAt' }),
      );
    }
    const act = { ...world.actOf(id), operatorId: world.secondOperator };
    const ruling = { ...act, outcome: 'no', effectiveAt } as const;
    const { revision } = await world.predictions.rule(ruling);
    expect((await world.predictions.rule(ruling)).revision).toBe(revision);
    await expect(world.rule(id, 'yes', effectiveAt)).rejects.toEqual(conflict('final'));
    expect(await world.actionsOn(id)).toEqual([
      'prediction.approve',
      'prediction.resolve',
      'prediction.rule',
    ]);
  });
});

describe('a dispute that nobody rules on', () => {
  it('lets the first proposal stand after 7 days, not before, and the bond returns', async () => {
    const { id } = await resolvedMarket();
    const free = await world.freeOf(bob);
    await world.dispute(bob, id);
    world.pass(7 * dayMs - 1);
    const early = await world.predictions.letStand(id);
    expect([early.market.status, early.next.waitMs]).toEqual(['disputed', 1]);
    world.pass(1);
    const { market, revision } = await world.predictions.letStand(id);
    expect(market.status).toBe('final');
    expect(market).toMatchObject({
      outcome: 'yes',
      dispute: { bondFate: 'returned', ruling: null },
    });
    expect((await world.predictions.letStand(id)).revision).toBe(revision);
    expect(await world.freeOf(bob)).toBe(free);
    expect(await burnsOf(id)).toEqual([]);
  });

  it('does not carry the loser over to the day on which an unresolved market is void', async () => {
    const id = await world.open(proposer, { closesAt: world.now() + hourMs });
    await world.bet(ann, id, 'yes', '500');
    await world.bet(bob, id, 'no', '500');
    world.pass(hourMs);
    await world.predictions.lock(id);
    world.pass(13 * dayMs);
    await world.resolve(id, 'yes');
    world.pass(dayMs - 1);
    await world.dispute(bob, id);
    for (let day = 0; day < 7; day++) {
      expect((await world.predictions.voidUnresolved(id)).market.status).toBe('disputed');
      expect((await world.advance(id)).market.status).toBe('disputed');
      world.pass(dayMs);
    }
    expect((await world.predictions.voidUnresolved(id)).market.status).toBe('disputed');
    expect((await world.advance(id)).market).toMatchObject({ status: 'settled', outcome: 'yes' });
  });
});
