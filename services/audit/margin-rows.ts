// Reads margin positions, what happened to them and their orders for the audit, in the order of the positions' ids.
import type { Knex } from 'knex';
import { columnList } from '../column-list';
import { orderColumns, type OrderRow } from '../exchange/market/order-rows';
import { lossColumns, type LossRow } from '../margin/pool-rows';
import {
  changeColumns,
  positionColumns,
  type ChangeRow,
  type PositionRow,
} from '../margin/position-rows';
import { RowGroups, streamRows } from './row-stream';

export interface CheckedChange extends ChangeRow {
  /** The index of the pool that is owed, as it was last counted; and when that was. null: not yet. */
  readonly borrowIndex: string | null;
  readonly countedAt: number | null;
}

type OrderFigures =
  | 'id'
  | 'clientOrderId'
  | 'side'
  | 'timeInForce'
  | 'priceTicks'
  | 'quantityLots'
  | 'quoteQuantity'
  | 'status'
  | 'filledLots'
  | 'makerNotional'
  | 'takerNotional'
  | 'feeCharged'
  | 'takerFeeBps'
  | 'source'
  | 'acceptedAt';

export interface CheckedOrder extends Pick<OrderRow, OrderFigures> {
  readonly ownerId: string;
  /** From its name; null for a name that no position gives. */
  readonly ordinal: number | null;
  /** Of the trades that it came in with. */
  readonly lowestTicks: number | null;
  readonly highestTicks: number | null;
}

type LossFigures = {
  readonly [Figure in keyof LossRow as `loss_${Figure}`]: LossRow[Figure] | null;
};

interface PositionWithLoss extends PositionRow, LossFigures {}

export interface CheckedPosition {
  readonly position: PositionRow;
  readonly loss: LossRow | undefined;
  readonly changes: readonly CheckedChange[];
  readonly orders: readonly CheckedOrder[];
}

const lossList = columnList(
  Object.fromEntries(Object.entries(lossColumns).map(([name, column]) => [`loss_${name}`, column])),
);

const positionsSql = /* sql */ `
  select ${columnList(positionColumns)}, ${lossList}
  from margin_positions p left join lending_losses l on l.id = p.id
  order by p.id`;

/** Each with the index that its debt was counted by: the newest of that millisecond or before. */
const changesSql = /* sql */ `
  with moments as (
    select asset, at, max(max(borrow_index)) over w as borrow_index, max(max(counted_at)) over w as counted_at
    from (
      select asset::text, at, borrow_index, at as counted_at from lending_accruals
      union all
      select case p.side when 'long' then 'CREDIT' else 'LCO' end, c.at, null, null
      from margin_changes c join margin_positions p on p.id = c.position_id
    ) m
    group by asset, at
    window w as (partition by asset order by at)
  )
  select ${columnList(changeColumns)}, m.borrow_index as "borrowIndex", m.counted_at as "countedAt"
  from margin_changes c
  left join margin_positions p on p.id = c.position_id
  left join moments m on m.at = c.at and m.asset = case p.side when 'long' then 'CREDIT' else 'LCO' end
  order by c.position_id, c.number`;

const orderList = columnList({
  id: orderColumns.id,
  ownerId: orderColumns.ownerId,
  clientOrderId: orderColumns.clientOrderId,
  side: orderColumns.side,
  timeInForce: orderColumns.timeInForce,
  priceTicks: orderColumns.priceTicks,
  quantityLots: orderColumns.quantityLots,
  quoteQuantity: orderColumns.quoteQuantity,
  status: orderColumns.status,
  filledLots: orderColumns.filledLots,
  makerNotional: orderColumns.makerNotional,
  takerNotional: orderColumns.takerNotional,
  feeCharged: orderColumns.feeCharged,
  takerFeeBps: orderColumns.takerFeeBps,
  source: orderColumns.source,
  acceptedAt: orderColumns.acceptedAt,
} satisfies Record<
  Exclude<keyof CheckedOrder, 'ordinal' | 'lowestTicks' | 'highestTicks'>,
  string
>);

const ordersSql = /* sql */ `
  with paid as (
    select t.taker_order_id as id, min(t.ticks::int) as lowest, max(t.ticks::int) as highest
    from trades t join orders o on o.id = t.taker_order_id
    where o.owner_kind = 'position'
    group by t.taker_order_id
  ), named as (
    select o.*, substring(o.client_order_id from '^position-([1-9][0-9]{0,8})$')::int as ordinal
    from orders o where o.owner_kind = 'position'
  )
  select ${orderList}, o.ordinal, paid.lowest as "lowestTicks", paid.highest as "highestTicks"
  from named o left join paid using (id)
  order by o.owner_id collate "C", o.ordinal`;

function withoutLoss(row: PositionWithLoss): { position: PositionRow; loss: LossRow | undefined } {
  const entries = Object.entries(row).filter(([name]) => name.startsWith('loss_'));
  const loss = Object.fromEntries(
    entries.map(([name, value]) => [name.slice(5), value as unknown]),
  );
  return { position: row, loss: row.loss_id === null ? undefined : (loss as unknown as LossRow) };
}

/** All positions; changes and orders of none are told to `orphan`. */
export async function* readPositions(
  db: Knex,
  orphan: (finding: string) => void,
): AsyncGenerator<CheckedPosition> {
  const changes = new RowGroups(
    streamRows<CheckedChange>(db, 'audit_margin_changes', changesSql),
    ({ positionId }) => positionId,
  );
  const orders = new RowGroups(
    streamRows<CheckedOrder>(db, 'audit_margin_orders', ordersSql),
    ({ ownerId }) => ownerId,
  );
  const lostChange = ({ id }: CheckedChange) => {
    orphan(`change ${id} is of no position`);
  };
  const lostOrder = ({ id, ownerId }: CheckedOrder) => {
    orphan(`order ${id} is of the position ${ownerId}, which there is not`);
  };
  for await (const row of streamRows<PositionWithLoss>(
    db,
    'audit_margin_positions',
    positionsSql,
  )) {
    yield {
      ...withoutLoss(row),
      changes: await changes.take(row.id, lostChange),
      orders: await orders.take(row.id, lostOrder),
    };
  }
  (await changes.takeRest()).forEach(lostChange);
  (await orders.takeRest()).forEach(lostOrder);
}
