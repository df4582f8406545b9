// The market in one line: what was traded last, the mark, and the last 24 hours.
import { Decimal } from 'decimal.js';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../api/types';
import { useMark } from '../live/use-mark';
import { groupDigits } from '../ui/amount';
import { Loaded } from '../ui/loaded';
import { spreadOf } from './book-view';
import { useRules, useTicker } from './market';
import { priceText, shareText } from './texts';

type Ticker = AnswerOf<'/api/v1/exchange/ticker'>;

export function MarketStrip() {
  const ticker = useTicker();
  return (
    <section className="market-strip" aria-label="The last 24 hours">
      <Loaded query={ticker}>{(data) => <Figures {...data} />}</Loaded>
      <WarmUp />
    </section>
  );
}

function Figures({ last, priceChange, priceChangePercent, high, low, ...ticker }: Ticker) {
  const mark = useMark()?.mark ?? null;
  const isUp = priceChange !== null && !priceChange.startsWith('-');
  return (
    <dl>
      <Figure name="Last price" className="last">
        <span className={priceChange === null ? '' : isUp ? 'up' : 'down'}>{priceText(last)}</span>
      </Figure>
      <Figure name="Mark price">{priceText(mark)}</Figure>
      <Figure name="24 h change">
        {priceChange === null || priceChangePercent === null ? (
          'none yet'
        ) : (
          <span className={isUp ? 'up' : 'down'}>
            {isUp ? '+' : ''}
            {priceChange} ({isUp ? '+' : ''}
            {priceChangePercent}%)
          </span>
        )}
      </Figure>
      <Figure name="24 h high">{priceText(high)}</Figure>
      <Figure name="24 h low">{priceText(low)}</Figure>
      <Figure name="24 h volume">
        {groupDigits(ticker.volume)} <span className="unit">LCO</span>
      </Figure>
      <Figure name="24 h turnover">
        {groupDigits(new Decimal(ticker.quoteVolume).toFixed(2))}{' '}
        <span className="unit">Credits</span>
      </Figure>
      <Figure name="Spread">
        <Spread {...ticker} />
      </Figure>
    </dl>
  );
}

function Spread({ bestBid, bestAsk }: Pick<Ticker, 'bestBid' | 'bestAsk'>) {
  const spread = spreadOf(bestBid, bestAsk);
  if (!spread) return 'one side is empty';
  return (
    <>
      {priceText(spread.amount)} <span className="unit">{shareText(spread.share)}</span>
    </>
  );
}

interface FigureProps {
  readonly name: string;
  readonly className?: string;
  readonly children: ReactNode;
}

function Figure({ name, className, children }: FigureProps) {
  return (
    <div className={className}>
      <dt>{name}</dt>
      <dd className="figures">{children}</dd>
    </div>
  );
}

const minuteMs = 60_000;

function WarmUp() {
  const rules = useRules().data;
  if (!rules || rules.status === 'trading') return null;
  return (
    <p role="status">
      There is no mark price yet: the book must have both sides for another{' '}
      {Math.ceil(rules.warmUpLeftMs / minuteMs)} min. Until then there are limit orders only.
    </p>
  );
}
