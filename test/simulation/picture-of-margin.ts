// The rows of margin trading: pools, who supplies them, positions with all that happened to them, what users owe together,
// and losses.
import { scaledDebtOf, sharesOf } from './model/lending';
import { isOwned } from './model/margin';
import { debtAssetOf, type Position } from './model/positions';
import type { State } from './model/state';
import { words, type Line } from './picture-lines';

function orDash(column: string): string {
  return `coalesce(${column}::text, '-')`;
}

export const marginSql = /* sql */ `
  select 'lending pool ' || asset, concat_ws(' ', borrow_index, supply_index,
    coalesce((extract(epoch from accrued_at) * 1000)::bigint::text, '-'), accruals, scaled_debt, shares,
    taken_over_scaled_debt, treasury_paid, lost)
  from lending_pools
  union all
  select 'ticks', concat_ws(' ', state ->> 'at', state ->> 'isTwoSided', state #>> '{sums,markedMs}',
    ((state #>> '{sums,mark}')::numeric * 1e12)::numeric(60, 0), state #>> '{sums,bidDepth}', state #>> '{sums,askDepth}')
  from mark_state
  union all
  select 'supply ' || id, concat_ws(' ', shares, supplied, withdrawn) from lending_supplies
  union all
  select 'margin position ' || p.id, concat_ws(' ', user_id, side, status, leverage, p.lots, p.credits, p.scaled_debt,
    taker_fee_bps, maintenance_bps, safe_bps, takeover_bps, entry_lots, entry_notional, ${orDash('stop_loss_ticks')},
    ${orDash('take_profit_ticks')}, ${orDash('triggered')}, p.paid_in, p.paid_out, penalties, orders,
    ${orDash('fenced_lots')}, case when sliced then 'sliced' else 'whole' end,
    case when taken_over_at is null then 'own' else 'taken over' end, ${orDash('work_off_order_id')},
    ${orDash('close_reason')})
  from margin_positions p
  union all
  select 'history of ' || position_id, string_agg(kind, ' ' order by number) from margin_changes group by position_id
  union all
  select 'debts of ' || id, concat_ws(' ', positions, scaled_debt) from margin_users
  union all
  select 'loss of ' || id, concat_ws(' ', asset, by_reserve, by_treasury, by_suppliers, bought, reserve_spent,
    treasury_spent, supply_index_before, supply_index_after, case when settled_at is null then 'goes on' else 'over' end)
  from lending_losses`;

function* poolsOf(state: State): Iterable<Line> {
  const taken = [...state.positions.values()].filter(({ status }) => status === 'taken_over');
  for (const [asset, pool] of state.pools) {
    const { borrowIndex, supplyIndex, at, accruals, treasuryPaid, lost } = pool;
    const sums = [scaledDebtOf(state, asset), sharesOf(state, asset)];
    const own = taken.filter(({ side }) => debtAssetOf(side) === asset);
    const takenOver = own.reduce((sum, { scaled }) => sum + scaled, 0n);
    yield [
      `lending pool ${asset}`,
      words(borrowIndex, supplyIndex, at, accruals, ...sums, takenOver, treasuryPaid, lost),
    ];
  }
  for (const [id, { shares, supplied, withdrawn }] of state.supplies) {
    yield [`supply ${id}`, words(shares, supplied, withdrawn)];
  }
}

function positionText(position: Position): string {
  const { userId, side, status, leverage, coins, credits, scaled } = position;
  const { takerBps, maintenanceBps, safeBps, takeoverBps, entryLots, entryNotional } = position;
  const { stop, take, triggered, paidIn, paidOut, penalties, orders, fencedLots } = position;
  return words(
    ...[userId, side, status, leverage, coins / 1_000_000n, credits, scaled],
    ...[takerBps, maintenanceBps, safeBps, takeoverBps, entryLots, entryNotional],
    ...[stop, take, triggered, paidIn, paidOut, penalties, orders, fencedLots],
    position.sliced ? 'sliced' : 'whole',
    position.wasTakenOver ? 'taken over' : 'own',
    ...[position.workOff, position.closeReason],
  );
}

function* debtsOf({ positions }: State): Iterable<Line> {
  const debts = new Map<string, { count: number; scaled: bigint }>();
  for (const position of positions.values()) {
    const id = `${position.userId}/${debtAssetOf(position.side)}`;
    const debt = debts.get(id) ?? { count: 0, scaled: 0n };
    debts.set(id, debt);
    if (!isOwned(position)) continue;
    debt.count++;
    debt.scaled += position.scaled;
  }
  for (const [id, { count, scaled }] of debts) yield [`debts of ${id}`, words(count, scaled)];
}

function* ticksOf({ ticks: { at, isTwoSided, ms, mark, bids, asks } }: State): Iterable<Line> {
  if (at !== null) yield ['ticks', words(at, String(isTwoSided), ms, mark, bids, asks)];
}

export function* marginOf(state: State): Iterable<Line> {
  yield* ticksOf(state);
  yield* poolsOf(state);
  for (const position of state.positions.values()) {
    yield [`margin position ${position.id}`, positionText(position)];
    yield [`history of ${position.id}`, position.history.join(' ')];
  }
  yield* debtsOf(state);
  for (const [id, loss] of state.losses) {
    const { asset, byReserve, byTreasury, bySuppliers, bought, reserveSpent } = loss;
    const { treasurySpent, indexBefore, indexAfter, isSettled } = loss;
    const amounts = [byReserve, byTreasury, bySuppliers, bought, reserveSpent, treasurySpent];
    const value = words(asset, ...amounts, indexBefore, indexAfter, isSettled ? 'over' : 'goes on');
    yield [`loss of ${id}`, value];
  }
}
