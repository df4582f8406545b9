// Orders, trades and buybacks as the model has them (DESIGN 2.4, 2.5).

/** What an order asks for: prices in ticks, quantities in lots. */
export interface Terms {
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'market' | 'stop_loss' | 'take_profit';
  readonly tif: 'GTC' | 'IOC' | 'FOK';
  readonly postOnly: boolean;
  readonly stp: 'expire_taker' | 'expire_maker' | 'expire_both';
  readonly price: number | null;
  readonly lots: number | null;
  /** Base units of CREDIT to spend, fee included. */
  readonly quote: bigint | null;
  /** The mark that sets a stop off, in ticks. */
  readonly trigger: number | null;
}

export interface Order extends Omit<Terms, 'lots'> {
  readonly id: string;
  readonly userId: string;
  /** As it was asked for first. */
  readonly asked: Terms;
  readonly replaces: string | null;
  readonly makerBps: number;
  readonly takerBps: number;
  readonly bandBps: number;
  /** The worst price of a buyback's order, or a position's; users' orders have none. */
  readonly capTicks?: number | null;
  /** A position places it, whose id stands for the user's. */
  readonly isPositions?: boolean;
  /** Who may not be met besides whoever places it: a position's owner. */
  readonly forUser?: string | null;
  readonly source?: 'order' | 'buyback' | 'liquidation';
  lots: number | null;
  /** The later, the further back in the queue. */
  arrival: number;
  status: 'open' | 'filled' | 'cancelled' | 'expired';
  reason: string | null;
  rests: boolean;
  isSetOff: boolean;
  filled: number;
  /** Notional of the fills in which it rested, and in which it came in. */
  made: bigint;
  taken: bigint;
  fee: bigint;
  hold: bigint;
  /** Which trades it made at its first moment: from an index among all, to one before another. */
  entry: readonly [from: number, to: number];
}

export interface Trade {
  readonly ticks: number;
  readonly lots: number;
  /** Ids of the orders. */
  readonly maker: string;
  readonly taker: string;
  readonly side: 'buy' | 'sell';
  readonly source: 'order' | 'buyback' | 'liquidation';
  readonly fees: { readonly maker: bigint; readonly taker: bigint };
}

export interface Run {
  readonly id: string;
  readonly slices: number;
  status: 'opened' | 'buying' | 'paused' | 'completed' | 'no_mark';
  revision: number;
  capTicks: number | null;
  /** Orders, of which each slice has two. */
  executed: number;
  readonly bought: { ecosystem_fund: bigint; prize_fund: bigint };
  readonly spent: { ecosystem_fund: bigint; prize_fund: bigint };
  movedToCost: bigint | null;
}

export interface Amendment {
  readonly orderId: string;
  readonly price: number | null;
  readonly lots: number | null;
  readonly resultId: string;
}
