// What lies at the edges of positions: debts of less than a lot, fees that a vote has raised, books that end within the
// slippage, and what an owner allows a closing to cost.
import { refusal } from '../support/refusals';
import { callerOf } from '../credits/world';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
  await world.openMarket();
});
afterEach(() => world.end());

it('closes all of a short where less than a lot would stay owed', async () => {
  const trader = await world.addTrader('1000');
  const { id } = await world.open(trader, { side: 'short' });
  world.pass(60_000);
  await world.tick();
  // 5,000 LCO and a little interest: 9,999 ten-thousandths round up to all lots but the last
  const { position, closedQuantity } = await world.close(trader, id, 9_999);
  expect(closedQuantity).toBe('4999.51');
  const last = await world.close(trader, id, 9_999);
  expect(Number(position.debt)).toBeGreaterThan(0.48);
  expect(last.position).toMatchObject({ status: 'closed', debt: '0' });
});

it('keeps the Credits of a short that the market leaves less than a lot of', async () => {
  const trader = await world.addTrader('1000');
  const { id } = await world.open(trader, { side: 'short' });
  world.pass(60_000);
  await world.tick();
  await world.quote({ bid: '0.0999', ask: '0.1001', quantity: '5000' });
  const { position, closedQuantity } = await world.close(trader, id);
  expect(closedQuantity).toBe('5000');
  expect(position).toMatchObject({ status: 'open', paidOut: '0' });
  expect(Number(position.debt)).toBeLessThan(0.01);
  await world.quoteAround(0.1);
  const rest = await world.close(trader, id);
  expect(rest).toMatchObject({ closedQuantity: '0.01', position: { status: 'closed' } });
  expect(Number(rest.position.paidOut)).toBeGreaterThan(95);
});

it('works a short off whose Credits are few after a vote has raised the makers’ fee', async () => {
  const trader = await world.addTrader('1000');
  const { id } = await world.open(trader, { side: 'short' });
  await world.endow('risk_reserve', '500');
  await world.setParameter('exchange.takerFeeBps', 100);
  await world.setParameter('exchange.makerFeeBps', 50);
  // 599.0005 buys 5,000 at 0.1196804 with the pinned fee of ten
  await world.jump(0.11968);
  await world.tickAlone();
  expect((await world.margin.liquidate(id)).position.status).toBe('taken_over');
  for (let step = 0; step < 12; step++) {
    await world.margin.workOff(id);
    await world.place(world.maker, { side: 'sell', price: '0.1196', quantity: '600' });
  }
  expect(await world.get(trader, id)).toMatchObject({
    status: 'closed',
    closeReason: 'worked_off',
  });
});

it('does not open where the rest would buy another lot within the slippage, but nobody sells it there', async () => {
  const trader = await world.addTrader('1000');
  // 500.6 Credits buy all within the slippage; 8.4 are left, and beyond it a lot costs nine
  await world.quote({ bid: '0.0999', quantity: '60000' });
  await world.place(world.maker, { side: 'sell', price: '0.1001', quantity: '4996' });
  const seller = await world.addTrader('1', '10000');
  await world.place(seller, { side: 'sell', price: '900', quantity: '5' });
  const before = await world.availableOf(trader, 'CREDIT');
  await expect(world.open(trader, { collateral: '101.8' })).rejects.toMatchObject(
    refusal('POSITION_NOT_FILLED', { reason: 'slippage' }),
  );
  expect(await world.availableOf(trader, 'CREDIT')).toBe(before);
});

it('closes no further from the mark than its owner allows', async () => {
  const trader = await world.addTrader('1000');
  const { id } = await world.open(trader);
  await world.quote({ bid: '0.097', ask: '0.1001', quantity: '60000' });
  const close = (maxSlippageBps: number | null) =>
    world.margin.close(callerOf(trader), id, { fraction: 10_000, maxSlippageBps });
  await expect(close(299)).rejects.toMatchObject(refusal('POSITION_NOT_FILLED'));
  const { result } = await close(300);
  expect(result.position.status).toBe('closed');
});
