// A market with lenders, traders and a maker, whose time is the test's: a minute of ticks takes less than a second.
import { wholeFraction } from '../../domain/margin/closing';
import { formatAmount, parseAmount, type Asset } from '../../domain/money';
import { ticksOf } from '../../domain/exchange/market';
import { userAccount } from '../../ledger/accounts';
import { Committer } from '../../ledger/committer';
import { closeTriggered } from '../../services/margin/close-position';
import { createMargin } from '../../services/margin/margin';
import type { Position } from '../../services/margin/position-views';
import { projections } from '../../services/projections';
import type { Tick } from '../../services/exchange/mark/mark';
import { callerOf } from '../credits/world';
import { createMarkWorld, system } from '../exchange/mark-world';

export type MarginWorld = Awaited<ReturnType<typeof createMarginWorld>>;

interface Opening {
  readonly side?: 'long' | 'short';
  readonly collateral?: string;
  /** Hundredths. */
  readonly leverage?: number;
  readonly maxSlippageBps?: number;
  readonly key?: string;
}

export async function createMarginWorld() {
  const world = await createMarkWorld();
  const { db, committer, database } = world;
  let aheadMs = 0;
  // Journal time never runs backwards: what this one commits takes all others along.
  const ahead = new Committer({
    databaseUrl: database.url,
    applicationName: 'lx-test-ahead',
    projections,
    clock: () => Date.now() + aheadMs,
  });
  const margin = createMargin({ db, committer });

  async function tick(): Promise<Tick> {
    aheadMs += 1_000;
    const tick = await world.tick(0, ahead);
    await world.execute(tick);
    for (const position of tick.positions) await committer.submit(closeTriggered, position, system);
    return tick;
  }

  async function availableOf(userId: string, asset: Asset): Promise<string> {
    const balance = await world.decide((view) =>
      view.balance(userAccount(userId, 'available', asset)),
    );
    return formatAmount(balance);
  }

  return {
    ...world,
    margin,
    availableOf,
    tick,

    /** Lets time pass without a tick. */
    pass: (ms: number) => (aheadMs += ms),

    /** Ticks a second at a time, until the mark has gone where it goes or so many have passed. */
    async tickFor(seconds: number, until?: (mark: number) => boolean): Promise<number> {
      for (let i = 0; i < seconds; i++) {
        const { state } = await tick();
        if (until?.(Number(state.mark))) return Number(state.mark);
      }
      return Number((await world.markOf())?.mark);
    },

    /** A mark at a price, with a maker who quotes so much on both sides of it, for a minute. */
    async startMarket(price = 0.1, quantity = '60000'): Promise<void> {
      await world.quote({
        bid: (price * 0.999).toFixed(6),
        ask: (price * 1.001).toFixed(6),
        quantity,
      });
      await world.trade(price.toFixed(6));
      for (let i = 0; i < 3; i++) await tick();
    },

    open(
      userId: string,
      {
        side = 'long',
        collateral = '100',
        leverage = 500,
        maxSlippageBps = 100,
        key,
      }: Opening = {},
    ) {
      const request = { side, collateral: parseAmount(collateral), leverage, maxSlippageBps };
      return margin
        .open(callerOf(userId, 'user', key), request)
        .then(({ result }) => result.position);
    },

    close: (userId: string, positionId: string, fraction = wholeFraction, key?: string) =>
      margin
        .close(callerOf(userId, 'user', key), positionId, fraction)
        .then(({ result }) => result),

    adjust: (userId: string, positionId: string, amount: string, key?: string): Promise<Position> =>
      margin
        .adjust(callerOf(userId, 'user', key), positionId, parseAmount(amount))
        .then(({ result }) => result.position),

    setTriggers: (
      userId: string,
      positionId: string,
      { stopLoss, takeProfit }: { stopLoss?: string; takeProfit?: string },
    ) =>
      margin.setTriggers(callerOf(userId), positionId, {
        stopLossTicks: stopLoss === undefined ? null : ticksOf(parseAmount(stopLoss)),
        takeProfitTicks: takeProfit === undefined ? null : ticksOf(parseAmount(takeProfit)),
      }),

    supply: (userId: string, asset: Asset, amount: string) =>
      margin
        .supply(callerOf(userId), asset, parseAmount(amount))
        .then(({ result }) => result.supply),

    withdraw: (userId: string, asset: Asset, amount: string | null) =>
      margin
        .withdraw(callerOf(userId), asset, amount === null ? null : parseAmount(amount))
        .then(({ result }) => result.supply),

    get: (userId: string, positionId: string) => margin.get(userId, positionId),

    async end(): Promise<void> {
      await ahead.close();
      await world.close();
    },
  };
}
