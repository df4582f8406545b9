// Books with everything in them, and copies of them in which rows are changed by hand, as only somebody with the
// database's superuser can.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { openDatabase } from '../../ledger/connection';
import { allChecks, auditBooks } from '../../services/audit/audit';
import { createWorld } from '../relay-calls/world';
import { testEngines, type TestDatabase } from '../support/engines';

async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Accounts opened in several batches, a feed, calls of two users that were settled, released and are live. */
async function fillBooks(): Promise<TestDatabase> {
  const world = await createWorld();
  const [ann, bob] = [await world.addCaller('10'), await world.addCaller('20')];
  const key = await world.addKey(ann, '5');
  for (const tokens of [1_000, 2_000, 3_000]) {
    await world.settle(await world.reserve(ann, tokens, { keyId: key }), tokens / 2);
    await world.settle(await world.reserve(bob, tokens), tokens);
  }
  await world.setPrice('2', '1');
  await world.settle(await world.reserve(bob, 1_000), 700);
  await world.reserve(ann, 1_000, { keyId: key });
  await world.reserve(bob, 1_000, { processId: await world.addProcess(60) });
  await world.sweep();
  await world.committer.close();
  await world.db.destroy();
  return world.database;
}

export type Books = Awaited<ReturnType<typeof createBooks>>;

/** @param fill makes the books; it leaves no session of its own behind that it still needs */
export async function createBooks(fill: () => Promise<TestDatabase> = fillBooks) {
  const { superuserUrl, baseUrl } = testEngines().postgres;
  const database = await fill();
  const original = database.name;
  // A database that is copied must have no sessions, and keep free of them.
  await execute(
    superuserUrl,
    `alter database ${original} with allow_connections false`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${original}'`,
  );

  /** Changes a copy of the books and lets `look` see it. */
  async function withChanged<T>(
    statements: readonly string[],
    look: (url: string) => Promise<T>,
  ): Promise<T> {
    const name = `lx_${randomBytes(6).toString('hex')}`;
    await execute(superuserUrl, `create database ${name} template ${original} owner lexchange`);
    try {
      const url = new URL(superuserUrl);
      url.pathname = `/${name}`;
      // Triggers and foreign keys rest.
      await execute(url.href, 'set session_replication_role = replica', ...statements);
      return await look(`${baseUrl}/${name}`);
    } finally {
      await execute(superuserUrl, `drop database ${name} with (force)`);
    }
  }

  return {
    withChanged,
    async expectFinding(statements: readonly string[], finding: RegExp): Promise<void> {
      const findings = await withChanged(statements, (url) => audit(url));
      expect(findings).toContainEqual(expect.stringMatching(finding));
    },
    drop: () => database.drop(),
  };
}

export async function audit(url: string, checks = allChecks): Promise<string[]> {
  const db = openDatabase(url, 'lx-test-audit', 1);
  try {
    const report = await auditBooks(db, undefined, checks);
    const findings = report.checks.flatMap((check) => check.findings);
    expect(report.isSound).toBe(findings.length === 0);
    return findings;
  } finally {
    await db.destroy();
  }
}
