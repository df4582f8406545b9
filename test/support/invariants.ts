// After every test that moves value: the invariants of DESIGN 8, by the same audit that operators run. Checks of a noun that
// the test never used are left out: of nothing, there is nothing to be found, and there are thousands of tests.
import type { Knex } from 'knex';
import { openDatabase } from '../../ledger/connection';
import { allChecks, auditBooks } from '../../services/audit/audit';
import { buybackChecks } from '../../services/audit/buybacks';
import type { AuditCheck } from '../../services/audit/check';
import { exchangeChecks } from '../../services/audit/exchange';
import { governanceChecks } from '../../services/audit/governance';
import { imoChecks } from '../../services/audit/imos';
import { journalCheck } from '../../services/audit/journal';
import { lendingChecks } from '../../services/audit/lending';
import { marginChecks } from '../../services/audit/margin';
import { predictionChecks } from '../../services/audit/predictions';
import { warChecks } from '../../services/audit/wars';

interface Noun {
  readonly checks: readonly AuditCheck[];
  /** Whose rows, and which accounts, a test that used it has left. */
  readonly tables: readonly string[];
  readonly accounts: string;
}

const nouns: readonly Noun[] = [
  {
    checks: buybackChecks,
    tables: ['buybacks'],
    accounts: `purpose in ('ecosystem_fund', 'prize_fund', 'prize_pool', 'free_calls')`,
  },
  {
    checks: exchangeChecks,
    tables: ['orders', 'trades', 'order_amendments', 'candles'],
    accounts: `purpose in ('orders', 'trading_fees')`,
  },
  { checks: governanceChecks, tables: ['proposals', 'parameter_history'], accounts: 'false' },
  { checks: imoChecks, tables: ['imos', 'imo_subscriptions'], accounts: `purpose = 'imo'` },
  {
    checks: [...lendingChecks, ...marginChecks],
    tables: ['lending_supplies', 'margin_positions', 'margin_changes', 'lending_losses'],
    accounts: `purpose in ('lending', 'risk_reserve') or owner_kind = 'position'`,
  },
  {
    checks: predictionChecks,
    tables: ['prediction_markets', 'prediction_lots'],
    accounts: `owner_kind = 'prediction'`,
  },
  {
    checks: warChecks,
    tables: ['war_rounds', 'war_scores'],
    accounts: `owner_kind = 'wars' or purpose in ('prize_pool', 'free_calls')`,
  },
];

async function unusedChecks(db: Knex): Promise<ReadonlySet<AuditCheck>> {
  const used = nouns.map(({ tables, accounts }) =>
    [...tables, `accounts where ${accounts}`].map((from) => `exists (select from ${from})`),
  );
  const columns = used.map((conditions, i) => `${conditions.join(' or ')} as "${i}"`);
  const { rows } = await db.raw<{ rows: Record<string, boolean>[] }>(
    `select ${columns.join(', ')}`,
  );
  return new Set(nouns.filter((_, i) => !rows[0]?.[i]).flatMap(({ checks }) => checks));
}

async function expectNoFindings(
  databaseUrl: string,
  choose: (db: Knex) => Promise<readonly AuditCheck[]>,
): Promise<void> {
  const db = openDatabase(databaseUrl, 'lx-test-audit', 2);
  try {
    const report = await auditBooks(db, undefined, await choose(db));
    expect(report.checks.flatMap(({ findings }) => findings)).toEqual([]);
  } finally {
    await db.destroy();
  }
}

/** Fails with every finding of the audit. */
export function assertBooksBalance(databaseUrl: string): Promise<void> {
  return expectNoFindings(databaseUrl, async (db) => {
    const unused = await unusedChecks(db);
    return allChecks.filter((check) => !unused.has(check));
  });
}

/** The journal alone, for tests whose commands are no nouns of the product. */
export function assertJournalHolds(databaseUrl: string): Promise<void> {
  return expectNoFindings(databaseUrl, () => Promise.resolve([journalCheck]));
}
