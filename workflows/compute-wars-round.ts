// A round of Compute Wars (DESIGN 2.9): live for its time, then provisional while operators may disqualify, then final
// and paid; the champion chooses a perk, which ends after its time.
import {
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type { WarActivities, WarRound, WarRoundTerms, WarStanding } from '../activities/wars';
import { commandOptions } from './activity-options';
import { describeRound } from './compute-wars-details';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';
import { createSteppedLifecycle } from './stepped-lifecycle';

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

const steps = {
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
  pay: { summary: 'Pay the prizes', take: payWarPrizes },
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
  const life = createSteppedLifecycle<keyof typeof steps, WarStanding>({
    id: roundId,
    steps,
    read: { summary: 'Read where the round stands', take: readWarRound },
    show(standing, before) {
      const { status, championId } = standing.round;
      if (before?.round.status !== status) {
        upsertSearchAttributes([{ key: lxStatus, value: status }]);
      }
      if (championId !== null && before?.round.championId !== championId) {
        upsertSearchAttributes([{ key: lxUser, value: championId }]);
      }
      setCurrentDetails(describeRound(standing));
    },
    continueAsNew: () => continueAsNew<typeof computeWarsRound>(terms),
  });

  function checkDisqualification(act: DisqualifyAct): void {
    requireOperatorAct(act);
    if (typeof act.userId !== 'string' || !uuid.test(act.userId)) {
      throw refusal('INVALID_REQUEST', 'userId must be the id of the player.');
    }
    const round = life.current?.round;
    if (round && isNeverProvisional(round)) {
      throw refusal(
        'STATE_CONFLICT',
        `The round is ${round.status}; players are disqualified while it is provisional.`,
      );
    }
  }

  async function disqualify(act: DisqualifyAct): Promise<WarRound> {
    const summary = `Operator ${act.operatorId}: disqualify ${act.userId}`;
    const input = { roundId, userId: act.userId, ...decisionOf(act) };
    const next = await life.carryOut(() =>
      disqualifyPlayer.executeWithOptions({ summary }, [input]),
    );
    return next.round;
  }

  setHandler(standingsQuery, () => life.current, {
    description: 'The round and its first places, as of the last step',
  });
  setHandler(perkChosenSignal, () => life.noteNews('The champion has chosen: read the round'), {
    description: 'Tells that the champion has chosen; rows say what',
  });
  setHandler(disqualifyUpdate, disqualify, {
    validator: checkDisqualification,
    description: 'Disqualify a player, as { operatorId, userId, reason }, while it is provisional',
  });

  return (await life.run()).round;
}
