// The worked example of DESIGN 2.8, from the seed to the last unit paid.
import { createWorld, type World } from './world';

let world: World;
let proposer: string;
let ann: string;
let bob: string;

beforeAll(async () => {
  world = await createWorld();
  proposer = await world.addBettor();
  ann = await world.addBettor();
  bob = await world.addBettor();
});
afterAll(() => world.close());

/** A seed of 1,000, then 500 on YES by Ann and 500 on NO by Bob. */
async function openExample(): Promise<string> {
  const id = await world.open(proposer);
  const { lot, pool } = await world.bet(ann, id, 'yes', '500');
  expect(lot).toMatchObject({ number: 1, side: 'yes', shares: '615.76887435', paysFee: true });
  expect(Number(pool.no.price)).toBeCloseTo(0.471, 3);
  expect(Number(pool.no.probability)).toBeCloseTo(0.22, 2);
  const second = await world.bet(bob, id, 'no', '500');
  expect(second.lot).toMatchObject({ number: 2, shares: '792.89321882' });
  expect(second.pool.staked).toBe('2000');
  return id;
}

describe('the worked example', () => {
  it('pays 1.3333 a share if NO wins, less 5% of what Bob gained, and burns the rest', async () => {
    const before = { ann: await world.freeOf(ann), bob: Number(await world.freeOf(bob)) };
    const id = await openExample();
    const { market } = await world.settle(id, 'no');
    expect(market).toMatchObject({ status: 'settled', outcome: 'no' });
    const [lot] = (await world.predictions.ownLots(id, bob, { limit: 1 })).items;
    expect(lot).toMatchObject({ fee: '27.85954792', paid: '1029.3314105', voided: false });
    expect(Number(await world.freeOf(bob))).toBeCloseTo(before.bob - 500 + 1029.3314105, 8);
    expect(Number(await world.freeOf(ann))).toBeCloseTo(Number(before.ann) - 500, 8);
    expect(await world.heldBy(id)).toBe('0');
    const { settlement } = market;
    expect(settlement).toMatchObject({ keptLots: 3, voidedLots: 0, settledLots: 3 });
    expect(Number(settlement?.paid) + Number(settlement?.burned)).toBeCloseTo(2_000, 8);
  });

  it('pays 1.5119 a share if YES wins', async () => {
    const id = await openExample();
    await world.settle(id, 'yes');
    const [lot] = (await world.predictions.ownLots(id, ann, { limit: 1 })).items;
    const gross = Number(lot?.paid) + Number(lot?.fee);
    expect(gross / 615.76887435).toBeCloseTo(1.5119, 4);
    expect(await world.heldBy(id)).toBe('0');
  });
});
