// Prediction markets as everybody reads them (DESIGN 2.8 and 6): one, and lists by status, tag, closing time, volume and
// words. Committed rows only; what time alone locks is told by the database's clock.
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import type { PredictionStatus } from '../../domain/predictions/market';
import { searchWordsOf } from '../../domain/predictions/search-words';
import { nowMsSql } from '../database-clock';
import { readHandles } from '../identity/handles';
import { readPage, type Page, type PageKey, type PageRequest } from '../pages';
import { columnList } from '../column-list';
import { marketNotFound } from './market-progress';
import { marketColumns, poolColumns, type MarketRow, type PoolRow } from './market-rows';
import {
  peopleOf,
  presentMarket,
  type PoolFigures,
  type PublicMarket,
  type StoredMarket,
} from './market-views';
import { settlementColumns, type SettlementRow } from './settlement-rows';

export const marketSorts = ['newest', 'closing', 'volume'] as const;
export type MarketSort = (typeof marketSorts)[number];

export interface MarketFilter {
  /** Without one: all that were approved. */
  readonly status?: PredictionStatus | undefined;
  readonly tag?: string | undefined;
  /** Words of the question or a tag, the last letters may be missing. */
  readonly q?: string | undefined;
  readonly sort: MarketSort;
}

type PoolColumns = Omit<PoolRow, 'id'>;
type JoinedRow = MarketRow & PoolColumns & { readonly now: bigint };

const { id: _, ...poolColumnsBesideId } = poolColumns;

function joined(db: Knex) {
  return db({ m: 'prediction_markets' })
    .join({ p: 'prediction_pools' }, 'p.id', 'm.id')
    .select({ ...marketColumns, ...poolColumnsBesideId, now: db.raw(nowMsSql) });
}

function splitRow(row: JoinedRow): { market: MarketRow; pool: PoolRow; now: number } {
  return { market: row, pool: row, now: Number(row.now) };
}

async function readSettlements(
  db: Knex,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SettlementRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.raw<{ rows: SettlementRow[] }>(
    `select ${columnList(settlementColumns)} from prediction_settlements s where s.id = any(?::uuid[])`,
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** After the last bet in time of each; one look into an index for each. */
const timelyPoolsSql = /* sql */ `
  select m.id, l.*
  from prediction_markets m
  cross join lateral (
    select staked_after as staked, yes_after as "yesShares", no_after as "noShares"
    from prediction_lots where market_id = m.id and placed_at <= m.proposed_effective_at
    order by placed_at desc, number desc limit 1
  ) l
  where m.id = any(?::uuid[])`;

async function readTimelyPools(
  db: Knex,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PoolFigures>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.raw<{ rows: (PoolFigures & { readonly id: string })[] }>(
    timelyPoolsSql,
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function present(db: Knex, rows: readonly JoinedRow[]): Promise<PublicMarket[]> {
  const [settlements, timelyPools, handles] = await Promise.all([
    readSettlements(
      db,
      rows.filter(({ voidedAt, finalAt }) => voidedAt ?? finalAt).map(({ id }) => id),
    ),
    readTimelyPools(
      db,
      rows.filter(({ proposedEffectiveAt }) => proposedEffectiveAt).map(({ id }) => id),
    ),
    readHandles(db, rows.flatMap(peopleOf)),
  ]);
  return rows.map((row) => {
    const { now, ...stored } = splitRow(row);
    const settlement = settlements.get(row.id) ?? null;
    const timelyPool = timelyPools.get(row.id) ?? null;
    return presentMarket(
      { ...stored, settlement, timelyPool },
      now,
      (id) => handles.get(id ?? '') ?? '',
    );
  });
}

/** @throws DomainError PREDICTION_NOT_FOUND */
async function findRow(db: Knex, marketId: string): Promise<JoinedRow> {
  const row = (await joined(db).where('m.id', marketId).first()) as JoinedRow | undefined;
  if (!row) throw marketNotFound();
  return row;
}

/** @throws DomainError PREDICTION_NOT_FOUND */
export async function readStoredMarket(
  db: Knex,
  marketId: string,
): Promise<StoredMarket & { readonly now: number }> {
  const row = await findRow(db, marketId);
  const settlement = (await readSettlements(db, [marketId])).get(marketId) ?? null;
  return { ...splitRow(row), settlement };
}

/** @throws DomainError PREDICTION_NOT_FOUND */
export async function readMarket(db: Knex, marketId: string): Promise<PublicMarket> {
  const [market] = await present(db, [await findRow(db, marketId)]);
  if (!market) throw marketNotFound();
  return market;
}

const id: PageKey<JoinedRow> = { column: 'm.id', type: 'uuid', of: (row) => row.id };
const sorts: Record<MarketSort, readonly PageKey<JoinedRow>[]> = {
  newest: [{ column: 'm.proposed_at', type: 'time', of: ({ proposedAt }) => proposedAt }, id],
  closing: [{ column: 'm.closes_at', type: 'time', of: ({ closesAt }) => closesAt }, id],
  volume: [
    { column: 'p.volume', type: 'bigint', of: ({ volume }) => volume },
    { column: 'p.id', type: 'uuid', of: (row) => row.id },
  ],
};

function filterStatus(query: Knex.QueryBuilder, status: PredictionStatus | undefined): void {
  switch (status) {
    case undefined:
      void query.whereNotNull('m.opened_at');
      return;
    case 'open':
      void query.where('m.status', 'open').whereRaw('m.closes_at > now()');
      return;
    case 'locked':
      // Those that no worker has locked yet among them.
      void query.whereIn('m.status', ['open', 'locked']).whereRaw('m.closes_at <= now()');
      return;
    default:
      void query.where('m.status', status);
  }
}

/**
 * Words are looked up as they are: no pattern of the searcher's reaches the database, and a text without a word finds
 * nothing without being asked for.
 * @throws DomainError INVALID_REQUEST for `closing` with another status than `open`, and a cursor that is not ours
 */
export async function listMarkets(
  db: Knex,
  { status, tag, q, sort }: MarketFilter,
  page: PageRequest,
): Promise<Page<PublicMarket>> {
  if (sort === 'closing' && status !== undefined && status !== 'open') {
    const message = 'Only open markets are sorted by their closing.';
    throw new DomainError('INVALID_REQUEST', message, { param: 'sort' });
  }
  const words = q === undefined ? undefined : searchWordsOf(q);
  if (words?.length === 0) return { items: [], nextCursor: null };
  const query = joined(db);
  filterStatus(query, sort === 'closing' ? 'open' : status);
  if (tag !== undefined) {
    void query.whereRaw(`string_to_array(m.tags, ' ') @> array[?]::text[]`, [tag]);
  }
  if (words) {
    // Letters and digits only: nothing in them is read as an operator.
    const terms = words.map((word) => `'${word}':*`).join(' & ');
    void query.whereRaw('m.search @@ ?::tsquery', [terms]);
  }
  const order = sort === 'closing' ? 'asc' : 'desc';
  const { items, nextCursor } = await readPage<JoinedRow>(query, page, sorts[sort], order);
  return { items: await present(db, items), nextCursor };
}
