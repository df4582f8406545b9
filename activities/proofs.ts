// The daily roots (DESIGN 2.12): of the usage records of days that are over, and of what users are owed today.
import type { Knex } from 'knex';
import { formatAmount } from '../domain/money';
import type { Committer } from '../ledger/committer';
import { pruneLiabilities, snapshotLiabilities } from '../services/proofs/liabilities';
import { findMissingDays, makeUsageRoot } from '../services/proofs/usage-roots';
import { runActivity } from './run';

/** Amounts as decimal strings, hashes in hex. */
export interface UsageRootSummary {
  readonly day: string;
  readonly size: number;
  readonly root: string;
}

export interface LiabilitiesSummary {
  readonly day: string;
  readonly users: number;
  readonly root: string;
  readonly credit: string;
  readonly lco: string;
}

export interface ProofActivities {
  /** Days that are over and have no root of their usage records, oldest first, at most so many. */
  findMissingUsageDays(most: number): Promise<string[]>;
  /** Idempotent: a day has one root. */
  publishUsageRoot(day: string): Promise<UsageRootSummary>;
  /** Today's; idempotent. Older leaves go. */
  snapshotLiabilities(): Promise<LiabilitiesSummary>;
}

export function createProofActivities(dependencies: {
  readonly db: Knex;
  readonly committer: Committer;
}): ProofActivities {
  const { db } = dependencies;
  return {
    findMissingUsageDays: (most) => runActivity(() => findMissingDays(db, most)),
    publishUsageRoot: (day) =>
      runActivity(async (progress) => {
        const { size, root } = await makeUsageRoot(dependencies, day, progress);
        return { day, size, root: root.toString('hex') };
      }),
    snapshotLiabilities: () =>
      runActivity(async (progress) => {
        const taken = await snapshotLiabilities(dependencies, progress);
        await pruneLiabilities(db);
        return {
          day: taken.day,
          users: taken.users,
          root: taken.root.toString('hex'),
          credit: formatAmount(taken.credit),
          lco: formatAmount(taken.lco),
        };
      }),
  };
}
