// After a run of load: every call whose answer had begun was billed exactly once, nothing is held any more, and the
// audit of the books holds (DESIGN 8, invariants 4 and 10).
import type { Knex } from 'knex';
import { openDatabase } from '../ledger/connection';
import { auditBooks } from '../services/audit/audit';

const countSql = /* sql */ `
  select
    count(*) filter (where status = 'settled')::int as settled,
    count(*) filter (where status = 'live')::int as live,
    (select count(distinct reference)::int from journal_transfers where kind = 'relay_settle') as "moved"
  from relay_calls`;

const countLiveSql = /* sql */ `
  select count(*)::int as live from relay_calls where status = 'live'`;

/**
 * Prints what the books say of `begun` calls, those whose answers began.
 * @throws Error when a call was not billed, or twice, or the audit finds something.
 */
export async function checkBooks(databaseUrl: string, begun: number): Promise<void> {
  const db = openDatabase(databaseUrl, 'lx-bench-audit', 1);
  try {
    const { rows } = await db.raw<{ rows: { settled: number; live: number; moved: number }[] }>(
      countSql,
    );
    const { settled, live, moved } = rows[0] ?? { settled: 0, live: 0, moved: 0 };
    const { isSound, checks } = await auditBooks(db);
    const findings = checks.flatMap((check) => check.findings);
    console.log(
      `Billed: ${begun} calls answered or left within their answer, ${settled} settled, ${moved} charged in the journal, ${live} still held. The audit ${isSound ? 'holds' : `found: ${findings.join('; ')}`}.`,
    );
    if (settled !== begun || moved !== begun || live !== 0 || !isSound) {
      throw new Error('not every call was billed exactly once');
    }
  } finally {
    await db.destroy();
  }
}

/** Reservations of calls that are under way, as far as the books know. */
export async function countHeld(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: { live: number }[] }>(countLiveSql);
  return rows[0]?.live ?? 0;
}
