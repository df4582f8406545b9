// Staking (whitepaper 5, DESIGN 2.10): the levels, what the caller has staked, and how it gets in and out.
import { z } from 'zod';
import { unstakeStatuses } from '../../domain/staking';
import { formatAmount } from '../../domain/money';
import { priceMultiplierOf, tierLevels } from '../../domain/tiers';
import type { Unstake } from '../../services/staking/unstake-rows';
import type { Level, Standing } from '../../services/tiers';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  pageOf,
  pageQuery,
  positiveAmount,
  presentPage,
  timeAnswer,
} from '../schemas';
import { multiplier, presentTier, tierAnswer } from './tier-answer';

const levelAnswer = z
  .object({
    level: z.enum(tierLevels),
    minimumStake: amountAnswer,
    multiplier,
    concurrency: z.int().meta({ description: 'Relay calls at once.' }),
    imoWeight: z.int().meta({ description: 'Of a lock in an IMO; 0: may not subscribe.' }),
    predictionFeeBps: z.int().meta({
      description: "Of a prediction's profit, in basis points: that of a market which opens now.",
    }),
    paysPredictionFee: z.boolean().meta({ description: 'Or none, whatever the fee of a market.' }),
    votes: z.boolean().meta({ description: 'May propose and vote.' }),
  })
  .meta({ id: 'TierTerms' });

const unstakeAnswer = z
  .object({
    id: z.uuid(),
    amount: amountAnswer,
    status: z.enum(unstakeStatuses),
    askedAt: timeAnswer,
    unlockAt: timeAnswer.meta({ description: 'Fixed when it was asked.' }),
    returnedAt: timeAnswer.nullable(),
  })
  .meta({ id: 'Unstake' });

const stakingAnswer = z.object({
  tier: tierAnswer,
  unbonding: amountAnswer,
  next: z
    .object({ level: z.enum(tierLevels), missing: amountAnswer })
    .nullable()
    .meta({ description: 'The level above and the LCO that are missing for it.' }),
  unstakes: z.array(unstakeAnswer).meta({ description: 'Those under way, the next one first.' }),
});

const stakedAnswer = z.object({
  staked: amountAnswer.meta({ description: 'All that is staked after the request.' }),
});

function presentLevel({ tier, ...level }: Level): z.input<typeof levelAnswer> {
  return {
    level: tier.level,
    minimumStake: formatAmount(tier.minimumStake),
    multiplier: priceMultiplierOf(tier),
    votes: tier.votes,
    ...level,
  };
}

function presentOwn({ userId: _, ...unstake }: Unstake): z.input<typeof unstakeAnswer> {
  return unstake;
}

function presentNext({ next }: Standing): z.input<typeof stakingAnswer>['next'] {
  return next && { level: next.tier.level, missing: formatAmount(next.missing) };
}

const body = z.object({ amount: positiveAmount.meta({ description: 'LCO.' }) });
const common = { tag: 'Staking' } as const;

export function createStakingRoutes({
  staking,
  tiers,
}: Pick<Services, 'staking' | 'tiers'>): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path: '/staking/tiers',
      access: 'public',
      summary: 'The levels: what each asks and gives',
      answer: z.object({ tiers: z.array(levelAnswer) }),
      async handle() {
        return { body: { tiers: (await tiers.list()).map(presentLevel) } };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/staking',
      access: 'read',
      summary: "The caller's stake, level and unstakes under way",
      answer: stakingAnswer,
      async handle({ caller }) {
        const [standing, unstakes] = await Promise.all([
          tiers.standingOf(caller.userId),
          staking.openUnstakes(caller.userId),
        ]);
        return {
          body: {
            tier: presentTier(standing),
            unbonding: formatAmount(standing.unbonding),
            next: presentNext(standing),
            unstakes: unstakes.map(presentOwn),
          },
        };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/staking/stakes',
      access: 'trade',
      summary: 'Stake LCO',
      description: 'The very next call has the price and the limits of the level that is reached.',
      idempotency: 'required',
      body,
      answer: stakedAnswer,
      status: 201,
      async handle({ body: { amount }, caller }) {
        const { staked, replayed } = await staking.stake(caller, amount);
        return { body: { staked: formatAmount(staked) }, replayed };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/staking/unstakes',
      access: 'trade',
      summary: 'Take staked LCO back',
      description:
        'The rights end at once; the LCO can be spent at `unlockAt`, seven days later by default.',
      idempotency: 'required',
      body,
      answer: stakedAnswer.extend({ unstake: unstakeAnswer }),
      status: 201,
      async handle({ body: { amount }, caller }) {
        const { staked, unstake, replayed } = await staking.unstake(caller, amount);
        return {
          body: { staked: formatAmount(staked), unstake: presentOwn(unstake) },
          replayed,
        };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/staking/unstakes',
      access: 'read',
      summary: "The caller's unstakes, newest first",
      query: pageQuery,
      answer: pageOf(unstakeAnswer),
      async handle({ query, caller }) {
        const page = await staking.listUnstakes(caller.userId, query);
        return { body: presentPage(page, presentOwn) };
      },
    }),
  ];
}
