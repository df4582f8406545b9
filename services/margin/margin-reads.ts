// What is read of margin outside of decisions (DESIGN 2.6): pools with interest until now, and positions by them.
import type { Decimal } from 'decimal.js';
import type { Knex } from 'knex';
import { currentMark } from '../../domain/exchange/mark-price';
import { quantityOf } from '../../domain/exchange/market';
import { averagePrice } from '../../domain/exchange/order';
import { assert } from '../../domain/errors';
import { accrue, type PoolState, type RateCurve } from '../../domain/margin/lending-pool';
import { debtAssetOf, type PositionSide } from '../../domain/margin/position';
import { formatAmount, type Asset } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { nowMsSql } from '../database-clock';
import { readMarkState } from '../exchange/mark/mark-rows';
import { loadParameters } from '../parameters';
import { readPage, type Page, type PageRequest } from '../pages';
import { rateCurve } from './pool';
import {
  poolColumns,
  reserveAccount,
  stateOf,
  supplyColumns,
  type PoolRow,
  type SupplyRow,
} from './pool-rows';
import { presentPool, presentSupply, type PoolView, type Supply } from './pool-views';
import { changeColumns, positionColumns, type ChangeRow, type PositionRow } from './position-rows';
import { presentPosition, type Position } from './position-views';

/** Pools and the mark as they are now. */
export interface MarginNow {
  readonly at: number;
  readonly mark: Decimal | null;
  readonly curve: RateCurve;
  readonly pools: Readonly<
    Record<Asset, { readonly row: PoolRow; readonly state: PoolState; readonly cash: bigint }>
  >;
}

type TimedPool = PoolRow & { readonly cash: bigint | null; readonly now: bigint };

async function readPoolRows(db: Knex): Promise<readonly TimedPool[]> {
  const columns = { ...poolColumns, cash: 'a.balance', now: db.raw(nowMsSql) };
  const rows: unknown = await db({ p: 'lending_pools' })
    .leftJoin({ a: 'accounts' }, 'a.key', db.raw(`'platform/l-exchange/lending/' || p.asset`))
    .select(columns);
  return rows as TimedPool[];
}

export async function readMarginNow(db: Knex): Promise<MarginNow> {
  const [rows, parameters, markState] = await Promise.all([
    readPoolRows(db),
    loadParameters(db),
    readMarkState(db),
  ]);
  const curve = rateCurve(parameters);
  const poolOf = (asset: Asset) => {
    const found = rows.find((row) => row.asset === asset);
    assert(found, 'both pools have a row');
    const { cash: balance, now, ...row } = found;
    const cash = balance ?? 0n;
    return { row, cash, state: accrue(stateOf(row), cash, Number(now), curve) };
  };
  return {
    at: Number(rows[0]?.now ?? 0),
    mark: currentMark(markState),
    curve,
    pools: { CREDIT: poolOf('CREDIT'), LCO: poolOf('LCO') },
  };
}

export function presentPools({ pools, curve }: MarginNow): PoolView[] {
  return Object.values(pools).map(({ row, state, cash }) =>
    presentPool(state, { asset: row.asset, cash, lost: row.lost, curve }),
  );
}

export function presentNow(row: PositionRow, { pools, mark }: MarginNow): Position {
  return presentPosition(row, pools[debtAssetOf(row.side)].state.borrowIndex, mark);
}

/** Base units of what the risk reserve has. */
export async function readReserve(db: Knex): Promise<Readonly<Record<Asset, bigint>>> {
  const keys = { CREDIT: reserveAccount('CREDIT').key, LCO: reserveAccount('LCO').key };
  const rows = await db('accounts')
    .select<{ key: string; balance: bigint }[]>('key', 'balance')
    .whereIn('key', Object.values(keys));
  const of = (key: string) => rows.find((row) => row.key === key)?.balance ?? 0n;
  return { CREDIT: of(keys.CREDIT), LCO: of(keys.LCO) };
}

