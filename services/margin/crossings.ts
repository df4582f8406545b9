// What a tick of the mark does to positions (DESIGN 2.6): two index range scans find those whose key it has crossed, however
// many are open; they are fenced in the tick's own commit, their owners' orders cancelled and their monitors told. Two more
// find the stop-losses and take-profits that it has passed.
import type { Decimal } from 'decimal.js';
import { ticksOfPrice } from '../../domain/exchange/market';
import { crossedKeys } from '../../domain/margin/position';
import { lotsToClose } from '../../domain/margin/closing';
import type { OutboxMessage, View } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import { tradingAccounts } from '../exchange/execution/order-accounts';
import { closeOrder } from '../exchange/execution/order-holds';
import { marketState, type MarketState } from '../exchange/market/market-state';
import { noWrites, type MarketWrites } from '../exchange/market/market-writes';
import { Pool } from './pool';
import { changeWrites, noMovement } from './position-change';
import {
  marginPositions,
  positionMessage,
  type ChangeKind,
  type PositionRow,
  type TriggerKind,
} from './position-rows';
import { figuresOf } from './position-views';

/** Of each kind, in a tick; what is left is the next one's, at once. */
const mostAtOnce = 100;
/** Orders that a tick cancels for what it fences. */
const mostCancelled = 1_000;

/** A position that was set off, as `closeTriggered` takes it. */
export interface TriggeredPosition {
  readonly positionId: string;
  readonly userId: string;
  readonly side: PositionRow['side'];
}

export interface Crossings extends MarketWrites {
  readonly outbox: readonly OutboxMessage[];
  /** Orders that it cancelled: they are set off no more. */
  readonly cancelled: ReadonlySet<string>;
  /** Those that wait to be closed: by this tick or an earlier one. */
  readonly triggered: readonly TriggeredPosition[];
  /** Whether there may be more than it could take. */
  readonly hasMore: boolean;
}

interface Found {
  readonly longs: readonly string[];
  readonly shorts: readonly string[];
  readonly below: readonly string[];
  readonly above: readonly string[];
  readonly waiting: readonly string[];
}

/**
 * By a text of four bounds and the time: longs with a key above, shorts with a key below, triggers that a fall and that a rise
 * has reached; and of those that wait to be closed others at each time, so that none that cannot be filled keeps any back.
 */
export const crossedPositions = defineLookup<Found>({
  name: 'margin_crossed',
  keyType: 'text',
  sql: /* sql */ `
    select k.key,
      array_to_json(array(select p.id from margin_positions p
        where p.status = 'open' and p.side = 'long' and p.liquidation_key > split_part(k.key, ' ', 1)::numeric
        order by p.liquidation_key desc limit ${mostAtOnce})) as longs,
      array_to_json(array(select p.id from margin_positions p
        where p.status = 'open' and p.side = 'short' and p.liquidation_key < split_part(k.key, ' ', 2)::numeric
        order by p.liquidation_key limit ${mostAtOnce})) as shorts,
      array_to_json(array(select p.id from margin_positions p
        where p.status = 'open' and p.triggered_at is null and p.trigger_below is not null
          and p.trigger_below >= split_part(k.key, ' ', 3)::int
        order by p.trigger_below desc limit ${mostAtOnce})) as below,
      array_to_json(array(select p.id from margin_positions p
        where p.status = 'open' and p.triggered_at is null and p.trigger_above is not null
          and p.trigger_above <= split_part(k.key, ' ', 4)::int
        order by p.trigger_above limit ${mostAtOnce})) as above,
      array_to_json(array(select p.id from margin_positions p
        where p.status = 'open' and p.triggered_at is not null
        order by md5(p.id::text || k.key) limit ${mostAtOnce})) as waiting
    from unnest($1::text[]) as k (key)`,
});

const nothing: Crossings = {
  ...noWrites(),
  outbox: [],
  cancelled: new Set(),
  triggered: [],
  hasMore: false,
};

