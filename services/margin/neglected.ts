// Positions that something should have been done about (DESIGN 2.6), for the reconciliation: their monitors, or the ticker of
// the mark, have not.
import type { Knex } from 'knex';
import { nowMsSql } from '../database-clock';

export interface Neglected {
  readonly liquidating: readonly string[];
  readonly takenOver: readonly string[];
  /** Set off, and not closed. */
  readonly triggered: readonly string[];
}

/** Of each kind; the next minute takes the others. */
const most = 1_000;

export async function readNeglected(db: Knex, afterMs: number): Promise<Neglected> {
  const idsWhere = async (condition: string, order: string): Promise<string[]> => {
    const found: unknown = await db({ p: 'margin_positions' })
      .select({ id: 'p.id' })
      .whereRaw(`${condition} and ${order} < to_timestamp((${nowMsSql} - ?) / 1000.0)`, [afterMs])
      .orderBy(order)
      .limit(most);
    return (found as { id: string }[]).map(({ id }) => id);
  };
  const [liquidating, takenOver, triggered] = await Promise.all([
    idsWhere(`p.status = 'liquidating'`, 'p.updated_at'),
    idsWhere(`p.status = 'taken_over'`, 'p.updated_at'),
    idsWhere(`p.status = 'open' and p.triggered_at is not null`, 'p.triggered_at'),
  ]);
  return { liquidating, takenOver, triggered };
}
