// How long the audit of a journal takes, and what memory (DESIGN 2.12): beside the least that any proof of balances has
// to do, one query that sums all entries and compares the sums with the accounts.
import { Committer } from '../ledger/committer';
import { openDatabase } from '../ledger/connection';
import { newId } from '../ledger/ids';
import { auditBooks } from '../services/audit/audit';
import { journalCheck } from '../services/audit/journal';
import { fund, transfer } from '../test/support/transfers';
import { printTable } from './machine';
import { withBenchDatabase } from './postgres';

const userCount = 1_000;
const inFlight = 1_000;

const sumsSql = /* sql */ `
  select count(*) as wrong
  from (select account_id as id, sum(amount) as balance from journal_entries group by account_id) e
  full join accounts a using (id)
  where a.balance is distinct from e.balance`;

/** @param entryCount two for each transfer that is made first */
export async function benchAudit(entryCount: number): Promise<void> {
  await withBenchDatabase(async (databaseUrl) => {
    await makeJournal(databaseUrl, Math.ceil(entryCount / 2));
    const db = openDatabase(databaseUrl, 'lx-bench-audit', 1);
    try {
      const count = async (sql: string) =>
        (await db.raw<{ rows: Record<string, bigint>[] }>(sql)).rows[0];
      const entries = await count('select count(*) as entries from journal_entries');
      const summing = await timed(() => count(sumsSql));
      const auditing = await timed(() => auditBooks(db, undefined, [journalCheck]));
      if (!auditing.result.isSound || summing.result?.wrong !== 0n) {
        throw new Error('the books that were just made do not hold');
      }
      printTable(
        ['what', 'entries', 'seconds', 'peak memory MB'],
        [
          { what: 'one query that sums', ...summing },
          { what: 'the audit: hash chain, order, sums, balances, floors', ...auditing },
        ].map(({ what, seconds, peakMb }) => [
          what,
          Number(entries?.entries ?? 0n).toLocaleString('en'),
          seconds.toFixed(1),
          String(peakMb),
        ]),
      );
    } finally {
      await db.destroy();
    }
  });
}

async function makeJournal(databaseUrl: string, transfers: number): Promise<void> {
  const committer = new Committer({ databaseUrl, applicationName: 'lx-bench' });
  const users = Array.from({ length: userCount }, () => newId());
  const userAt = (i: number) => users[i % userCount] ?? '';
  const bench = { actor: 'bench' };
  await Promise.all(users.map((to) => committer.submit(fund, { to, amount: 10n ** 12n }, bench)));
  let made = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (made < transfers) {
        const i = made++;
        const parties = { from: userAt(i), to: userAt(i * 7 + 1) };
        if (parties.from !== parties.to)
          await committer.submit(transfer, { ...parties, amount: 1n }, bench);
      }
    }),
  );
  await committer.close();
}

interface Timed<T> {
  readonly result: T;
  readonly seconds: number;
  readonly peakMb: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 50);
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  look();
  clearInterval(timer);
  return { result, seconds, peakMb: Math.round(peak / 2 ** 20) };
}
