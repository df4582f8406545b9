// A round of Compute Wars (DESIGN 2.9): live for its time, then provisional while operators may disqualify, then final
// and paid; the champion chooses a perk, which ends after its time. Rows decide: every step says what comes next, so
// that a round that begins again goes on where it stood.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type {
  WarActivities,
  WarRound,
  WarRoundTerms,
  WarStanding,
  WarStep,
} from '../activities/wars';
import { commandOptions } from './activity-options';
import { describeRound } from './compute-wars-details';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';

export interface DisqualifyAct extends OperatorAct {
  /** The player. */
  readonly userId: string;
}

export const disqualifyUpdate = defineUpdate<WarRound, [DisqualifyAct]>('disqualify');
/** The champion has chosen; sent at least once, it carries the id of its event. */
export const perkChosenSignal = defineSignal<[string]>('perkChosen');
/** The round and its first places, as of the last step; null until it was read. */
export const standingsQuery = defineQuery<WarStanding | null>('standings');

const {
  readWarRound,
  closeWarRound,
  finaliseWarRound,
  payWarPrizes,
  takeDefaultPerk,
  endWarPerk,
  disqualifyPlayer,
} = proxyActivities<WarActivities>(commandOptions);

export function warRoundSummary({ roundId }: WarRoundTerms): string {
  return `Compute Wars, round ${roundId}`;
}

export function warRoundSearchAttributes({ roundId }: WarRoundTerms): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'wars' },
    { key: lxEntity, value: roundId },
    { key: lxStatus, value: 'live' },
  ];
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type TimedStep = Exclude<WarStep['kind'], 'nothing'>;

const steps: Readonly<
  Record<
    TimedStep,
    { readonly until: string; readonly summary: string; readonly take: typeof closeWarRound }
  >
> = {
  close: {
    until: 'Until the round is over',
    summary: 'Close the round: fix the prize pool and the average mark',
    take: closeWarRound,
  },
  finalise: {
    until: 'Operators may disqualify',
    summary: 'The ranking is final: fix the prizes and the champion',
    take: finaliseWarRound,
  },
  pay: { until: 'Another step came first', summary: 'Pay the prizes', take: payWarPrizes },
  default_perk: {
    until: 'The champion may choose a perk',
    summary: 'Nothing was chosen: unlimited concurrency',
    take: takeDefaultPerk,
  },
  end_perk: { until: 'Until the perk is over', summary: 'End the perk', take: endWarPerk },
};

/**
 * Neither now nor by the row, which may be a step ahead of what this workflow heard of it: closed by a worker that died
 * before it said so, or with a later round.
 */
function isNeverProvisional({ status, endsAt }: WarRound): boolean {
  return status === 'live' ? Date.now() < Date.parse(endsAt) : status !== 'provisional';
}

export async function computeWarsRound(terms: WarRoundTerms): Promise<WarRound> {
  const { roundId } = terms;
  let current = null as WarStanding | null;
  let isNews = false;

  /** A step and an operator's act may be answered in either order: the higher revision is the newer. */
  function learn(next: WarStanding): void {
    if (current && current.revision > next.revision) return;
    const { status, championId } = next.round;
    if (current?.round.status !== status)
      upsertSearchAttributes([{ key: lxStatus, value: status }]);
    if (championId !== null && current?.round.championId !== championId) {
      upsertSearchAttributes([{ key: lxUser, value: championId }]);
    }
    current = next;
    setCurrentDetails(describeRound(next));
  }

  function checkDisqualification(act: DisqualifyAct): void {
    requireOperatorAct(act);
    if (typeof act.userId !== 'string' || !uuid.test(act.userId)) {
      throw refusal('INVALID_REQUEST', 'userId must be the id of the player.');
    }
    if (current && isNeverProvisional(current.round)) {
      throw refusal(
        'STATE_CONFLICT',
        `The round is ${current.round.status}; players are disqualified while it is provisional.`,
      );
    }
  }

  async function disqualify(act: DisqualifyAct): Promise<WarRound> {
    const summary = `Operator ${act.operatorId}: disqualify ${act.userId}`;
    const input = { roundId, userId: act.userId, ...decisionOf(act) };
    const next = await CancellationScope.nonCancellable(() =>
      disqualifyPlayer.executeWithOptions({ summary }, [input]),
    );
    learn(next);
    return next.round;
  }

  async function read(summary: string): Promise<void> {
    isNews = false;
    learn(await readWarRound.executeWithOptions({ summary }, [roundId]));
  }

  async function take({ kind, waitMs }: WarStep & { kind: TimedStep }): Promise<void> {
    const { until, summary, take: step } = steps[kind];
    if (waitMs > 0) {
      const revision = current?.revision;
      const isOther = () => isNews || current?.revision !== revision;
      if (await condition(isOther, waitMs, { summary: until })) {
        if (isNews) await read('The champion has chosen: read the round');
        return;
      }
    }
    learn(await step.executeWithOptions({ summary }, [roundId]));
  }

  setHandler(standingsQuery, () => current, {
    description: 'The round and its first places, as of the last step',
  });
  setHandler(
    perkChosenSignal,
    () => {
      isNews = true;
    },
    { description: 'Tells that the champion has chosen; rows say what' },
  );
  setHandler(disqualifyUpdate, disqualify, {
    validator: checkDisqualification,
    description: 'Disqualify a player, as { operatorId, userId, reason }, while it is provisional',
  });

  // Prizes are owed and a perk ends: a request to cancel ends nothing.
  return CancellationScope.nonCancellable(async () => {
    await read('Read where the round stands');
    for (;;) {
      const { next, round } = current as WarStanding;
      const { kind } = next;
      if (kind === 'nothing') {
        await condition(allHandlersFinished);
        return round;
      }
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        return continueAsNew<typeof computeWarsRound>(terms);
      }
      await take({ ...next, kind });
    }
  });
}
