// The average mark of a round (DESIGN 2.9 and 2.13), over the part of it that had one: the difference of the sums of the
// mark at its end and at its start. Sums are known at every ticked minute, at the newest tick when the round was opened
// and at the newest when it is closed; those nearest to the start and to the end are taken, a second off as a rule and
// a minute at most where ticks came without a break.
import type { Decimal } from 'decimal.js';
import { averageMark } from '../../domain/exchange/mark-sums';
import type { View } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import { marketState } from '../exchange/market/market-state';

/** What the mark came to so far, at a tick. JSON. */
export interface MarkPoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly tickedMs: number;
  readonly markedMs: number;
  /** Σ mark x ms, as a decimal string. */
  readonly mark: string;
}

interface PointsAround {
  readonly before: MarkPoint | null;
  readonly after: MarkPoint | null;
}

const pointSql = (condition: string, order: string) => /* sql */ `
  select json_build_object('at', (extract(epoch from m.at) * 1000)::bigint, 'tickedMs', m.ticked_ms,
    'markedMs', m.marked_ms, 'mark', m.mark_sum::text) as point
  from mark_minutes m where m.at ${condition} timestamptz 'epoch' + k.key * interval '1 ms'
  order by m.at ${order} limit 1`;

/** The ticked minutes around a time, which is the key. */
const pointsAround = defineLookup<PointsAround>({
  name: 'mark points',
  keyType: 'bigint',
  sql: /* sql */ `
    select k.key, b.point as before, a.point as after
    from unnest($1::bigint[]) as k(key)
    left join lateral (${pointSql('<=', 'desc')}) b on true
    left join lateral (${pointSql('>', 'asc')}) a on true`,
});

/** At the newest tick; null before the first. */
export function markPointNow(view: View): MarkPoint | null {
  const { mark: state } = view.projection(marketState);
  if (!state) return null;
  const { tickedMs, markedMs, mark } = state.sums;
  return { at: state.at, tickedMs, markedMs, mark };
}

function pointsAt(view: View, at: number): MarkPoint[] {
  const around = view.row(pointsAround, String(at));
  return [around?.before, around?.after].flatMap((point) => point ?? []);
}

function nearest(points: readonly MarkPoint[], at: number): MarkPoint | undefined {
  let best: MarkPoint | undefined;
  for (const point of points) {
    if (!best || Math.abs(point.at - at) < Math.abs(best.at - at)) best = point;
  }
  return best;
}

export interface RoundMark {
  readonly from: MarkPoint;
  readonly to: MarkPoint;
  /** Credits for one LCO; null: there was no mark in it. */
  readonly twap: Decimal | null;
}

interface MarkedRound {
  readonly startsAt: number;
  readonly endsAt: number;
  /** At the newest tick when it was opened; null: nobody had ever ticked. */
  readonly openingMark: MarkPoint | null;
}

/** Loads what the marks of several rounds are made of, all together. */
export function loadMarksOf(view: View, rounds: readonly MarkedRound[]): void {
  const times = rounds.flatMap(({ startsAt, endsAt }) => [String(startsAt), String(endsAt)]);
  view.rows(pointsAround, [...new Set(times)]);
}

export function markOfRound(view: View, { startsAt, endsAt, openingMark }: MarkedRound): RoundMark {
  const noneYet = { at: startsAt, tickedMs: 0, markedMs: 0, mark: '0' };
  const opening = openingMark ?? noneYet;
  const from = nearest([opening, ...pointsAt(view, startsAt)], startsAt) ?? opening;
  const now = markPointNow(view);
  const later = [...(now ? [now] : []), ...pointsAt(view, endsAt)].filter(
    ({ tickedMs }) => tickedMs >= from.tickedMs,
  );
  const to = nearest(later, endsAt) ?? from;
  return { from, to, twap: averageMark(from, to) };
}
