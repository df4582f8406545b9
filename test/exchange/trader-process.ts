// A process of its own that trades for many users as a seed says, so that it can be killed at any moment. Its n-th
// request is the same whoever sends it, so that a successor repeats what the killed one may or may not have done.
import { initialMarkState } from '../../domain/exchange/mark-price';
import { lotsOf } from '../../domain/exchange/market';
import { DomainError } from '../../domain/errors';
import { unit } from '../../domain/money';
import { putRow, type Command } from '../../ledger/command';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { orderIdOf } from '../../services/exchange/orders/place-order';
import { marketState } from '../../services/exchange/market/market-state';
import { orderChangedEvent } from '../../services/exchange/market/order-events';
import { orders as orderRows } from '../../services/exchange/market/order-rows';
import { createOrders } from '../../services/exchange/orders/orders';
import { executeTriggered } from '../../services/exchange/execution/trigger';
import { projections } from '../../services/projections';
import { callerOf } from '../credits/world';
import { Random } from '../simulation/random';
import { pictureOf } from './picture';
import type { OrderTerms } from '../../domain/exchange/order';

export interface TraderTask {
  readonly databaseUrl: string;
  readonly seed: number;
  readonly users: readonly string[];
  /** Which requests to send: from, inclusive, to. */
  readonly from: number;
  readonly to: number;
  readonly inFlight: number;
}

export type TraderAnswer =
  /** Every request below this number was answered. */
  | { readonly type: 'progress'; readonly done: number }
  | { readonly type: 'ended'; readonly picture: string; readonly refusals: Record<string, number> };

/** Moves the mark and sets off the stops that it passed, a hundred at most, as a tick does. */
const moveMark: Command<{ ticks: number }, { id: string; ownerId: string }[]> = {
  kind: 'test_move_mark',
  keys: () => ({}),
  decide(view, { ticks }) {
    const state = view.projection(marketState);
    const mark = { ...initialMarkState(view.at), mark: (ticks / 1_000_000).toFixed(6) };
    const crossed = state.stops.crossed(ticks, ticks, 100).flatMap((id) => {
      const order = state.orders.get(id);
      return order ? [order] : [];
    });
    const patch = { triggeredAt: view.at };
    return {
      rows: crossed.map((order) => putRow(orderRows, { ...order, ...patch })),
      feed: [
        { type: 'mark', state: mark },
        ...crossed.map((order) => orderChangedEvent(order, patch)),
      ],
      result: [...crossed, ...[...state.triggered].flatMap((id) => state.orders.get(id) ?? [])].map(
        ({ id, ownerId }) => ({ id, ownerId }),
      ),
    };
  },
};

const readPicture: Command<null, string> = {
  kind: 'test_picture',
  keys: () => ({}),
  decide: (view) => ({ result: pictureOf(view.projection(marketState)) }),
};

const middle = 50_000;

function drawTerms(random: Random): OrderTerms {
  const side = random.pick(['buy', 'sell'] as const);
  const sign = side === 'buy' ? -1 : 1;
  const priceTicks = middle + sign * random.between(-30, 120) * 10;
  const base = {
    side,
    type: 'limit',
    timeInForce: 'GTC',
    postOnly: false,
    stp: random.pick(['expire_taker', 'expire_maker', 'expire_both'] as const),
    priceTicks,
    quantityLots: lotsOf(BigInt(random.between(1, 400)) * (unit / 4n)),
    quoteQuantity: null,
    triggerTicks: null,
  } as const satisfies OrderTerms;
  const market = { type: 'market', priceTicks: null, timeInForce: 'IOC' } as const;
  const quote = { quantityLots: null, quoteQuantity: BigInt(random.between(1, 500)) * 10n ** 6n };
  return random.weighted<OrderTerms>([
    [45, base],
    [10, { ...base, timeInForce: 'IOC' }],
    [6, { ...base, timeInForce: 'FOK' }],
    [6, { ...base, postOnly: true }],
    [6, { ...base, ...market }],
    [4, { ...base, ...market, timeInForce: 'FOK' }],
    [6, { ...base, ...market, ...quote, side: 'buy' }],
    [5, { ...base, type: 'stop_loss', triggerTicks: middle + random.between(-60, 60) * 10 }],
    [
      3,
      {
        ...base,
        ...market,
        type: 'take_profit',
        side: 'sell',
        triggerTicks: middle + random.between(-60, 60) * 10,
      },
    ],
    [
      2,
      {
        ...base,
        ...market,
        ...quote,
        type: 'stop_loss',
        side: 'buy',
        triggerTicks: middle + random.between(-60, 60) * 10,
      },
    ],
  ]);
}