export async function readSupplies(db: Knex, holder: string): Promise<readonly Supply[]> {
  const [rows, { pools }] = await Promise.all([
    db({ s: 'lending_supplies' })
      .select<SupplyRow[]>(supplyColumns)
      .where('s.holder', holder)
      .orderBy('s.asset'),
    readMarginNow(db),
  ]);
  return rows.map((row) => presentSupply(row, pools[row.asset].state.supplyIndex));
}

export async function readPosition(db: Knex, positionId: string): Promise<PositionRow | undefined> {
  return (await db({ p: 'margin_positions' }).first(positionColumns).where('p.id', positionId)) as
    PositionRow | undefined;
}

/** A user's, newest first; `isOpen` false: only those that are closed. */
export async function listPositions(
  db: Knex,
  userId: string,
  isOpen: boolean | undefined,
  page: PageRequest,
): Promise<Page<Position>> {
  const query = db({ p: 'margin_positions' }).select(positionColumns).where('p.user_id', userId);
  if (isOpen === true) void query.whereNot('p.status', 'closed');
  if (isOpen === false) void query.where('p.status', 'closed');
  const { items, nextCursor } = await readPage<PositionRow>(query, page, [
    { column: 'p.opened_at', type: 'time', of: ({ openedAt }) => openedAt },
    { column: 'p.id', type: 'uuid', of: ({ id }) => id },
  ]);
  const now = await readMarginNow(db);
  return { items: items.map((row) => presentNow(row, now)), nextCursor };
}

/** A position's, newest first. */
export function listChanges(
  db: Knex,
  positionId: string,
  page: PageRequest,
): Promise<Page<ChangeRow>> {
  const query = db({ c: 'margin_changes' })
    .select(changeColumns)
    .where('c.position_id', positionId);
  return readPage<ChangeRow>(query, page, [
    { column: 'c.number', type: 'bigint', of: ({ number }) => BigInt(number) },
  ]);
}

/** What anybody may see of a liquidation: not whose it was. */
export interface Liquidation {
  readonly positionId: string;
  readonly side: PositionSide;
  readonly kind: 'liquidated' | 'taken_over' | 'written_off';
  readonly at: string;
  readonly mark: string | null;
  /** LCO that an order closed, at what price on average, and the penalty in Credits. */
  readonly quantity: string;
  readonly price: string | null;
  readonly notional: string;
  readonly penalty: string;
  /** Of what stays of it. */
  readonly marginRatio: string | null;
}

/** Newest first. */
export async function listLiquidations(db: Knex, page: PageRequest): Promise<Page<Liquidation>> {
  type Row = ChangeRow & { side: PositionSide };
  const query = db({ c: 'margin_changes' })
    .join({ p: 'margin_positions' }, 'p.id', 'c.position_id')
    .select({ ...changeColumns, side: 'p.side' })
    .whereIn('c.kind', ['liquidated', 'taken_over', 'written_off']);
  const { items, nextCursor } = await readPage<Row>(query, page, [
    { column: 'c.at', type: 'time', of: ({ at }) => at },
    { column: 'c.position_id', type: 'uuid', of: ({ positionId }) => positionId },
    { column: 'c.number', type: 'bigint', of: ({ number }) => BigInt(number) },
  ]);
  return { items: items.map(presentLiquidation), nextCursor };
}

function presentLiquidation(row: ChangeRow & { side: PositionSide }): Liquidation {
  const price = averagePrice(row.notional, row.tradedLots);
  return {
    positionId: row.positionId,
    side: row.side,
    kind: row.kind as Liquidation['kind'],
    at: isoTime(row.at),
    mark: row.mark,
    quantity: formatAmount(quantityOf(row.tradedLots)),
    price: price === null ? null : formatAmount(price),
    notional: formatAmount(row.notional),
    penalty: formatAmount(row.penalty),
    marginRatio: row.marginRatio,
  };
}
