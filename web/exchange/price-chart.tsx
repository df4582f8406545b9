// The market's prices as candles: of the interval that the reader chooses, live, and in words for those who see no chart.
import type { UTCTimestamp } from 'lightweight-charts';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Interval } from '../live/stream-messages';
import { groupDigits } from '../ui/amount';
import { Choice } from '../ui/choice';
import { Loading } from '../ui/loading';
import { QueryNotice } from '../ui/query-notice';
import { CandleChart } from './candle-chart';
import { intervals, useCandles } from './candles';
import { momentFormatter } from './chart-times';
import type { Candle } from './merging';
import { useMarks } from './prints';
import { priceText } from './texts';

const choices = intervals.map((interval) => [interval, interval] as const);

export default function PriceChart() {
  const [interval, setInterval] = useState<Interval>('15m');
  return (
    <section className="chart" aria-label="Chart">
      <h2 className="unseen">Chart</h2>
      <div className="chart-head">
        <Choice label="Interval" options={choices} value={interval} onChange={setInterval} />
      </div>
      <Candles key={interval} interval={interval} />
    </section>
  );
}

function Candles({ interval }: { readonly interval: Interval }) {
  const { query, candles } = useCandles(interval);
  const marks = useMarks(candles);
  const [pointed, setPointed] = useState<string | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<CandleChart>(undefined);
  const onEarliest = useEffectEvent(() => {
    if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
  });
  useEffect(() => {
    if (!place.current) return;
    const made = new CandleChart(place.current, {
      interval,
      onEarliest: () => onEarliest(),
      onPoint: setPointed,
    });
    chart.current = made;
    return () => made.remove();
  }, [interval]);
  useEffect(() => {
    if (candles) chart.current?.show(candles);
  }, [candles]);
  useEffect(() => chart.current?.mark(marks), [marks]);
  const shown = candles?.find(({ openTime }) => openTime === pointed) ?? candles?.at(-1);
  return (
    <>
      <QueryNotice query={query} />
      <div className="legend">
        {shown ? <Legend {...shown} /> : query.isPending ? <Loading /> : 'Nothing was traded yet.'}
        <Button className="plain" onPress={() => chart.current?.showNewest()}>
          Newest
        </Button>
      </div>
      <div
        ref={place}
        className="canvas"
        role="img"
        aria-label={summaryOf(interval, candles ?? [])}
      />
    </>
  );
}

function Legend({ open, high, low, close, volume }: Candle) {
  return (
    <span className="figures">
      <abbr title="Open">O</abbr> {priceText(open)} <abbr title="High">H</abbr> {priceText(high)}{' '}
      <abbr title="Low">L</abbr> {priceText(low)} <abbr title="Close">C</abbr> {priceText(close)}{' '}
      <abbr title="Volume">V</abbr> {groupDigits(volume)} LCO
    </span>
  );
}

/** What there is to see, in words. */
export function summaryOf(interval: Interval, candles: readonly Candle[]): string {
  const [first, last] = [candles[0], candles.at(-1)];
  if (!first || !last) return `Candlestick chart, ${interval}: nothing was traded yet.`;
  const highest = candles.reduce((a, b) => (Number(b.high) > Number(a.high) ? b : a));
  const lowest = candles.reduce((a, b) => (Number(b.low) < Number(a.low) ? b : a));
  const momentOf = momentFormatter(interval);
  const at = ({ openTime }: Candle) => momentOf((Date.parse(openTime) / 1_000) as UTCTimestamp);
  return [
    `Candlestick chart with volume: candles of ${interval} from ${at(first)} to ${at(last)}.`,
    `It begins at ${first.open} and ends at ${last.close} Credits for one LCO;`,
    `highest ${highest.high} on ${at(highest)}, lowest ${lowest.low} on ${at(lowest)}.`,
  ].join(' ');
}
