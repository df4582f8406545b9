// The audit of the books (DESIGN 2.12 and 8): every check that exists, run over committed rows. A noun adds its
// check to the list.
import type { Knex } from 'knex';
import type { AuditCheck } from './check';
import { journalCheck } from './journal';

const checks: readonly AuditCheck[] = [journalCheck];

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

/** Runs every check; never throws for what it finds. */
export async function auditBooks(
  db: Knex,
  onProgress: (text: string) => void = () => undefined,
): Promise<AuditReport> {
  const reports = [];
  for (const check of checks) {
    onProgress(check.title);
    const startedAt = performance.now();
    const findings: string[] = [];
    let left = 0;
    for await (const finding of check.run({ db, onProgress })) {
      if (findings.length < maxFindingsPerCheck) findings.push(finding);
      else left++;
    }
    reports.push({ title: check.title, findings, left, durationMs: performance.now() - startedAt });
  }
  return { checks: reports, isSound: reports.every(({ findings }) => findings.length === 0) };
}
