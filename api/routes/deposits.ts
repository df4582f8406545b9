// Deposits that operators record, confirm and take back (DESIGN 2.1).
import { z } from 'zod';
import { capitalAccounts, depositStatuses, maxExternalRefLength } from '../../domain/deposit';
import type { DepositOutcome } from '../../services/credits/deposits';
import type { Services } from '../context';
import { route, type Reply, type Route } from '../route';
import {
  amountAnswer,
  id,
  idParams,
  pageOf,
  pageQuery,
  positiveAmount,
  presentPage,
  reason,
  timeAnswer,
} from '../schemas';

export const depositAnswer = z
  .object({
    id: z.uuid(),
    externalRef: z.string(),
    source: z.enum(['operator', 'webhook']),
    userId: z.uuid().nullable(),
    account: z.enum(capitalAccounts).nullable(),
    amount: amountAnswer,
    status: z.enum(depositStatuses),
    reason: z.string().nullable(),
    recordedBy: z.uuid().nullable(),
    recordedAt: timeAnswer,
    decidedBy: z.uuid().nullable().meta({ description: 'The second operator.' }),
    decidedAt: timeAnswer.nullable(),
    decisionReason: z.string().nullable(),
    confirmedAt: timeAnswer.nullable(),
    redeemableAt: timeAnswer
      .nullable()
      .meta({ description: 'Until then its Credits may be spent but not redeemed.' }),
    reversal: z
      .object({
        at: timeAnswer,
        by: z.uuid().nullable().meta({ description: 'null: the payment provider.' }),
        reason: z.string(),
        fromBeneficiary: amountAnswer,
        fromTreasury: amountAnswer,
        fromLosses: amountAnswer,
      })
      .nullable(),
  })
  .meta({ id: 'Deposit' });

const depositReply = z.object({ deposit: depositAnswer });

const depositBody = z
  .object({
    userId: id.optional().meta({ description: 'The user who gets the Credits.' }),
    account: z
      .enum(capitalAccounts)
      .optional()
      .meta({ description: 'Or the account of the platform that capital is paid into.' }),
    amount: positiveAmount,
    externalRef: z
      .string()
      .trim()
      .min(1)
      .max(maxExternalRefLength)
      .meta({ description: 'What the payment is called outside; names one deposit for ever.' }),
    reason,
  })
  .refine(({ userId, account }) => (userId === undefined) !== (account === undefined), {
    message: 'send either userId or account',
    path: ['userId'],
  });

const common = { access: 'operator', tag: 'Credits' } as const;
const act = {
  ...common,
  method: 'post',
  idempotency: 'required',
  params: idParams,
  body: z.object({ reason }),
  answer: depositReply,
} as const;

function answerDeposit({ deposit, replayed }: DepositOutcome): Reply<z.input<typeof depositReply>> {
  return { body: { deposit }, replayed };
}

export function createDepositRoutes({ deposits }: Pick<Services, 'deposits'>): Route[] {
  return [
    route({
      ...common,
      method: 'post',
      path: '/admin/deposits',
      summary: 'Record a deposit',
      description:
        'Above the four-eyes limit it awaits a second operator. The same reference with the same content is the same deposit.',
      idempotency: 'required',
      body: depositBody,
      answer: depositReply,
      status: 201,
      async handle({ body, caller }) {
        const { userId = null, account = null } = body;
        return answerDeposit(await deposits.record(caller, { ...body, userId, account }));
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/admin/deposits',
      summary: 'Deposits, newest first',
      query: pageQuery.extend({ status: z.enum(depositStatuses).optional() }),
      answer: pageOf(depositAnswer),
      async handle({ query }) {
        const page = await deposits.list(query.status, query);
        return { body: presentPage(page, (deposit) => deposit) };
      },
    }),
    route({
      ...act,
      path: '/admin/deposits/:id/approve',
      summary: 'Confirm a deposit that another operator recorded',
      async handle({ params, body, caller }) {
        return answerDeposit(await deposits.approve(caller, params.id, body.reason));
      },
    }),
    route({
      ...act,
      path: '/admin/deposits/:id/reject',
      summary: 'Refuse a deposit that another operator recorded',
      async handle({ params, body, caller }) {
        return answerDeposit(await deposits.reject(caller, params.id, body.reason));
      },
    }),
    route({
      ...act,
      path: '/admin/deposits/:id/reverse',
      summary: 'Take a confirmed deposit back, once',
      description:
        'What the beneficiary still has comes first, then the treasury, then losses. A user who spent some of it is frozen.',
      async handle({ params, body, caller }) {
        return answerDeposit(await deposits.reverse(caller, params.id, body.reason));
      },
    }),
  ];
}
