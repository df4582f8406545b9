// Usage summed by UTC day, model and key (DESIGN 2.2 and 6), in lists and as CSV.
import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import {
  dailyGroupings,
  defaultPeriodDays,
  longestPeriodDays,
  type DailySum,
} from '../../services/calls/usage-daily';
import type { Services } from '../context';
import { replyWithCsv, type CsvColumns } from '../csv';
import { route, type Route } from '../route';
import {
  amountAnswer,
  id,
  pageOf,
  pageQuery,
  presentOptionalTime,
  presentPage,
  presentTime,
  timeAnswer,
  wholeNumber,
} from '../schemas';
import { fileNameOf, filters, inOrder, isInOrder } from './usage-filters';

const count = z.int().min(0);

const sumAnswer = z
  .object({
    day: z.iso.date().meta({ description: 'Of UTC; one without calls is left out.' }),
    model: z.string().optional().meta({ description: 'Absent unless grouped by it.' }),
    keyId: id.nullable().optional().meta({
      description: 'Absent unless grouped by it; null: calls of sessions, which have no key.',
    }),
    calls: count,
    tokens: z.object({ input: count, cachedInput: count, cacheWrite: count, output: count }),
    charge: amountAnswer.meta({ description: 'Credits: the sum of what the receipts say.' }),
    mined: amountAnswer.meta({ description: 'LCO: the sum of what the receipts say.' }),
    freeCalls: count.meta({
      description: "Of the calls, those that a champion's perk paid for; they are charged 0.",
    }),
  })
  .meta({ id: 'DailyUsage' });

function presentSum(sum: DailySum): z.input<typeof sumAnswer> {
  return {
    day: sum.day,
    ...(sum.modelId === undefined ? {} : { model: sum.modelId }),
    ...(sum.keyId === undefined ? {} : { keyId: sum.keyId }),
    calls: Number(sum.calls),
    tokens: {
      input: Number(sum.inputTokens),
      cachedInput: Number(sum.cachedInputTokens),
      cacheWrite: Number(sum.cacheWriteTokens),
      output: Number(sum.outputTokens),
    },
    charge: formatAmount(sum.charge),
    mined: formatAmount(sum.mined),
    freeCalls: Number(sum.freeCalls),
  };
}

/** The same columns for every grouping; those that are not grouped by are empty. */
const sumColumns: CsvColumns<DailySum> = {
  day: (sum) => sum.day,
  model: (sum) => sum.modelId ?? null,
  keyId: (sum) => sum.keyId ?? null,
  calls: (sum) => sum.calls.toString(),
  inputTokens: (sum) => sum.inputTokens.toString(),
  cachedInputTokens: (sum) => sum.cachedInputTokens.toString(),
  cacheWriteTokens: (sum) => sum.cacheWriteTokens.toString(),
  outputTokens: (sum) => sum.outputTokens.toString(),
  charge: (sum) => formatAmount(sum.charge),
  mined: (sum) => formatAmount(sum.mined),
  freeCalls: (sum) => sum.freeCalls.toString(),
};

const dailyFilters = {
  ...filters,
  groupBy: z.enum(dailyGroupings).default('day,model,key'),
};
const period =
  `At most ${longestPeriodDays} days; without \`from\`, ${defaultPeriodDays} days up to \`to\`; ` +
  'without `to`, all until now.';
const common = { access: 'read', method: 'get', tag: 'Relay' } as const;

export function createUsageDailyRoutes({ usage }: Pick<Services, 'usage'>): Route[] {
  return [
    route({
      ...common,
      path: '/usage/daily',
      summary: "Sums of the caller's receipts by UTC day, model and key",
      description: `The oldest day first, then by model and key. ${period}`,
      query: z
        .object({
          ...dailyFilters,
          cursor: pageQuery.shape.cursor,
          // The longest period, by day, is one page.
          limit: wholeNumber(z.int().min(1).max(1000)).default(400),
        })
        .refine(isInOrder, inOrder),
      answer: pageOf(sumAnswer).extend({
        from: timeAnswer.meta({ description: 'The period that was summed.' }),
        to: timeAnswer.nullable().meta({ description: 'null: until now.' }),
      }),
      async handle({ query: { model, ...query }, caller }) {
        const page = await usage.daily(caller.userId, { ...query, modelId: model }, query);
        const { from, to = null } = page;
        const times = { from: presentTime(from), to: presentOptionalTime(to) };
        return { body: { ...presentPage(page, presentSum), ...times } };
      },
    }),
    route({
      ...common,
      path: '/usage/daily.csv',
      summary: 'All of them as CSV',
      description: `In the form of \`/usage.csv\`. Columns: ${Object.keys(sumColumns).join(', ')}. ${period}`,
      query: z.object(dailyFilters).refine(isInOrder, inOrder),
      contentType: 'text/csv',
      answer: z.string(),
      async handle({ query: { model, ...query }, caller }) {
        const batches = usage.allDaily(caller.userId, { ...query, modelId: model });
        return replyWithCsv(fileNameOf('daily-usage', query), sumColumns, batches);
      },
    }),
  ];
}
