// Seeded tapes of orders in whole ticks and lots, and two books that play them: the exchange's core, and npm
// nodejs-order-book. For the test that compares what they trade, and the benchmark that compares how fast.
import { OrderBook as PeerBook, Side as PeerSide, type IProcessOrder } from 'nodejs-order-book';
import { maxPriceTicks, type Side } from '../../../domain/exchange/market';
import { planMatch, type MatchPlan, type Taker } from '../../../domain/exchange/matching';
import { OrderBook } from '../../../domain/exchange/order-book';

export type TapeOperation =
  | {
      readonly kind: 'limit';
      readonly id: string;
      readonly side: Side;
      readonly ticks: number;
      readonly lots: number;
    }
  | { readonly kind: 'market'; readonly id: string; readonly side: Side; readonly lots: number }
  | { readonly kind: 'cancel'; readonly id: string }
  /** An amendment to a smaller quantity. */
  | { readonly kind: 'reduce'; readonly id: string; readonly lots: number };

export interface TapeTrade {
  readonly makerId: string;
  readonly ticks: number;
  readonly lots: number;
}

export interface Tape {
  /** What rests before it starts. */
  readonly opening: readonly TapeOperation[];
  readonly operations: readonly TapeOperation[];
}

export interface TapeShape {
  readonly resting: number;
  readonly operations: number;
  /** How far from the middle prices go: most are near it. */
  readonly widthTicks: number;
  /** Of all operations; what is left are limit orders. */
  readonly marketShare: number;
  readonly cancelShare: number;
  readonly reduceShare: number;
}

const middleTicks = 1_000_000;

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A tape whose cancellations and amendments find the order that they name in a book with price-time priority. */
export function makeTape(seed: number, shape: TapeShape): Tape {
  const random = randomFrom(seed);
  const book = new CoreTape();
  const ids: string[] = [];
  let centre = middleTicks;
  let made = 0;
  const whole = (limit: number) => Math.floor(random() * limit);
  // as long as the ids of the exchange, and no number to a JavaScript object
  const nextId = () => `0193a7b2-4c1d-7e3f-8a5b-${(made++).toString(16).padStart(12, '0')}`;
  const nextSide = (): Side => (random() < 0.5 ? 'buy' : 'sell');
  const limit = (closest: number): TapeOperation => {
    const side = nextSide();
    const away = Math.floor(shape.widthTicks ** random()) + closest;
    const id = nextId();
    ids.push(id);
    const ticks = side === 'buy' ? centre - away : centre + away;
    return { kind: 'limit', id, side, ticks, lots: 1 + whole(2_000) };
  };
  const restingId = (): string | undefined => {
    while (ids.length > 0) {
      const place = whole(ids.length);
      const id = ids[place] ?? '';
      if (book.has(id)) return id;
      ids[place] = ids.at(-1) ?? '';
      ids.pop();
    }
    return undefined;
  };
  const next = (): TapeOperation => {
    const draw = random();
    if (random() < 0.1) centre += whole(3) - 1;
    if (draw < shape.marketShare) {
      return { kind: 'market', id: nextId(), side: nextSide(), lots: 1 + whole(2_000) };
    }
    const id = draw < 1 - limitShare ? restingId() : undefined;
    if (id === undefined) return limit(-3);
    if (draw < shape.marketShare + shape.cancelShare) return { kind: 'cancel', id };
    const lots = Math.floor(book.lotsOf(id) / 2);
    return lots > 0 ? { kind: 'reduce', id, lots } : { kind: 'cancel', id };
  };
  const limitShare = 1 - shape.marketShare - shape.cancelShare - shape.reduceShare;
  const play = (operation: TapeOperation) => {
    book.play(operation);
    return operation;
  };
  return {
    opening: Array.from({ length: shape.resting }, () => play(limit(0))),
    operations: Array.from({ length: shape.operations }, () => play(next())),
  };
}

