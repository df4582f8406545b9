// A market with somebody who quotes both sides at depth, and the ticks of the mark by hand.
import type { MarkState } from '../../domain/exchange/mark-price';
import type { Committer } from '../../ledger/committer';
import { executeTriggered } from '../../services/exchange/execution/trigger';
import { marketState } from '../../services/exchange/market/market-state';
import { tickMark, type Tick } from '../../services/exchange/mark/mark';
import type { Command, View } from '../../ledger/command';
import type { PlacedOrder } from '../../services/exchange/orders/orders';
import { createWorld, type Ask } from './world';

export const system = { actor: 'test' };

export type MarkWorld = Awaited<ReturnType<typeof createMarkWorld>>;

/** At 0.05, 12,000 LCO are 600 Credits: more than the impact notional of 500. */
const deep = '12000';

export async function createMarkWorld() {
  const world = await createWorld();
  const { committer, db } = world;
  const maker = await world.addTrader('2000', '30000');
  const taker = await world.addTrader('100', '10000');
  let quoted: PlacedOrder[] = [];

  async function withdrawQuotes(): Promise<void> {
    for (const { order } of quoted) {
      const { status } = await world.orders.get(maker, order.id);
      if (status === 'open') await world.cancel(maker, order.id);
    }
    quoted = [];
  }

  return {
    ...world,
    maker,
    taker,
    withdrawQuotes,

    /** Deep orders in the place of the ones before; a side that is left out has none. */
    async quote({ bid, ask, quantity = deep }: { bid?: string; ask?: string; quantity?: string }) {
      await withdrawQuotes();
      const place = async (side: Ask['side'], price: string) =>
        quoted.push(await world.place(maker, { side, price, quantity }));
      if (bid !== undefined) await place('buy', bid);
      if (ask !== undefined) await place('sell', ask);
    },

    /** A trade of a little at a price, between two users who do nothing else. */
    async trade(price: string, quantity = '1'): Promise<void> {
      const seller = await world.addTrader('0.01', '10000');
      await world.place(seller, { side: 'sell', price, quantity });
      await world.place(taker, { side: 'buy', price, quantity });
    },

    async tick(warmUpMs = 0, by: Committer = committer): Promise<Tick> {
      return (await by.submit(tickMark, { warmUpMs }, system)).result;
    },

    async execute(tick: Pick<Tick, 'waiting'>): Promise<void> {
      await Promise.all(
        tick.waiting.map((stop) => committer.submit(executeTriggered, stop, system)),
      );
    },

    /** What a decision sees. */
    async decide<T>(read: (view: View) => T, by: Committer = committer): Promise<T> {
      const command: Command<null, { value: T }> = {
        kind: 'test_read',
        keys: () => ({}),
        decide: (view) => ({ result: { value: read(view) } }),
      };
      return (await by.submit(command, null, system)).result.value;
    },

    /** The state that decisions go by. */
    markOf(by: Committer = committer): Promise<MarkState | null> {
      return this.decide((view) => view.projection(marketState).mark, by);
    },

    /** The state as it is stored, for committers that are opened afterwards. */
    async storeMark(state: MarkState): Promise<void> {
      await db('mark_state')
        .insert({ id: 1, state: JSON.stringify(state) })
        .onConflict('id')
        .merge();
    },
  };
}
