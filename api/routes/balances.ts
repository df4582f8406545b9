// The caller's money: balances by purpose, and the statement of the accounts (DESIGN 6).
import { z } from 'zod';
import { assets } from '../../domain/money';
import { userPurposes } from '../../services/credits/balances';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, pageOf, pageQuery, presentPage, timeAnswer } from '../schemas';

const balanceAnswer = z
  .object({
    asset: z.enum(assets),
    available: amountAnswer,
    orders: amountAnswer.meta({ description: 'Held by open orders.' }),
    relay: amountAnswer.meta({ description: 'Held by calls under way.' }),
    staked: amountAnswer,
    unbonding: amountAnswer,
    imo: amountAnswer,
    redeeming: amountAnswer.meta({ description: 'Held by redemptions that await a decision.' }),
    total: amountAnswer,
  })
  .meta({ id: 'Balance' });

const entryAnswer = z
  .object({
    transferId: z.string().meta({ example: '1042-0' }),
    kind: z.string().meta({ example: 'deposit' }),
    asset: z.enum(assets),
    account: z.enum(userPurposes),
    amount: amountAnswer.meta({ description: 'Above 0 into the account.' }),
    balanceAfter: amountAnswer,
    at: timeAnswer,
    reference: z
      .string()
      .nullable()
      .meta({ description: 'What it was for: the id of a deposit, a redemption, a call …' }),
  })
  .meta({ id: 'LedgerEntry' });

const common = { method: 'get', access: 'read', tag: 'Credits' } as const;

export function createBalanceRoutes({ balances }: Pick<Services, 'balances'>): Route[] {
  return [
    route({
      ...common,
      path: '/balances',
      summary: "The caller's balances",
      answer: z.object({ balances: z.array(balanceAnswer) }),
      async handle({ caller }) {
        return { body: { balances: await balances.of(caller.userId) } };
      },
    }),
    route({
      ...common,
      path: '/ledger/entries',
      summary: "Entries of the caller's accounts, newest first",
      query: pageQuery.extend({
        asset: z.enum(assets).optional(),
        account: z.enum(userPurposes).optional(),
      }),
      answer: pageOf(entryAnswer),
      async handle({ query, caller }) {
        const page = await balances.listEntries(caller.userId, query, query);
        return { body: presentPage(page, (entry) => entry) };
      },
    }),
  ];
}
