// Once no collateral is left: the reserve pays, then the treasury up to its backstop, then the suppliers, and it is told.
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

/** A position of 100 Credits at 5x that the reserve, which can just afford it, has taken over. */
async function takeOver(side: 'long' | 'short', reserve: string) {
  const lender = await world.openMarket();
  await world.endow('risk_reserve', reserve);
  const trader = await world.addTrader('1000');
  const { id } = await world.open(trader, { side });
  await world.jump(side === 'long' ? 0.085 : 0.115);
  await world.tickAlone();
  expect((await world.margin.liquidate(id)).position.status).toBe('taken_over');
  return { lender, trader, id };
}

/** Trades all that the position's orders offer, until it has none in the book. */
async function tradeAll(id: string, price: string): Promise<void> {
  const counter = await world.addTrader('1000', '10000');
  for (let i = 0; i < 30; i++) {
    await world.margin.workOff(id);
    const order = await world
      .db('orders')
      .where({ owner_id: id, status: 'open' })
      .first<{ side: string } | undefined>('side');
    if (!order) return;
    const side = order.side === 'buy' ? 'sell' : 'buy';
    await world.place(counter, { side, price, quantity: '600', timeInForce: 'IOC' });
  }
  throw new Error('it does not end');
}

const claimOf = async (userId: string, asset: 'CREDIT' | 'LCO') =>
  Number((await world.margin.supplies(userId)).find((supply) => supply.asset === asset)?.claim);

describe('a debt of Credits', () => {
  it('is paid by the reserve as far as it goes', async () => {
    const { lender, trader, id } = await takeOver('long', '81');
    await world.endow('treasury', '50');
    await world.jump(0.07);
    await tradeAll(id, '0.07');
    // 399.9995 less 4990.01 at 0.07
    const missing = 399.9995 - 349.3007;
    const loss = await world.lossOf(id);
    expect(loss).toMatchObject({
      asset: 'CREDIT',
      byTreasury: '0',
      bySuppliers: '0',
      bought: '0',
      treasurySpent: '0',
      reserveSpent: loss?.byReserve,
      supplyIndexAfter: loss?.supplyIndexBefore,
      settledAt: expect.any(String) as string,
    });
    expect(Number(loss?.byReserve)).toBeCloseTo(missing, 3);
    expect(Number(await world.platformOf('risk_reserve'))).toBeCloseTo(81 - missing, 3);
    expect(await world.platformOf('treasury')).toBe('50');
    expect(await claimOf(lender, 'CREDIT')).toBeGreaterThanOrEqual(4_000);
    expect(await world.get(trader, id)).toMatchObject({
      status: 'closed',
      closeReason: 'worked_off',
      profit: '-100',
    });
    expect((await world.changesOf(trader, id)).at(-1)?.kind).toBe('written_off');
  });

  it('then by the treasury with what it has, then by each supplier in proportion', async () => {
    const { lender, id } = await takeOver('long', '81');
    const other = await world.addTrader('1000');
    await world.supply(other, 'CREDIT', '1000');
    await world.endow('treasury', '60');
    const before = await claimOf(other, 'CREDIT');
    const large = await claimOf(lender, 'CREDIT');
    await world.jump(0.04);
    await tradeAll(id, '0.04');
    const loss = await world.lossOf(id);
    expect(loss).toMatchObject({ byTreasury: '60', treasurySpent: '60' });
    // with the reserve's share of the interest until then
    expect(Number(loss?.byReserve)).toBeCloseTo(81, 4);
    expect(await world.platformOf('risk_reserve')).toBe('0');
    expect(await world.platformOf('treasury')).toBe('0');
    const missing = Number(loss?.bySuppliers);
    expect(missing).toBeCloseTo(399.9995 - 199.6004 - 141, 2);
    expect(before - (await claimOf(other, 'CREDIT'))).toBeCloseTo(missing / 5, 3);
    expect(large - (await claimOf(lender, 'CREDIT'))).toBeCloseTo((missing * 4) / 5, 3);
    expect(Number(loss?.supplyIndexAfter)).toBeCloseTo(
      Number(loss?.supplyIndexBefore) - missing / 5_000,
      6,
    );
    const pool = (await world.margin.pools()).items.find(({ asset }) => asset === 'CREDIT');
    expect(pool).toMatchObject({ borrowed: '0', lost: loss?.bySuppliers });
    expect(await world.surplusOf('CREDIT')).toBeGreaterThanOrEqual(0n);
    // what is left can be taken out
    await world.withdraw(other, 'CREDIT', null);
    await world.withdraw(lender, 'CREDIT', null);
  });

  it('costs the treasury no more than its backstop, ever', async () => {
    const { id } = await takeOver('long', '81');
    await world.setParameter('margin.treasuryBackstop', '25');
    await world.endow('treasury', '1000');
    await world.jump(0.04);
    await tradeAll(id, '0.04');
    expect(await world.lossOf(id)).toMatchObject({ byTreasury: '25' });
    // the next one finds nothing of it left
    await world.endow('risk_reserve', '81');
    await world.jump(0.1, '60000');
    await world.tick();
    const trader = await world.addTrader('1000');
    const next = await world.open(trader, { collateral: '90' });
    await world.jump(0.085);
    await world.tickAlone();
    await world.margin.liquidate(next.id);
    await world.jump(0.04);
    await tradeAll(next.id, '0.04');
    const loss = await world.lossOf(next.id);
    expect(loss).toMatchObject({ byTreasury: '0' });
    expect(Number(loss?.bySuppliers)).toBeGreaterThan(90);
    expect(await world.platformOf('treasury')).toBe('975');
  });

  it('asked for twice at once is borne once', async () => {
    const { trader, id } = await takeOver('long', '81');
    await world.jump(0.04, '60000');
    await Promise.all(Array.from({ length: 4 }, () => world.margin.workOff(id)));
    await tradeAll(id, '0.04');
    await Promise.all(Array.from({ length: 3 }, () => world.margin.workOff(id)));
    const kinds = (await world.changesOf(trader, id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'written_off')).toHaveLength(1);
  });
});

