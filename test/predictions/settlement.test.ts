// The settlement (DESIGN 2.8 and 2.13): in chunks, each lot is paid once whoever asks, the pool ends at zero, and the
// manifest says all of it.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { defaultWindows } from '../../config/windows';
import { parseAmount } from '../../domain/money';
import type { PredictionSide } from '../../domain/predictions/pool';
import { completeSettlement, payLots, rollBack } from '../../services/predictions/settle';
import { refusal } from '../support/refusals';
import { allOf, createWorld, dayMs, type World } from './world';

interface Manifest {
  readonly outcome: string;
  readonly keptLots: number;
  readonly pool: { readonly staked: string };
  readonly totals: Readonly<Record<'paid' | 'refunded' | 'fees' | 'dust' | 'burned', string>>;
  readonly lots: readonly {
    readonly number: number;
    readonly side: string;
    readonly stake: string;
    readonly fee: string;
    readonly net: string;
    readonly voided: boolean;
  }[];
}

let world: World;
let proposer: string;
let ann: string;
let bob: string;
let whale: string;

beforeAll(async () => {
  // Two lots a commit.
  world = await createWorld(defaultWindows, 2);
  proposer = await world.addBettor('30000');
  ann = await world.addBettor('20000');
  bob = await world.addBettor('20000');
  whale = await world.addBettor('10000', '50000');
});
afterAll(() => world.close());

const origin = { actor: 'prediction' };
const sumOf = (amounts: readonly (string | null | undefined)[]) =>
  amounts.reduce((sum, amount) => sum + parseAmount(amount ?? '0'), 0n);
const lotsOf = async (id: string, userId: string) =>
  [...(await world.predictions.ownLots(id, userId, allOf)).items].reverse();

/** Seven lots: the seed and three bets on each side. */
async function openMarket(): Promise<string> {
  const id = await world.open(proposer);
  const users = [ann, bob, whale];
  for (let i = 0; i < 6; i++) {
    await world.bet(users[i % 3]!, id, i % 2 === 0 ? 'yes' : 'no', String(100 + 7 * i));
  }
  return id;
}

/** An outcome that is final; nothing is paid yet. */
async function finalMarket(outcome: PredictionSide = 'yes') {
  const id = await openMarket();
  await world.resolve(id, outcome);
  world.pass(dayMs);
  await world.predictions.finalise(id);
  return id;
}

/** The lots of a market that were paid, one a payment; those that lose are not. */
async function paymentsOf(id: string): Promise<string[]> {
  return world
    .db('journal_transfers')
    .whereIn('kind', ['prediction_payout', 'prediction_refund'])
    .whereLike('reference', `${id}/%`)
    .orderBy('reference')
    .pluck<string[]>('reference');
}

async function burnOf(id: string) {
  const burns = await world
    .db('burns')
    .select<{ kind: string; amount: bigint; seq: bigint }[]>('kind', 'amount', 'seq')
    .where('source_ref', id);
  expect(burns.length).toBeLessThanOrEqual(1);
  return burns[0];
}

