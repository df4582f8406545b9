// Triggers and the tick that would set them off in one batch (DESIGN 2.6): the tick finds positions as they were before
// it, and must act on them as they are.
import { Committer } from '../../ledger/committer';
import { originOf } from '../../services/identity/caller';
import { setTriggers } from '../../services/margin/triggers';
import { projections } from '../../services/projections';
import { tickMark } from '../../services/exchange/mark/mark';
import { callerOf } from '../credits/world';
import { system } from '../exchange/mark-world';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
let later: Committer;
let atMs = Date.now() + 3_600_000;

beforeAll(async () => {
  world = await createMarginWorld();
  later = new Committer({
    databaseUrl: world.database.url,
    applicationName: 'lx-test-later',
    projections,
    clock: () => (atMs += 1_000),
  });
});

afterAll(async () => {
  await later.close();
  await world.end();
});

it('does not set off a trigger that its owner took back in the same batch', async () => {
  const lender = await world.addTrader('1000', '1');
  const userId = await world.addTrader('100', '1');
  await world.supply(lender, 'CREDIT', '500');
  await world.startMarket(0.1, '12000');
  const { id } = await world.open(userId, { collateral: '50', leverage: 200 });
  await world.setTriggers(userId, id, { stopLoss: '0.0999' });
  await world.quote({ bid: '0.0979', ask: '0.0981', quantity: '12000' });
  await world.trade('0.098');

  const input = { positionId: id, userId, side: 'long', stopLossTicks: null } as const;
  const ticked = await tickUntil('0.0999', () =>
    later.submit(setTriggers, { ...input, takeProfitTicks: null }, originOf(callerOf(userId))),
  );
  expect(ticked).toEqual([]);
  expect(await world.get(userId, id)).toMatchObject({ triggered: null, stopLoss: null });
});

/** Ticks, and in the batch of the tick that reaches the price does something before it; what that tick names. */
async function tickUntil(price: string, act: () => Promise<unknown>) {
  for (let i = 0; i < 300; i++) {
    const mark = Number((await world.markOf())?.mark);
    const isNext = mark * (1 - 0.02 / 60) <= Number(price);
    const [, { result }] = await Promise.all([
      isNext ? act() : null,
      later.submit(tickMark, { warmUpMs: 0 }, system),
    ]);
    if (isNext) return result.positions;
  }
  throw new Error('the mark does not get there');
}
