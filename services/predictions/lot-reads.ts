// Lots as they are read (DESIGN 2.8 and 6): the history of a market's odds, bet by bet and for a chart, a user's own lots and
// positions, and who is to be paid.
import type { Knex } from 'knex';
import { formatAmount, mulDivDown } from '../../domain/money';
import type { PredictionOutcome, PredictionStatus } from '../../domain/predictions/market';
import { statusAt } from '../../domain/predictions/market';
import { probabilityOf } from '../../domain/predictions/odds';
import type { PredictionSide } from '../../domain/predictions/pool';
import { isoTime } from '../../domain/time';
import { nowMsSql } from '../database-clock';
import { readPage, type Page, type PageRequest } from '../pages';
import { lotColumns, lotIdsFrom, positionColumns, type LotRow, type PositionRow } from './lot-rows';
import { poolOf, type Figures, type MarketRow } from './market-rows';
import { presentLot, type LotView } from './lot-views';
import { outcomeOf, type StoredMarket } from './market-views';

/** The odds after a bet; the seed's is the first. */
export interface HistoryPoint {
  readonly number: number;
  readonly at: string;
  readonly side: LotRow['side'];
  readonly stake: string;
  /** Of YES, implied. */
  readonly probability: string;
  readonly staked: string;
}

type AfterLot = Pick<LotRow, 'placedAt' | 'number' | 'side' | 'stake'> & Figures;

const pointColumns = {
  number: 'l.number',
  placedAt: 'l.placed_at',
  side: 'l.side',
  stake: 'l.stake',
  staked: 'l.staked_after',
  yesShares: 'l.yes_after',
  noShares: 'l.no_after',
};

function presentPoint(lot: AfterLot, at = lot.placedAt): HistoryPoint {
  return {
    number: lot.number,
    at: isoTime(at),
    side: lot.side,
    stake: formatAmount(lot.stake),
    probability: probabilityOf(poolOf(lot)),
    staked: formatAmount(lot.staked),
  };
}

/** Every bet and the seed, newest first. */
export async function readHistory(
  db: Knex,
  marketId: string,
  page: PageRequest,
): Promise<Page<HistoryPoint>> {
  const query = db({ l: 'prediction_lots' }).select(pointColumns).where('l.market_id', marketId);
  const { items, nextCursor } = await readPage<AfterLot>(query, page, [
    { column: 'l.placed_at', type: 'time', of: ({ placedAt }) => placedAt },
    { column: 'l.number', type: 'bigint', of: ({ number }) => number },
  ]);
  return { items: items.map((lot) => presentPoint(lot)), nextCursor };
}

/** So many moments, evenly from the opening to the lock or now; one look into an index for each, however many bets. */
const chartSql = /* sql */ `
  select moment.at as "momentAt", l.*
  from (
    select to_timestamp((?::float8 + (?::float8 - ?::float8) * i / greatest(?::int - 1, 1)) / 1000) as at
    from generate_series(0, ?::int - 1) i
  ) moment
  cross join lateral (
    select number, placed_at as "placedAt", side, stake, staked_after as staked, yes_after as "yesShares",
      no_after as "noShares"
    from prediction_lots where market_id = ? and placed_at <= moment.at
    order by placed_at desc, number desc limit 1
  ) l
  order by moment.at`;

/** @param points how many, oldest first; at each the odds of the last bet before it */
export async function readChart(
  db: Knex,
  { market, now }: StoredMarket & { readonly now: number },
  points: number,
): Promise<HistoryPoint[]> {
  const from = market.openedAt ?? market.proposedAt;
  const to = Math.max(from, market.lockedAt ?? Math.min(now, market.closesAt));
  const { rows } = await db.raw<{ rows: (AfterLot & { momentAt: number })[] }>(chartSql, [
    from,
    to,
    from,
    points,
    points,
    market.id,
  ]);
  return rows.map((row) => presentPoint(row, Math.round(row.momentAt)));
}

/** A user's lots of a market, newest first. */
export async function readOwnLots(
  db: Knex,
  { market, settlement }: StoredMarket,
  userId: string,
  page: PageRequest,
): Promise<Page<LotView>> {
  const query = db({ l: 'prediction_lots' })
    .select(lotColumns)
    .where({ 'l.user_id': userId, 'l.market_id': market.id });
  const { items, nextCursor } = await readPage<LotRow>(query, page, [
    { column: 'l.number', type: 'bigint', of: ({ number }) => number },
  ]);
  const kept = settlement?.kept ?? null;
  return { items: items.map((lot) => presentLot(lot, kept)), nextCursor };
}

