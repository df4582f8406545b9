// What moved a lending pool, for the audit: interest that was counted, Credits and LCO in and out, debts, losses, in the order
// of time; what happened in one millisecond stands together.
import type { Knex } from 'knex';
import type { Asset } from '../../domain/money';
import { RowGroups, streamRows } from './row-stream';

/**
 * accrual: a row of `lending_accruals`. supplied: what a holder put in, or, below 0, took out. moved: what else changed the
 * cash. debts: how the scaled debt changed. lives: positions that were opened, less those that were
 * closed.
 * loss_began, loss_told: indices that a loss says. loss: what suppliers lost.
 */
export interface PoolEvent {
  readonly asset: Asset;
  readonly at: number;
  readonly what:
    'accrual' | 'supplied' | 'moved' | 'debts' | 'lives' | 'loss_began' | 'loss_told' | 'loss';
  /** Of an accrual its id, of a supply the holder, of a loss the position. */
  readonly id: string | null;
  readonly number: number | null;
  readonly amount: string;
  /** Whether the pool's row was written with it. */
  readonly wrote: boolean;
  readonly elapsedMs: bigint | null;
  readonly cash: bigint | null;
  readonly scaledDebt: bigint | null;
  readonly shares: bigint | null;
  readonly rate: string | null;
  readonly borrowIndex: string | null;
  readonly supplyIndex: string | null;
}

const nothing = `null::bigint, null::bigint, null::bigint, null::bigint, null::numeric, null::numeric`;

const eventsSql = /* sql */ `
  with moves as (
    select a.asset, b.journal_time as at, t.sequence, t.transfer, t.kind, e.account_id, e.amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t using (sequence, transfer)
    join journal_batches b using (sequence)
    where a.owner_kind = 'platform' and a.purpose = 'lending'
  ), changes as (
    select case p.side when 'long' then 'CREDIT' else 'LCO' end as asset, c.at, c.scaled_debt, c.kind
    from margin_changes c join margin_positions p on p.id = c.position_id
  ), lives as (
    select case p.side when 'long' then 'CREDIT' else 'LCO' end as asset, min(c.at) as from_at, p.closed_at
    from margin_changes c join margin_positions p on p.id = c.position_id
    group by p.id
  ), steps as (
    select position_id, max(at) as last_at from margin_changes where kind = 'written_off' group by position_id
  ), events (asset, at, what, id, number, amount, wrote, elapsed_ms, cash, scaled_debt, shares, rate, borrow_index,
      supply_index, sequence, transfer) as (
    select asset::text, at, 'accrual', id, number, 0::numeric, true, elapsed_ms, cash::bigint, scaled_debt::bigint,
      shares::bigint, rate, borrow_index, supply_index, 0::bigint, number
    from lending_accruals
    union all
    select m.asset, m.at, 'supplied', case o.owner_kind when 'user' then o.owner_id else o.purpose end, null, m.amount,
      true, ${nothing}, null::numeric, m.sequence, m.transfer
    from moves m
    join journal_entries e on e.sequence = m.sequence and e.transfer = m.transfer and e.account_id <> m.account_id
    join accounts o on o.id = e.account_id
    where m.kind in ('lending_supply', 'lending_withdrawal')
    union all
    select asset, at, 'moved', null, null, sum(amount), true, ${nothing}, null, 0, 0
    from moves where kind not in ('lending_supply', 'lending_withdrawal') group by asset, at
    union all
    select asset, at, 'debts', null, null, sum(scaled_debt), bool_or(kind not in ('fenced', 'trigger_set_off')),
      ${nothing}, null, 0, 0
    from changes group by asset, at
    union all
    select asset, from_at, 'lives', null, null, count(*), false, ${nothing}, null, 0, 0
    from lives group by asset, from_at
    union all
    select asset, closed_at, 'lives', null, null, -count(*), false, ${nothing}, null, 0, 0
    from lives where closed_at is not null group by asset, closed_at
    union all
    select asset::text, at, 'loss_began', id::text, null, 0, false, ${nothing}, supply_index_before, 0, 0
    from lending_losses
    union all
    select l.asset::text, coalesce(l.settled_at, s.last_at, l.at), case when l.by_suppliers > 0 then 'loss' else 'loss_told' end,
      l.id::text, null, l.by_suppliers, true, ${nothing}, l.supply_index_after, 0, 0
    from lending_losses l left join steps s on s.position_id = l.id
  )
  select asset, at, what, id, number, amount, wrote, elapsed_ms as "elapsedMs", cash, scaled_debt as "scaledDebt",
    shares, rate, borrow_index as "borrowIndex", supply_index as "supplyIndex"
  from events
  order by asset, at, sequence, transfer, supply_index desc`;

/** The events of one pool after another, those of a millisecond at a time. */
export async function* readPoolEvents(db: Knex): AsyncGenerator<readonly PoolEvent[]> {
  const rows = streamRows<PoolEvent>(db, 'audit_pool_events', eventsSql);
  const groups = new RowGroups(rows, ({ asset, at }) => `${asset} ${at}`);
  for (;;) {
    const group = await groups.takeNext();
    if (group.length === 0) return;
    yield group;
  }
}
