// An unstake (DESIGN 2.10): LCO that were staked wait for the end of their cooldown and are their owner's again.
import {
  CancellationScope,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type { Unstake, UnstakeActivities } from '../activities/unstakes';
import { commandOptions } from './activity-options';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';

/** What the outbox tells of an unstake that was asked. */
export interface UnstakeRequest {
  readonly unstakeId: string;
  readonly userId: string;
  /** LCO, as a decimal string. */
  readonly amount: string;
  /** ISO 8601. */
  readonly unlockAt: string;
}

/** The unstake as this workflow knows it; null until it was read. */
export const statusQuery = defineQuery<Unstake | null>('status');

const { returnUnstaked } = proxyActivities<UnstakeActivities>(commandOptions);

export function unstakeSummary({ amount }: Pick<UnstakeRequest, 'amount'>): string {
  return `Unstake of ${amount} LCO`;
}

export function unstakeSearchAttributes({
  unstakeId,
  userId,
}: Pick<UnstakeRequest, 'unstakeId' | 'userId'>): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'unstake' },
    { key: lxEntity, value: unstakeId },
    { key: lxUser, value: userId },
    { key: lxStatus, value: 'unbonding' },
  ];
}

export async function unstake(request: UnstakeRequest): Promise<Unstake> {
  const { unstakeId, amount, unlockAt } = request;
  let current = null as Unstake | null;
  setHandler(statusQuery, () => current, { description: 'The unstake and when it is returned' });
  setCurrentDetails(describe(request, null));

  // What was unstaked must come back: a request to cancel ends nothing.
  return CancellationScope.nonCancellable(async () => {
    let waitMs = Date.parse(unlockAt) - Date.now();
    for (;;) {
      if (waitMs > 0) await sleep(waitMs, { summary: `Cooldown until ${unlockAt}` });
      // Journal time decides; it may be behind this workflow's.
      const summary = `Return ${amount} LCO`;
      const next = await returnUnstaked.executeWithOptions({ summary }, [unstakeId]);
      current = next.unstake;
      if (current.status === 'returned') break;
      waitMs = next.waitMs;
    }
    upsertSearchAttributes([{ key: lxStatus, value: current.status }]);
    setCurrentDetails(describe(request, current));
    return current;
  });
}

/** Markdown for the Temporal UI. */
function describe({ userId, amount, unlockAt }: UnstakeRequest, now: Unstake | null): string {
  const outcome = !now?.returnedAt
    ? `**Waits until ${unlockAt}**, when they can be spent again.`
    : `**Returned** at ${now.returnedAt}.`;
  return `User \`${userId}\` took **${amount} LCO** out of their stake; the rights ended then.\n\n${outcome}`;
}
