// What operators record of the treasury and of the upstreams' bills (DESIGN 2.1, 2.2): grants to users, bills paid,
// corrections of cost.
import { z } from 'zod';
import { maxChannelNameLength } from '../../domain/text';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  id,
  pageOf,
  pageQuery,
  positiveAmount,
  presentPage,
  reason,
  signedAmount,
  timeAnswer,
} from '../schemas';

const grantAnswer = z
  .object({
    id: z.uuid(),
    userId: z.uuid(),
    amount: amountAnswer,
    reason: z.string(),
    grantedBy: z.uuid(),
    grantedAt: timeAnswer,
  })
  .meta({ id: 'Grant' });

const paymentAnswer = z
  .object({
    id: z.uuid(),
    amount: amountAnswer,
    channel: z.string().nullable(),
    reason: z.string(),
    recordedBy: z.uuid(),
    recordedAt: timeAnswer,
  })
  .meta({ id: 'UpstreamPayment' });

const correctionAnswer = paymentAnswer
  .extend({
    closedIn: z
      .string()
      .nullable()
      .meta({ description: 'The weekly close that took it in; null until then.' }),
  })
  .meta({ id: 'CostCorrection' });

const channel = z
  .string()
  .trim()
  .min(1)
  .max(maxChannelNameLength)
  .nullish()
  .meta({ description: 'Which upstream it is about.' });

const common = { access: 'operator', tag: 'Credits' } as const;
const list = { ...common, method: 'get', query: pageQuery } as const;
const record = { ...common, method: 'post', idempotency: 'required', status: 201 } as const;

type GrantServices = Pick<Services, 'grants' | 'upstreamPayments' | 'costCorrections'>;

export function createGrantRoutes(services: GrantServices): Route[] {
  const { grants, upstreamPayments, costCorrections } = services;
  return [
    route({
      ...record,
      path: '/admin/grants',
      summary: 'Give Credits of the treasury to a user',
      description: 'Goodwill: it mines nothing, and changes neither score nor revenue.',
      body: z.object({ userId: id, amount: positiveAmount, reason }),
      answer: z.object({ grant: grantAnswer }),
      async handle({ body, caller }) {
        const { grant, replayed } = await grants.make(caller, body);
        return { body: { grant }, replayed };
      },
    }),
    route({
      ...list,
      path: '/admin/grants',
      summary: 'Grants, newest first',
      answer: pageOf(grantAnswer),
      async handle({ query }) {
        return { body: presentPage(await grants.list(query), (grant) => grant) };
      },
    }),
    route({
      ...record,
      path: '/admin/upstream-payments',
      summary: "Record that an upstream's bill was paid",
      description: 'Destroys that many Credits of what is booked as payable.',
      body: z.object({ amount: positiveAmount, channel, reason }),
      answer: z.object({ payment: paymentAnswer }),
      async handle({ body, caller }) {
        const request = { ...body, channel: body.channel ?? null };
        const { payment, replayed } = await upstreamPayments.record(caller, request);
        return { body: { payment }, replayed };
      },
    }),
    route({
      ...list,
      path: '/admin/upstream-payments',
      summary: 'Bills paid to upstreams, newest first',
      answer: pageOf(paymentAnswer),
      async handle({ query }) {
        return { body: presentPage(await upstreamPayments.list(query), (payment) => payment) };
      },
    }),
    route({
      ...record,
      path: '/admin/cost-corrections',
      summary: 'Correct the cost that was booked, in the next weekly close',
      body: z.object({
        amount: signedAmount
          .refine((units) => units !== 0n, 'must not be 0')
          .meta({ description: 'Above 0: the upstream cost more than was booked.' }),
        channel,
        reason,
      }),
      answer: z.object({ correction: correctionAnswer }),
      async handle({ body, caller }) {
        const request = { ...body, channel: body.channel ?? null };
        const { correction, replayed } = await costCorrections.record(caller, request);
        return { body: { correction }, replayed };
      },
    }),
    route({
      ...list,
      path: '/admin/cost-corrections',
      summary: 'Corrections of cost, newest first',
      answer: pageOf(correctionAnswer),
      async handle({ query }) {
        const page = await costCorrections.list(query);
        return { body: presentPage(page, (correction) => correction) };
      },
    }),
  ];
}
