// The daily audit of the books (DESIGN 2.12). What does not hold is a failure that says so in the Temporal UI, in
// the log and in a metric.
import { log, metricMeter } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Knex } from 'knex';
import { auditBooks } from '../services/audit/audit';
import { runActivity } from './run';

export interface AuditSummary {
  readonly checks: number;
  readonly durationMs: number;
}

/** A check of the audit that does not hold. */
export interface BrokenCheck {
  readonly title: string;
  readonly findings: readonly string[];
  /** How many more there were. */
  readonly left: number;
}

export interface AuditActivities {
  /** @throws ApplicationFailure AUDIT_FAILED, not retried; its detail is a list of `BrokenCheck` */
  auditBooks(): Promise<AuditSummary>;
}

export function createAuditActivities({ db }: { readonly db: Knex }): AuditActivities {
  return {
    auditBooks: () =>
      runActivity(async (progress) => {
        const { checks, isSound } = await auditBooks(db, progress);
        const found = checks.reduce((sum, check) => sum + check.findings.length + check.left, 0);
        metricMeter
          .createGauge('lx_audit_findings', 'int', '', 'What the last audit of the books found')
          .set(found);
        if (isSound) {
          const durationMs = checks.reduce((sum, check) => sum + check.durationMs, 0);
          return { checks: checks.length, durationMs: Math.round(durationMs) };
        }
        const broken: BrokenCheck[] = checks
          .filter((check) => check.findings.length > 0)
          .map(({ title, findings, left }) => ({ title, findings, left }));
        log.error('the books do not hold', { broken });
        throw ApplicationFailure.nonRetryable(
          `The books do not hold: ${broken.map(({ title }) => title).join('; ')}`,
          'AUDIT_FAILED',
          broken,
        );
      }),
  };
}