class Trader {
  private readonly db;
  private readonly committer;
  private readonly orders;
  readonly refusals: Record<string, number> = {};

  constructor(private readonly task: TraderTask) {
    this.db = openDatabase(task.databaseUrl, 'lx-trader', 2);
    this.committer = new Committer({
      databaseUrl: task.databaseUrl,
      applicationName: 'lx-trader-committer',
      projections,
    });
    this.orders = createOrders({ db: this.db, committer: this.committer });
  }

  async run(onProgress: (done: number) => void): Promise<string> {
    const { from, to, inFlight } = this.task;
    const running = new Set<number>();
    let next = from;
    const work = async () => {
      while (next < to) {
        const n = next++;
        running.add(n);
        await this.send(n);
        running.delete(n);
        if (n % 25 === 0) onProgress(Math.min(next, ...running));
      }
    };
    await Promise.all(Array.from({ length: inFlight }, work));
    const { result } = await this.committer.submit(readPicture, null, { actor: 'test' });
    await this.committer.close();
    await this.db.destroy();
    return result;
  }

  private async send(n: number): Promise<void> {
    try {
      await this.request(n, new Random(this.task.seed * 100_003 + n));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.refusals[error.code] = (this.refusals[error.code] ?? 0) + 1;
    }
  }

  /** An order that an earlier request may have placed. */
  private earlierOrder(n: number, random: Random): { userId: string; orderId: string } {
    const m = random.between(Math.max(0, n - 400), n);
    const userId = this.userOf(m);
    return { userId, orderId: orderIdOf(userId, this.nameOf(m)) };
  }

  private userOf(n: number): string {
    return new Random(this.task.seed * 7 + n).pick(this.task.users);
  }

  private nameOf(n: number): string {
    return `${this.task.seed}-${n}`;
  }

  private async request(n: number, random: Random): Promise<void> {
    const kind = random.weighted<'place' | 'amend' | 'cancel' | 'cancel_all' | 'mark'>([
      [70, 'place'],
      [12, 'amend'],
      [13, 'cancel'],
      [1, 'cancel_all'],
      [4, 'mark'],
    ]);
    if (kind === 'mark') return this.moveMark(middle + random.between(-60, 60) * 10);
    if (kind === 'place') {
      await this.orders.place(callerOf(this.userOf(n)), this.nameOf(n), drawTerms(random));
      return;
    }
    const { userId, orderId } = this.earlierOrder(n, random);
    const caller = callerOf(userId);
    if (kind === 'cancel') await this.orders.cancel(caller, orderId);
    else if (kind === 'cancel_all') await this.orders.cancelAll(caller);
    else {
      await this.orders.amend(caller, {
        orderId,
        clientOrderId: this.nameOf(n),
        priceTicks: random.chance(0.5) ? middle + random.between(-100, 100) * 10 : null,
        quantityLots: random.chance(0.7) ? random.between(1, 4_000) : null,
      });
    }
  }

  private async moveMark(ticks: number): Promise<void> {
    const origin = { actor: 'test' };
    const { result } = await this.committer.submit(moveMark, { ticks }, origin);
    await Promise.all(
      result.map(({ id, ownerId }) =>
        this.committer.submit(executeTriggered, { orderId: id, ownerId }, origin),
      ),
    );
  }
}

if (require.main === module) {
  process.once('message', (task: TraderTask) => {
    const trader = new Trader(task);
    const tell = (answer: TraderAnswer) => process.send?.(answer);
    trader
      .run((done) => tell({ type: 'progress', done }))
      .then((picture) => {
        const ended: TraderAnswer = { type: 'ended', picture, refusals: trader.refusals };
        // A picture is longer than what a channel takes at once.
        process.send?.(ended, () => process.disconnect());
      })
      .catch((error: unknown) => {
        console.error(error);
        process.exit(1);
      });
  });
}
