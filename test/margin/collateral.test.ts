import { refusal } from '../support/refusals';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

describe('Credits added', () => {
  it('to a long repay its debt', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const opened = await world.open(trader);
    const position = await world.adjust(trader, opened.id, '49.99950101');
    expect(position).toMatchObject({
      debt: '350',
      credits: '0',
      quantity: '4990.01',
      paidIn: '149.99950101',
      // 350 / (4990.01 x 0.899)
      liquidationPrice: '0.078020177975',
    });
    expect(await world.availableOf(trader, 'CREDIT')).toBe('850.00049899');
    expect(await world.platformOf('lending', 'CREDIT')).toBe('3650');
    expect(await world.changesOf(trader, opened.id)).toMatchObject([
      { kind: 'opened' },
      { kind: 'collateral_added', debt: '-49.99950101', paidIn: '49.99950101' },
    ]);
  });

  it('to a long are no more than it owes', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader, { collateral: '10', leverage: 200 });
    const { debt } = await world.get(trader, id);
    await expect(world.adjust(trader, id, '10')).rejects.toEqual(
      refusal('AMOUNT_OUT_OF_RANGE', { debt }),
    );
    const free = await world.adjust(trader, id, debt);
    expect(free).toMatchObject({ debt: '0', liquidationPrice: null });
    await world.close(trader, id);
  });

  it('to a short are held by it', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const opened = await world.open(trader, { side: 'short' });
    const position = await world.adjust(trader, opened.id, '50');
    expect(position).toMatchObject({
      debt: '5000',
      credits: '649.0005',
      // 649.0005 / (5000 x 1.101)
      liquidationPrice: '0.117892915531',
      paidIn: '150',
    });
    expect(await world.availableOf(trader, 'CREDIT')).toBe('850');
  });

  it('keep a position from being liquidated', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const [safe, left] = [await world.open(trader), await world.open(trader)];
    await world.adjust(trader, safe.id, '20');
    await world.jump(0.088, '60000');
    await world.tick();
    expect((await world.get(trader, safe.id)).status).toBe('open');
    expect((await world.get(trader, left.id)).status).toBe('liquidating');
  });

  it('are refused beyond what there is, as nothing, and to who is frozen', async () => {
    await world.openMarket();
    const trader = await world.addTrader('110');
    const { id } = await world.open(trader);
    await expect(world.adjust(trader, id, '10.00000001')).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS'),
    );
    await expect(world.adjust(trader, id, '0')).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
    await world.freeze(trader);
    await expect(world.adjust(trader, id, '1')).rejects.toEqual(refusal('USER_FROZEN'));
    await expect(world.adjust(trader, id, '-1')).rejects.toEqual(refusal('USER_FROZEN'));
    await world.unfreeze(trader);
    await world.adjust(trader, id, '10');
  });

  it('count once under one key', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader, { side: 'short' });
    const two = await Promise.all([
      world.adjust(trader, id, '10', 'once'),
      world.adjust(trader, id, '10', 'once'),
    ]);
    expect(two[0]).toEqual(two[1]);
    expect(await world.availableOf(trader, 'CREDIT')).toBe('890');
  });
});

describe('Credits taken out', () => {
  it('of a long are borrowed, down to the ratio of its leverage less two fees', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const opened = await world.open(trader);
    await world.adjust(trader, opened.id, '50');
    // (499.001 x 0.999 - D) / 499.001 >= 0.2 - 0.002 leaves a debt of 399.699801
    await expect(world.adjust(trader, opened.id, '-49.7012')).rejects.toMatchObject({
      code: 'MARGIN_RATIO_TOO_LOW',
      details: { least: '0.198' },
    });
    const position = await world.adjust(trader, opened.id, '-49.7');
    expect(position).toMatchObject({ debt: '399.69950101', paidIn: '150', paidOut: '49.7' });
    expect(await world.availableOf(trader, 'CREDIT')).toBe('899.7');
    expect((await world.changesOf(trader, opened.id)).at(-1)).toMatchObject({
      kind: 'collateral_taken',
      debt: '49.7',
      paidOut: '49.7',
    });
  });

  it('of a short are what it holds, down to the same ratio', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const opened = await world.open(trader, { side: 'short' });
    await world.adjust(trader, opened.id, '50');
    // (c - 500.5) / 500 >= 0.198 leaves 599.5 of 649.0005
    await expect(world.adjust(trader, opened.id, '-49.502')).rejects.toMatchObject({
      code: 'MARGIN_RATIO_TOO_LOW',
    });
    const position = await world.adjust(trader, opened.id, '-49.5005');
    expect(position).toMatchObject({ credits: '599.5', debt: '5000', paidOut: '49.5005' });
    await expect(world.adjust(trader, opened.id, '-600')).rejects.toEqual(
      refusal('AMOUNT_OUT_OF_RANGE', { credits: '599.5' }),
    );
  });

  it('go by the worse of the book and of the day’s average, too', async () => {
    await world.openMarket();
    await world.tickFor(60);
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.jump(0.12, '60000');
    await world.tick();
    // at 0.12 there would be 200 to spare; at the average of 0.1003 a debt of up to 437 keeps 12.5%
    await expect(world.adjust(trader, id, '-45')).rejects.toMatchObject({
      code: 'MARGIN_RATIO_TOO_LOW',
      details: { least: '0.125' },
    });
    await world.adjust(trader, id, '-30');
  });

  it('of a long are refused beyond the depth and beyond the pool', async () => {
    const lender = await world.openMarket({ quantity: '20000', credits: '500' });
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.adjust(trader, id, '100');
    // 300 lent and 200 left: lent out to 85% it is 425
    await world.withdraw(lender, 'CREDIT', '120');
    await expect(world.adjust(trader, id, '-50')).rejects.toMatchObject({
      code: 'POOL_UTILISATION_LIMIT',
    });
    await world.adjust(trader, id, '-20');
    // a quarter of what rests in the day's average has become less than what is owed
    await world.quote({ bid: '0.0999', ask: '0.1001', quantity: '6000' });
    await world.tickFor(20);
    await expect(world.adjust(trader, id, '-1')).rejects.toMatchObject({ code: 'DEBT_LIMIT' });
  });

  it('are refused without a book on both sides; those that are added are not', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader, { side: 'short' });
    await world.adjust(trader, id, '50');
    await world.quote({ ask: '0.1001', quantity: '60000' });
    await expect(world.adjust(trader, id, '-1')).rejects.toEqual(refusal('MARKET_NOT_TWO_SIDED'));
    await world.adjust(trader, id, '1');
  });
});

it('changes nothing once the position is fenced or closed', async () => {
  await world.openMarket();
  const trader = await world.addTrader('1000');
  const [fenced, closed] = [await world.open(trader), await world.open(trader)];
  await world.close(trader, closed.id);
  await world.jump(0.088, '60000');
  await world.tick();
  for (const [id, status] of [
    [fenced.id, 'liquidating'],
    [closed.id, 'closed'],
  ] as const) {
    const conflict = refusal('STATE_CONFLICT', { status });
    await expect(world.adjust(trader, id, '10')).rejects.toEqual(conflict);
    await expect(world.adjust(trader, id, '-10')).rejects.toEqual(conflict);
    await expect(world.close(trader, id)).rejects.toEqual(conflict);
    await expect(world.setTriggers(trader, id, { stopLoss: '0.01' })).rejects.toEqual(conflict);
  }
});
