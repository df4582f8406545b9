// Proposing a market, and what becomes of a proposal (DESIGN 2.8): the seed goes at once and comes back whole, the fee is
// that of the approval, and nobody answers too late.
import { randomUUID } from 'node:crypto';
import { formatAmount, parseAmount } from '../../domain/money';
import type { MarketProposal } from '../../services/predictions/propose';
import { setParameter } from '../../services/parameters';
import { callerOf } from '../credits/world';
import { refusal } from '../support/refusals';
import { allOf, createWorld, dayMs, hourMs, type World } from './world';

let world: World;
let ann: string;
let bob: string;

beforeAll(async () => {
  world = await createWorld();
  ann = await world.addBettor('20000');
  bob = await world.addBettor();
});
afterAll(() => world.close());

const conflict = (status: string) => refusal('STATE_CONFLICT', { status });

/** Under a key of its own, always the same request. */
function propose(userId: string, key: string, by = world.predictions) {
  const proposal: MarketProposal = {
    question: 'Will it rain?',
    rules: 'YES if it rains.',
    source: 'The weather',
    tags: [],
    closesAt: world.now() + dayMs,
    seed: parseAmount('100'),
  };
  return by.propose(callerOf(userId, 'user', key, 'the same'), proposal);
}

async function lessOf(userId: string, act: () => Promise<unknown>): Promise<string> {
  const before = parseAmount(await world.freeOf(userId));
  await act();
  return formatAmount(before - parseAmount(await world.freeOf(userId)));
}

describe('a proposal', () => {
  it('takes its seed at once, for a lot on both sides', async () => {
    let id = '';
    const paid = await lessOf(ann, async () => {
      id = await world.propose(ann);
    });
    expect(paid).toBe('1000');
    expect(await world.heldBy(id)).toBe('1000');
    expect(await world.predictions.get(id)).toMatchObject({
      status: 'proposed',
      seed: '1000',
      volume: '0',
      bets: 0,
      holders: 1,
      feeBps: null,
      openedAt: null,
      pool: { staked: '1000', yes: { probability: '0.5' }, no: { shares: '707.10678118' } },
    });
    const { items } = await world.predictions.ownLots(id, ann, allOf);
    expect(items).toEqual([
      expect.objectContaining({ number: 0, side: 'seed', stake: '1000', shares: '707.10678118' }),
    ]);
  });

  it('is made once under its key, by its proposer, also when both come at once', async () => {
    const key = randomUUID();
    const other = world.predictionsOf(world.openCommitter());
    const paid = await lessOf(ann, async () => {
      const both = await Promise.all([propose(ann, key), propose(ann, key, other)]);
      expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true]);
      expect(both[0].result).toEqual(both[1].result);
      world.pass(hourMs);
      expect((await propose(ann, key)).result).toEqual(both[0].result);
    });
    expect(paid).toBe('100');
    const [mine, theirs] = [await propose(ann, key), await propose(bob, key)];
    expect(theirs.result.id).not.toBe(mine.result.id);
  });

  it.each<[string, Partial<MarketProposal>, Error]>([
    [
      'with a seed below 100',
      { seed: parseAmount('99.99999999') },
      refusal('AMOUNT_OUT_OF_RANGE', { minimum: '100' }),
    ],
    ['with a seed that is not there', { seed: 10n ** 15n }, refusal('INSUFFICIENT_FUNDS')],
    ['without a question', { question: ' ' }, refusal('INVALID_REQUEST')],
    ['of rules that nobody sees', { rules: '\u200b' }, refusal('INVALID_REQUEST')],
    ['without a source', { source: '' }, refusal('INVALID_REQUEST')],
    ['with a tag twice', { tags: ['a', 'a'] }, refusal('INVALID_REQUEST', { param: 'tags' })],
    ['that closes at once', { closesAt: 0 }, refusal('INVALID_REQUEST', { param: 'closesAt' })],
  ])('%s is refused, and takes nothing', async (_, over, reason) => {
    const key = randomUUID();
    const paid = await lessOf(ann, async () => {
      await expect(world.propose(ann, over, key)).rejects.toEqual(reason);
    });
    expect(paid).toBe('0');
    // A refusal consumes no key.
    await world.propose(ann, { seed: parseAmount('100') }, key);
  });

  it('closes after the moment at which it is committed', async () => {
    const now = { closesAt: world.now() };
    await expect(world.propose(ann, now)).rejects.toEqual(refusal('INVALID_REQUEST'));
    await world.propose(ann, { closesAt: world.now() + 1 });
  });

  it('is not for the frozen, and may be of all that one has', async () => {
    const seed = parseAmount(await world.freeOf(bob));
    await world.freeze(bob);
    await expect(world.propose(bob, { seed })).rejects.toEqual(refusal('USER_FROZEN'));
    await world.unfreeze(bob);
    const id = await world.propose(bob, { seed });
    expect(await world.freeOf(bob)).toBe('0');
    await world.predictions.reject(world.actOf(id));
    expect(await world.freeOf(bob)).toBe(formatAmount(seed));
  });
});

