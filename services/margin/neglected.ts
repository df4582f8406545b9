// Positions that something should have been done about (DESIGN 2.6), for the reconciliation: their monitors, or the ticker of
// the mark, have not.
import type { Knex } from 'knex';
import { nowMsSql } from '../database-clock';

export interface NeglectedPosition {
  readonly id: string;
  /** By which is seen whether anything was done. */
  readonly revision: number;
}

export interface Neglected {
  readonly liquidating: readonly NeglectedPosition[];
  readonly takenOver: readonly NeglectedPosition[];
  /** Set off, and not closed. */
  readonly triggered: readonly NeglectedPosition[];
}

/** Of each kind, any: those on offer look neglected too, and must not keep others back for ever. */
const most = 1_000;

export async function readNeglected(db: Knex, afterMs: number): Promise<Neglected> {
  const positionsWhere = async (
    condition: string,
    since: string,
  ): Promise<readonly NeglectedPosition[]> => {
    const found: unknown = await db({ p: 'margin_positions' })
      .select({ id: 'p.id', revision: 'p.revision' })
      .whereRaw(`${condition} and ${since} < to_timestamp((${nowMsSql} - ?) / 1000.0)`, [afterMs])
      .orderByRaw('random()')
      .limit(most);
    return found as NeglectedPosition[];
  };
  const [liquidating, takenOver, triggered] = await Promise.all([
    positionsWhere(`p.status = 'liquidating'`, 'p.updated_at'),
    positionsWhere(`p.status = 'taken_over'`, 'p.updated_at'),
    positionsWhere(`p.status = 'open' and p.triggered_at is not null`, 'p.triggered_at'),
  ]);
  return { liquidating, takenOver, triggered };
}
