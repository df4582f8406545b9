// The channels that anybody may follow: the book, trades, klines, the ticker and the mark.
import { currentMark } from '../../domain/exchange/mark-price';
import { intervals } from '../../domain/exchange/candle';
import { optionalIsoTime } from '../../domain/time';
import { presentKline } from '../../services/market-data/klines';
import { presentTrade, tickerOf } from '../../services/market-data/market-data';
import type { MarketUpdate, MarketView } from '../../services/market-data/market-view';
import type { CandleUpdate } from '../../services/market-data/running-candles';
import { BookChannel } from './book-channel';
import type { Connection } from './connection';
import type { Hub } from './hub';
import { klineChannel, type PublicChannel } from './protocol';

const tickerGapMs = 1_000;

function klineMessage({ interval, opensAt, candle, closed }: CandleUpdate): object {
  return { type: 'kline', interval, candle: presentKline(opensAt, candle), closed };
}

function markMessage({ state }: MarketView): object {
  const { mark } = state;
  return {
    type: 'mark',
    mark: currentMark(mark)?.toFixed() ?? null,
    at: optionalIsoTime(mark?.at ?? null),
    isTwoSided: mark?.isTwoSided ?? false,
    bid: mark?.bid ?? null,
    ask: mark?.ask ?? null,
  };
}

export class PublicChannels {
  private readonly book: BookChannel;
  private view: MarketView | undefined;
  private tickerTimer: NodeJS.Timeout | undefined;

  constructor(private readonly hub: Hub) {
    this.book = new BookChannel(hub);
  }

  begin(view: MarketView): void {
    this.view = view;
    this.book.begin(view);
    for (const update of view.candles.current()) this.tellKline(update);
    this.tellTickerSoon();
  }

  take({ trades, candles, hasMark, levels, ...rest }: MarketUpdate, view: MarketView): void {
    this.book.take({ trades, candles, hasMark, levels, ...rest });
    for (const trade of trades) {
      this.hub.publish('trades', { type: 'trade', ...presentTrade(trade) });
    }
    for (const update of candles) this.tellKline(update);
    if (hasMark) this.hub.publish('mark', markMessage(view));
    this.tellTickerSoon();
  }

  /** What a new follower begins with. */
  greet(connection: Connection, channel: PublicChannel): void {
    const { view } = this;
    if (!view || channel === 'trades') return;
    if (channel === 'book') return this.book.greet(connection);
    if (channel === 'ticker') return connection.tell(this.ticker(view));
    if (channel === 'mark') return connection.tell(markMessage(view));
    const interval = intervals.find((each) => klineChannel(each) === channel);
    const running = interval && view.candles.of(interval);
    if (running) connection.tell(klineMessage({ interval, closed: false, ...running }));
  }

  close(): void {
    this.book.close();
    clearTimeout(this.tickerTimer);
  }

  private tellKline(update: CandleUpdate): void {
    const channel = klineChannel(update.interval);
    if (this.hub.hasFollowers(channel)) this.hub.publish(channel, klineMessage(update));
  }

  private ticker(view: MarketView): object {
    return { type: 'ticker', ...tickerOf(view) };
  }

  /** Once a second while anything happens. */
  private tellTickerSoon(): void {
    if (this.tickerTimer || !this.hub.hasFollowers('ticker')) return;
    this.tickerTimer = setTimeout(() => {
      this.tickerTimer = undefined;
      if (this.view && this.hub.hasFollowers('ticker')) {
        this.hub.publish('ticker', this.ticker(this.view));
      }
    }, tickerGapMs);
  }
}
