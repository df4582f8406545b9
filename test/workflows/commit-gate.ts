// Stops the one commit of a worker that a test names: all of it, with its COMMIT, is on the wire when it has to wait. The
// worker is killed then, and the commit made after all, or undone: what it did before, it knows nothing of either way.
import { Client as PgClient } from 'pg';
import type { Knex } from 'knex';
import { eventually } from './support';

export type CommitGate = Awaited<ReturnType<typeof createCommitGate>>;

const lock = 7;

export async function createCommitGate(db: Knex, connectionString: string | undefined) {
  // The lock is its session's.
  const gate = new PgClient({ connectionString, application_name: 'lx-test-gate' });
  await gate.connect();

  async function remove(table: string): Promise<void> {
    await gate.query('select pg_advisory_unlock($1)', [lock]);
    await db.raw('drop trigger test_gate on ??', [table]);
  }

  return {
    /** A commit of the worker that writes such a row waits. @param condition in SQL, on `new` and `old` */
    async close(table: string, condition: string): Promise<void> {
      await gate.query('select pg_advisory_lock($1)', [lock]);
      await db.raw(`
        create or replace function wait_at_gate() returns trigger language plpgsql as $$
        begin
          if current_setting('application_name') = 'lx-worker-committer' and ${condition} then
            perform pg_advisory_xact_lock(${lock});
          end if;
          return new;
        end $$;
        create or replace trigger test_gate before insert or update on ${table}
          for each row execute function wait_at_gate();`);
    },

    /** Until a commit waits here: for the journal's head it may wait like any other. */
    reached: () =>
      eventually(async () => {
        const { rows } = await db.raw<{ rows: [{ count: bigint }] }>(
          `select count(*) from pg_locks l join pg_database d on d.oid = l.database
           where d.datname = current_database() and l.locktype = 'advisory' and l.objid = ? and not l.granted`,
          [lock],
        );
        return rows[0].count > 0n;
      }, 40_000),

    /** The commit happens, whatever became of the worker. */
    open: remove,

    /** It does not, like one of a worker that died just before it. */
    async undo(table: string): Promise<void> {
      await gate.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity
         where application_name = 'lx-worker-committer' and datname = current_database()`,
      );
      await remove(table);
    },

    end: () => gate.end(),
  };
}
