// Where the chart's points lie: numbers for drawing alone.
import type { ItemOf } from '../api/types';
import { shareOf } from './market-words';

export type ChartPoint = Pick<
  ItemOf<'/api/v1/predictions/{id}/history'>,
  'at' | 'probability' | 'staked'
>;

export const chartWidth = 600;
export const chartHeight = 200;

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** @param points oldest first */
export function spotsOf(points: readonly ChartPoint[]): Spot[] {
  const times = points.map(({ at }) => Date.parse(at));
  const first = times[0] ?? 0;
  const span = Math.max(1, (times.at(-1) ?? first) - first);
  return points.map(({ probability }, index) => ({
    x: (((times[index] ?? first) - first) / span) * chartWidth,
    y: (1 - shareOf(probability)) * chartHeight,
  }));
}

/** Odds stay until the next bet: steps, not slopes. */
export function lineOf(spots: readonly Spot[]): string {
  return spots
    .map(({ x, y }, index) => (index === 0 ? `M${x} ${y}` : `H${x.toFixed(2)}V${y.toFixed(2)}`))
    .join('');
}

export function areaOf(spots: readonly Spot[]): string {
  return `${lineOf(spots)}H${chartWidth}V${chartHeight}H0Z`;
}

/** The point that was in force at so much of the width. @param share from 0 to 1 */
export function indexAt(spots: readonly Spot[], share: number): number {
  const index = spots.findLastIndex(({ x }) => x <= share * chartWidth);
  return Math.max(0, index);
}
