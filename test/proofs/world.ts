// Calls settled at times of the test's choosing, and what makes and reads the roots.
import { openDatabase } from '../../ledger/connection';
import { announceLiabilityRoot } from '../../services/proofs/liability-root';
import { createLiabilityProofs } from '../../services/proofs/liabilities-proofs';
import { createUsageProofs } from '../../services/proofs/usage-roots-proofs';
import { findMissingDays, makeUsageRoot } from '../../services/proofs/usage-roots';
import { createWorld as createRelayWorld } from '../relay-calls/world';
import { installClock } from './clock';

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(startsAt: string) {
  const relay = await createRelayWorld();
  const clock = await installClock(relay.database.url, startsAt);
  const db = openDatabase(relay.database.url, 'lx-test-proofs', 8);
  const committer = relay.openCommitter();
  // By this clock every process has long been silent.
  await relay.db('relay_processes').update({ beat_at: new Date('2999-01-01') });

  return {
    ...relay,
    db,
    committer,
    clock,
    usageProofs: createUsageProofs(db),
    liabilityProofs: createLiabilityProofs(db),

    /** Settles a call of so many tokens at a time, the clock's when none is given; returns its id. */
    async settleAt(userId: string, tokens: number, time?: string): Promise<string> {
      if (time !== undefined) await clock.set(time);
      const reserved = await relay.reserve(userId, tokens, {}, committer);
      await relay.settle(reserved, tokens, {}, committer);
      return reserved.input.callId;
    },

    /** Announces a root of liabilities. */
    announce: (day: string, by = committer) =>
      by.submit(announceLiabilityRoot, { day }, { actor: 'test' }),

    /** Publishes the roots of all days that are over. */
    async makeRoots(subtreeSize?: number): Promise<string[]> {
      const days = await findMissingDays(db, 1000);
      for (const day of days) {
        await makeUsageRoot({ db, committer }, day, undefined, subtreeSize);
      }
      return days;
    },

    /** Leaves the database as it is, for `createBooks`. */
    async leave() {
      await Promise.all([committer.close(), relay.committer.close(), clock.close()]);
      await Promise.all([db.destroy(), relay.db.destroy()]);
      return relay.database;
    },

    /** Proves the books, then drops everything. */
    async close() {
      await clock.close();
      await db.destroy();
      await relay.close();
    },
  };
}
