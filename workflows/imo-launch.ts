// An IMO (DESIGN 2.7): announced, subscribed to until the window's end, weighed and divided, used by its holders until it
// expires, and every lock returned.
import {
  continueAsNew,
  defineQuery,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type { Imo, ImoActivities, ImoProgress, ImoTerms } from '../activities/imos';
import { chunkedOptions, commandOptions } from './activity-options';
import { describeImo } from './imo-details';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus } from './search-attributes';
import { createSteppedLifecycle } from './stepped-lifecycle';

export const cancelImoUpdate = defineUpdate<Imo, [OperatorAct]>('cancel');
/** The IMO as of the last step; null until it was read. */
export const imoStatusQuery = defineQuery<Imo | null>('status');

const { readImo, closeImo, expireImo, cancelImo } = proxyActivities<ImoActivities>(commandOptions);
const { weighImo, allocateImo, returnImoLocks } = proxyActivities<ImoActivities>(chunkedOptions);

export function imoSummary({ modelId }: ImoTerms): string {
  return `IMO of ${modelId}`;
}

export function imoSearchAttributes({ imoId }: ImoTerms): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'imo' },
    { key: lxEntity, value: imoId },
    { key: lxStatus, value: 'announced' },
  ];
}

const steps = {
  open: {
    until: 'Until subscriptions open',
    summary: 'Subscriptions are open: read the IMO',
    take: readImo,
  },
  close: { until: 'Until subscriptions close', summary: 'Close the window', take: closeImo },
  weigh: {
    summary: 'Weigh the locks by the levels at the close',
    take: weighImo,
  },
  allocate: {
    summary: 'Give the quota out',
    take: allocateImo,
  },
  expire: { until: 'Holders may call until it expires', summary: 'Expire', take: expireImo },
  return_locks: {
    summary: 'Return the locked LCO',
    take: returnImoLocks,
  },
};

export async function imoLaunch(terms: ImoTerms): Promise<Imo> {
  const { imoId } = terms;
  const life = createSteppedLifecycle<keyof typeof steps, ImoProgress>({
    id: imoId,
    steps,
    read: { summary: 'Read where the IMO stands', take: readImo },
    show({ imo }, before) {
      const { status } = imo;
      if (before?.imo.status !== status) upsertSearchAttributes([{ key: lxStatus, value: status }]);
      setCurrentDetails(describeImo(imo));
    },
    continueAsNew: () => continueAsNew<typeof imoLaunch>(terms),
  });

  function checkCancellation(act: OperatorAct): void {
    requireOperatorAct(act);
    const { next, imo } = life.current ?? {};
    if (next && (next.kind === 'nothing' || next.kind === 'return_locks')) {
      throw refusal('STATE_CONFLICT', `The IMO is ${imo?.status} already.`);
    }
  }

  async function cancel(act: OperatorAct): Promise<Imo> {
    const summary = `Operator ${act.operatorId}: cancel`;
    const input = { imoId, ...decisionOf(act) };
    const next = await life.carryOut(() => cancelImo.executeWithOptions({ summary }, [input]));
    return next.imo;
  }

  setHandler(imoStatusQuery, () => life.current?.imo ?? null, {
    description: 'The IMO as of the last step',
  });
  setHandler(cancelImoUpdate, cancel, {
    validator: checkCancellation,
    description: 'Cancel the IMO and return all locks, as { operatorId, reason }',
  });
  return (await life.run()).imo;
}
