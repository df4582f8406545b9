// What the average of trades goes by (DESIGN 2.4): not by those of the platform itself.
import type { Command } from '../../ledger/command';
import { newId } from '../../ledger/ids';
import { marketState } from '../../services/exchange/market/market-state';
import type { TradeSource } from '../../services/exchange/market/order-rows';
import { tradeEvent } from '../../services/exchange/market/trade-rows';
import { createMarkWorld, system, type MarkWorld } from './mark-world';

let world: MarkWorld;
beforeEach(async () => {
  world = await createMarkWorld();
});
// Trades that are told and have no rows: these books do not hold, and are not proved.
afterEach(async () => {
  await world.committer.close();
  await world.db.destroy();
  await world.database.drop();
});

/** Tells of a trade with the best ask that the books know nothing of. */
const tell: Command<{ source: TradeSource }, null> = {
  kind: 'test_trade',
  keys: () => ({}),
  decide(view, { source }) {
    const state = view.projection(marketState);
    const maker = state.book.first('sell');
    if (!maker) throw new Error('nobody sells');
    const trade = {
      id: state.lastTradeId + 1n,
      at: view.at,
      ticks: maker.ticks,
      lots: 1,
      takerSide: 'buy',
      source,
      makerOrderId: maker.id,
      takerOrderId: newId(),
      makerOwnerId: maker.ownerId,
      takerOwnerId: newId(),
      makerFee: 0n,
      takerFee: 0n,
    } as const;
    return { feed: [tradeEvent(trade)], result: null };
  },
};

it.each(['buyback', 'liquidation'] as const)(
  'a %s is left out of the average of trades',
  async (source) => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    const { state: before } = await world.tick();
    await world.committer.submit(tell, { source }, system);
    const { state } = await world.tick();
    const ms = state.sums.tradedMs - before.sums.tradedMs;
    expect(ms).toBeGreaterThan(0);
    expect(Number(state.sums.trade) - Number(before.sums.trade)).toBeCloseTo(0.05 * ms, 9);
    await world.committer.submit(tell, { source: 'order' }, system);
    const { sums } = (await world.tick()).state;
    const moreMs = sums.tradedMs - state.sums.tradedMs;
    expect(Number(sums.trade) - Number(state.sums.trade)).toBeCloseTo(0.0501 * moreMs, 9);
  },
);
