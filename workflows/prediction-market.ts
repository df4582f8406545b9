// A prediction market (DESIGN 2.8): proposed, approved, open until its time or an early resolution; an outcome is proposed,
// may be disputed and ruled on, and is final; late bets are cut off and all lots are paid. Bets never wait for it.
import {
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type {
  MarketStanding,
  MarketTerms,
  PredictionActivities,
  PublicMarket,
} from '../activities/predictions';
import { predictionSides, type PredictionSide } from '../domain/predictions/pool';
import { chunkedOptions, commandOptions } from './activity-options';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { excerpt } from './literal';
import { describeMarket } from './prediction-details';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';
import { createSteppedLifecycle } from './stepped-lifecycle';

/** Why it is ruled so is the `reason`. */
export interface RulingAct extends OperatorAct {
  readonly outcome: PredictionSide;
  /** ISO 8601, within the betting time: bets later than this come back at cost. Without it: as it was proposed. */
  readonly effectiveAt?: string;
}

/** The evidence is the `reason`. */
export interface ResolutionAct extends RulingAct {
  readonly effectiveAt: string;
}

export const approvePredictionUpdate = defineUpdate<PublicMarket, [OperatorAct]>('approve');
export const rejectPredictionUpdate = defineUpdate<PublicMarket, [OperatorAct]>('reject');
export const resolvePredictionUpdate = defineUpdate<PublicMarket, [ResolutionAct]>('resolve');
export const rulePredictionUpdate = defineUpdate<PublicMarket, [RulingAct]>('rule');
export const voidPredictionUpdate = defineUpdate<PublicMarket, [OperatorAct]>('void');
/** Somebody has disputed the outcome; sent at least once, it carries the id of its event. */
export const disputedSignal = defineSignal<[string]>('disputed');
/** The market as of the last step; null until it was read. */
export const predictionStatusQuery = defineQuery<PublicMarket | null>('status');

const activities = proxyActivities<PredictionActivities>(commandOptions);
const { payPrediction } = proxyActivities<PredictionActivities>(chunkedOptions);

/** Temporal takes 400 bytes of a summary: so many characters never are more. */
const maxSummaryCharacters = 80;

export function predictionSummary({ question }: MarketTerms): string {
  return `Prediction: ${excerpt(question, maxSummaryCharacters)}`;
}

export function predictionSearchAttributes({
  marketId,
  proposerId,
}: MarketTerms): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'prediction' },
    { key: lxEntity, value: marketId },
    { key: lxUser, value: proposerId },
    { key: lxStatus, value: 'proposed' },
  ];
}

const steps = {
  expire: {
    until: 'An operator approves or rejects it',
    summary: 'Nobody did: return the seed',
    take: activities.expirePrediction,
  },
  lock: { until: 'Users bet', summary: 'Take no more bets', take: activities.lockPrediction },
  void_unresolved: {
    until: 'An operator proposes an outcome',
    summary: 'Nobody did: void the market',
    take: activities.voidUnresolvedPrediction,
  },
  finalise: {
    until: 'Holders may dispute',
    summary: 'Nobody did: the outcome is final',
    take: activities.finalisePrediction,
  },
  let_stand: {
    until: 'A second operator rules',
    summary: 'Nobody did: the proposed outcome stands',
    take: activities.letPredictionStand,
  },
  roll_back: {
    summary: 'Cut off the bets after the fact',
    take: activities.rollBackPrediction,
  },
  pay: { summary: 'Pay the lots and burn the fees', take: payPrediction },
};

type Decision = ReturnType<typeof decisionOf> & { readonly marketId: string };

/** What an update's handler calls. */
interface ActActivity<Act> {
  executeWithOptions(options: ActivityOptions, args: [act: Act]): Promise<MarketStanding>;
}

/** With an offset: without one it would be a time of the machine that the worker runs on. */
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

function isTime(text: unknown): boolean {
  return typeof text === 'string' && isoTime.test(text) && Number.isFinite(Date.parse(text));
}

function requireRuling(act: unknown): asserts act is RulingAct {
  requireOperatorAct(act);
  const { outcome, effectiveAt } = act as Partial<RulingAct>;
  if (!predictionSides.some((side) => side === outcome)) {
    throw refusal('INVALID_REQUEST', 'outcome must be yes or no; an unclear one is voided.');
  }
  if (effectiveAt !== undefined && !isTime(effectiveAt)) {
    const message = 'effectiveAt must be a time in ISO 8601, such as 2026-01-01T00:00:00Z.';
    throw refusal('INVALID_REQUEST', message);
  }
}