describe('a debt of LCO', () => {
  /** Its Credits are spent at 0.2: about 2000 of 5000 LCO are still owed. */
  async function spent(lco: string) {
    const taken = await takeOver('short', '116');
    if (lco !== '0') await world.give(world.maker, 'risk_reserve', 'LCO', lco);
    await world.jump(0.2);
    // everything but the last: the reserve's are not asked for as long as there is an order
    await tradeAll(taken.id, '0.2');
    return taken;
  }

  it('is paid with the reserve’s LCO first, then with LCO that it buys within the band', async () => {
    const { lender, trader, id } = await spent('500');
    await world.endow('treasury', '500');
    const begun = await world.lossOf(id);
    expect(begun).toMatchObject({ asset: 'LCO', bought: '0', reserveSpent: '0', settledAt: null });
    // with what the pool had of its share of interest
    expect(Number(begun?.byReserve)).toBeCloseTo(500, 4);
    // nobody sells, or only beyond 0.22
    const waiting = { kind: 'work_off', waitMs: 5_000 };
    expect((await world.margin.workOff(id)).next).toEqual(waiting);
    await world.place(world.maker, { side: 'sell', price: '0.220001', quantity: '10000' });
    expect((await world.margin.workOff(id)).next).toEqual(waiting);
    expect(await world.platformOf('risk_reserve')).toBe('116');
    const { length } = await world.changesOf(trader, id);
    await world.place(world.maker, { side: 'sell', price: '0.21', quantity: '500' });
    await world.margin.workOff(id);
    expect(await world.changesOf(trader, id)).toHaveLength(length + 1);
    const part = await world.lossOf(id);
    // 500 at 0.21 and the fee: of the reserve alone
    expect(part).toMatchObject({ bought: '500', treasurySpent: '0', settledAt: null });
    expect(Number(part?.reserveSpent)).toBeCloseTo(105.105, 2);
    await world.place(world.maker, { side: 'sell', price: '0.21', quantity: '5000' });
    for (let i = 0; i < 5; i++) await world.margin.workOff(id);
    const loss = await world.lossOf(id);
    const owed = 5_000 - 599.0005 / 0.2;
    expect(loss).toMatchObject({
      bySuppliers: '0',
      supplyIndexBefore: loss?.supplyIndexAfter,
      settledAt: expect.any(String) as string,
    });
    expect(Number(loss?.bought)).toBeCloseTo(owed - 500, 0);
    expect(Number(loss?.reserveSpent)).toBeCloseTo(116, 3);
    expect(Number(loss?.reserveSpent) + Number(loss?.treasurySpent)).toBeCloseTo(
      Number(loss?.bought) * 0.21 * 1.001,
      1,
    );
    expect(await claimOf(lender, 'LCO')).toBeGreaterThanOrEqual(40_000);
    expect(await world.get(trader, id)).toMatchObject({
      status: 'closed',
      debt: '0',
      profit: '-100',
    });
  });

  it('is the suppliers’ loss once nobody has Credits to buy with', async () => {
    const { lender, id } = await spent('0');
    await world.endow('treasury', '20');
    await world.place(world.maker, { side: 'sell', price: '0.2', quantity: '20000' });
    const before = await claimOf(lender, 'LCO');
    for (let i = 0; i < 10; i++) await world.margin.workOff(id);
    const loss = await world.lossOf(id);
    expect(Number(loss?.reserveSpent) + Number(loss?.treasurySpent)).toBeCloseTo(136, 1);
    // 136 Credits buy 679.3 of about 2005
    const missing = Number(loss?.bySuppliers);
    expect(missing).toBeCloseTo(5_000 - 599.0005 / 0.2 - 679.3, -1);
    expect(before - (await claimOf(lender, 'LCO'))).toBeCloseTo(missing, 2);
    expect(loss?.settledAt).not.toBeNull();
    const parts = [loss?.byReserve, loss?.bought, loss?.bySuppliers].map(Number);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(5_000 - 599.0005 / 0.2, 0);
    expect(await world.surplusOf('LCO')).toBeGreaterThanOrEqual(0n);
    await world.withdraw(lender, 'LCO', null);
  });
});

