// What nobody takes while the ratio is very low the risk reserve takes over, within its means, and works off by limit
// orders at the mark.
import { createMargin } from '../../services/margin/margin';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

/** Fenced at a mark at which nobody trades. */
async function fence(side: 'long' | 'short', mark: number, collateral = '100') {
  const trader = await world.addTrader('1000');
  const { id } = await world.open(trader, { side, collateral });
  await world.quoteAround(0.1);
  await world.jump(mark);
  await world.tickAlone();
  expect((await world.get(trader, id)).status).toBe('liquidating');
  return { trader, id };
}

const liquidate = async (id: string) => {
  const { position, next } = await world.margin.liquidate(id);
  return [position.status, next.kind, next.waitMs];
};

describe('a position that nobody takes', () => {
  it('stays on offer as long as its ratio is not below 6.7%', async () => {
    await world.openMarket();
    await world.endow('risk_reserve', '100');
    // 399.99950101 / (4990.01 x 0.932) is 0.0860091
    const { trader, id } = await fence('long', 0.08602);
    expect(await liquidate(id)).toEqual(['liquidating', 'liquidate', 5_000]);
    const { length } = await world.changesOf(trader, id);
    await world.jump(0.08599);
    expect(await liquidate(id)).toEqual(['taken_over', 'work_off', 0]);
    const changes = await world.changesOf(trader, id);
    expect(changes.at(-1)).toMatchObject({
      kind: 'taken_over',
      quantity: '0',
      penalty: '0',
      debt: '0',
      paidOut: '0',
    });
    // offers that met nobody are no changes
    expect(changes).toHaveLength(length + 1);
  });

  it('becomes the reserve’s with all it holds and owes, and nothing is paid', async () => {
    await world.openMarket();
    await world.endow('risk_reserve', '116');
    const { trader, id } = await fence('short', 0.115);
    const before = await world.get(trader, id);
    expect((await liquidate(id))[0]).toBe('taken_over');
    expect(await world.get(trader, id)).toMatchObject({
      status: 'taken_over',
      credits: before.credits,
      // and a second's interest
      debt: expect.stringMatching(/^5000\.00000\d+$/) as string,
      // its owner has lost what was put in, and no more
      profit: '-100',
      paidOut: '0',
      penalties: '0',
    });
    expect(await world.availableOf(trader, 'CREDIT')).toBe('900');
    expect(await world.platformOf('risk_reserve')).toBe('116');
    // and may open others: it counts among theirs no more
    await world.jump(0.1, '60000');
    await world.tick();
    expect(await world.db('margin_users').where('user_id', trader).pluck('positions')).toEqual([0]);
    await expect(world.close(trader, id)).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      details: { status: 'taken_over' },
    });
  });

  it('beyond five times the reserve stays on offer, until the reserve is paid in', async () => {
    await world.openMarket();
    await world.endow('risk_reserve', '79.99');
    const { trader, id } = await fence('long', 0.085);
    expect(await liquidate(id)).toEqual(['liquidating', 'liquidate', 5_000]);
    expect((await world.get(trader, id)).status).toBe('liquidating');
    await world.endow('risk_reserve', '0.02');
    expect((await liquidate(id))[0]).toBe('taken_over');
  });

  it('counts with all that was taken over before, of both pools', async () => {
    await world.openMarket();
    // the long owes 200, the short 2500 LCO: 287.5 Credits at 0.115
    await world.endow('risk_reserve', '97');
    const long = await fence('long', 0.085, '50');
    expect((await liquidate(long.id))[0]).toBe('taken_over');
    await world.jump(0.1, '60000');
    await world.tickAlone();
    const short = await fence('short', 0.115, '50');
    // 487.5 are more than 485
    expect((await liquidate(short.id))[0]).toBe('liquidating');
    await world.endow('risk_reserve', '1');
    expect((await liquidate(short.id))[0]).toBe('taken_over');
  });

  it('is traded rather than taken over where somebody buys', async () => {
    await world.openMarket();
    await world.endow('risk_reserve', '100');
    const { trader, id } = await fence('long', 0.085);
    await world.place(world.maker, { side: 'buy', price: '0.085', quantity: '60000' });
    expect((await liquidate(id))[0]).toBe('closed');
    expect(Number((await world.get(trader, id)).paidOut)).toBeGreaterThan(10);
  });

  it('is its owner’s again, if the mark comes back first', async () => {
    await world.openMarket();
    const { id } = await fence('long', 0.085);
    expect((await liquidate(id))[0]).toBe('liquidating');
    await world.jump(0.095);
    expect((await liquidate(id))[0]).toBe('open');
  });
});

