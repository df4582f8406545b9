// `npm run audit`: re-reads the whole journal and recomputes the books (DESIGN 2.12). Exits with 1 when something
// does not hold, 2 when it could not be read.
import { Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config/config';
import { openDatabase } from '../ledger/connection';
import { allChecks, auditBooks } from '../services/audit/audit';
import { headCheck, type NotedHead } from '../services/audit/journal';
import { findDatabaseUrl } from './database-url';
import { runCommand } from './run-command';

/** As GET /api/v1/journal/head told it: `<sequence>:<64 hex digits>`. */
function parseHead(text: string): NotedHead {
  const match = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text);
  if (!match) throw new InvalidArgumentError('It is <sequence>:<hash in 64 hex digits>.');
  const [, sequence = '', hash = ''] = match;
  return { sequence: BigInt(sequence), hash: Buffer.from(hash, 'hex') };
}

async function main(): Promise<void> {
  const program = new Command('audit')
    .description('Recomputes balances, supply and the hash chain from the journal.')
    .option('--database <url>', 'the database; default: DATABASE_URL, else the running instance')
    .option('--quiet', 'print what does not hold only')
    .option(
      '--head <sequence:hash>',
      'a head of the journal that was noted earlier, which it must still go on from',
      parseHead,
    )
    .parse();
  const { database, quiet, head } = program.opts<{
    database?: string;
    quiet?: boolean;
    head?: NotedHead;
  }>();
  const url = database ?? findDatabaseUrl(readConfig(process.env));
  const db = openDatabase(url, 'lx-audit', 1);
  try {
    const report = await auditBooks(
      db,
      undefined,
      head ? [...allChecks, headCheck(head)] : allChecks,
    );
    for (const check of report.checks) {
      const isSound = check.findings.length === 0;
      if (!isSound || !quiet) {
        console.log(
          `${isSound ? 'ok  ' : 'FAIL'} ${check.title} (${(check.durationMs / 1000).toFixed(2)} s)`,
        );
      }
      for (const finding of check.findings) console.log(`       ${finding}`);
      if (check.left > 0) console.log(`       … and ${check.left} more`);
    }
    console.log(report.isSound ? 'The books hold.' : 'The books do NOT hold.');
    process.exitCode = report.isSound ? 0 : 1;
  } finally {
    await db.destroy();
  }
}

runCommand(main, 2);
