// Shortly after midnight UTC (DESIGN 2.12 and 5): every day that is over and has no root of its usage records gets one,
// then what users are owed today gets its own.
import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/common';
import type { LiabilitiesSummary, ProofActivities, UsageRootSummary } from '../activities/proofs';
import { commandOptions, longOptions } from './activity-options';

const { findMissingUsageDays } = proxyActivities<ProofActivities>(commandOptions);
/** Another attempt begins seconds after a worker's death: strangers wait for the roots, and none takes long. */
const rootOptions = { ...longOptions, heartbeatTimeout: '10s' } satisfies ActivityOptions;
const { publishUsageRoot, snapshotLiabilities } = proxyActivities<ProofActivities>(rootOptions);

/** Days that one look asks for: after years without a worker there are many. */
const daysAtOnce = 10;

export interface DailyRoots {
  /** Of the days made by this run. */
  readonly usage: readonly UsageRootSummary[];
  readonly liabilities: LiabilitiesSummary;
}

export async function dailyRoots(): Promise<DailyRoots> {
  const usage: UsageRootSummary[] = [];
  for (;;) {
    const days = await findMissingUsageDays.executeWithOptions(
      { summary: 'Which days lack a root' },
      [daysAtOnce],
    );
    for (const day of days) {
      setCurrentDetails(describe(usage, `Making the root of ${day}.`));
      const summary = `Usage records of ${day}`;
      usage.push(await publishUsageRoot.executeWithOptions({ summary }, [day]));
    }
    if (days.length < daysAtOnce) break;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof dailyRoots>();
  }
  setCurrentDetails(describe(usage, 'Adding up what users are owed.'));
  const summary = 'What users are owed';
  const liabilities = await snapshotLiabilities.executeWithOptions({ summary }, []);
  setCurrentDetails(describe(usage, describeLiabilities(liabilities)));
  return { usage, liabilities };
}

/** Markdown for the Temporal UI. */
function describe(usage: readonly UsageRootSummary[], status: string): string {
  const rows = usage.map(({ day, size, root }) => `| ${day} | ${size} | \`${root}\` |`);
  const table = ['| day | usage records | root |', '| --- | --- | --- |', ...rows].join('\n');
  return [
    ...(rows.length > 0 ? [table] : ['No day lacked a root of its usage records.']),
    status,
  ].join('\n\n');
}

function describeLiabilities({ day, users, root, credit, lco }: LiabilitiesSummary): string {
  return `**Owed on ${day}** to ${users} users: ${credit} Credits and ${lco} LCO, root \`${root}\`.`;
}
