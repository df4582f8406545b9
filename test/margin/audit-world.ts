// Lending pools and positions with every kind of change in them, for the audit to prove.
import { setParameter } from '../../services/parameters';
import { operatorCaller } from '../credits/world';
import { system } from '../exchange/mark-world';
import { collectInterest } from '../../services/margin/collect-interest';
import { createMarginWorld, type MarginWorld } from './world';
import { assets, parseAmount } from '../../domain/money';

interface Held {
  readonly user: string;
  readonly id: string;
}

export type Filled = Awaited<ReturnType<typeof fillMargin>>;

/** Changes a parameter that may have been changed before. */
function changeParameter(
  world: MarginWorld,
  name: string,
  version: number,
  value: string | number,
) {
  const change = { name, value, expectedVersion: version, source: 'test', reason: null };
  return world.committer.submit(setParameter, change, system);
}

export async function fillMargin() {
  const world = await createMarginWorld();
  const { margin } = world;
  const lender = await world.openMarket();
  const operator = await world.addUser('operator');
  const saver = await world.addTrader('2000', '10000');
  await world.supply(saver, 'CREDIT', '1500');
  await world.supply(saver, 'LCO', '5000.5');
  await world.endow('treasury', '300');
  await margin.seed(operatorCaller(operator), parseAmount('100'), 'To begin with.');
  await margin.seed(operatorCaller(operator), parseAmount('-40'), 'Too much.');

  const openBy = async (terms: Parameters<MarginWorld['open']>[1]): Promise<Held> => {
    const user = await world.addTrader('1000');
    const { id } = await world.open(user, terms);
    return { user, id };
  };
  /** Interest, some seconds later. */
  const count = async () => {
    world.pass(5_000);
    for (const asset of assets) await world.ahead.submit(collectInterest, { asset }, system);
  };
  const later = async (ms = 60_000) => {
    world.pass(ms);
    await world.tick();
  };

  // What owners do.
  const long = await openBy({});
  await world.adjust(long.user, long.id, '50.5');
  await world.adjust(long.user, long.id, '-20.25');
  await later();
  await world.setTriggers(long.user, long.id, { stopLoss: '0.09', takeProfit: '0.2' });
  await world.close(long.user, long.id, 3_333);
  await later();
  await world.close(long.user, long.id);
  const short = await openBy({ side: 'short', leverage: 300 });
  await world.adjust(short.user, short.id, '20');
  await world.adjust(short.user, short.id, '-5');
  await later();
  await world.close(short.user, short.id, 5_000);
  await world.close(short.user, short.id);
  const free = await openBy({ leverage: 101 });
  await world.withdraw(saver, 'CREDIT', '1000');
  await changeParameter(world, 'lending.kinkRateBps', 1, 2_000);

  // What the mark does: some are fenced, one is set off.
  const longs: Held[] = [];
  for (let i = 0; i < 5; i++) longs.push(await openBy({}));
  const [spared, recovered, liquidated, worked, lost] = longs as [Held, Held, Held, Held, Held];
  const shortLiquidated = await openBy({ side: 'short' });
  const shortLost = await openBy({ side: 'short' });
  const shortWorked = await openBy({ side: 'short' });
  const setOff = await openBy({ leverage: 200 });
  const waiting = await openBy({ leverage: 200 });
  await margin.reconcile();
  await world.setTriggers(setOff.user, setOff.id, { takeProfit: '0.105' });
  await world.jump(0.106, '60000');
  await later();
  await world.setTriggers(waiting.user, waiting.id, { stopLoss: '0.091', takeProfit: '0.3' });

  await world.jump(0.088);
  await world.tick();
  await world.jump(0.0896, '60000');
  await margin.liquidate(spared.id);
  await world.adjust(spared.user, spared.id, '100');
  await world.jump(0.088, '5000');
  await margin.liquidate(recovered.id);
  await world.jump(0.1, '5000');
  await margin.liquidate(recovered.id);
  await world.adjust(recovered.user, recovered.id, '100');
  await world.jump(0.088, '60000');
  await margin.liquidate(liquidated.id);

  // Shorts, and LCO that nobody could be made to pay for.
  await changeParameter(world, 'margin.treasuryBackstop', 1, '20');
  await world.endow('risk_reserve', '300');
  const donor = await world.addTrader('1', '10000');
  await world.give(donor, 'risk_reserve', 'LCO', '100.123');
  await world.jump(0.111, '4000');
  await world.tick();
  await margin.liquidate(shortLiquidated.id);
  await world.jump(0.1115, '60000');
  await margin.liquidate(shortLiquidated.id);
  await world.jump(0.116);
  for (const { id } of [shortLost, shortWorked]) await margin.liquidate(id);
  // Some is bought in the book, the rest of one with what there is to pay for it.
  await count();
  await margin.workOff(shortWorked.id);
  await world.place(world.maker, { side: 'sell', price: '0.116', quantity: '700' });
  await count();
  await margin.workOff(shortWorked.id);
  await world.place(world.maker, { side: 'sell', price: '0.116', quantity: '9000' });
  await workOff(shortWorked.id);
  await world.cancelAll(world.maker);
  await margin.workOff(shortLost.id);
  await world.jump(0.3);
  await count();
  await margin.workOff(shortLost.id);
  await world.withdraw(saver, 'LCO', '10');
  await count();
  await world.place(world.maker, { side: 'sell', price: '0.3', quantity: '2300' });
  for (let i = 0; i < 3; i++) await margin.workOff(shortLost.id);
  // Nobody sells any more: it has the reserve's LCO, and waits.
  await world.cancelAll(world.maker);
  await workOff(shortLost.id);
  await world.place(world.maker, { side: 'sell', price: '0.301', quantity: '300' });
  await count();
  await margin.workOff(shortLost.id);
  await world.place(world.maker, { side: 'sell', price: '0.3', quantity: '9000' });
  await workOff(shortLost.id);
  await world.cancelAll(world.maker);
  await world.supply(saver, 'LCO', '77');
  await count();
  await world.withdraw(saver, 'LCO', '5');

  // Longs likewise: one is worth what it owes, one is not.
  await changeParameter(world, 'margin.treasuryBackstop', 2, '50');
  await world.endow('risk_reserve', '170');
  await world.jump(0.083);
  for (const { id } of [worked, lost]) await margin.liquidate(id);
  await margin.workOff(worked.id);
  await world.place(world.maker, { side: 'buy', price: '0.083', quantity: '500' });
  await count();
  await workOff(worked.id);
  await world.place(world.maker, { side: 'buy', price: '0.083', quantity: '6000' });
  await workOff(worked.id);
  await world.cancelAll(world.maker);
  await margin.workOff(lost.id);
  await world.jump(0.03);
  await count();
  await margin.workOff(lost.id);
  await world.withdraw(saver, 'CREDIT', '50');
  await world.place(world.maker, { side: 'buy', price: '0.03', quantity: '9000' });
  await count();
  await workOff(lost.id);
  await world.cancelAll(world.maker);
  await world.withdraw(saver, 'CREDIT', null);
  await world.supply(saver, 'CREDIT', '12.5');

  // What is not over yet.
  await world.jump(0.1, '60000');
  for (let i = 0; i < 3; i++) await later(1_000);
  const openLong = await openBy({ leverage: 150 });
  const openShort = await openBy({ side: 'short', leverage: 110 });
  const [liquidating, takenOver] = [await openBy({}), await openBy({})];
  await world.setTriggers(openLong.user, openLong.id, { stopLoss: '0.09', takeProfit: '0.3' });
  await world.endow('risk_reserve', '100');
  await world.jump(0.083);
  await world.tick();
  await margin.liquidate(takenOver.id);
  await margin.workOff(takenOver.id);
  await world.place(world.maker, { side: 'buy', price: '0.083', quantity: '200' });
  await world.withdraw(lender, 'LCO', '3');

  const positions = {
    ...{ long, short, free, spared, recovered, liquidated, worked, lost },
    ...{ shortLiquidated, shortLost, shortWorked, setOff, waiting },
    ...{ openLong, openShort, liquidating, takenOver },
  };
  return { world, positions, users: { lender, operator, saver } };

  /** Until it is closed, or nobody trades. */
  async function workOff(id: string): Promise<void> {
    for (let i = 0; i < 40; i++) {
      const { next } = await margin.workOff(id);
      if (next.kind === 'nothing' || next.waitMs > 0) return;
    }
    throw new Error('it does not end');
  }
}
