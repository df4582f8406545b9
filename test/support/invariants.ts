// After every test that moves value: the invariants of DESIGN 8, by the same audit that operators run.
import { openDatabase } from '../../ledger/connection';
import { allChecks, auditBooks } from '../../services/audit/audit';
import { journalCheck } from '../../services/audit/journal';

async function expectNoFindings(databaseUrl: string, checks: typeof allChecks): Promise<void> {
  const db = openDatabase(databaseUrl, 'lx-test-audit', 2);
  try {
    const report = await auditBooks(db, undefined, checks);
    expect(report.checks.flatMap(({ findings }) => findings)).toEqual([]);
  } finally {
    await db.destroy();
  }
}

/** Fails with every finding of the audit. */
export function assertBooksBalance(databaseUrl: string): Promise<void> {
  return expectNoFindings(databaseUrl, allChecks);
}

/** The journal alone, for tests whose commands are no nouns of the product. */
export function assertJournalHolds(databaseUrl: string): Promise<void> {
  return expectNoFindings(databaseUrl, [journalCheck]);
}
