// The Friday buyback and burn (DESIGN 2.5 and 6): what anybody may see of past runs and of the next, and how operators
// begin an extra one and pause or resume one that runs.
import { z } from 'zod';
import type { UpdateDefinition } from '@temporalio/common';
import { DomainError } from '../../domain/errors';
import { buybackStatuses } from '../../services/buybacks/buyback-rows';
import type { Buyback, Slice } from '../../services/buybacks/buyback-views';
import type { Caller } from '../../services/identity/caller';
import { pauseUpdate, resumeUpdate } from '../../workflows/buyback-and-burn';
import type { OperatorAct } from '../../workflows/operator-acts';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, pageOf, pageQuery, plainLine, reason, timeAnswer } from '../schemas';
import type { Temporal } from '../temporal';

const priceAnswer = z
  .string()
  .meta({ description: 'Credits for one LCO, as a decimal string.', example: '0.105' });

const closeAnswer = z.object({
  at: timeAnswer,
  shortfalls: amountAnswer,
  corrections: amountAnswer,
  lossCarried: amountAnswer,
  movedToCost: amountAnswer,
  lossCarriedOn: amountAnswer,
  profit: amountAnswer,
  tradingFees: amountAnswer,
  fundShare: amountAnswer,
  freeCalls: amountAnswer,
  prize: amountAnswer,
  refilledLosses: amountAnswer,
  treasuryShare: amountAnswer,
});

const fundAnswer = z.object({
  carriedOver: amountAnswer.nullable(),
  budget: amountAnswer.nullable(),
  spent: amountAnswer,
  bought: amountAnswer,
});

const buybackAnswer = z
  .object({
    id: z.string().meta({ example: '2026-W47' }),
    kind: z.enum(['weekly', 'extra']),
    reason: z.string().nullable(),
    status: z.enum(buybackStatuses),
    dueAt: timeAnswer,
    openedAt: timeAnswer,
    startedAt: timeAnswer.nullable(),
    endedAt: timeAnswer.nullable(),
    spreadSeconds: z.number(),
    slicesPlanned: z.int(),
    profitShareBps: z.int(),
    freeCallShareBps: z.int(),
    prizeShareBps: z.int(),
    maxSlippageBps: z.int(),
    close: closeAnswer.nullable().meta({ description: 'null until the books are closed.' }),
    mark: priceAnswer.nullable(),
    averageMark: priceAnswer.nullable(),
    priceCap: priceAnswer.nullable().meta({ description: 'The most it pays; null: no mark.' }),
    burn: fundAnswer,
    prize: fundAnswer,
    burned: amountAnswer,
    burnSeq: z.string().nullable().meta({ description: 'Its record in `GET /burns/:seq`.' }),
  })
  .meta({ id: 'Buyback' });

const sliceAnswer = z.object({
  slice: z.int(),
  for: z.enum(['burn', 'prize']),
  plannedAt: timeAnswer,
  executedAt: timeAnswer.meta({ description: 'Its trades and their candle have this time.' }),
  budget: amountAnswer,
  spent: amountAnswer,
  fee: amountAnswer,
  bought: amountAnswer,
  averagePrice: priceAnswer.nullable(),
  orderIds: z.array(z.uuid()).meta({
    description: 'One, or more where there were more makers to meet than one order takes.',
  }),
  reason: z.string().nullable(),
});

function presentSlice(slice: Slice): z.input<typeof sliceAnswer> {
  return { ...slice, orderIds: [...slice.orderIds] };
}

const buybackWithSlices = buybackAnswer.extend({
  slices: z
    .array(sliceAnswer)
    .meta({ description: 'Those that were executed: the moments of others are told to nobody.' }),
});

const nextAnswer = z.object({
  id: z.string(),
  at: timeAnswer,
  profit: amountAnswer,
  lossCarriedOn: amountAnswer,
  fundShare: amountAnswer,
  freeCalls: amountAnswer,
  burnBudget: amountAnswer,
  prizeBudget: amountAnswer,
  profitShareBps: z.int(),
  slices: z.int(),
  maxSlippageBps: z.int(),
  priceCap: priceAnswer.nullable(),
});

const buybackParams = z.object({ id: plainLine(30) });

const steering = {
  access: 'operator',
  tag: 'Buybacks',
  method: 'post',
  idempotency: 'required',
  params: buybackParams,
  body: z.object({ reason }),
  answer: z.object({ buyback: buybackWithSlices }),
} as const;

type Dependencies = Pick<Services, 'buybacks'> & { readonly temporal: Temporal };

export function createBuybackRoutes({ buybacks, temporal }: Dependencies): Route[] {
  async function steer(
    update: UpdateDefinition<Buyback, [OperatorAct]>,
    id: string,
    caller: Caller,
    reason: string,
  ) {
    await buybacks.get(id);
    const { result, replayed } = await temporal.sendUpdate({
      workflowId: `buyback/${id}`,
      update,
      args: [{ operatorId: caller.userId, reason, requestId: caller.requestId }],
      caller,
      async explainAbsence() {
        const { status, endedAt } = await buybacks.get(id);
        return endedAt === null
          ? undefined
          : new DomainError('STATE_CONFLICT', 'The buyback is over already.', { status });
      },
    });
    return { body: { buyback: result as z.input<typeof buybackWithSlices> }, replayed };
  }

  return [
    route({
      access: 'public',
      tag: 'Buybacks',
      method: 'get',
      path: '/buybacks',
      summary: 'Buybacks with their closes, newest first',
      query: pageQuery,
      answer: pageOf(buybackAnswer),
      async handle({ query }) {
        const { items, nextCursor } = await buybacks.list(query);
        return { body: { items: [...items], nextCursor } };
      },
    }),
    route({
      access: 'public',
      tag: 'Buybacks',
      method: 'get',
      path: '/buybacks/next',
      summary: 'The next weekly buyback, estimated from the books as they stand',
      answer: z.object({ next: nextAnswer }),
      handle: async () => ({ body: { next: await buybacks.next() } }),
    }),
    route({
      access: 'public',
      tag: 'Buybacks',
      method: 'get',
      path: '/buybacks/:id',
      summary: 'A buyback with its executed slices',
      params: buybackParams,
      answer: z.object({ buyback: buybackWithSlices }),
      async handle({ params }) {
        const { slices, ...buyback } = await buybacks.get(params.id);
        return { body: { buyback: { ...buyback, slices: slices.map(presentSlice) } } };
      },
    }),
    route({
      access: 'operator',
      tag: 'Buybacks',
      method: 'post',
      path: '/admin/buybacks',
      summary: 'Begin an extra buyback now',
      description: 'It closes the books first. Refused while another buyback is on its way.',
      status: 201,
      idempotency: 'required',
      body: z.object({ reason }),
      answer: z.object({ buyback: buybackAnswer }),
      async handle({ caller, body }) {
        const { buyback, replayed } = await buybacks.openExtra(caller, body.reason);
        return { body: { buyback }, replayed };
      },
    }),
    route({
      ...steering,
      path: '/admin/buybacks/:id/pause',
      summary: 'Pause a buyback: the slices that are left wait',
      handle: ({ params, body, caller }) => steer(pauseUpdate, params.id, caller, body.reason),
    }),
    route({
      ...steering,
      path: '/admin/buybacks/:id/resume',
      summary: 'Resume a buyback',
      description:
        'Slices that were missed are executed at new random moments of what is left of the hour, or at once if nothing is.',
      handle: ({ params, body, caller }) => steer(resumeUpdate, params.id, caller, body.reason),
    }),
  ];
}
