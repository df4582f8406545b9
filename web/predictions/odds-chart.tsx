// How the probability of YES moved: a drawing that says in words what it shows, with a slider that reads it moment by moment.
import { useState, type PointerEvent, type ReactNode } from 'react';
import { Card } from '../ui/card';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import {
  areaOf,
  chartHeight,
  chartWidth,
  indexAt,
  lineOf,
  spotsOf,
  type ChartPoint,
} from './chart-geometry';
import { Lco } from './lco';
import { useChart } from './market-queries';
import { formatProbability, type Market } from './market-words';

const levels = [100, 75, 50, 25, 0] as const;

export function OddsChart({ market }: { readonly market: Market }) {
  const chart = useChart(market);
  return (
    <Card title="Probability of YES">
      <Loaded query={chart}>
        {(points) =>
          points.length === 0 ? (
            <p className="empty">Nothing has moved yet.</p>
          ) : (
            <Chart
              points={[...points, nowOf(market, points.at(-1))]}
              end={(market.lockedAt ?? market.endedAt) ? 'at the end' : 'now'}
            />
          )
        }
      </Loaded>
    </Card>
  );
}

/** The last point is what the market says now, which may be newer than what the chart was asked for. */
function nowOf({ pool }: Market, last: ChartPoint | undefined): ChartPoint {
  return { at: last?.at ?? '', probability: pool.yes.probability, staked: pool.staked };
}

const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function summaryOf(points: readonly ChartPoint[], end: string): string {
  const shares = points.map(({ probability }) => probability);
  const sorted = shares.toSorted((a, b) => Number(a) - Number(b)).map(formatProbability);
  const [first = '', last = ''] = [shares[0], shares.at(-1)];
  const since = zoned.format(new Date(points[0]?.at ?? 0));
  return `Probability of YES: ${formatProbability(first)} on ${since}, ${formatProbability(last)} ${end}; lowest ${sorted[0]}, highest ${sorted.at(-1)}.`;
}

interface ChartProps {
  readonly points: readonly ChartPoint[];
  /** What the last point is called. */
  readonly end: string;
}

function Chart({ points, end }: ChartProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const last = points.length - 1;
  const index = Math.min(chosen ?? last, last);
  const spots = spotsOf(points);
  const point = points[index];
  const spot = spots[index];
  const follow = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setChosen(indexAt(spots, (event.clientX - left) / width));
  };
  return (
    <figure className="odds-chart">
      <figcaption className="figures">
        {point && <Reading point={point} when={index === last ? end : <Moment at={point.at} />} />}
      </figcaption>
      <div className="odds-chart-plot">
        <svg
          viewBox={`0 0 ${chartWidth} ${chartHeight}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={summaryOf(points, end)}
          onPointerMove={follow}
          onPointerLeave={() => setChosen(null)}
        >
          {levels.map((level) => (
            <line
              key={level}
              className="odds-chart-level"
              x2={chartWidth}
              y1={(1 - level / 100) * chartHeight}
              y2={(1 - level / 100) * chartHeight}
            />
          ))}
          <path className="odds-chart-area" d={areaOf(spots)} />
          <path className="odds-chart-line" d={lineOf(spots)} />
          {spot && chosen !== null && (
            <line className="odds-chart-cross" x1={spot.x} x2={spot.x} y2={chartHeight} />
          )}
        </svg>
        <div className="odds-chart-levels figures" aria-hidden="true">
          {levels.map((level) => (
            <span key={level}>{level}%</span>
          ))}
        </div>
      </div>
      <input
        type="range"
        aria-label="Moment of the chart"
        aria-valuetext={point && `${formatProbability(point.probability)}, ${point.at}`}
        min={0}
        max={last}
        value={index}
        onChange={({ currentTarget }) => setChosen(currentTarget.valueAsNumber)}
      />
      <div className="odds-chart-ends">
        <Moment at={points[0]?.at ?? ''} />
        <Moment at={points[last]?.at ?? ''} />
      </div>
    </figure>
  );
}

function Reading({ point, when }: { readonly point: ChartPoint; readonly when: ReactNode }) {
  return (
    <>
      <strong className="figure">{formatProbability(point.probability)}</strong> {when}, with{' '}
      <Lco value={point.staked} decimals={2} /> in the pool
    </>
  );
}
