// What anybody may check without a key (whitepaper 3.1, 3.2 and 6.3; DESIGN 2.12).
import { z } from 'zod';
import { lcoPerEpoch, maxSupply } from '../../domain/mining';
import { formatAmount } from '../../domain/money';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, presentTime, timeAnswer, wholeNumber } from '../schemas';

const miningAnswer = z.object({
  epoch: z.int().meta({ description: 'Of the next unit charged: 0 to 9; 10 once all is minted.' }),
  ratePerCredit: amountAnswer.meta({ description: 'LCO per Credit charged.' }),
  minted: amountAnswer,
  charged: amountAnswer.meta({ description: 'Credits charged for calls, ever.' }),
  remainingInEpoch: amountAnswer.meta({ description: 'LCO until the next halving.' }),
  epochSize: amountAnswer.meta({ description: 'LCO that each epoch mints.' }),
  maxSupply: amountAnswer.meta({ description: 'LCO that will ever be minted.' }),
});

const supplyAnswer = z.object({
  minted: amountAnswer,
  burned: amountAnswer,
  circulating: amountAnswer,
  staked: amountAnswer.meta({ description: 'By all users, of what circulates.' }),
  maximum: amountAnswer.meta({ description: 'All that will ever be minted.' }),
  charged: amountAnswer.meta({ description: 'Credits charged for calls, ever.' }),
  epoch: z.int(),
});

const supplyPointAnswer = z.object({
  at: timeAnswer,
  minted: amountAnswer,
  burned: amountAnswer,
  circulating: amountAnswer,
});

const reservesAnswer = z.object({
  outstanding: amountAnswer.meta({
    description: 'Credits there are: deposits - redemptions - reversals - bills paid.',
  }),
  users: amountAnswer,
  platform: amountAnswer,
  payable: amountAnswer.meta({ description: 'Owed to upstreams.' }),
  losses: amountAnswer.meta({ description: 'Reversals that nobody has covered yet, negative.' }),
});

const headAnswer = z.object({
  sequence: z.string().regex(/^\d+$/),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({
      description: 'SHA-256 of the last batch, which covers all before it.',
    }),
  at: timeAnswer,
});

/** Writes every bigint of a flat record as an amount. */
function presentAmounts<Fields extends string>(
  record: Readonly<Record<Fields, bigint>>,
  fields: readonly Fields[],
): Record<Fields, string> {
  return Object.fromEntries(fields.map((field) => [field, formatAmount(record[field])])) as Record<
    Fields,
    string
  >;
}

const miningFields = [
  'ratePerCredit',
  'minted',
  'charged',
  'remainingInEpoch',
  'epochSize',
  'maxSupply',
] as const;

const common = { method: 'get', access: 'public', tag: 'Transparency' } as const;

export function createTransparencyRoutes({
  mining,
  transparency,
}: Pick<Services, 'mining' | 'transparency'>): Route[] {
  return [
    route({
      ...common,
      path: '/mining',
      summary: 'What a Credit mines now, and how far the halving is',
      answer: miningAnswer,
      async handle() {
        const { epoch, ...status } = await mining.status();
        const amounts = { ...status, epochSize: lcoPerEpoch, maxSupply };
        return { body: { epoch, ...presentAmounts(amounts, miningFields) } };
      },
    }),
    route({
      ...common,
      path: '/supply',
      summary: 'LCO minted, burned, circulating and staked',
      answer: supplyAnswer,
      async handle() {
        const { epoch, ...amounts } = await transparency.supply();
        const fields = ['minted', 'burned', 'circulating', 'staked', 'maximum', 'charged'] as const;
        return { body: { epoch, ...presentAmounts(amounts, fields) } };
      },
    }),
    route({
      ...common,
      path: '/supply/history',
      summary: 'The same at the end of each UTC day, and now: the oldest first',
      description: "A day is there once its usage root is published; the last point is now's.",
      query: z.object({ days: wholeNumber(z.int().min(1).max(3_660)).default(90) }),
      answer: z.object({ items: z.array(supplyPointAnswer) }),
      async handle({ query }) {
        const points = await transparency.supplyHistory(query.days);
        const fields = ['minted', 'burned', 'circulating'] as const;
        return {
          body: {
            items: points.map(({ at, ...amounts }) => ({
              at: presentTime(at),
              ...presentAmounts(amounts, fields),
            })),
          },
        };
      },
    }),
    route({
      ...common,
      path: '/reserves',
      summary: 'Credits outstanding and who holds them',
      answer: reservesAnswer,
      async handle() {
        const fields = ['outstanding', 'users', 'platform', 'payable', 'losses'] as const;
        return { body: presentAmounts(await transparency.reserves(), fields) };
      },
    }),
    route({
      ...common,
      path: '/journal/head',
      summary: "The head of the journal's hash chain",
      answer: headAnswer,
      async handle() {
        const { sequence, hash, at } = await transparency.journalHead();
        return {
          body: { sequence: sequence.toString(), hash: hash.toString('hex'), at: presentTime(at) },
        };
      },
    }),
  ];
}
