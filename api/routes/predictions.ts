// Prediction markets (whitepaper 4.2, DESIGN 2.8 and 6): what anybody may see, and how users propose, bet and dispute.
import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import {
  isTag,
  maxEvidenceLength,
  maxQuestionLength,
  maxRulesLength,
  maxSourceLength,
  maxTagLength,
  minBet,
  predictionStatuses,
  requireBet,
} from '../../domain/predictions/market';
import { predictionSides } from '../../domain/predictions/pool';
import { marketSorts } from '../../services/predictions/market-reads';
import type { PublicMarket } from '../../services/predictions/market-views';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  idParams,
  pageOf,
  pageQuery,
  plainLine,
  plainText,
  positiveAmount,
  presentPage,
  time,
  timeAnswer,
  wholeNumber,
} from '../schemas';
import {
  historyAnswer,
  listedMarketAnswer,
  lotAnswer,
  manifestAnswer,
  marketAnswer,
  poolAnswer,
  positionAnswer,
  quoteAnswer,
} from './prediction-answers';

const side = z.enum(predictionSides);

const tag = z
  .string()
  .max(maxTagLength)
  .refine(isTag, 'must be small letters, digits and single hyphens between them');

const proposal = z.object({
  question: plainLine(maxQuestionLength).meta({
    example: 'Will OpenAI release GPT-5 in Q1 2026?',
  }),
  rules: plainText(maxRulesLength).meta({ description: 'When it is YES, and when it is NO.' }),
  source: plainLine(maxSourceLength).meta({ description: 'Where the answer will be read.' }),
  closesAt: time.meta({ description: 'The end of betting.' }),
  seed: positiveAmount.meta({
    description:
      'LCO, at least 100: the first liquidity on both sides. It comes back if the market is not approved, and is settled like a bet on both sides otherwise.',
  }),
  tags: z.array(tag).max(5).default([]),
});

const listQuery = pageQuery.extend({
  status: z.enum(predictionStatuses).optional().meta({
    description: 'Without it: all that were approved.',
  }),
  tag: tag.optional(),
  q: z.string().max(200).optional().meta({
    description: 'Words of the question or a tag; each may lack its last letters.',
  }),
  sort: z.enum(marketSorts).default('newest').meta({
    description:
      '`closing`: open ones, those that close soonest first. `volume`: most staked first.',
  }),
});

const common = { tag: 'Predictions' } as const;
const answer = z.object({ prediction: marketAnswer });

function present(market: PublicMarket): z.input<typeof marketAnswer> {
  return { ...market, tags: [...market.tags] };
}

function presentListed(market: PublicMarket): z.input<typeof listedMarketAnswer> {
  const { rules: _, ...listed } = present(market);
  return listed;
}

