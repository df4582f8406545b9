// What each day came to, as bars: a picture for the eye, and the same as a table for everybody.
import { HistogramSeries, type IChartApi, type ISeriesApi } from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import { groupDigits, unitName } from '../ui/amount';
import { DataTable } from '../ui/data-table';
import { openChart } from './themed-chart';

export interface DaySum {
  /** Of UTC, `2026-11-29`; each once, ascending. */
  readonly day: string;
  /** Decimal text. */
  readonly value: string;
}

interface DayBarsProps {
  readonly label: string;
  readonly days: readonly DaySum[];
  readonly unit: string;
}

interface Drawn {
  readonly chart: IChartApi;
  readonly series: ISeriesApi<'Histogram'>;
}

export default function DayBars({ label, days, unit }: DayBarsProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(null);
  useEffect(() => {
    if (!place.current) return;
    const close = openChart(place.current, (chart, { accent }) => {
      drawn.current ??= { chart, series: chart.addSeries(HistogramSeries) };
      drawn.current.series.applyOptions({ color: accent });
    });
    return () => {
      drawn.current = null;
      close();
    };
  }, []);
  useEffect(() => {
    // A day of the calendar is the same one in every zone.
    drawn.current?.series.setData(
      days.map(({ day, value }) => ({ time: day, value: Number(value) })),
    );
    drawn.current?.chart.timeScale().fitContent();
  }, [days]);
  return (
    <figure className="day-bars">
      <div ref={place} className="chart-place" role="img" aria-label={`${label}, by day`} />
      <details>
        <summary>{label} as a table</summary>
        <DataTable
          caption={label}
          columns={[
            { name: 'Day (UTC)', isText: true, cell: ({ day }) => day },
            { name: unitName(unit), cell: ({ value }) => groupDigits(value) },
          ]}
          rows={days.toReversed()}
          keyOf={({ day }) => day}
          empty="Nothing yet."
        />
      </details>
    </figure>
  );
}
