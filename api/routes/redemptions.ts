// Redemptions (DESIGN 2.1): what their users ask for and see, and the operators' list. The operators' decisions go
// through the redemption's workflow.
import { z } from 'zod';
import { maxDestinationLength, redemptionStatuses } from '../../domain/redemption';
import type { OwnRedemption, Redemption } from '../../services/credits/redemption-rows';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  idParams,
  pageOf,
  pageQuery,
  positiveAmount,
  presentPage,
  timeAnswer,
} from '../schemas';

const redemptionBase = z.object({
  id: z.uuid(),
  amount: amountAnswer,
  destination: z.string(),
  status: z.enum(redemptionStatuses),
  requestedAt: timeAnswer,
  decidedAt: timeAnswer.nullable(),
});

const ownRedemptionAnswer = redemptionBase
  .extend({
    history: z.array(
      z.object({
        status: z.enum(redemptionStatuses),
        at: timeAnswer,
        reason: z.string().nullable().meta({ description: 'Of a rejection.' }),
      }),
    ),
  })
  .meta({ id: 'Redemption' });

/** As operators see it. */
export const redemptionAnswer = redemptionBase
  .extend({
    userId: z.uuid(),
    approvalsNeeded: z.int(),
    history: z.array(
      z.object({
        status: z.enum(redemptionStatuses),
        at: timeAnswer,
        operatorId: z.uuid(),
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: 'RedemptionForOperators' });

function presentOwn(redemption: OwnRedemption): z.input<typeof ownRedemptionAnswer> {
  return { ...redemption, history: [...redemption.history] };
}

export function presentRedemption(redemption: Redemption): z.input<typeof redemptionAnswer> {
  return { ...redemption, history: [...redemption.history] };
}

const common = { access: 'account', tag: 'Credits' } as const;

export function createRedemptionRoutes({ redemptions }: Pick<Services, 'redemptions'>): Route[] {
  return [
    route({
      ...common,
      method: 'post',
      path: '/redemptions',
      summary: 'Ask for Credits to be paid out',
      description:
        'They are held until operators approve or reject. Credits of recent payments cannot be redeemed yet (FUNDS_ON_HOLD tells from when).',
      idempotency: 'required',
      body: z.object({
        amount: positiveAmount,
        destination: z
          .string()
          .trim()
          .min(1)
          .max(maxDestinationLength)
          .meta({ description: 'Where the money is to go.' }),
      }),
      answer: z.object({ redemption: ownRedemptionAnswer }),
      status: 201,
      async handle({ body, caller }) {
        const { redemption, replayed } = await redemptions.request(
          caller,
          body.amount,
          body.destination,
        );
        return { body: { redemption: presentOwn(redemption) }, replayed };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/redemptions',
      summary: "The caller's redemptions, newest first",
      query: pageQuery,
      answer: pageOf(ownRedemptionAnswer),
      async handle({ query, caller }) {
        return { body: presentPage(await redemptions.listOwn(caller.userId, query), presentOwn) };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/redemptions/:id',
      summary: 'One redemption, with its history',
      params: idParams,
      answer: z.object({ redemption: ownRedemptionAnswer }),
      async handle({ params, caller }) {
        const redemption = await redemptions.getOwn(caller.userId, params.id);
        return { body: { redemption: presentOwn(redemption) } };
      },
    }),
    route({
      method: 'get',
      path: '/admin/redemptions',
      access: 'operator',
      tag: 'Credits',
      summary: "Everybody's redemptions, newest first",
      query: pageQuery.extend({ status: z.enum(redemptionStatuses).optional() }),
      answer: pageOf(redemptionAnswer),
      async handle({ query }) {
        const page = await redemptions.list(query.status, query);
        return { body: presentPage(page, presentRedemption) };
      },
    }),
  ];
}