function createReadRoutes({ predictions }: Pick<Services, 'predictions'>): Route[] {
  return [
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/predictions',
      summary: 'Prediction markets: filtered, searched, sorted',
      description: 'Without their rules.',
      query: listQuery,
      answer: pageOf(listedMarketAnswer),
      async handle({ query: { limit, cursor, ...filter } }) {
        const page = await predictions.list(filter, { limit, cursor });
        return { body: presentPage(page, presentListed) };
      },
    }),
    route({
      ...common,
      access: 'read',
      method: 'get',
      path: '/predictions/positions',
      summary: "The caller's positions, by their last bet",
      query: pageQuery,
      answer: pageOf(positionAnswer),
      async handle({ query, caller }) {
        const page = await predictions.positions(caller.userId, query);
        return { body: presentPage(page, (position) => position) };
      },
    }),
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/predictions/:id',
      summary: 'A prediction market: terms, odds, and what was decided',
      params: idParams,
      answer,
      async handle({ params }) {
        return { body: { prediction: present(await predictions.get(params.id)) } };
      },
    }),
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/predictions/:id/quote',
      summary: 'What a bet would get now',
      params: idParams,
      query: z.object({
        side,
        stake: positiveAmount.meta({ description: `LCO, at least ${formatAmount(minBet)}.` }),
      }),
      answer: z.object({ quote: quoteAnswer }),
      async handle({ params, query }) {
        requireBet(query.stake, query.stake);
        const quote = await predictions.quote(params.id, query.side, query.stake);
        const shares = formatAmount(quote.shares);
        const amounts = { shares, floor: shares, payout: formatAmount(quote.payout) };
        const { side, stake } = query;
        return { body: { quote: { side, stake: formatAmount(stake), ...quote, ...amounts } } };
      },
    }),
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/predictions/:id/history',
      summary: 'How the odds moved',
      description:
        'Bet by bet, newest first; or with `points` so many moments evenly over the betting time, oldest first.',
      params: idParams,
      query: pageQuery.extend({
        points: wholeNumber(z.int().min(1).max(300)).optional(),
      }),
      answer: pageOf(historyAnswer),
      async handle({ params, query: { points, ...page } }) {
        if (points !== undefined) {
          const items = [...(await predictions.chart(params.id, points))];
          return { body: { items, nextCursor: null } };
        }
        const history = await predictions.history(params.id, page);
        return { body: presentPage(history, (point) => point) };
      },
    }),
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/predictions/:id/manifest',
      limit: 'download',
      summary: 'The settlement manifest: every lot and what it was paid',
      description:
        'RFC 8785 JSON, in the very bytes whose SHA-256 the market names; docs/formats/prediction-manifest.md describes it.',
      params: idParams,
      answer: manifestAnswer,
      async handle({ params }) {
        const { hash, text } = await predictions.manifest(params.id);
        const headers = {
          'repr-digest': `sha-256=:${hash.toString('base64')}:`,
          etag: `"${hash.toString('hex')}"`,
          'cache-control': 'public, max-age=31536000, immutable',
        };
        return { pieces: text, headers };
      },
    }),
    route({
      ...common,
      access: 'read',
      method: 'get',
      path: '/predictions/:id/bets',
      summary: "The caller's own lots, newest first",
      params: idParams,
      query: pageQuery,
      answer: pageOf(lotAnswer),
      async handle({ params, query, caller }) {
        const page = await predictions.ownLots(params.id, caller.userId, query);
        return { body: presentPage(page, (lot) => lot) };
      },
    }),
  ];
}

export function createPredictionRoutes({ predictions }: Pick<Services, 'predictions'>): Route[] {
  return [
    ...createReadRoutes({ predictions }),
    route({
      ...common,
      access: 'trade',
      method: 'post',
      path: '/predictions',
      summary: 'Propose a market, with a seed',
      idempotency: 'required',
      body: proposal,
      answer,
      status: 201,
      async handle({ body, caller }) {
        const { result, replayed } = await predictions.propose(caller, body);
        return { body: { prediction: present(result) }, replayed };
      },
    }),
    route({
      ...common,
      access: 'trade',
      method: 'post',
      path: '/predictions/:id/bets',
      summary: 'Bet LCO on a side',
      description: 'A bet is final: it cannot be sold or taken back.',
      idempotency: 'required',
      params: idParams,
      body: z.object({
        side,
        stake: positiveAmount.meta({ description: `LCO, at least ${formatAmount(minBet)}.` }),
        minShares: positiveAmount.optional().meta({
          description: 'The bet is refused if the odds have moved so that it buys fewer.',
        }),
      }),
      answer: z.object({ lot: lotAnswer, pool: poolAnswer }),
      status: 201,
      async handle({ params, body: { side, stake, minShares = null }, caller }) {
        const request = { marketId: params.id, side, stake, minShares };
        const { result, replayed } = await predictions.bet(caller, request);
        return { body: result, replayed };
      },
    }),
    route({
      ...common,
      access: 'trade',
      method: 'post',
      path: '/predictions/:id/disputes',
      summary: 'Dispute the proposed outcome, with a bond',
      description:
        'By who holds a lot, once a market, in the dispute window. The bond is 100 LCO or 1% of the pool, whichever is more: it returns if a ruling changes the outcome or its time, if the market is voided, and if nobody rules in time; otherwise it is burned.',
      idempotency: 'required',
      params: idParams,
      body: z.object({ evidence: plainText(maxEvidenceLength) }),
      answer: z.object({
        dispute: z.object({
          marketId: z.uuid(),
          bond: amountAnswer,
          disputedAt: timeAnswer,
          rulingUntil: timeAnswer,
        }),
      }),
      status: 201,
      async handle({ params, body, caller }) {
        const { result, replayed } = await predictions.dispute(caller, params.id, body.evidence);
        return { body: { dispute: result }, replayed };
      },
    }),
  ];
}
