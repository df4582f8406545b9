// A database of its own with committers on it, and a table `notes` for commands that are no nouns of the product.
import { Client } from 'pg';
import { Committer, type CommitterOptions } from '../../ledger/committer';
import type { Command, Decision, View } from '../../ledger/command';
import { defineTable } from '../../ledger/table';
import { createTestDatabase } from '../support/engines';
import { assertJournalHolds } from '../support/invariants';

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld() {
  const database = await createTestDatabase();
  const admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query('create table notes (id text primary key, body text, extra text)');
  const committers: Committer[] = [];
  return {
    database,
    /** A plain session. */
    admin,

    openCommitter(options: Partial<CommitterOptions> = {}): Committer {
      const committer = new Committer({
        databaseUrl: database.url,
        applicationName: 'lx-test',
        ...options,
      });
      committers.push(committer);
      return committer;
    },

    /** All base units that somebody has. */
    async balanceOf(ownerId: string): Promise<string> {
      const { rows } = await admin.query<{ balance: string }>(
        'select coalesce(sum(balance), 0) as balance from accounts where owner_id = $1',
        [ownerId],
      );
      return rows[0]?.balance ?? 'none';
    },

    /** Proves the journal, then drops everything. */
    async close() {
      await Promise.all(committers.map((committer) => committer.close()));
      await admin.end();
      await assertJournalHolds(database.url);
      await database.drop();
    },
  };
}

export const system = { actor: 'test' };

/** A command that decides what it is told. */
export function command<Result>(decide: (view: View) => Decision<Result>): Command<null, Result> {
  return { kind: 'test', keys: () => ({}), decide };
}

export const bornOnce = defineTable({
  name: 'notes',
  key: 'id',
  writes: 'insert',
  columns: { id: 'text', body: 'text?' },
});
