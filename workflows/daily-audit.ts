// Audits the books every night (DESIGN 2.12 and 5). It fails when they do not hold: that is what to look for.
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AuditActivities, AuditSummary } from '../activities/audits';
import { longOptions } from './activity-options';

const { auditBooks } = proxyActivities<AuditActivities>(longOptions);

export async function dailyAudit(): Promise<AuditSummary> {
  setCurrentDetails('Reads the whole journal again and compares it with every balance and row.');
  const audited = await auditBooks.executeWithOptions({ summary: 'Audit the books' }, []);
  setCurrentDetails(`**The books hold.** ${audited.checks} checks, ${audited.durationMs} ms.`);
  return audited;
}