describe('an approval', () => {
  it('opens the market with the fee of its moment, which later changes leave alone', async () => {
    const closesAt = world.now() + 5 * dayMs;
    const before = await world.propose(ann, { closesAt });
    const after = await world.propose(ann, { closesAt });
    await world.predictions.approve(world.actOf(before));
    const change = { name: 'predictions.feeBps', value: 300, expectedVersion: 1 };
    const origin = { actor: 'test' };
    await world.committer.submit(setParameter, { ...change, source: 'test', reason: null }, origin);
    await world.predictions.approve(world.actOf(after));
    expect(await world.actionsOn(before)).toEqual(['prediction.approve']);
    for (const [id, feeBps] of [
      [before, 500n],
      [after, 300n],
    ] as const) {
      expect(await world.predictions.get(id)).toMatchObject({
        status: 'open',
        feeBps: Number(feeBps),
      });
      await world.bet(ann, id, 'yes', '100');
      await world.bet(bob, id, 'yes', '100');
      await world.bet(bob, id, 'no', '300');
      await world.settle(id, 'yes');
      const { items } = await world.predictions.ownLots(id, bob, allOf);
      const { paid, fee, stake } = items.find(({ side }) => side === 'yes')!;
      const profit = parseAmount(paid!) + parseAmount(fee!) - parseAmount(stake);
      expect(parseAmount(fee!)).toBe((profit * feeBps) / 10_000n);
    }
  });

  it('is made once', async () => {
    const id = await world.propose(ann);
    const act = world.actOf(id);
    const { revision } = await world.predictions.approve(act);
    expect((await world.predictions.approve(act)).revision).toBe(revision);
    await expect(world.predictions.approve(world.actOf(id))).rejects.toEqual(conflict('open'));
    await expect(world.predictions.reject(world.actOf(id))).rejects.toEqual(conflict('open'));
    expect(await world.actionsOn(id)).toEqual(['prediction.approve']);
  });

  it.each(['approve', 'reject'] as const)(
    'is an operator’s who has no interest in it, with a reason: %s',
    async (kind) => {
      const owner = await world.addBettor();
      await world.db('users').where('id', owner).update({ role: 'operator' });
      const frozen = await world.addUser('operator');
      await world.freeze(frozen);
      const id = await world.propose(owner);
      const by = (operatorId: string) => world.predictions[kind](world.actOf(id, { operatorId }));
      await expect(by(bob)).rejects.toEqual(refusal('FORBIDDEN'));
      await expect(by(frozen)).rejects.toEqual(refusal('USER_FROZEN'));
      await expect(by(owner)).rejects.toEqual(refusal('ACTION_BY_INTERESTED_OPERATOR'));
      await expect(world.predictions[kind](world.actOf(id, { reason: ' ' }))).rejects.toEqual(
        refusal('INVALID_REQUEST'),
      );
      await expect(world.predictions[kind](world.actOf(randomUUID()))).rejects.toEqual(
        refusal('PREDICTION_NOT_FOUND'),
      );
      expect(await world.actionsOn(id)).toEqual([]);
      await world.predictions[kind](world.actOf(id));
    },
  );
});

describe('a rejection', () => {
  it('gives the seed back whole, and is the end', async () => {
    const paid = await lessOf(ann, async () => {
      const id = await world.propose(ann);
      const {
        market: { status },
        next,
      } = await world.predictions.reject(world.actOf(id, { reason: 'Vague' }));
      expect([status, next.kind]).toEqual(['rejected', 'nothing']);
      expect(await world.heldBy(id)).toBe('0');
      expect(await world.actionsOn(id)).toEqual(['prediction.reject']);
      expect(await world.predictions.get(id)).toMatchObject({ review: { reason: 'Vague' } });
      const { items } = await world.predictions.ownLots(id, ann, allOf);
      expect(items).toEqual([expect.objectContaining({ paid: '1000', fee: '0' })]);
      for (const act of [
        () => world.bet(bob, id, 'yes', '1'),
        () => world.predictions.approve(world.actOf(id)),
        () => world.predictions.reject(world.actOf(id)),
        () => world.predictions.void(world.actOf(id)),
        () => world.resolve(id, 'yes'),
        () => world.predictions.manifest(id),
      ]) {
        await expect(act()).rejects.toEqual(conflict('rejected'));
      }
    });
    expect(paid).toBe('0');
  });
});

describe('a proposal that nobody answers', () => {
  it.each([
    ['after 14 days', 20 * dayMs, 14 * dayMs],
    ['at its closing, if that is sooner', 3 * dayMs, 3 * dayMs],
  ])('expires %s, and its seed comes back', async (_, closesIn, expiresIn) => {
    const proposedAt = world.now();
    const paid = await lessOf(ann, async () => {
      const id = await world.propose(ann, { closesAt: proposedAt + closesIn });
      world.setNow(proposedAt + expiresIn - 1);
      const early = await world.predictions.expire(id);
      expect([early.market.status, early.revision]).toEqual(['proposed', 1]);
      expect(early.next).toMatchObject({ kind: 'expire', waitMs: 1 });
      world.pass(1);
      // Whether or not a worker has written it.
      await expect(world.predictions.approve(world.actOf(id))).rejects.toEqual(
        conflict('proposed'),
      );
      const { market, revision } = await world.predictions.expire(id);
      expect(market.status).toBe('expired');
      expect((await world.predictions.expire(id)).revision).toBe(revision);
      expect(await world.heldBy(id)).toBe('0');
      await expect(world.predictions.approve(world.actOf(id))).rejects.toEqual(conflict('expired'));
    });
    expect(paid).toBe('0');
  });

  it('may be approved in the last millisecond', async () => {
    const id = await world.propose(ann, { closesAt: world.now() + hourMs });
    world.pass(hourMs - 1);
    await world.predictions.approve(world.actOf(id));
    await world.bet(bob, id, 'no', '1');
    expect((await world.predictions.expire(id)).market.status).toBe('open');
  });
});
