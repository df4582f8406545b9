// The lending pools (DESIGN 2.6 and 6): what they have and cost, supplies and withdrawals, the treasury's seed, and losses.
import { z } from 'zod';
import { assets, formatAmount, type Asset } from '../../domain/money';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  pageOf,
  pageQuery,
  positiveAmount,
  presentPage,
  reason,
  signedAmount,
  timeAnswer,
} from '../schemas';

const rateAnswer = z.string().meta({ description: 'A share of 1 a year.', example: '0.12' });
const indexAnswer = z.string().meta({ description: 'Of 18 decimals.' });

const poolAnswer = z
  .object({
    asset: z.enum(assets),
    supplied: amountAnswer.meta({ description: 'All that suppliers may claim.' }),
    borrowed: amountAnswer,
    cash: amountAnswer.meta({ description: 'What is not lent.' }),
    borrowable: amountAnswer.meta({ description: 'What may be borrowed now.' }),
    utilisation: z.string(),
    maxUtilisation: z.string(),
    borrowRate: rateAnswer,
    supplyRate: rateAnswer,
    borrowIndex: indexAnswer,
    supplyIndex: indexAnswer,
    lost: amountAnswer.meta({ description: 'What suppliers have lost, ever.' }),
  })
  .meta({ id: 'LendingPool' });

const supplyAnswer = z
  .object({
    asset: z.enum(assets),
    claim: amountAnswer.meta({ description: 'What it is worth now, interest included.' }),
    supplied: amountAnswer,
    withdrawn: amountAnswer,
    earned: amountAnswer.meta({ description: 'Below 0 after a loss.' }),
    updatedAt: timeAnswer,
  })
  .meta({ id: 'Supply' });

const lossAnswer = z
  .object({
    positionId: z.uuid(),
    asset: z.enum(assets),
    at: timeAnswer,
    byReserve: amountAnswer,
    byTreasury: amountAnswer,
    bySuppliers: amountAnswer,
    bought: amountAnswer.meta({ description: 'LCO that were bought to repay it.' }),
    reserveSpent: amountAnswer.meta({ description: 'Credits.' }),
    treasurySpent: amountAnswer.meta({ description: 'Credits.' }),
    supplyIndexBefore: indexAnswer,
    supplyIndexAfter: indexAnswer,
    settledAt: timeAnswer.nullable(),
  })
  .meta({ id: 'LendingLoss' });

const poolParams = z.object({
  asset: z.string().toUpperCase().pipe(z.enum(assets)) as unknown as z.ZodType<Asset, string>,
});
const supplyReply = z.object({ supply: supplyAnswer });
const common = { tag: 'Lending' } as const;
const move = { ...common, method: 'post', access: 'trade', idempotency: 'required' } as const;

const withdrawal = z
  .union([z.literal('all').transform(() => null), positiveAmount], {
    error: 'must be an amount above 0, a plain decimal string with at most 8 decimals, or "all"',
  })
  .meta({ description: 'Of the asset; "all" for all that is yours.', example: '10' });

export function createLendingRoutes({ margin }: Pick<Services, 'margin'>): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path: '/margin/pools',
      access: 'public',
      summary: 'The lending pools and the risk reserve as they are now',
      answer: z.object({
        items: z.array(poolAnswer),
        riskReserve: z
          .object({ CREDIT: amountAnswer, LCO: amountAnswer })
          .meta({ description: 'What pays first for debts that nobody can be made to pay.' }),
      }),
      async handle() {
        const { items, reserve } = await margin.pools();
        const riskReserve = {
          CREDIT: formatAmount(reserve.CREDIT),
          LCO: formatAmount(reserve.LCO),
        };
        return { body: { items: [...items], riskReserve } };
      },
    }),
    route({
      ...move,
      path: '/margin/pools/:asset/supply',
      summary: 'Lend to a pool',
      description:
        'It earns from now on; suppliers bear what no collateral, reserve or backstop covers.',
      params: poolParams,
      body: z.strictObject({ amount: positiveAmount }),
      answer: supplyReply,
      async handle({ params: { asset }, body: { amount }, caller }) {
        const { result, replayed } = await margin.supply(caller, asset, amount);
        return { body: result, replayed };
      },
    }),
    route({
      ...move,
      path: '/margin/pools/:asset/withdraw',
      summary: 'Take a supply back, with its interest',
      description:
        'What is lent cannot be withdrawn. While positions owe more than they are worth, it is paid as if that were lost already.',
      params: poolParams,
      body: z.strictObject({ amount: withdrawal }),
      answer: supplyReply,
      async handle({ params: { asset }, body: { amount }, caller }) {
        const { result, replayed } = await margin.withdraw(caller, asset, amount);
        return { body: result, replayed };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/margin/supplies',
      access: 'read',
      summary: "The caller's supplies and what they earned",
      answer: z.object({ items: z.array(supplyAnswer) }),
      async handle({ caller }) {
        return { body: { items: [...(await margin.supplies(caller.userId))] } };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/margin/losses',
      access: 'public',
      summary: 'Debts that no collateral was left for, and who bore them, newest first',
      query: pageQuery,
      answer: pageOf(lossAnswer),
      async handle({ query }) {
        return { body: presentPage(await margin.losses(query), (loss) => loss) };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/admin/margin/pools/CREDIT/seed',
      access: 'operator',
      idempotency: 'required',
      summary: "Lend of the treasury's Credits, or take them back",
      body: z.strictObject({
        amount: signedAmount
          .refine((units) => units !== 0n, 'must not be 0')
          .meta({ description: 'Credits; below 0: taken back.' }),
        reason,
      }),
      answer: supplyReply,
      async handle({ body: { amount, reason: why }, caller }) {
        const { result, replayed } = await margin.seed(caller, amount, why);
        return { body: result, replayed };
      },
    }),
  ];
}
