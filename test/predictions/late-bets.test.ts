// Bets after the fact (DESIGN 2.8 and 2.13): to the millisecond, a suffix that comes back at cost; and sides that are hardly
// bet on without them.
import { formatAmount, parseAmount } from '../../domain/money';
import { placeBet, seedPool } from '../../domain/predictions/pool';
import { payoutOf } from '../../domain/predictions/settlement';
import { allOf, createWorld, dayMs, type World } from './world';

let world: World;
let proposer: string;
let ann: string;
let bob: string;
let whale: string;

beforeAll(async () => {
  world = await createWorld();
  proposer = await world.addBettor('30000');
  ann = await world.addBettor('20000');
  bob = await world.addBettor('20000');
  whale = await world.addBettor('10000', '50000');
});
afterAll(() => world.close());

const lotsOf = async (id: string, userId: string) =>
  [...(await world.predictions.ownLots(id, userId, allOf)).items].reverse();

describe('bets after the fact', () => {
  it('are a suffix that comes back at cost: the millisecond itself is in time, the next is not', async () => {
    const id = await world.open(proposer);
    const before = await world.freeOf(bob);
    await world.bet(ann, id, 'yes', '300');
    world.pass(1);
    const effectiveAt = world.now();
    await world.bet(whale, id, 'no', '200');
    await world.bet(ann, id, 'no', '50');
    world.pass(1);
    await world.bet(bob, id, 'yes', '1000');
    await world.bet(bob, id, 'no', '77.00000001');
    world.pass(60_000);
    await world.bet(ann, id, 'no', '33');
    await world.resolve(id, 'no', { effectiveAt });
    world.pass(dayMs);
    const { market } = await world.advance(id);
    expect(market.settlement).toMatchObject({
      keptLots: 4,
      voidedLots: 3,
      refunded: '1110.00000001',
      pool: { staked: '1550' },
    });

    expect(await world.freeOf(bob)).toBe(before);
    expect((await lotsOf(id, bob)).map(({ voided, paid, fee }) => [voided, paid, fee])).toEqual([
      [true, '1000', '0'],
      [true, '77.00000001', '0'],
    ]);
    // The others as if those had never been.
    const yes = placeBet(seedPool(parseAmount('1000')), 'yes', parseAmount('300'));
    const first = placeBet(yes.pool, 'no', parseAmount('200'));
    const second = placeBet(first.pool, 'no', parseAmount('50'));
    const result = { outcome: 'no', pool: second.pool, feeBps: 500 } as const;
    const [exempt] = await lotsOf(id, whale);
    expect(exempt).toMatchObject({
      voided: false,
      fee: '0',
      paid: formatAmount(payoutOf({ ...first.bet, tier: 'Lv4' }, result).net),
    });
    const [lost, won, late] = await lotsOf(id, ann);
    const { net, fee } = payoutOf({ ...second.bet, tier: 'Lv1' }, result);
    expect(fee > 0n).toBe(true);
    expect(lost).toMatchObject({ voided: false, paid: '0', fee: '0' });
    expect(won).toMatchObject({ paid: formatAmount(net), fee: formatAmount(fee) });
    expect(late).toMatchObject({ voided: true, paid: '33' });
    expect(await world.heldBy(id)).toBe('0');
  });

  it('are all of them if the outcome was known at the opening, which makes the market void', async () => {
    const id = await world.open(proposer);
    const effectiveAt = world.now();
    world.pass(1);
    await world.bet(ann, id, 'yes', '300');
    await world.bet(bob, id, 'no', '300');
    await world.resolve(id, 'no', { effectiveAt });
    world.pass(dayMs);
    const { market } = await world.advance(id);
    expect(market.status).toBe('void');
    expect(market).toMatchObject({
      outcome: 'void',
      voided: { cause: 'thin' },
      settlement: { keptLots: 0, voidedLots: 3, refunded: '1600', paid: '0', burned: '0' },
    });
    expect(await world.db('burns').where('source_ref', id)).toEqual([]);
  });

  it('do not count for a side that is thin without them', async () => {
    const id = await world.open(proposer);
    await world.bet(ann, id, 'yes', '300');
    const effectiveAt = world.now();
    world.pass(1);
    await world.bet(bob, id, 'no', '300');
    await world.resolve(id, 'yes', { effectiveAt });
    world.pass(dayMs);
    expect((await world.advance(id)).market.status).toBe('void');
    expect((await lotsOf(id, bob)).map(({ paid }) => paid)).toEqual(['300']);
  });
});

it.each([
  ['exactly a hundredth', '296', '4', 'settled'],
  ['a unit less than a hundredth', '296.00000001', '4', 'void'],
] as const)('with %s of others on a side a market is %s', async (_, yes, no, ended) => {
  const id = await world.open(proposer, { seed: parseAmount('100') });
  await world.bet(ann, id, 'yes', yes);
  await world.bet(bob, id, 'no', no);
  expect((await world.settle(id, 'yes')).market.status).toBe(ended);
  expect(await world.heldBy(id)).toBe('0');
});
