// What positions of a pool owe beyond what they are worth at the mark (DESIGN 2.6): suppliers who leave meanwhile are paid as
// if it were lost already.
import { Exact } from '../../domain/exchange/mark-sums';
import { debtAssetOf, equityAt, insolventKeys } from '../../domain/margin/position';
import type { View } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import { lcoWorth } from './margin-market';
import type { Pool } from './pool';
import { markOf } from './position-edit';
import { marginPositions } from './position-rows';
import { figuresOf } from './position-views';

/**
 * Positions that are not closed and whose key lies beyond a bound, by a text of the side and the bound: all that are worth
 * less than they owe are among them.
 */
const nearlyInsolvent = defineLookup<{ readonly ids: readonly string[] }>({
  name: 'margin_nearly_insolvent',
  keyType: 'text',
  sql: /* sql */ `
    select k.key, array_to_json(case split_part(k.key, ' ', 1)
      when 'long' then array(select p.id from margin_positions p
        where p.status <> 'closed' and p.side = 'long' and p.liquidation_key > split_part(k.key, ' ', 2)::numeric)
      else array(select p.id from margin_positions p
        where p.status <> 'closed' and p.side = 'short' and p.liquidation_key < split_part(k.key, ' ', 2)::numeric)
      end) as ids
    from unnest($1::text[]) as k (key)`,
});

/** Base units of the pool's asset, rounded up; 0 without a mark: nothing can have been opened. */
export function shortfallOf(view: View, pool: Pool): bigint {
  const mark = markOf(view);
  if (!mark) return 0n;
  const { borrowIndex, asset } = pool;
  const { longsAbove, shortsBelow } = insolventKeys(mark, {
    credit: borrowIndex,
    lco: borrowIndex,
  });
  const key =
    asset === 'CREDIT' ? `long ${longsAbove.toFixed()}` : `short ${shortsBelow.toFixed()}`;
  const ids = view.row(nearlyInsolvent, key)?.ids ?? [];
  let missing = 0n;
  for (const row of view.rows(marginPositions, ids)) {
    if (!row || row.status === 'closed' || debtAssetOf(row.side) !== asset) continue;
    const equity = equityAt(figuresOf(row, borrowIndex), mark);
    if (equity.isNegative()) missing += BigInt(new Exact(equity).neg().ceil().toFixed());
  }
  return asset === 'CREDIT' || missing === 0n ? missing : lcoWorth(missing, mark) + 1n;
}