describe('the payment', () => {
  it('goes in chunks, in the order of the lots, and ends with the burn and the manifest', async () => {
    const id = await finalMarket();
    const {
      market: { status },
      next,
    } = await world.predictions.rollBack(id);
    expect([status, next]).toEqual(['settling', { kind: 'pay', waitMs: 0 }]);
    const told: string[] = [];
    const { market } = await world.predictions.pay(id, (text) => told.push(text));
    expect(told).toEqual([
      '2 of 7 lots paid',
      '4 of 7 lots paid',
      '6 of 7 lots paid',
      '7 of 7 lots paid',
      'writing the manifest',
    ]);
    expect(market.status).toBe('settled');
    // The seed and the three on YES.
    expect(await paymentsOf(id)).toEqual([0, 1, 3, 5].map((number) => `${id}/${number}`));
    const { fees, dust, burned, burnSeq, paid } = market.settlement!;
    expect(await burnOf(id)).toEqual({
      kind: 'prediction_fee',
      amount: sumOf([fees, dust]),
      seq: BigInt(burnSeq!),
    });
    expect(sumOf([paid, burned])).toBe(sumOf([market.pool.staked]));
    expect(await world.heldBy(id)).toBe('0');
  });

  it('takes no fee of a lot that was bought as Lv4', async () => {
    const id = await finalMarket('yes');
    const { market } = await world.advance(id);
    const [won] = (await lotsOf(id, whale)).filter(({ side }) => side === 'yes');
    expect(won).toMatchObject({ tier: 'Lv4', fee: '0' });
    expect(Number(won?.paid)).toBeGreaterThan(Number(won?.stake));
    const paying = [proposer, ann, bob].map((user) => lotsOf(id, user));
    const others = (await Promise.all(paying)).flat();
    expect(sumOf(others.map(({ fee }) => fee))).toBe(sumOf([market.settlement?.fees]));
  });

  it('changes nothing when a step is asked for again', async () => {
    const id = await finalMarket();
    const early = ['expire', 'lock', 'voidUnresolved', 'letStand', 'finalise'] as const;
    const repeat = async (steps: readonly ((typeof early)[number] | 'rollBack' | 'pay')[]) => {
      const free = await world.freeOf(ann);
      const { revision } = await world.predictions.read(id);
      for (const step of steps) {
        expect((await world.predictions[step](id)).revision).toBe(revision);
      }
      expect(await world.freeOf(ann)).toBe(free);
    };
    await repeat([...early, 'pay']);
    await world.predictions.rollBack(id);
    await repeat([...early, 'rollBack']);
    await world.predictions.pay(id);
    await repeat([...early, 'rollBack', 'pay']);
    const userIds = [proposer, ann];
    await world.committer.submit(payLots, { marketId: id, from: 0, userIds }, origin);
    const manifestHash = Buffer.alloc(32);
    await world.committer.submit(completeSettlement, { marketId: id, manifestHash }, origin);
    await world.committer.submit(rollBack, { marketId: id, cut: 1 }, origin);
    expect(await paymentsOf(id)).toHaveLength(4);
    expect(await world.heldBy(id)).toBe('0');
  });

  it('goes on where another one stopped', async () => {
    const id = await finalMarket();
    await world.predictions.rollBack(id);
    const chunk = { marketId: id, from: 0, userIds: [proposer, ann, bob] };
    await world.committer.submit(payLots, chunk, origin);
    // A chunk that was paid, and one that is not next.
    await world.committer.submit(payLots, chunk, origin);
    await world.committer.submit(payLots, { ...chunk, from: 4, userIds: [ann] }, origin);
    expect(await paymentsOf(id)).toHaveLength(2);
    const told: string[] = [];
    await world.predictions.pay(id, (text) => told.push(text));
    expect(told[0]).toBe('5 of 7 lots paid');
    expect(new Set(await paymentsOf(id)).size).toBe(4);
    expect(await paymentsOf(id)).toHaveLength(4);
  });

  it('pays each lot once where two processes pay at once', async () => {
    const other = world.predictionsOf(world.openCommitter());
    const ids = [await finalMarket('yes'), await finalMarket('no')];
    const ended = await Promise.all(
      ids.flatMap((id) => [world.predictions, other, other].map((by) => world.advance(id, by))),
    );
    expect(ended.map(({ market: { status } }) => status)).toEqual(Array(6).fill('settled'));
    for (const id of ids) {
      const paid = await paymentsOf(id);
      expect(paid).toHaveLength(4);
      expect(new Set(paid).size).toBe(4);
      expect(await burnOf(id)).toBeDefined();
      expect(await world.heldBy(id)).toBe('0');
    }
  });

  it('is not over before every lot is paid, nor begun with another cut than the right one', async () => {
    const id = await finalMarket();
    for (const cut of [1, 6, 8]) {
      const cutting = world.committer.submit(rollBack, { marketId: id, cut }, origin);
      await expect(cutting).rejects.toThrow(/last one in time|all there are/);
    }
    const manifestHash = Buffer.alloc(32);
    const complete = () =>
      world.committer.submit(completeSettlement, { marketId: id, manifestHash }, origin);
    expect((await complete()).result.next.kind).toBe('roll_back');
    await world.predictions.rollBack(id);
    await expect(complete()).rejects.toThrow('every lot is paid');
    const chunk = { marketId: id, from: 0, userIds: [proposer, ann, bob, whale, ann, bob] };
    await world.committer.submit(payLots, chunk, origin);
    await expect(complete()).rejects.toThrow('every lot is paid');
    expect((await world.advance(id)).market.status).toBe('settled');
  });
});

describe('the manifest', () => {
  it('is published with its hash, canonical, and sums to all that was staked', async () => {
    const id = await finalMarket('no');
    await expect(world.predictions.manifest(id)).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'final' }),
    );
    const { market } = await world.advance(id);
    const text = await world.manifestOf(id);
    const { hash } = await world.predictions.manifest(id);
    expect(createHash('sha256').update(text).digest()).toEqual(hash);
    expect(market.settlement?.manifestHash).toBe(hash.toString('hex'));
    expect(canonicalize(JSON.parse(text))).toBe(text);

    const { outcome, keptLots, totals, lots, pool } = JSON.parse(text) as Manifest;
    const { paid, refunded, fees, dust, burned } = totals;
    expect([outcome, keptLots]).toEqual(['no', 7]);
    expect(market.settlement).toMatchObject({ paid, refunded, fees, dust, burned });
    expect(lots.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(sumOf(lots.map(({ net }) => net))).toBe(sumOf([paid, refunded]));
    expect(sumOf(lots.map(({ fee }) => fee))).toBe(sumOf([fees]));
    expect(sumOf([fees, dust])).toBe(sumOf([burned]));
    expect(sumOf([paid, refunded, burned])).toBe(sumOf(lots.map(({ stake }) => stake)));
    expect(sumOf([paid, burned])).toBe(sumOf([pool.staked]));
    expect((await burnOf(id))?.amount).toBe(sumOf([burned]));
    // It names nobody.
    for (const user of [proposer, ann, bob, whale]) expect(text).not.toContain(user);
  });

  it('of a void market is published too', async () => {
    const id = await openMarket();
    await world.predictions.void(world.actOf(id));
    const { market } = await world.advance(id);
    const text = await world.manifestOf(id);
    expect(market.settlement?.manifestHash).toBe(createHash('sha256').update(text).digest('hex'));
    const { outcome, keptLots, totals, lots } = JSON.parse(text) as Manifest;
    expect([outcome, keptLots, totals.refunded]).toEqual(['void', 0, market.pool.staked]);
    expect(lots.every(({ voided, net, stake }) => voided && net === stake)).toBe(true);
    expect(canonicalize(JSON.parse(text))).toBe(text);
  });
});
