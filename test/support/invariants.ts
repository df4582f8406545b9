// After every test that moves value: the invariants of DESIGN 8, by the same audit that operators run.
import { openDatabase } from '../../ledger/connection';
import { auditBooks } from '../../services/audit/audit';

/** Fails with every finding of the audit. */
export async function assertBooksBalance(databaseUrl: string): Promise<void> {
  const db = openDatabase(databaseUrl, 'lx-test-audit', 2);
  try {
    const report = await auditBooks(db);
    expect(report.checks.flatMap(({ findings }) => findings)).toEqual([]);
  } finally {
    await db.destroy();
  }
}
