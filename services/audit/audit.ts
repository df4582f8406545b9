// The audit of the books (DESIGN 2.12 and 8): every check that exists, run over committed rows. A noun adds its
// check to the list.
import type { Knex } from 'knex';
import { burnChecks } from './burns';
import type { AuditCheck } from './check';
import { buybackChecks } from './buybacks';
import { exchangeChecks } from './exchange';
import { governanceChecks } from './governance';
import { grantsCheck, outstandingCheck, redeemingCheck } from './credits';
import { imoChecks } from './imos';
import { journalCheck } from './journal';
import { lendingChecks } from './lending';
import { marginChecks } from './margin';
import { predictionChecks } from './predictions';
import { proofChecks } from './proofs';
import { callsCheck, heldCheck, videosCheck, wholeCallsCheck } from './relay';
import { warChecks } from './wars';
import { chargesCheck } from './relay-charges';
import { stakingChecks } from './staking';

export const allChecks: readonly AuditCheck[] = [
  journalCheck,
  outstandingCheck,
  redeemingCheck,
  grantsCheck,
  heldCheck,
  callsCheck,
  wholeCallsCheck,
  videosCheck,
  chargesCheck,
  ...proofChecks,
  ...exchangeChecks,
  ...burnChecks,
  ...buybackChecks,
  ...stakingChecks,
  ...warChecks,
  ...imoChecks,
  ...governanceChecks,
  ...predictionChecks,
  ...lendingChecks,
  ...marginChecks,
];

/** A finding past this many is counted only: one broken batch can upset thousands of balances. */
const maxFindingsPerCheck = 20;

export interface AuditReport {
  readonly checks: readonly {
    readonly title: string;
    readonly findings: readonly string[];
    /** How many more there were. */
    readonly left: number;
    readonly durationMs: number;
  }[];
  readonly isSound: boolean;
}

/** Runs the checks; what does not hold is in the report, an exception means that it could not be read. */
export async function auditBooks(
  db: Knex,
  onProgress: (text: string) => void = () => undefined,
  checks: readonly AuditCheck[] = allChecks,
): Promise<AuditReport> {
  // One snapshot for all, so that commits meanwhile do not look like faults.
  const snapshot = await db.transaction({ isolationLevel: 'repeatable read', readOnly: true });
  try {
    const reports = [];
    for (const check of checks) {
      onProgress(check.title);
      const startedAt = performance.now();
      const findings: string[] = [];
      let left = 0;
      for await (const finding of check.run({ db: snapshot, onProgress })) {
        if (findings.length < maxFindingsPerCheck) findings.push(finding);
        else left++;
      }
      const durationMs = performance.now() - startedAt;
      reports.push({ title: check.title, findings, left, durationMs });
    }
    return { checks: reports, isSound: reports.every(({ findings }) => findings.length === 0) };
  } finally {
    await snapshot.commit();
  }
}