export async function predictionMarket(terms: MarketTerms): Promise<PublicMarket> {
  const { marketId } = terms;
  const life = createSteppedLifecycle<keyof typeof steps, MarketStanding>({
    id: marketId,
    steps,
    read: { summary: 'Read where the market stands', take: activities.readPrediction },
    show({ market }, before) {
      const { status } = market;
      if (before?.market.status !== status) {
        upsertSearchAttributes([{ key: lxStatus, value: status }]);
      }
      setCurrentDetails(describeMarket(market));
    },
    continueAsNew: () => continueAsNew<typeof predictionMarket>(terms),
  });

  function checkAct(act: OperatorAct): void {
    requireOperatorAct(act);
    const status = life.current?.market.status;
    if (life.current?.next.kind === 'nothing') {
      throw refusal('STATE_CONFLICT', `The market is ${status} already.`);
    }
    if (act.operatorId === terms.proposerId) {
      throw refusal(
        'ACTION_BY_INTERESTED_OPERATOR',
        'Who proposed the market or holds a position in it does not decide about it.',
      );
    }
  }

  function checkRuling(act: RulingAct): void {
    requireRuling(act);
    checkAct(act);
  }

  function checkResolution(act: ResolutionAct): void {
    checkRuling(act);
    if (act.effectiveAt === undefined) {
      throw refusal('INVALID_REQUEST', 'effectiveAt must be a time: later bets come back at cost.');
    }
  }

  async function carryOut<Act>(
    what: string,
    activity: ActActivity<Act>,
    operatorId: string,
    input: Act,
  ): Promise<PublicMarket> {
    const summary = `Operator ${operatorId}: ${what}`;
    const next = await life.carryOut(() => activity.executeWithOptions({ summary }, [input]));
    return next.market;
  }

  const plain = (what: string, activity: ActActivity<Decision>) => (act: OperatorAct) =>
    carryOut(what, activity, act.operatorId, { marketId, ...decisionOf(act) });

  function resolve(act: ResolutionAct): Promise<PublicMarket> {
    const { outcome } = act;
    const resolution = { outcome, effectiveAt: Date.parse(act.effectiveAt) };
    const input = { marketId, ...decisionOf(act), ...resolution };
    return carryOut('resolve', activities.resolvePrediction, act.operatorId, input);
  }

  function rule(act: RulingAct): Promise<PublicMarket> {
    const { outcome, effectiveAt } = act;
    const ruling = { outcome, effectiveAt: effectiveAt ? Date.parse(effectiveAt) : null };
    const input = { marketId, ...decisionOf(act), ...ruling };
    return carryOut('rule', activities.rulePrediction, act.operatorId, input);
  }

  setHandler(predictionStatusQuery, () => life.current?.market ?? null, {
    description: 'The market as of the last step',
  });
  setHandler(disputedSignal, () => life.noteNews('The outcome was disputed: read the market'), {
    description: 'Tells that a holder has disputed the outcome; rows say how',
  });
  setHandler(approvePredictionUpdate, plain('approve', activities.approvePrediction), {
    validator: checkAct,
    description: 'Open the market for bets, as { operatorId, reason }',
  });
  setHandler(rejectPredictionUpdate, plain('reject', activities.rejectPrediction), {
    validator: checkAct,
    description: 'Reject the proposed market and return its seed, as { operatorId, reason }',
  });
  setHandler(resolvePredictionUpdate, resolve, {
    validator: checkResolution,
    description:
      'Propose the outcome, as { operatorId, reason (the evidence), outcome: yes | no, effectiveAt }',
  });
  setHandler(rulePredictionUpdate, rule, {
    validator: checkRuling,
    description:
      'Rule on the dispute, as { operatorId, reason, outcome: yes | no, effectiveAt? }; not who proposed the outcome',
  });
  setHandler(voidPredictionUpdate, plain('void', activities.voidPrediction), {
    validator: checkAct,
    description: 'Void the market before an outcome is final, as { operatorId, reason }',
  });

  return (await life.run()).market;
}
