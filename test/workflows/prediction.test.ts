// Whole lives of prediction markets on a real Temporal server (DESIGN 2.8 and 5), proposed, bet on and decided by HTTP.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAmount } from '../../domain/money';
import { restartWorkflows } from '../../launch/lifecycles';
import { checkEngines } from '../../launch/running-checks';
import type { RunningWorker } from '../../worker/start-worker';
import { predictionStatusQuery } from '../../workflows/prediction-market';
import { lxStatus } from '../../workflows/search-attributes';
import type { SignedUp } from '../api/harness';
import { liveAtOnce } from './at-once';
import { createPredictionWorld, marketOf, type PredictionWorld } from './prediction-world';
import { eventually, expectStatus, newKey, startTestWorker } from './support';

let world: PredictionWorld;
let worker: RunningWorker;

beforeAll(async () => {
  world = await createPredictionWorld();
  worker = await startTestWorker(world.config);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

/** Time to act by HTTP, however busy the machine is. */
const minute = 60_000;
const freeOf = (user: SignedUp) => world.balanceOf(user, 'LCO');
const resultOf = (id: string) => world.handleOf(id).result();
const statusAttribute = async (id: string) =>
  (await world.handleOf(id).describe()).searchAttributes[lxStatus.name];

/** Ended, told so by its workflow and in Temporal's search, and nothing is left on its accounts. */
async function endsAs(id: string, status: string) {
  const ended = await world.ends(id);
  expect(ended.status).toBe(status);
  await expect(resultOf(id)).resolves.toEqual(ended);
  expect(await statusAttribute(id)).toEqual([status]);
  expect([await world.heldBy(id), await world.heldBy(id, 'bond')]).toEqual(['0', '0']);
  return ended;
}

liveAtOnce(4, {
  async 'is approved, bet on, locks by itself at its time, is resolved, not disputed, and paid'() {
    const id = await world.propose({ closesInMs: 5_000 });
    const [ann, bob] = world.bettors;
    expectStatus(await world.tryBet(id, ann, 'yes', '500'), 409);
    const key = newKey();
    const approved = expectStatus(await world.approve(id, { key }), 200);
    expect(marketOf(approved)).toMatchObject({
      ...{ id, status: 'open', feeBps: 500, proposer: world.proposer.handle },
      review: { operator: world.operators[0].handle, reason: 'A clear question' },
    });
    const again = expectStatus(await world.approve(id, { key }), 200);
    expect(again.text).toBe(approved.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    await world.betExample(id);
    expect(await statusAttribute(id)).toEqual(['open']);

    await eventually(async () => (await statusAttribute(id))?.[0] === 'locked');
    const locked = await world.service.get(id);
    expect(locked).toMatchObject({ status: 'locked', lockedAt: locked.closesAt });
    expect(await world.handleOf(id).query(predictionStatusQuery)).toEqual(locked);
    expectStatus(await world.tryBet(id, ann, 'yes', '1'), 409);
    expectStatus(await world.approve(id), 409);

    const resolved = marketOf(expectStatus(await world.resolve(id, 'no'), 200));
    expect(resolved).toMatchObject({ status: 'resolution_proposed', outcome: null });
    const { disputableUntil = '' } = resolved.resolution ?? {};
    const ended = await endsAs(id, 'settled');
    expect(Date.parse(ended.finalAt ?? '')).toBeGreaterThanOrEqual(Date.parse(disputableUntil));
    expect(ended).toMatchObject({
      ...{ outcome: 'no', effectiveAt: locked.closesAt, dispute: null, voided: null },
      settlement: { keptLots: 3, voidedLots: 0, settledLots: 3, refunded: '0' },
    });
    expect(await world.movesOf(id)).toEqual([
      [0, ['prediction_seed', 'prediction_payout']],
      [1, ['prediction_bet']],
      [2, ['prediction_bet', 'prediction_payout']],
    ]);
    const { items } = await world.service.ownLots(id, bob.id, { limit: 5 });
    expect(items).toMatchObject([{ paid: '1029.3314105', fee: '27.85954792', voided: false }]);
    const { paid = '', burned = '' } = ended.settlement ?? {};
    expect(parseAmount(paid) + parseAmount(burned ?? '')).toBe(parseAmount('2000'));
    expect(await world.burnsOf(id)).toEqual([['prediction_fee', burned]]);
    for (const act of [world.approve(id), world.resolve(id, 'yes'), world.void(id)]) {
      expect((await act).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
    }
    expect((await world.actionsOn(id)).map(({ action }) => action)).toEqual([
      'prediction.resolve',
      'prediction.approve',
    ]);
  },

  async 'is void by itself when nobody proposes an outcome'() {
    const id = await world.openUnheard({ closesInMs: 4_000 }, { predictionAutoVoid: 1_000 });
    await world.betExample(id);
    const { voided, closesAt, outcome } = await endsAs(id, 'void');
    expect([outcome, voided?.cause]).toEqual(['void', 'unresolved']);
    expect(Date.parse(voided?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(closesAt) + 1_000);
    expect(await world.movesOf(id)).toEqual([
      [0, ['prediction_seed', 'prediction_refund']],
      [1, ['prediction_bet', 'prediction_refund']],
      [2, ['prediction_bet', 'prediction_refund']],
    ]);
    expect(await world.burnsOf(id)).toEqual([]);
  },

  async 'is rejected, and its seed comes back'() {
    const own = await world.addBettor();
    const id = await world.propose({}, own);
    expect(await freeOf(own)).toBe('19000');
    const rejected = marketOf(expectStatus(await world.reject(id), 200));
    expect(rejected).toMatchObject({ status: 'rejected', review: { reason: 'Nobody can tell' } });
    await endsAs(id, 'rejected');
    expect(await freeOf(own)).toBe('20000');
    expectStatus(await world.tryBet(id, world.bettors[0], 'yes', '1'), 409);
    expectStatus(await world.approve(id), 409);
  },

  async 'expires when nobody answers its proposal'() {
    const id = await world.proposeWith({ predictionExpiry: 1_000 });
    const { endedAt, expiresAt } = await endsAs(id, 'expired');
    expect(Date.parse(endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    expect(await world.movesOf(id)).toEqual([[0, ['prediction_seed', 'prediction_return']]]);
  },

  async 'is resolved early, and the bets after the fact come back at cost'() {
    const id = await world.open();
    await world.betExample(id);
    await sleep(5);
    const effectiveAt = new Date().toISOString();
    await sleep(5);
    await world.bet(id, world.bettors[1], 'yes', '700');
    const resolved = marketOf(expectStatus(await world.resolve(id, 'yes', { effectiveAt }), 200));
    expect(Date.parse(resolved.lockedAt ?? '')).toBeLessThan(Date.parse(resolved.closesAt));
    expectStatus(await world.tryBet(id, world.bettors[0], 'no', '1'), 409);
    const { settlement, effectiveAt: stands } = await endsAs(id, 'settled');
    expect(stands).toBe(effectiveAt);
    expect(settlement).toMatchObject({
      ...{ keptLots: 3, voidedLots: 1, refunded: '700', pool: { staked: '2000' } },
    });
    expect((await world.movesOf(id)).slice(1)).toEqual([
      [1, ['prediction_bet', 'prediction_payout']],
      [2, ['prediction_bet']],
      [3, ['prediction_bet', 'prediction_refund']],
    ]);
  },

  async 'is disputed, overruled by a second operator and paid by the ruling; the bond returns'() {
    const holder = await world.addBettor();
    const id = await world.open({}, { predictionDispute: minute, predictionRuling: minute });
    await world.betExample(id);
    await world.bet(id, holder, 'yes', '100');
    expectStatus(await world.resolve(id, 'no'), 200);
    expectStatus(await world.dispute(id, { by: await world.addBettor() }), 403);
    const dispute = expectStatus(await world.dispute(id, { by: holder }), 201);
    expect(dispute.json).toMatchObject({ dispute: { marketId: id, bond: '100' } });
    expectStatus(await world.dispute(id), 409);
    expect(await freeOf(holder)).toBe('19800');
    await eventually(async () => (await statusAttribute(id))?.[0] === 'disputed');
    const same = await world.rule(id, 'yes', { by: world.operators[0] });
    expect(same.problem).toMatchObject({ status: 403, code: 'ACTION_BY_INTERESTED_OPERATOR' });
    expectStatus(await world.rule(id, 'yes'), 200);
    const { outcome, dispute: shown } = await endsAs(id, 'settled');
    expect(outcome).toBe('yes');
    expect(shown).toMatchObject({
      ...{ handle: holder.handle, bond: '100', bondFate: 'returned', burnSeq: null },
      ruling: { operator: world.operators[1].handle, reason: 'I looked myself' },
    });
    expect(await world.burnsOf(id)).toHaveLength(1);
  },

  async 'is disputed in vain, and the bond is burned'() {
    const id = await world.open({}, { predictionDispute: minute, predictionRuling: minute });
    await world.betExample(id);
    const { resolution } = marketOf(expectStatus(await world.resolve(id, 'no'), 200));
    expectStatus(await world.dispute(id), 201);
    const { effectiveAt = '' } = resolution ?? {};
    expectStatus(await world.rule(id, 'no', { effectiveAt }), 200);
    const { dispute } = await endsAs(id, 'settled');
    expect(dispute).toMatchObject({ bondFate: 'burned' });
    const [bond, fees] = await world.burnsOf(id);
    expect([bond, fees?.[0]]).toEqual([['bond', '100'], 'prediction_fee']);
  },

  async 'stands as it was proposed when nobody rules on its dispute'() {
    const id = await world.open({}, { predictionDispute: minute, predictionRuling: 1_000 });
    await world.betExample(id);
    expectStatus(await world.resolve(id, 'yes'), 200);
    expectStatus(await world.dispute(id), 201);
    const { outcome, dispute, finalAt } = await endsAs(id, 'settled');
    expect(outcome).toBe('yes');
    expect(dispute).toMatchObject({ bondFate: 'returned', ruling: null });
    expect(Date.parse(finalAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(dispute?.rulingUntil ?? ''),
    );
  },

  async 'is voided by a second operator while it is disputed, and the bond returns'() {
    const id = await world.open({}, { predictionDispute: minute, predictionRuling: minute });
    await world.betExample(id);
    expectStatus(await world.resolve(id, 'yes'), 200);
    expectStatus(await world.dispute(id), 201);
    const first = await world.void(id, { by: world.operators[0] });
    expect(first.problem).toMatchObject({ status: 403, code: 'ACTION_BY_INTERESTED_OPERATOR' });
    expectStatus(await world.void(id), 200);
    expect(await endsAs(id, 'void')).toMatchObject({
      ...{ outcome: 'void', finalAt: null, dispute: { bondFate: 'returned' } },
      voided: {
        ...{ cause: 'operator', operator: world.operators[1].handle },
        reason: 'The source is gone',
      },
      settlement: { keptLots: 0, refunded: '2000', paid: '0', burned: '0', burnSeq: null },
    });
  },

  async 'is void when nobody but its proposer bet on a side'() {
    const id = await world.open({}, { predictionDispute: 0 });
    await world.bet(id, world.bettors[0], 'yes', '500');
    await world.bet(id, world.proposer, 'no', '500');
    expectStatus(await world.resolve(id, 'yes'), 200);
    const { voided, outcome } = await endsAs(id, 'void');
    expect([outcome, voided?.cause]).toEqual(['void', 'thin']);
  },

  async 'waits for a time that is years ahead, and is voided by an operator'() {
    const yearMs = 365 * 24 * 60 * minute;
    const id = await world.open({ closesInMs: 5 * yearMs });
    await world.betExample(id);
    expectStatus(await world.void(id, { by: world.operators[0] }), 200);
    expect(await endsAs(id, 'void')).toMatchObject({ bets: 2, settlement: { refunded: '2000' } });
  },

  async 'is not ended by a request to cancel its workflow'() {
    const id = await world.open({}, { predictionDispute: 1_000 });
    await world.betExample(id);
    await world.handleOf(id).cancel();
    expectStatus(await world.resolve(id, 'yes'), 200);
    await endsAs(id, 'settled');
  },
});

it('goes on where it stood when its workflow was ended from outside and is told of again', async () => {
  const id = await world.open({}, { predictionDispute: 0 });
  await world.betExample(id);
  await world.handleOf(id).terminate('by mistake');
  const { db, config } = world.context;
  // A younger one may be on its way from the outbox.
  const shift = (by: string) =>
    db('prediction_markets')
      .where({ id })
      .update({ proposed_at: db.raw(`proposed_at ${by} interval '1 minute'`) });
  await shift('-');
  const engines = { databaseUrl: world.api.databaseUrl, temporal: config.temporal };
  const found = await checkEngines(engines);
  expect(found.map(({ text }) => text).join('\n')).toMatch(
    `open prediction markets have no running workflow, such as ${id} (TERMINATED)`,
  );
  expect(await restartWorkflows(engines)).toEqual([`prediction/${id}`]);
  await shift('+');
  await eventually(async () => (await world.resolve(id, 'yes')).status === 200);
  await endsAs(id, 'settled');
});

it('takes bets and disputes while no worker runs, and is caught up with', async () => {
  await worker.stop();
  const id = await world.openUnheard(
    { closesInMs: 2_000 },
    { predictionDispute: minute, predictionRuling: 0 },
  );
  await world.betExample(id);
  const { closesAt } = await world.reaches(id, ({ status }) => status === 'locked');
  const late = await world.tryBet(id, world.bettors[0], 'yes', '1');
  expect(late.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  worker = await startTestWorker(world.config);
  expectStatus(await world.resolve(id, 'no'), 200);
  await worker.stop();
  expectStatus(await world.dispute(id), 201);
  worker = await startTestWorker(world.config);
  expect(await endsAs(id, 'settled')).toMatchObject({
    ...{ outcome: 'no', lockedAt: closesAt, dispute: { bondFate: 'returned' } },
  });
});