/** What the new mark leads to. Rows that commands of the same batch changed count as they are now. */
export function planCrossings(view: View, mark: Decimal | null): Crossings {
  if (!mark) return nothing;
  const credit = new Pool(view, 'CREDIT');
  const lco = new Pool(view, 'LCO');
  const indices = { credit: credit.borrowIndex, lco: lco.borrowIndex };
  const { longsAbove, shortsBelow } = crossedKeys(mark, indices);
  const ticks = ticksOfPrice(mark);
  const [falls, rises] = [ticks.ceil().toFixed(), ticks.floor().toFixed()];
  const key = `${longsAbove.toFixed()} ${shortsBelow.toFixed()} ${falls} ${rises} ${view.at}`;
  const found = view.row(crossedPositions, key);
  if (!found) return nothing;

  const isCrossed = (row: PositionRow) =>
    row.liquidationKey !== null &&
    (row.side === 'long' ? longsAbove.lt(row.liquidationKey) : shortsBelow.gt(row.liquidationKey));
  const open = (ids: readonly string[]) =>
    view.rows(marginPositions, ids).filter((row) => row?.status === 'open') as PositionRow[];
  const toFence = open([...found.longs, ...found.shorts]).filter(isCrossed);
  const fences = fenceAll(view, toFence, { mark, indices });
  const fenced = new Set(toFence.slice(0, fences.count).map(({ id }) => id));
  const setOff = open([...found.below, ...found.above])
    .filter((row) => row.triggered === null && !fenced.has(row.id))
    .map((row) => ({ ...row, triggered: passedBy(row, ticks) }))
    .filter((row) => row.triggered !== null);
  for (const row of setOff) note(view, fences.writes, row, 'trigger_set_off', { mark, indices });
  const triggered = [...open(found.waiting), ...setOff]
    .filter(({ id, triggered: kind }) => kind !== null && !fenced.has(id))
    .map(({ id, userId, side }) => ({ positionId: id, userId, side }));
  return {
    ...fences.writes,
    outbox: fences.outbox,
    cancelled: fences.cancelled,
    triggered,
    hasMore:
      fences.count < toFence.length ||
      [found.longs, found.shorts, found.below, found.above].some(
        ({ length }) => length === mostAtOnce,
      ),
  };
}

interface Moment {
  readonly mark: Decimal;
  readonly indices: { readonly credit: bigint; readonly lco: bigint };
}

/** Fences from the first on, as many as the tick's share of cancelled orders allows, one at least. */
function fenceAll(view: View, rows: readonly PositionRow[], moment: Moment) {
  const state = view.projection(marketState);
  const writes = noWrites();
  const outbox: OutboxMessage[] = [];
  const cancelled = new Set<string>();
  let count = 0;
  expectAccounts(view, state, rows);
  for (const row of rows) {
    const orderIds = state.openOrdersOf(row.userId).filter((id) => !cancelled.has(id));
    if (count > 0 && cancelled.size + orderIds.length > mostCancelled) break;
    for (const id of orderIds) {
      const order = state.orders.get(id);
      if (!order) continue;
      closeOrder(order, { status: 'cancelled', reason: 'position_liquidated' }, view, writes);
      cancelled.add(id);
    }
    const lots = lotsToClose(figuresOf(row, indexOf(row, moment)));
    const fenced = { ...row, status: 'liquidating', fencedAt: view.at, fencedLots: lots } as const;
    note(
      view,
      writes,
      { ...fenced, sliced: false, triggered: null, triggeredAt: null },
      'fenced',
      moment,
    );
    outbox.push(positionMessage('margin.crossed', row));
    count++;
  }
  return { writes, outbox, cancelled, count };
}

/** The owners' accounts are loaded together, and only where there is something to cancel. */
function expectAccounts(view: View, state: MarketState, rows: readonly PositionRow[]): void {
  const owners = new Set(rows.map(({ userId }) => userId));
  const withOrders = [...owners].filter((userId) => state.openCountOf(userId) > 0);
  view.expect(withOrders.flatMap(tradingAccounts), () => []);
}

function indexOf({ side }: PositionRow, { indices }: Moment): bigint {
  return side === 'long' ? indices.credit : indices.lco;
}

/** Which of its triggers the mark has passed, as they are now; null: none any more. */
function passedBy(
  { side, stopLossTicks, takeProfitTicks }: PositionRow,
  markTicks: Decimal,
): TriggerKind | null {
  const hasFallenTo = (ticks: number | null) => ticks !== null && markTicks.lte(ticks);
  const hasRisenTo = (ticks: number | null) => ticks !== null && markTicks.gte(ticks);
  const [isStop, isProfit] =
    side === 'long'
      ? [hasFallenTo(stopLossTicks), hasRisenTo(takeProfitTicks)]
      : [hasRisenTo(stopLossTicks), hasFallenTo(takeProfitTicks)];
  if (isStop) return 'stop_loss';
  return isProfit ? 'take_profit' : null;
}

/** A change of the row alone: nothing moves. */
function note(
  view: View,
  { rows, feed }: MarketWrites,
  row: PositionRow,
  kind: ChangeKind,
  moment: Moment,
): void {
  const next: PositionRow = {
    ...row,
    triggeredAt: row.triggered === null ? null : view.at,
    revision: row.revision + 1,
    updatedAt: view.at,
  };
  const borrowIndex = indexOf(row, moment);
  const change = changeWrites(next, { kind, mark: moment.mark, borrowIndex }, noMovement);
  rows.push(...change.rows);
  feed.push(change.event);
}
