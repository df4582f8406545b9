// Audits the books every night (DESIGN 2.12 and 5). It fails when they do not hold: that is what to look for.
import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { AuditActivities, AuditSummary, BrokenCheck } from '../activities/audits';
import { longOptions } from './activity-options';
import { lxStatus } from './search-attributes';

const { auditBooks } = proxyActivities<AuditActivities>(longOptions);

export async function dailyAudit(): Promise<AuditSummary> {
  setCurrentDetails('Reads the whole journal again and compares it with every balance and row.');
  try {
    const audited = await auditBooks.executeWithOptions({ summary: 'Audit the books' }, []);
    upsertSearchAttributes([{ key: lxStatus, value: 'sound' }]);
    setCurrentDetails(`**The books hold.** ${audited.checks} checks, ${audited.durationMs} ms.`);
    return audited;
  } catch (error) {
    const broken = brokenChecksOf(error);
    if (broken) {
      upsertSearchAttributes([{ key: lxStatus, value: 'broken' }]);
      setCurrentDetails(describe(broken));
    }
    throw error;
  }
}

/** Undefined when the audit ended for another reason than what it found. */
function brokenChecksOf(error: unknown): readonly BrokenCheck[] | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'AUDIT_FAILED') return undefined;
  return cause.details?.[0] as readonly BrokenCheck[];
}

/** Markdown for the Temporal UI. */
function describe(broken: readonly BrokenCheck[]): string {
  const found = broken.flatMap(({ title, findings, left }) => [
    `- ${title}`,
    ...findings.map((finding) => `  - ${finding}`),
    ...(left > 0 ? [`  - and ${left} more`] : []),
  ]);
  return [
    '**The books do not hold.** See docs/runbooks/ledger-imbalance.md.',
    found.join('\n'),
  ].join('\n\n');
}
