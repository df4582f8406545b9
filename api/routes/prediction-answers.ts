// The forms of prediction markets in answers (DESIGN 2.8 and 6), which the routes of users and of operators share.
import { z } from 'zod';
import { bondFates, predictionStatuses, voidCauses } from '../../domain/predictions/market';
import { predictionSides } from '../../domain/predictions/pool';
import { lotSides } from '../../domain/predictions/settlement';
import { tierLevels } from '../../domain/tiers';
import { amountAnswer, timeAnswer } from '../schemas';

const count = z.int();
const fraction = z.string().meta({ description: 'At most 12 decimals, rounded down.' });
const side = z.enum(predictionSides);

const odds = {
  price: fraction.meta({ description: 'LCO for the next share; 12 decimals, rounded down.' }),
  probability: fraction.meta({ description: 'Implied: the price squared.' }),
  multiple: fraction.meta({
    description: 'What the last share would pay for its price if the market closed now.',
  }),
};

const sideAnswer = z.object({ shares: amountAnswer, ...odds });

export const poolAnswer = z
  .object({
    staked: amountAnswer.meta({ description: 'LCO: the seed and all stakes.' }),
    yes: sideAnswer,
    no: sideAnswer,
  })
  .meta({ id: 'PredictionPool' });

const settlementAnswer = z.object({
  keptLots: count.meta({ description: 'The first so many lots count; 0: the market is void.' }),
  voidedLots: count.meta({ description: 'Returned at cost.' }),
  settledLots: count,
  pool: poolAnswer.meta({ description: 'After the last bet that was in time.' }),
  paid: amountAnswer,
  refunded: amountAnswer,
  fees: amountAnswer,
  dust: amountAnswer.nullable(),
  burned: amountAnswer.nullable().meta({ description: 'Fees and dust.' }),
  burnSeq: count.nullable().meta({ description: 'Its record in the burn log.' }),
  manifestHash: z.string().nullable().meta({ description: 'SHA-256 of the manifest, in hex.' }),
  completedAt: timeAnswer.nullable(),
});

export const marketAnswer = z
  .object({
    id: z.uuid(),
    question: z.string(),
    rules: z.string(),
    source: z.string(),
    tags: z.array(z.string()),
    proposer: z.string().meta({ description: 'A handle.' }),
    status: z.enum(predictionStatuses),
    proposedAt: timeAnswer,
    expiresAt: timeAnswer.meta({ description: 'Unless an operator approves it before.' }),
    openedAt: timeAnswer.nullable(),
    closesAt: timeAnswer.meta({ description: 'From then on nobody bets.' }),
    lockedAt: timeAnswer.nullable(),
    feeBps: count.nullable().meta({ description: "Of a winner's profit; null until approved." }),
    review: z.object({ operator: z.string(), reason: z.string() }).nullable(),
    seed: amountAnswer,
    volume: amountAnswer.meta({ description: 'LCO: all stakes, without the seed.' }),
    bets: count,
    holders: count,
    pool: poolAnswer,
    voidsAt: timeAnswer.nullable().meta({
      description: 'While it is locked: when all stakes come back unless an outcome is proposed.',
    }),
    resolution: z
      .object({
        outcome: side,
        effectiveAt: timeAnswer.meta({ description: 'Later bets come back at cost.' }),
        pool: poolAnswer.meta({ description: 'After the last bet that was in time.' }),
        evidence: z.string(),
        operator: z.string(),
        at: timeAnswer,
        disputableUntil: timeAnswer,
        bond: amountAnswer.meta({ description: 'LCO that a dispute takes.' }),
      })
      .nullable(),
    dispute: z
      .object({
        handle: z.string(),
        evidence: z.string(),
        at: timeAnswer,
        bond: amountAnswer,
        bondFate: z.enum(bondFates),
        burnSeq: count.nullable(),
        rulingUntil: timeAnswer,
        ruling: z.object({ operator: z.string(), reason: z.string(), at: timeAnswer }).nullable(),
      })
      .nullable(),
    outcome: z
      .enum([...predictionSides, 'void'])
      .nullable()
      .meta({
        description: 'null until it is final.',
      }),
    effectiveAt: timeAnswer.nullable(),
    finalAt: timeAnswer.nullable(),
    voided: z
      .object({
        cause: z.enum(voidCauses),
        at: timeAnswer,
        operator: z.string().nullable(),
        reason: z.string().nullable(),
      })
      .nullable(),
    settlement: settlementAnswer.nullable(),
    endedAt: timeAnswer.nullable(),
  })
  .meta({ id: 'PredictionMarket' });

