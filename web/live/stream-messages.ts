// What the stream tells (docs/formats/stream.md).
import type { AnswerOf, ItemOf } from '../api/types';

export type Interval = '1m' | '5m' | '15m' | '1h' | '4h' | '1d' | '1w';
export type Channel = 'book' | 'trades' | 'ticker' | 'mark' | 'user' | `klines:${Interval}`;

/** Price and quantity, as decimal text. */
export type Level = readonly [price: string, quantity: string];

interface BookMessage {
  readonly sequence: number;
  readonly at: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

interface Messages {
  subscribed: { readonly channels: readonly Channel[] };
  error: { readonly code: string; readonly message: string };
  'book.snapshot': BookMessage;
  'book.diff': BookMessage & { readonly previousSequence: number };
  trade: ItemOf<'/api/v1/exchange/trades'>;
  kline: {
    readonly interval: Interval;
    readonly candle: ItemOf<'/api/v1/exchange/klines'>;
    readonly closed: boolean;
  };
  ticker: AnswerOf<'/api/v1/exchange/ticker'>;
  mark: {
    readonly mark: string | null;
    readonly at: string | null;
    readonly isTwoSided: boolean;
    readonly bid: string | null;
    readonly ask: string | null;
  };
  'user.snapshot': {
    readonly sequence: number;
    readonly orders: readonly ItemOf<'/api/v1/exchange/orders'>[];
    readonly balances: AnswerOf<'/api/v1/balances'>['balances'];
  };
  'user.order': {
    readonly sequence: number;
    readonly order: ItemOf<'/api/v1/exchange/orders'>;
  };
  'user.fill': {
    readonly sequence: number;
    readonly fill: ItemOf<'/api/v1/exchange/fills'>;
  };
  'user.position': { readonly sequence: number };
  'user.balances': { readonly balances: AnswerOf<'/api/v1/balances'>['balances'] };
}

export type StreamMessage = {
  [Type in keyof Messages]: { readonly type: Type } & Messages[Type];
}[keyof Messages];

/** The channel that a message belongs to; undefined for answers and for what this console does not know. */
export function channelOf(message: StreamMessage): Channel | undefined {
  switch (message.type) {
    case 'book.snapshot':
    case 'book.diff':
      return 'book';
    case 'trade':
      return 'trades';
    case 'kline':
      return `klines:${message.interval}`;
    case 'ticker':
    case 'mark':
      return message.type;
    case 'user.snapshot':
    case 'user.order':
    case 'user.fill':
    case 'user.position':
    case 'user.balances':
      return 'user';
    default:
      return undefined;
  }
}
