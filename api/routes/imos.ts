// The IMO launchpad (whitepaper 4.1, DESIGN 2.7 and 6): what is offered, which anybody may see; one's own lock and quota;
// and how operators announce and cancel.
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { imoPhases, lockReturns, maxQuota } from '../../domain/imo';
import { tierLevels } from '../../domain/tiers';
import { modelIdPattern } from '../../services/catalog/models';
import type { Imo } from '../../services/imos/imo-views';
import { cancelImoUpdate } from '../../workflows/imo-launch';
import type { Context, Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  idParams,
  pageOf,
  pageQuery,
  positiveAmount,
  presentPage,
  reason,
  time,
  timeAnswer,
} from '../schemas';

const units = z.int().min(1).max(Number(maxQuota));
const count = z.int();

const imoAnswer = z
  .object({
    id: z.uuid(),
    model: z.string(),
    unit: z.string().meta({
      description:
        'What the quota counts: that of the model’s price, tokens in and out, or images, of which a larger size takes several.',
    }),
    quota: count,
    status: z.enum(imoPhases),
    opensAt: timeAnswer,
    closesAt: timeAnswer.meta({ description: 'From then on nobody subscribes.' }),
    expiresAt: timeAnswer.meta({ description: 'From then on nobody calls; locks come back.' }),
    capPerUser: count.nullable(),
    minParticipants: count.nullable(),
    minLocked: amountAnswer.nullable(),
    weights: z
      .record(z.string(), z.int())
      .meta({ description: 'What a locked LCO counts by level; other levels may not subscribe.' }),
    announcedAt: timeAnswer,
    subscriptions: count,
    locked: amountAnswer.meta({ description: 'LCO.' }),
    weightedLocked: amountAnswer.meta({
      description: 'By the levels at subscription; the sum that a share is of, so far.',
    }),
    closedAt: timeAnswer.nullable(),
    participants: count.nullable().meta({ description: 'Whose lock has weight at the close.' }),
    participantsLocked: amountAnswer.nullable(),
    allocatedQuota: count.nullable(),
    activatedAt: timeAnswer.nullable(),
    endedAt: timeAnswer.nullable(),
    cancelReason: z.string().nullable(),
    openLocks: count.meta({ description: 'Locks that are not returned.' }),
    settledAt: timeAnswer.nullable().meta({ description: 'When the last lock was returned.' }),
  })
  .meta({ id: 'Imo' });

const subscriptionAnswer = z
  .object({
    imoId: z.uuid(),
    locked: amountAnswer,
    tier: z
      .enum(tierLevels)
      .meta({ description: 'The lowest at your subscriptions and the close.' }),
    weight: count,
    subscribedAt: timeAnswer,
    expectedAllocation: count.nullable().meta({
      description: 'Units, were the window closed now; null once it is closed.',
    }),
    allocation: count.nullable().meta({ description: 'Units; null until they are given out.' }),
    used: count,
    held: count.meta({ description: 'By calls under way.' }),
    left: count,
    returnedAt: timeAnswer.nullable(),
    returnReason: z.enum(lockReturns).nullable(),
  })
  .meta({ id: 'ImoSubscription' });

const announcement = z.object({
  model: z.string().regex(modelIdPattern).meta({ description: 'One with `access: imo`.' }),
  quota: units.meta({
    description: 'In the unit of the model’s price, such as tokens, in and out.',
  }),
  opensAt: time.meta({ description: 'A time that is past: at once.' }),
  closesAt: time,
  expiresAt: time,
  capPerUser: units.optional(),
  minParticipants: z.int().min(1).max(1_000_000).optional(),
  minLocked: positiveAmount.optional(),
  reason,
});

const common = { tag: 'IMO' } as const;
const answer = z.object({ imo: imoAnswer });
const ownAnswer = z.object({ subscription: subscriptionAnswer });

function presentImo(imo: Imo): z.input<typeof imoAnswer> {
  return imo;
}

