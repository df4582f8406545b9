// A buyback (DESIGN 2.5): the books are closed and the profit is shared, LCO are bought in slices at random moments of
// an hour, and what was bought for burning is burned. Rows decide: every step says what comes next, so that a run that
// begins again goes on where it stood.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type {
  Buyback,
  BuybackActivities,
  BuybackProgress,
  NextStep,
  Slice,
} from '../activities/buybacks';
import { commandOptions } from './activity-options';
import { describeBuyback } from './buyback-details';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus } from './search-attributes';

/** What the opener, or the outbox, tells of a run. */
export interface BuybackTerms {
  readonly buybackId: string;
  readonly kind: 'weekly' | 'extra';
  /** Milliseconds within which the slices' moments lie, as the run's row has it. */
  readonly spreadMs: number;
}

export const pauseUpdate = defineUpdate<Buyback, [OperatorAct]>('pause');
export const resumeUpdate = defineUpdate<Buyback, [OperatorAct]>('resume');
/** The run with its executed slices; null until it was read. */
export const progressQuery = defineQuery<Buyback | null>('progress');

const { startBuyback, buySlice, burnBought, pauseBuyback, resumeBuyback } =
  proxyActivities<BuybackActivities>(commandOptions);

export function buybackSummary({ buybackId, kind }: BuybackTerms): string {
  return kind === 'weekly' ? `Buyback of week ${buybackId}` : `Extra buyback ${buybackId}`;
}

export function buybackSearchAttributes(buybackId: string): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'buyback' },
    { key: lxEntity, value: buybackId },
    { key: lxStatus, value: 'opened' },
  ];
}

export async function buybackAndBurn(terms: BuybackTerms): Promise<Buyback> {
  const { buybackId } = terms;
  let current = null as BuybackProgress | null;

  /** A step and an operator's act may be answered in either order: the higher revision is the newer. */
  function learn(next: BuybackProgress): void {
    if (current && current.revision > next.revision) return;
    if (current?.buyback.status !== next.buyback.status) {
      upsertSearchAttributes([{ key: lxStatus, value: next.buyback.status }]);
    }
    current = next;
    setCurrentDetails(describeBuyback(next, terms.spreadMs));
  }

  async function steer(verb: 'pause' | 'resume', act: OperatorAct): Promise<Buyback> {
    const activity = verb === 'pause' ? pauseBuyback : resumeBuyback;
    const input = { buybackId, ...decisionOf(act) };
    const summary = `Operator ${act.operatorId}: ${verb}`;
    const next = await CancellationScope.nonCancellable(() =>
      activity.executeWithOptions({ summary }, [input]),
    );
    learn(next);
    return next.buyback;
  }

  function checkAct(act: OperatorAct): void {
    requireOperatorAct(act);
    if (current && isOver(current)) {
      throw refusal('STATE_CONFLICT', 'The buyback is over already.');
    }
  }

  /** False when an operator's act changed meanwhile what there is to do. */
  async function waited(waitMs: number, summary: string): Promise<boolean> {
    if (waitMs <= 0) return true;
    const revision = current?.revision;
    return !(await condition(() => current?.revision !== revision, waitMs, { summary }));
  }

  async function start(): Promise<void> {
    const summary =
      workflowInfo().continuedFromExecutionRunId === undefined
        ? 'Close the books, fix the price cap, plan the slices'
        : 'Read where the run stands';
    learn(await startBuyback.executeWithOptions({ summary }, [buybackId]));
  }

  async function take(next: NextStep): Promise<void> {
    switch (next.kind) {
      case 'start': {
        const why = next.why === 'turn' ? 'The run before it must end' : 'The mark is late';
        return (await waited(next.waitMs, why)) ? start() : undefined;
      }
      case 'slice': {
        if (!(await waited(next.waitMs, `Until slice ${next.slice}`))) return;
        const summary = sliceSummary(next, current?.buyback.slicesPlanned);
        const slice = { buybackId, slice: next.slice, for: next.for };
        return learn(await buySlice.executeWithOptions({ summary }, [slice]));
      }
      case 'resume':
        await condition(() => current?.buyback.status !== 'paused' || mustContinueAsNew());
        return;
      case 'burn': {
        const { bought } = current?.buyback.burn ?? { bought: '0' };
        const summary = `Burn the ${bought} LCO that were bought for it`;
        return learn(await burnBought.executeWithOptions({ summary }, [buybackId]));
      }
      case 'nothing':
        return;
    }
  }

  setHandler(progressQuery, () => current?.buyback ?? null, {
    description: 'The run, its close and its executed slices',
  });
  setHandler(pauseUpdate, (act) => steer('pause', act), {
    validator: checkAct,
    description: 'Pause, as { operatorId, reason }: the slices that are left wait',
  });
  setHandler(resumeUpdate, (act) => steer('resume', act), {
    validator: checkAct,
    description: 'Resume, as { operatorId, reason }: missed slices share what is left of the hour',
  });

  // What was begun is brought to its end: a request to cancel ends nothing, to stop it pause it.
  return CancellationScope.nonCancellable(async () => {
    await start();
    for (;;) {
      const progress = current as BuybackProgress;
      if (isOver(progress)) {
        await condition(allHandlersFinished);
        return progress.buyback;
      }
      if (mustContinueAsNew()) {
        await condition(allHandlersFinished);
        return continueAsNew<typeof buybackAndBurn>(terms);
      }
      await take(progress.next);
    }
  });
}

function mustContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested;
}

function isOver({ next }: BuybackProgress): boolean {
  return next.kind === 'nothing';
}

function sliceSummary(
  { slice, for: purpose, budget }: { slice: number; for: Slice['for']; budget: string },
  of: number | undefined,
): string {
  const what = purpose === 'burn' ? 'to burn' : 'for the prize pool';
  return `Slice ${slice} of ${of ?? '?'}: spend ${budget} Credits, ${what}`;
}
