// Betting (DESIGN 2.8): what a stake buys and what it takes, when bets are taken by the journal's own time, and whose level
// a lot keeps.
import { randomUUID } from 'node:crypto';
import { formatAmount, parseAmount } from '../../domain/money';
import { quoteBet } from '../../domain/predictions/odds';
import { seedPool } from '../../domain/predictions/pool';
import { refusal } from '../support/refusals';
import { allOf, createWorld, type World } from './world';

let world: World;
let proposer: string;
let ann: string;
let bob: string;
let market: string;

beforeAll(async () => {
  world = await createWorld();
  proposer = await world.addBettor('20000');
  ann = await world.addBettor('20000');
  bob = await world.addBettor();
});
beforeEach(async () => {
  market = await world.open(proposer);
});
afterAll(() => world.close());

const conflict = (status: string) => refusal('STATE_CONFLICT', { status });
const lotsOf = async (userId: string) =>
  (await world.predictions.ownLots(market, userId, allOf)).items;

describe('a bet', () => {
  it.each(['yes', 'no'] as const)('on %s is what was quoted', async (side) => {
    const before = parseAmount(await world.freeOf(ann));
    const quote = quoteBet(seedPool(parseAmount('1000')), side, parseAmount('250.00000001'));
    const { lot, pool } = await world.bet(ann, market, side, '250.00000001');
    expect(lot).toMatchObject({
      number: 1,
      side,
      stake: '250.00000001',
      shares: formatAmount(quote.shares),
      tier: 'Lv1',
      paysFee: true,
      placedAt: new Date(world.now()).toISOString(),
      voided: null,
      paid: null,
      fee: null,
    });
    const { price, probability, multiple } = quote;
    expect(pool).toMatchObject({
      staked: '1250.00000001',
      [side]: { price, probability, multiple },
    });
    expect(before - parseAmount(await world.freeOf(ann))).toBe(parseAmount('250.00000001'));
    expect(await world.heldBy(market)).toBe('1250.00000001');
  });

  it('on both sides is a position on both, of one holder', async () => {
    await world.bet(ann, market, 'yes', '10');
    await world.bet(ann, market, 'no', '20');
    await world.bet(ann, market, 'yes', '30');
    const lots = await lotsOf(ann);
    expect(lots.map(({ number, side, stake }) => [number, side, stake])).toEqual([
      [3, 'yes', '30'],
      [2, 'no', '20'],
      [1, 'yes', '10'],
    ]);
    const { items } = await world.predictions.positions(ann, allOf);
    const sum = (side: string) =>
      lots
        .filter((lot) => lot.side === side)
        .reduce((total, { shares }) => total + parseAmount(shares), 0n);
    expect(items.find(({ marketId }) => marketId === market)).toMatchObject({
      lots: 3,
      staked: '60',
      yesShares: formatAmount(sum('yes')),
      noShares: formatAmount(sum('no')),
      paid: '0',
    });
    expect(await world.predictions.get(market)).toMatchObject({
      volume: '60',
      bets: 3,
      holders: 2,
    });
  });

  it('is refused if it buys a unit less than minShares, and then takes nothing', async () => {
    const { shares } = quoteBet(seedPool(parseAmount('1000')), 'yes', parseAmount('500'));
    const more = formatAmount(shares + 1n);
    const free = await world.freeOf(ann);
    const key = randomUUID();
    await expect(world.bet(ann, market, 'yes', '500', { minShares: more, key })).rejects.toEqual(
      refusal('MIN_SHARES_NOT_REACHED', { shares: formatAmount(shares), minShares: more }),
    );
    expect(await world.freeOf(ann)).toBe(free);
    const minShares = formatAmount(shares);
    const { lot } = await world.bet(ann, market, 'yes', '500', { minShares, key });
    expect(lot.shares).toBe(minShares);
    // The odds have moved.
    await expect(world.bet(ann, market, 'yes', '500', { minShares })).rejects.toEqual(
      refusal('MIN_SHARES_NOT_REACHED'),
    );
  });

  it.each(['0.99999999', '0.00000001', '0', '-1'])('of %s LCO is too small', async (stake) => {
    await expect(world.bet(ann, market, 'yes', stake)).rejects.toEqual(
      refusal('AMOUNT_OUT_OF_RANGE', { minimum: '1' }),
    );
  });

  it('of 1 LCO is taken, and one of all that is free, and none of a unit more', async () => {
    await world.bet(bob, market, 'yes', '1');
    const free = parseAmount(await world.freeOf(bob));
    await expect(world.bet(bob, market, 'no', formatAmount(free + 1n))).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS', { asset: 'LCO', available: formatAmount(free) }),
    );
    await world.bet(bob, market, 'no', formatAmount(free));
    expect(await world.freeOf(bob)).toBe('0');
    await world.predictions.void(world.actOf(market));
    await world.advance(market);
    expect(await world.freeOf(bob)).toBe(formatAmount(free + parseAmount('1')));
  });

  it('is made once under its key, also by two processes at once', async () => {
    const by = world.predictionsOf(world.openCommitter());
    const key = randomUUID();
    const both = await Promise.all([
      world.bet(ann, market, 'yes', '7', { key }),
      world.bet(ann, market, 'yes', '7', { key, by }),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(await world.bet(ann, market, 'yes', '7', { key })).toEqual(both[0]);
    expect(await lotsOf(ann)).toHaveLength(1);
    await expect(world.bet(ann, market, 'yes', '8', { key })).rejects.toEqual(
      refusal('IDEMPOTENCY_MISMATCH'),
    );
  });

  it('is not for the frozen', async () => {
    await world.freeze(bob);
    await expect(world.bet(bob, market, 'yes', '1')).rejects.toEqual(refusal('USER_FROZEN'));
    await world.unfreeze(bob);
    await world.bet(bob, market, 'yes', '1');
  });

  it('is on a market that exists', async () => {
    await expect(world.bet(ann, randomUUID(), 'yes', '1')).rejects.toEqual(
      refusal('PREDICTION_NOT_FOUND'),
    );
  });
});

describe('the betting time', () => {
  it('begins with the approval', async () => {
    const id = await world.propose(proposer);
    await expect(world.bet(ann, id, 'yes', '1')).rejects.toEqual(conflict('proposed'));
    await world.predictions.approve(world.actOf(id));
    await world.bet(ann, id, 'yes', '1');
  });

  it('ends with the last millisecond before the closing, though nobody locks the market', async () => {
    const closesAt = Date.parse((await world.predictions.get(market)).closesAt);
    world.setNow(closesAt - 1);
    const { lot } = await world.bet(ann, market, 'yes', '1');
    expect(Date.parse(lot.placedAt)).toBe(closesAt - 1);
    expect((await world.predictions.lock(market)).market.status).toBe('open');
    world.setNow(closesAt);
    await expect(world.bet(ann, market, 'yes', '1')).rejects.toEqual(conflict('locked'));
    expect((await world.predictions.lock(market)).market.status).toBe('locked');
    await expect(world.bet(ann, market, 'yes', '1')).rejects.toEqual(conflict('locked'));
    expect(await lotsOf(ann)).toHaveLength(1);
  });

  it('is over once an outcome is proposed, in the same millisecond', async () => {
    await world.bet(ann, market, 'yes', '1');
    await world.resolve(market, 'yes');
    await expect(world.bet(ann, market, 'yes', '1')).rejects.toEqual(
      conflict('resolution_proposed'),
    );
  });
});

describe('the level of a lot', () => {
  it('is that of the stake when it is bought, whatever becomes of the stake', async () => {
    const whale = await world.addBettor('5000', '50000');
    const bought = async (stake: string) => {
      const { lot } = await world.bet(whale, market, 'yes', stake);
      return [lot.tier, lot.paysFee];
    };
    expect(await bought('10')).toEqual(['Lv4', false]);
    await world.unstake(whale, '1');
    expect(await bought('20')).toEqual(['Lv3', true]);
    await world.stake(whale, '1');
    expect(await bought('30')).toEqual(['Lv4', false]);
    await world.unstake(whale, '50000');
    expect(await bought('40')).toEqual(['Lv1', true]);

    await world.bet(bob, market, 'no', '500');
    await world.settle(market, 'yes');
    const paid = await lotsOf(whale);
    expect(paid.map(({ stake, tier, fee }) => [stake, tier, fee !== '0'])).toEqual([
      ['40', 'Lv1', true],
      ['30', 'Lv4', false],
      ['20', 'Lv3', true],
      ['10', 'Lv4', false],
    ]);
  });

  it('of a seed is the proposer’s when it was proposed', async () => {
    const whale = await world.addBettor('5000', '50000');
    const id = await world.propose(whale);
    await world.unstake(whale, '50000');
    await world.predictions.approve(world.actOf(id));
    await world.bet(ann, id, 'yes', '1000');
    await world.bet(bob, id, 'no', '100');
    await world.settle(id, 'no');
    const [seed] = (await world.predictions.ownLots(id, whale, allOf)).items;
    expect(seed).toMatchObject({ side: 'seed', tier: 'Lv4', fee: '0' });
    expect(Number(seed?.paid)).toBeGreaterThan(1_000);
  });
});

it('takes whatever a whale has, and the rest of the market is paid all the same', async () => {
  const whale = await world.addBettor('300000');
  const all = await world.freeOf(whale);
  await world.bet(bob, market, 'no', '3500');
  const { lot, pool } = await world.bet(whale, market, 'yes', all);
  expect(parseAmount(lot.shares) >= parseAmount(all)).toBe(true);
  expect(Number(pool.yes.probability)).toBeGreaterThan(0.999);
  const { market: settled } = await world.settle(market, 'no');
  expect(settled.outcome).toBe('no');
  const [won] = await lotsOf(bob);
  expect(Number(won?.paid)).toBeGreaterThan(200_000);
  expect(await world.freeOf(whale)).toBe('0');
  expect(await world.heldBy(market)).toBe('0');
});

it('counts what the proposer bets as nobody else’s, so that such a market is void', async () => {
  await world.bet(proposer, market, 'yes', '500');
  await world.bet(ann, market, 'yes', '500');
  await world.bet(proposer, market, 'no', '500');
  const { market: voided } = await world.settle(market, 'yes');
  expect(voided.status).toBe('void');
  expect(voided.voided).toMatchObject({ cause: 'thin', operator: null });
  for (const [userId, paid] of [
    [proposer, ['500', '500', '1000']],
    [ann, ['500']],
  ] as const) {
    expect((await lotsOf(userId)).map((lot) => lot.paid)).toEqual(paid);
  }
});