describe('working off', () => {
  const workOff = async (id: string) => {
    const { position, next } = await world.margin.workOff(id);
    return [position.status, next.kind, next.waitMs];
  };
  const orderOf = async (id: string) => {
    const row = await world
      .db('orders')
      .where({ owner_id: id, status: 'open' })
      .first<{ price_ticks: number; quantity_lots: number; filled_lots: number } | undefined>(
        'price_ticks',
        'quantity_lots',
        'filled_lots',
      );
    return row && [row.price_ticks, row.quantity_lots, row.filled_lots];
  };

  async function takeOver(side: 'long' | 'short', mark: number) {
    await world.openMarket();
    await world.endow('risk_reserve', '150');
    const fenced = await fence(side, mark);
    expect((await liquidate(fenced.id))[0]).toBe('taken_over');
    return fenced;
  }

  it('offers a long at the mark, settles what users buy of it, and keeps the surplus for the reserve', async () => {
    const { trader, id } = await takeOver('long', 0.085);
    const buyer = await world.addTrader('1000');
    expect(await workOff(id)).toEqual(['taken_over', 'work_off', 10_000]);
    // a tenth of 499001 lots, for nothing rests within 3%
    expect(await orderOf(id)).toEqual([85_000, 49_901, 0]);
    const row = await world.margin.read(id);
    // nothing has traded, and the mark is where it was: the order keeps its place
    expect(await workOff(id)).toEqual(['taken_over', 'work_off', 10_000]);
    expect((await world.margin.read(id)).revision).toBe(row.revision);

    await world.place(buyer, { side: 'buy', price: '0.085', quantity: '200' });
    expect(await orderOf(id)).toEqual([85_000, 49_901, 20_000]);
    await workOff(id);
    const worked = (await world.changesOf(trader, id)).at(-1);
    // a maker pays nothing
    expect(worked).toMatchObject({ kind: 'worked_off', quantity: '200', debt: '-17', fee: '0' });
    expect(await orderOf(id)).toEqual([85_000, 49_901, 0]);

    // an order that the mark has left is placed anew
    await world.jump(0.0855);
    await workOff(id);
    expect(await orderOf(id)).toEqual([85_500, 49_901, 0]);

    for (let i = 0; i < 20 && (await world.margin.read(id)).next.kind === 'work_off'; i++) {
      await world.place(buyer, {
        side: 'buy',
        price: '0.0855',
        quantity: '1000',
        timeInForce: 'IOC',
      });
      await world.margin.workOff(id);
    }
    expect(await world.get(trader, id)).toMatchObject({
      status: 'closed',
      closeReason: 'worked_off',
      profit: '-100',
      penalties: '0',
    });
    // 200 at 0.085 and 4790.01 at 0.0855, less the debt
    expect(Number(await world.platformOf('risk_reserve'))).toBeCloseTo(
      150 + 17 + 4_790.01 * 0.0855 - 399.9995,
      4,
    );
    expect(await world.availableOf(trader, 'CREDIT')).toBe('900');
    expect(await world.lossOf(id)).toBeUndefined();
    expect(Number(await world.platformOf('lending', 'CREDIT'))).toBeGreaterThanOrEqual(4_000);
    await workOff(id);
    expect(await world.margin.workOff(id)).toMatchObject({ next: { kind: 'nothing' } });
  });

  it('bids for what a short owes at the mark, with what it holds, and keeps the rest for the reserve', async () => {
    const { trader, id } = await takeOver('short', 0.115);
    const seller = await world.addTrader('1', '10000');
    await workOff(id);
    expect(await orderOf(id)).toEqual([115_000, 50_001, 0]);
    for (let i = 0; i < 20 && (await world.margin.read(id)).next.kind === 'work_off'; i++) {
      await world.place(seller, {
        side: 'sell',
        price: '0.115',
        quantity: '900',
        timeInForce: 'IOC',
      });
      await world.margin.workOff(id);
    }
    expect(await world.get(trader, id)).toMatchObject({
      status: 'closed',
      closeReason: 'worked_off',
    });
    // 599.0005 less 5000.01 at 0.115
    expect(Number(await world.platformOf('risk_reserve'))).toBeCloseTo(150 + 24, 1);
    expect(Number(await world.platformOf('risk_reserve', 'LCO'))).toBeGreaterThan(0);
    expect(Number(await world.platformOf('lending', 'LCO'))).toBeGreaterThanOrEqual(40_000);
    expect(await world.lossOf(id)).toBeUndefined();
  });

  it('takes what rests at the mark at once, and at its pinned fee', async () => {
    const { trader, id } = await takeOver('long', 0.085);
    await world.place(world.maker, { side: 'buy', price: '0.085', quantity: '20000' });
    // a fifth of the depth is 4000 LCO
    expect(await workOff(id)).toEqual(['taken_over', 'work_off', 0]);
    await workOff(id);
    const traded = (await world.changesOf(trader, id)).find(({ kind }) => kind === 'worked_off');
    expect(traded).toMatchObject({ quantity: '4000', notional: '340', fee: '0.34' });
  });

  it('trades with its former owner like with anybody', async () => {
    const { trader, id } = await takeOver('long', 0.085);
    await workOff(id);
    const { fills } = await world.place(trader, { side: 'buy', price: '0.085', quantity: '100' });
    expect(fills).toHaveLength(1);
  });

  it('asked for twice at once takes one step after the other', async () => {
    const { trader, id } = await takeOver('long', 0.085);
    await Promise.all([
      world.margin.workOff(id),
      world.margin.workOff(id),
      world.margin.liquidate(id),
    ]);
    const kinds = (await world.changesOf(trader, id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'offered')).toHaveLength(1);
    const open = await world.db('orders').where({ owner_id: id, status: 'open' }).select('id');
    expect(open).toHaveLength(1);
  });
});

it('is done by the reconciliation where no monitor does it', async () => {
  await world.openMarket();
  await world.endow('risk_reserve', '100');
  const { trader, id } = await fence('long', 0.085);
  const { db, committer } = world;
  const tidy = createMargin({ db, committer, neglectedAfterMs: -3_600_000 });
  expect(await tidy.reconcile()).toMatchObject({ liquidations: 1, workedOff: 0 });
  expect((await world.get(trader, id)).status).toBe('taken_over');
  expect(await tidy.reconcile()).toMatchObject({ liquidations: 0, workedOff: 1 });
  // what is not neglected is left to its monitor
  expect(await world.margin.reconcile()).toMatchObject({
    liquidations: 0,
    workedOff: 0,
    closed: 0,
  });
});