/** Carries a plan out, as the commit of its order does. */
export function applyPlan(book: OrderBook, { fills, expiredMakers }: MatchPlan): void {
  for (const { maker, lots } of fills) {
    if (maker.lots === lots) book.remove(maker.id);
    else book.reduce(maker.id, maker.lots - lots);
  }
  for (const { id } of expiredMakers) book.remove(id);
}

/** The exchange's core. Every order has an owner of its own: the peer is asked for no self-trade prevention. */
export class CoreTape {
  readonly book = new OrderBook();
  private number = 0;

  has(id: string): boolean {
    return this.book.get(id) !== undefined;
  }

  lotsOf(id: string): number {
    return this.book.get(id)?.lots ?? 0;
  }

  play(operation: TapeOperation): MatchPlan | undefined {
    const { book } = this;
    switch (operation.kind) {
      case 'limit': {
        const { id, side, ticks, lots } = operation;
        const plan = planMatch(book, takerOf(id, side, ticks, lots));
        applyPlan(book, plan);
        if (plan.restLots > 0) {
          const number = this.number++;
          book.add({ id, ownerId: id, side, ticks, number, lots: plan.restLots });
        }
        return plan;
      }
      case 'market': {
        const { id, side, lots } = operation;
        const plan = planMatch(book, takerOf(id, side, side === 'buy' ? maxPriceTicks : 1, lots));
        applyPlan(book, plan);
        return plan;
      }
      case 'cancel':
        book.remove(operation.id);
        return undefined;
      case 'reduce':
        book.reduce(operation.id, operation.lots);
        return undefined;
    }
  }

  trades(operation: TapeOperation): TapeTrade[] {
    const fills = this.play(operation)?.fills ?? [];
    return fills.map(({ maker, ticks, lots }) => ({ makerId: maker.id, ticks, lots }));
  }

  /** Bids and asks, best first. */
  depth(): [ticks: number, lots: number][][] {
    const side = (name: Side) =>
      this.book.levels(name, Infinity).map(({ ticks, lots }): [number, number] => [ticks, lots]);
    return [side('buy'), side('sell')];
  }
}

function takerOf(id: string, side: Side, limitTicks: number, lots: number): Taker {
  return {
    ownerId: id,
    side,
    limitTicks,
    lots,
    quoteBudget: null,
    takerFeeBps: 10,
    stp: 'expire_taker',
    fillOrKill: false,
    postOnly: false,
    maxFills: Number.MAX_SAFE_INTEGER,
  };
}

/** npm nodejs-order-book. An amendment costs an order its priority there. */
export class PeerTape {
  private readonly book = new PeerBook();

  play(operation: TapeOperation): IProcessOrder | undefined {
    const { book } = this;
    switch (operation.kind) {
      case 'limit': {
        const { id, side, ticks, lots } = operation;
        return book.limit({ id, side: peerSides[side], size: lots, price: ticks });
      }
      case 'market':
        return book.market({ side: peerSides[operation.side], size: operation.lots });
      case 'cancel':
        book.cancel(operation.id);
        return undefined;
      case 'reduce':
        return book.modify(operation.id, { size: operation.lots });
    }
  }

  trades(operation: TapeOperation): TapeTrade[] {
    const answer = this.play(operation);
    if (!answer) return [];
    if (answer.err) throw new Error(answer.err.message);
    const takerId = operation.id;
    // Its answer lists the taker itself with the makers, when it is filled or rests in part.
    const trades = [...answer.done, ...(answer.partial ? [answer.partial] : [])].flatMap((order) =>
      order.id !== takerId && 'price' in order
        ? [{ makerId: order.id, ticks: order.price, lots: order.size }]
        : [],
    );
    const last = answer.partial && answer.partial.id !== takerId ? trades.pop() : undefined;
    return last ? [...trades, { ...last, lots: answer.partialQuantityProcessed }] : trades;
  }

  /** Bids and asks, best first. */
  depth(): [ticks: number, lots: number][][] {
    const [asks, bids] = this.book.depth();
    return [bids, asks];
  }
}

const peerSides = { buy: PeerSide.BUY, sell: PeerSide.SELL } as const;
