// How operators steer prediction markets (DESIGN 2.8 and 6): each an update of the market's workflow.
import type { UpdateDefinition } from '@temporalio/common';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { isoTime } from '../../domain/time';
import { predictionSides } from '../../domain/predictions/pool';
import type { Caller } from '../../services/identity/caller';
import type { PublicMarket } from '../../services/predictions/market-views';
import type { OperatorAct } from '../../workflows/operator-acts';
import {
  approvePredictionUpdate,
  rejectPredictionUpdate,
  resolvePredictionUpdate,
  rulePredictionUpdate,
  voidPredictionUpdate,
} from '../../workflows/prediction-market';
import type { Context, Services } from '../context';
import { route, type Route } from '../route';
import { idParams, reason, time } from '../schemas';
import { marketAnswer } from './prediction-answers';

const common = {
  tag: 'Predictions',
  access: 'operator',
  method: 'post',
  idempotency: 'required',
  params: idParams,
  answer: z.object({ prediction: marketAnswer }),
} as const;

const outcome = z.enum(predictionSides);
const effectiveAt = time.meta({
  description: 'Within the betting time: bets later than this come back at cost.',
});

export function createAdminPredictionRoutes({
  predictions,
  temporal,
}: Pick<Services, 'predictions'> & Pick<Context, 'temporal'>): Route[] {
  async function send<Act extends OperatorAct>(
    update: UpdateDefinition<PublicMarket, [Act]>,
    marketId: string,
    caller: Caller,
    act: Act,
  ) {
    await predictions.get(marketId);
    const { result, replayed } = await temporal.sendUpdate({
      workflowId: `prediction/${marketId}`,
      update,
      args: [act],
      caller,
      async explainAbsence() {
        const { status, endedAt } = await predictions.get(marketId);
        if (endedAt === null) return undefined;
        return new DomainError('STATE_CONFLICT', `The market is ${status} already.`, { status });
      },
    });
    return { body: { prediction: { ...result, tags: [...result.tags] } }, replayed };
  }

  const actOf = ({ userId, requestId }: Caller, reason: string): OperatorAct => ({
    operatorId: userId,
    requestId,
    reason,
  });

  const plain = (
    name: 'approve' | 'reject' | 'void',
    update: UpdateDefinition<PublicMarket, [OperatorAct]>,
    summary: string,
    description: string,
  ) =>
    route({
      ...common,
      path: `/admin/predictions/:id/${name}`,
      summary,
      description,
      body: z.object({ reason }),
      handle: ({ params, body, caller }) =>
        send(update, params.id, caller, actOf(caller, body.reason)),
    });

  return [
    plain(
      'approve',
      approvePredictionUpdate,
      'Open a proposed market for bets',
      'With the fee of this moment. Not by its proposer.',
    ),
    plain(
      'reject',
      rejectPredictionUpdate,
      'Reject a proposed market: its seed returns',
      'Not by its proposer.',
    ),
    route({
      ...common,
      path: '/admin/predictions/:id/resolve',
      summary: 'Propose the outcome of a market',
      description:
        'Of one that is open or locked; it takes no more bets. Holders may dispute it within the dispute window. Not by its proposer or who holds a lot.',
      body: z.object({ outcome, evidence: reason, effectiveAt }),
      handle: ({ params, body, caller }) =>
        send(resolvePredictionUpdate, params.id, caller, {
          ...actOf(caller, body.evidence),
          outcome: body.outcome,
          effectiveAt: isoTime(body.effectiveAt),
        }),
    }),
    route({
      ...common,
      path: '/admin/predictions/:id/rule',
      summary: 'Rule on a dispute: final',
      description: 'By a second operator, who neither proposed the market nor holds a lot.',
      body: z.object({
        outcome,
        effectiveAt: effectiveAt.optional().meta({
          description: 'Without it: as it was proposed.',
        }),
        reason,
      }),
      handle: ({ params, body, caller }) =>
        send(rulePredictionUpdate, params.id, caller, {
          ...actOf(caller, body.reason),
          outcome: body.outcome,
          ...(body.effectiveAt !== undefined && { effectiveAt: isoTime(body.effectiveAt) }),
        }),
    }),
    plain(
      'void',
      voidPredictionUpdate,
      'Void a market: every stake returns',
      'Before an outcome is final; by a second operator where one was proposed. Not by its proposer or who holds a lot.',
    ),
  ];
}