describe('a gap', () => {
  it('through the bankruptcy price of a book that has lost its bids: nothing is sold below it', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.quote({ ask: '0.079', quantity: '60000' });
    await world.jump(0.0895);
    await world.quote({ ask: '0.079', quantity: '60000' });
    let fencedAt = 0;
    const mark = await world.tickFor(600, (now) => now < 0.0799);
    for (const { kind, mark: at } of await world.changesOf(trader, id)) {
      if (kind === 'fenced') fencedAt = Number(at);
    }
    expect(fencedAt).toBeLessThan(0.08917);
    expect(fencedAt).toBeGreaterThan(0.0891);
    expect(mark).toBeLessThan(0.0802);
    const { next, position } = await world.margin.liquidate(id);
    expect(next).toEqual({ kind: 'liquidate', waitMs: 5_000 });
    expect(Number(position.equity)).toBeLessThan(0);
    // bids come back below what is owed: the pool does not sell to them
    await world.quote({ bid: '0.0798', ask: '0.0799', quantity: '60000' });
    expect((await world.margin.liquidate(id)).position.quantity).toBe('4990.01');
    // the reserve takes it over and sells at the mark; it bears the difference
    await world.endow('risk_reserve', '81');
    expect((await world.margin.liquidate(id)).position.status).toBe('taken_over');
    await world.withdrawQuotes();
    await tradeAll(id, '0.0801');
    const { byReserve } = (await world.lossOf(id)) ?? {};
    expect(Number(byReserve)).toBeCloseTo(399.9995 - 4_990.01 * mark, 1);
    expect(await world.availableOf(trader, 'CREDIT')).toBe('900');
  });

  it('makes suppliers who leave before the loss is borne bear their part of it', async () => {
    const lender = await world.openMarket();
    const other = await world.addTrader('1000');
    await world.supply(other, 'CREDIT', '1000');
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.jump(0.04);
    await world.tickAlone();
    const { equity } = (await world.margin.liquidate(id)).position;
    // 399.9995 are owed, 199.4 are there: two hundred of five thousand
    expect(Number(equity)).toBeCloseTo(-200.6, 1);
    const share = Number(equity) / 5_000;
    await expect(world.withdraw(other, 'CREDIT', '1000')).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    await world.withdraw(other, 'CREDIT', null);
    expect(Number(await world.availableOf(other, 'CREDIT'))).toBeCloseTo(1_000 * (1 + share), 2);
    // what the one who left has borne is the reserve's, to pay with
    await world.endow('risk_reserve', '81');
    await world.margin.liquidate(id);
    await world.endow('treasury', '1');
    await tradeAll(id, '0.04');
    const loss = await world.lossOf(id);
    expect(Number(loss?.byReserve)).toBeCloseTo(81 - 1_000 * share, 2);
    expect(loss?.byTreasury).toBe('1');
    const kept = await claimOf(lender, 'CREDIT');
    expect(kept).toBeGreaterThan(4_000 * (1 + share));
    expect(await world.surplusOf('CREDIT')).toBeGreaterThanOrEqual(0n);
    expect(kept).toBeCloseTo(4_000 - Number(loss?.bySuppliers), 0);
  });
});
