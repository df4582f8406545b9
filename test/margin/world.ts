// A market with lenders, traders and a maker, whose time is the test's: a minute of ticks takes less than a second.
import { wholeFraction } from '../../domain/margin/closing';
import { formatAmount, parseAmount, type Asset } from '../../domain/money';
import { ticksOf } from '../../domain/exchange/market';
import { platformAccount, userAccount, type PlatformPurpose } from '../../ledger/accounts';
import { moveBetween, type Command } from '../../ledger/command';
import { Committer } from '../../ledger/committer';
import { reserveShareOf } from '../../domain/margin/lending-pool';
import { closeTriggered } from '../../services/margin/close-position';
import { createMargin } from '../../services/margin/margin';
import { Pool } from '../../services/margin/pool';
import type { Loss } from '../../services/margin/pool-views';
import type { Position, PositionChange } from '../../services/margin/position-views';
import { setParameter } from '../../services/parameters';
import { projections } from '../../services/projections';
import { marketState } from '../../services/exchange/market/market-state';
import type { Tick } from '../../services/exchange/mark/mark';
import { callerOf, operatorCaller, toAccount } from '../credits/world';
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

/** Sets the mark and its average: the minutes that it takes there are left out. */
const jump: Command<{ mark: string }, null> = {
  kind: 'test_mark',
  keys: () => ({}),
  decide(view, { mark }) {
    const { mark: state } = view.projection(marketState);
    if (!state) throw new Error('no tick has come yet');
    return { feed: [{ type: 'mark', state: { ...state, mark, ema: mark } }], result: null };
  },
};

/** Moves what a user has to an account of the platform. */
const give: Command<{ from: string; to: PlatformPurpose; asset: Asset; amount: bigint }, null> = {
  kind: 'test_give',
  keys: () => ({}),
  decide: (_, { from, to, asset, amount }) => ({
    transfers: [
      moveBetween(
        'test_give',
        userAccount(from, 'available', asset),
        platformAccount(to, asset),
        amount,
      ),
    ],
    result: null,
  }),
};

export async function createMarginWorld() {
  const world = await createMarkWorld();
  const { db, committer, database } = world;
  // From a fixed time on, ahead of the clock for as long as any test takes, so that a second of ticks is a second of interest.
  const start = Date.now();
  let aheadMs = 600_000;
  // Journal time never runs backwards: what this one commits takes all others along.
  const ahead = new Committer({
    databaseUrl: database.url,
    applicationName: 'lx-test-ahead',
    projections,
    clock: () => start + aheadMs,
  });
  const margin = createMargin({ db, committer });

  /** A second later; what it set off is left to others. */
  function tickAlone(): Promise<Tick> {
    aheadMs += 1_000;
    return world.tick(0, ahead);
  }

  async function tick(): Promise<Tick> {
    const tick = await tickAlone();
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

  /** Ticks a second at a time, until the mark has gone where it goes or so many have passed. */
  async function tickFor(seconds: number, until?: (mark: number) => boolean): Promise<number> {
    for (let i = 0; i < seconds; i++) {
      const { state } = await tick();
      if (until?.(Number(state.mark))) return Number(state.mark);
    }
    return Number((await world.markOf())?.mark);
  }

  /** A mark at a price, with a maker who quotes so much on both sides of it, for a minute. */
  async function startMarket(price = 0.1, quantity = '60000'): Promise<void> {
    await quoteAround(price, quantity);
    await world.trade(price.toFixed(6));
    for (let i = 0; i < 3; i++) await tick();
  }

  function quoteAround(price: number, quantity = '60000'): Promise<void> {
    return world.quote({
      bid: (price * 0.999).toFixed(6),
      ask: (price * 1.001).toFixed(6),
      quantity,
    });
  }

  async function supply(userId: string, asset: Asset, amount: string) {
    const { result } = await margin.supply(callerOf(userId), asset, parseAmount(amount));
    return result.supply;
  }

  let operator: string | undefined;

  return {
    ...world,
    margin,
    availableOf,
    tick,
    tickAlone,
    tickFor,
    startMarket,
    quoteAround,
    supply,
    /** Whose time is ahead. */
    ahead,

    /** A lender with both pools, a maker with much to quote, and a mark. Returns the lender. */
    async openMarket({ price = 0.1, quantity = '60000', credits = '4000', lco = '40000' } = {}) {
      const lender = await world.addTrader('5000', '50000');
      await supply(lender, 'CREDIT', credits);
      await supply(lender, 'LCO', lco);
      await world.mine(world.maker, '100000');
      for (const amount of ['9000', '9000']) await world.deposit(world.maker, amount);
      await startMarket(price, quantity);
      return lender;
    },

    /** Both quote and trade at a price that may be far beyond, until the mark has got to another. */
    async drive(towards: number, until: number): Promise<number> {
      await quoteAround(towards);
      await world.trade(towards.toFixed(6));
      const isFall = towards < Number((await world.markOf())?.mark);
      return tickFor(1_200, (mark) => (isFall ? mark <= until : mark >= until));
    },

    /** The mark at once where minutes would have brought it, with quotes around it if so much is to be quoted. */
    async jump(price: number, quantity?: string): Promise<void> {
      if (quantity === undefined) await world.withdrawQuotes();
      else await quoteAround(price, quantity);
      await committer.submit(jump, { mark: price.toFixed(6) }, system);
    },

    /** Capital of the platform. */
    async endow(account: 'treasury' | 'risk_reserve', amount: string): Promise<void> {
      operator ??= await world.addUser('operator');
      await world.deposits.record(operatorCaller(operator), toAccount(account, amount));
    },

    give: (from: string, to: PlatformPurpose, asset: Asset, amount: string) =>
      committer.submit(give, { from, to, asset, amount: parseAmount(amount) }, system),

    setParameter: (name: string, value: string | number) =>
      committer.submit(
        setParameter,
        { name, value, expectedVersion: 1, source: 'test', reason: null },
        system,
      ),

    async platformOf(purpose: PlatformPurpose, asset: Asset = 'CREDIT'): Promise<string> {
      const account = platformAccount(purpose, asset);
      return formatAmount(await world.decide((view) => view.balance(account)));
    },

    /** A pool's cash + debts - claims, in 10^-18 of a base unit. */
    surplusOf: (asset: Asset): Promise<bigint> =>
      world.decide((view) => {
        const pool = new Pool(view, asset);
        return reserveShareOf(pool.current, pool.cash);
      }),

    /** All that happened to a position, oldest first. */
    async changesOf(userId: string, positionId: string): Promise<PositionChange[]> {
      const { items } = await margin.history(userId, positionId, { limit: 200 });
      return items.toReversed();
    },

    async lossOf(positionId: string): Promise<Loss | undefined> {
      const { items } = await margin.losses({ limit: 100 });
      return items.find((loss) => loss.positionId === positionId);
    },

    /** Lets time pass without a tick; what `ahead` commits next tells all others. */
    pass: (ms: number) => (aheadMs += ms),

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
        .close(callerOf(userId, 'user', key), positionId, { fraction, maxSlippageBps: null })
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