/** As it stands in lists. */
export const listedMarketAnswer = marketAnswer
  .omit({ rules: true })
  .meta({ id: 'ListedPredictionMarket' });

export const lotAnswer = z
  .object({
    number: count.meta({ description: 'In the order of the market, 0 is the seed.' }),
    side: z.enum(lotSides),
    stake: amountAnswer,
    shares: amountAnswer.meta({
      description: 'Each pays one LCO at least if its side wins; of a seed, on each side.',
    }),
    tier: z.enum(tierLevels).meta({ description: 'Yours when it was bought.' }),
    paysFee: z.boolean(),
    placedAt: timeAnswer,
    voided: z.boolean().nullable().meta({ description: 'null until that is known.' }),
    paid: amountAnswer.nullable().meta({ description: 'Net of the fee; null until it is paid.' }),
    fee: amountAnswer.nullable(),
  })
  .meta({ id: 'PredictionLot' });

export const positionAnswer = z
  .object({
    marketId: z.uuid(),
    question: z.string(),
    status: z.enum(predictionStatuses),
    closesAt: timeAnswer,
    outcome: z.enum([...predictionSides, 'void']).nullable(),
    lots: count,
    staked: amountAnswer,
    yesShares: amountAnswer,
    noShares: amountAnswer,
    payoutIf: z.object({ yes: amountAnswer, no: amountAnswer }).nullable().meta({
      description:
        'LCO if the market closed now on that side, before the fee; null once an outcome or a void stands.',
    }),
    paid: amountAnswer.meta({ description: 'LCO, net of the fee, once the market is over.' }),
    lastBetAt: timeAnswer,
  })
  .meta({ id: 'PredictionPosition' });

export const quoteAnswer = z
  .object({
    side,
    stake: amountAnswer,
    shares: amountAnswer,
    floor: amountAnswer.meta({
      description: 'LCO that it pays at least if the side wins, before the fee.',
    }),
    averagePrice: fraction,
    ...odds,
    impact: fraction.meta({ description: 'The price after the bet less the price before.' }),
    payout: amountAnswer.meta({
      description: 'LCO if the market closed on this side right after the bet, before the fee.',
    }),
  })
  .meta({
    id: 'PredictionQuote',
    description: 'Price, probability and multiple are those after the bet.',
  });

export const historyAnswer = z
  .object({
    number: count.meta({ description: 'Of the lot, 0 is the seed.' }),
    at: timeAnswer,
    side: z.enum(lotSides),
    stake: amountAnswer,
    probability: fraction.meta({ description: 'Of YES, implied, after the bet.' }),
    staked: amountAnswer,
  })
  .meta({ id: 'PredictionHistoryPoint' });

export const manifestAnswer = z
  .object({
    format: z.string(),
    marketId: z.uuid(),
    question: z.string(),
    outcome: z.enum([...predictionSides, 'void']),
    effectiveAt: timeAnswer.nullable(),
    feeBps: count,
    keptLots: count,
    pool: z.object({ staked: amountAnswer, yes: amountAnswer, no: amountAnswer }),
    totals: z.object({
      paid: amountAnswer,
      refunded: amountAnswer,
      fees: amountAnswer,
      dust: amountAnswer,
      burned: amountAnswer,
    }),
    lots: z.array(
      z.object({
        number: count,
        at: timeAnswer,
        side: z.enum(lotSides),
        stake: amountAnswer,
        shares: amountAnswer,
        tier: z.enum(tierLevels),
        byProposer: z.boolean(),
        voided: z.boolean(),
        gross: amountAnswer,
        fee: amountAnswer,
        net: amountAnswer,
      }),
    ),
  })
  .meta({ id: 'PredictionManifest' });