export function createImoRoutes({
  imos,
  temporal,
}: Pick<Services, 'imos'> & Pick<Context, 'temporal'>): Route[] {
  return [
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/imos',
      summary: 'IMOs, newest first',
      query: pageQuery.extend({ model: z.string().max(200).optional() }),
      answer: pageOf(imoAnswer),
      async handle({ query: { model, ...page } }) {
        return { body: presentPage(await imos.list({ modelId: model }, page), presentImo) };
      },
    }),
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/imos/:id',
      summary: 'An IMO: terms, window, and what is locked',
      params: idParams,
      answer,
      async handle({ params }) {
        return { body: { imo: presentImo(await imos.get(params.id)) } };
      },
    }),
    route({
      ...common,
      access: 'trade',
      method: 'post',
      path: '/imos/:id/subscriptions',
      summary: 'Subscribe: lock LCO',
      description:
        'From Lv3 on, within the window. Amounts of several subscriptions sum; the lowest level counts, also that at the close.',
      idempotency: 'required',
      params: idParams,
      body: z.object({ amount: positiveAmount.meta({ description: 'LCO.' }) }),
      answer: ownAnswer,
      status: 201,
      async handle({ params, body, caller }) {
        const { result, replayed } = await imos.subscribe(caller, params.id, body.amount);
        return { body: { subscription: result }, replayed };
      },
    }),
    route({
      ...common,
      access: 'read',
      method: 'get',
      path: '/imos/:id/allocation',
      summary: "The caller's lock, share and what is left of it",
      params: idParams,
      answer: ownAnswer,
      async handle({ params, caller }) {
        return { body: { subscription: await imos.subscriptionOf(params.id, caller.userId) } };
      },
    }),
    route({
      ...common,
      access: 'trade',
      method: 'post',
      path: '/imos/:id/release',
      summary: 'Give the quota up and get the lock back',
      description: 'While the IMO is active. Calls under way are not affected.',
      idempotency: 'required',
      params: idParams,
      answer: ownAnswer,
      async handle({ params, caller }) {
        const { result, replayed } = await imos.giveUp(caller, params.id);
        return { body: { subscription: result }, replayed };
      },
    }),
    route({
      ...common,
      access: 'operator',
      method: 'post',
      path: '/admin/imos',
      summary: 'Announce an IMO',
      idempotency: 'required',
      body: announcement,
      answer,
      status: 201,
      async handle({ body, caller }) {
        const { model, quota, capPerUser, minParticipants, minLocked, ...rest } = body;
        const { result, replayed } = await imos.announce(caller, {
          ...rest,
          modelId: model,
          quota: BigInt(quota),
          capPerUser: capPerUser === undefined ? null : BigInt(capPerUser),
          minParticipants: minParticipants ?? null,
          minLocked: minLocked ?? null,
        });
        return { body: { imo: presentImo(result) }, replayed };
      },
    }),
    route({
      ...common,
      access: 'operator',
      method: 'post',
      path: '/admin/imos/:id/cancel',
      summary: 'Cancel an IMO: all locks come back',
      description:
        'Before its window ends or while it is active. Not by an operator who subscribed.',
      idempotency: 'required',
      params: idParams,
      body: z.object({ reason }),
      answer,
      async handle({ params, body, caller }) {
        await imos.get(params.id);
        const { result, replayed } = await temporal.sendUpdate({
          workflowId: `imo/${params.id}`,
          update: cancelImoUpdate,
          args: [{ operatorId: caller.userId, requestId: caller.requestId, ...body }],
          caller,
          async explainAbsence() {
            const { status } = await imos.get(params.id);
            return status === 'expired' || status === 'cancelled'
              ? new DomainError('STATE_CONFLICT', `The IMO is ${status} already.`, { status })
              : undefined;
          },
        });
        return { body: { imo: presentImo(result) }, replayed };
      },
    }),
  ];
}
