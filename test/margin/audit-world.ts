// Lending pools and positions with every kind of change in them, for the audit to prove.
import type { Position } from '../../services/margin/position-views';
import { setParameter } from '../../services/parameters';
import { callerOf, operatorCaller } from '../credits/world';
import { system } from '../exchange/mark-world';
import { createMarginWorld, type MarginWorld } from './world';
import { parseAmount } from '../../domain/money';

export type Filled = Awaited<ReturnType<typeof fillMargin>>;

/** Changes a parameter that may have been changed before. */
function changeParameter(world: MarginWorld, name: string, version: number, value: string | number) {
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

  const openBy = async (terms: Parameters<MarginWorld['open']>[1]) => {
    const user = await world.addTrader('1000');
    const { id } = await world.open(user, terms);
    return { user, id };
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
  const longs = [];
  for (let i = 0; i < 5; i++) longs.push(await openBy({}));
  const [spared, recovered, liquidated, worked, lost] = longs as [
    ...[Held, Held, Held, Held, Held],
  ];
  const shortLiquidated = await openBy({ side: 'short' });
  const shortLost = await openBy({ side: 'short' });
  const shortWorked = await openBy({ side: 'short' });
  const setOff = await openBy({ leverage: 200 });
  const waiting = await openBy({ leverage: 200 });
  const [openLong, openShort] = [
    await openBy({ leverage: 150 }),
    await openBy({ side: 'short', leverage: 150 }),
  ];
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
  return { world, lender, operator, saver, donor, long, short, free, spared, recovered, liquidated, worked, lost, shortLiquidated, shortLost, shortWorked, setOff, waiting, openLong, openShort, later, callerOf };
}

export interface Held {
  readonly user: string;
  readonly id: string;
}

export type { Position };