/** What a user holds of a market. */
export interface PositionView {
  readonly marketId: string;
  readonly question: string;
  readonly status: PredictionStatus;
  readonly closesAt: string;
  readonly outcome: PredictionOutcome | null;
  readonly lots: number;
  readonly staked: string;
  readonly yesShares: string;
  readonly noShares: string;
  /** LCO if the market closed now on that side, before the fee; null once an outcome or a void stands. */
  readonly payoutIf: Readonly<Record<PredictionSide, string>> | null;
  /** LCO, once the market is over. */
  readonly paid: string;
  readonly lastBetAt: string;
}

type PositionOfMarket = PositionRow &
  Pick<
    MarketRow,
    | 'question'
    | 'status'
    | 'closesAt'
    | 'outcome'
    | 'voidCause'
    | 'finalAt'
    | 'voidedAt'
    | 'endedAt'
  > & {
    readonly poolStaked: bigint;
    readonly poolYes: bigint;
    readonly poolNo: bigint;
    readonly paid: bigint;
    readonly now: bigint;
  };

/** All of a user's positions, by their last bet, newest first. */
export async function readPositions(
  db: Knex,
  userId: string,
  page: PageRequest,
): Promise<Page<PositionView>> {
  // Before it is over nothing is paid, and a sum over many lots would be for nothing.
  const paid = `case when m.ended_at is null then 0 else (
    select coalesce(sum(l.paid), 0) from prediction_lots l
    where l.user_id = h.user_id and l.market_id = h.market_id) end::bigint`;
  const query = db({ h: 'prediction_positions' })
    .join({ m: 'prediction_markets' }, 'm.id', 'h.market_id')
    .join({ p: 'prediction_pools' }, 'p.id', 'h.market_id')
    .select({
      ...positionColumns,
      question: 'm.question',
      status: 'm.status',
      closesAt: 'm.closes_at',
      outcome: 'm.outcome',
      voidCause: 'm.void_cause',
      finalAt: 'm.final_at',
      voidedAt: 'm.voided_at',
      endedAt: 'm.ended_at',
      poolStaked: 'p.staked',
      poolYes: 'p.yes_shares',
      poolNo: 'p.no_shares',
      paid: db.raw(paid),
      now: db.raw(nowMsSql),
    })
    .where('h.user_id', userId);
  const { items, nextCursor } = await readPage<PositionOfMarket>(query, page, [
    { column: 'h.last_bet_at', type: 'time', of: ({ lastBetAt }) => lastBetAt },
    { column: 'h.market_id', type: 'uuid', of: ({ marketId }) => marketId },
  ]);
  return { items: items.map(presentPosition), nextCursor };
}

function presentPosition(row: PositionOfMarket): PositionView {
  const { poolStaked, poolYes, poolNo, yesShares, noShares } = row;
  const isStanding = (row.finalAt ?? row.voidedAt ?? row.endedAt) !== null;
  return {
    marketId: row.marketId,
    question: row.question,
    status: statusAt(Number(row.now), row),
    closesAt: isoTime(row.closesAt),
    outcome: outcomeOf(row),
    lots: row.lots,
    staked: formatAmount(row.staked),
    yesShares: formatAmount(yesShares),
    noShares: formatAmount(noShares),
    payoutIf: isStanding
      ? null
      : {
          yes: formatAmount(mulDivDown(poolStaked, yesShares, poolYes)),
          no: formatAmount(mulDivDown(poolStaked, noShares, poolNo)),
        },
    paid: formatAmount(row.paid),
    lastBetAt: isoTime(row.lastBetAt),
  };
}

/** How many lots were not later than a time, which no lot that is still to come can be. */
export async function countLotsUntil(db: Knex, marketId: string, at: number): Promise<number> {
  const last = (await db('prediction_lots')
    .select('number')
    .where('market_id', marketId)
    .where('placed_at', '<=', new Date(at))
    .orderBy([
      { column: 'placed_at', order: 'desc' },
      { column: 'number', order: 'desc' },
    ])
    .first()) as { number: number } | undefined;
  return last === undefined ? 0 : last.number + 1;
}

/** Whose the next lots are, in their order. */
export async function readOwners(
  db: Knex,
  marketId: string,
  from: number,
  count: number,
): Promise<string[]> {
  return db('prediction_lots')
    .whereRaw('id = any(?::text[])', [lotIdsFrom(marketId, from, count)])
    .orderBy('number')
    .pluck<string[]>('user_id');
}
