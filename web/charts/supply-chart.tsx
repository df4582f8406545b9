// Mined and circulating LCO over time: two lines, and between them what was burned; the same as a table.
import { useId } from 'react';
import type { AnswerOf } from '../api/types';
import { Amount, groupDigits } from '../ui/amount';
import { DataTable } from '../ui/data-table';
import { Moment } from '../ui/moment';

type Point = AnswerOf<'/api/v1/supply/history'>['items'][number];

const width = 600;
const height = 200;
const lines = ['minted', 'circulating'] as const;

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

interface SupplyChartProps {
  /** The oldest first. */
  readonly points: readonly Point[];
}

export function SupplyChart({ points }: SupplyChartProps) {
  return (
    <>
      <Lines points={points} />
      <details>
        <summary>The same as a table</summary>
        <DataTable
          caption="Supply over time"
          columns={[
            { name: 'At', isText: true, cell: ({ at }) => <Moment at={at} /> },
            { name: 'Mined', cell: ({ minted }) => <Amount value={minted} unit="LCO" /> },
            { name: 'Burned', cell: ({ burned }) => <Amount value={burned} unit="LCO" /> },
            {
              name: 'Circulating',
              cell: ({ circulating }) => <Amount value={circulating} unit="LCO" />,
            },
          ]}
          rows={points.toReversed()}
          keyOf={({ at }) => at}
          empty="There is no history yet."
        />
      </details>
    </>
  );
}

function Lines({ points }: SupplyChartProps) {
  const titleId = useId();
  const [first, last] = [points[0], points.at(-1)];
  if (points.length < 2 || !first || !last) {
    return <p className="empty">There is a chart once two days are over.</p>;
  }
  // Numbers only for where to draw.
  const top = Math.max(...points.map(({ minted }) => Number(minted))) || 1;
  const [start, end] = [Date.parse(first.at), Date.parse(last.at)];
  const placeOf = (at: string, amount: string) => {
    const x = ((Date.parse(at) - start) / (end - start || 1)) * width;
    return `${x.toFixed(1)},${(height - (Number(amount) / top) * height).toFixed(1)}`;
  };
  const lineOf = (name: (typeof lines)[number]) =>
    points.map((point) => placeOf(point.at, point[name])).join(' ');
  return (
    <figure className="supply-chart">
      <div className="supply-plot">
        <span className="supply-top">{groupDigits(wholeOf(last.minted))} LCO</span>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-labelledby={titleId}
        >
          <title id={titleId}>
            {`From ${groupDigits(first.minted)} LCO mined and ${groupDigits(first.circulating)} circulating on ${day.format(start)} to ${groupDigits(last.minted)} mined and ${groupDigits(last.circulating)} circulating on ${day.format(end)}.`}
          </title>
          <polygon
            className="supply-area"
            points={`0,${height} ${lineOf('circulating')} ${width},${height}`}
          />
          {lines.map((name) => (
            <polyline key={name} className={`supply-${name}`} points={lineOf(name)} />
          ))}
        </svg>
      </div>
      <div className="supply-axis">
        <span>{day.format(start)}</span>
        <span>{day.format(end)}</span>
      </div>
      <figcaption>Dashed: mined. Solid: circulating. What lies between them was burned.</figcaption>
    </figure>
  );
}

function wholeOf(amount: string): string {
  return amount.replace(/\..*/, '');
}
