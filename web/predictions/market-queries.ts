// What is asked about prediction markets, and how often.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { allPages, mostAtOnce } from '../api/all-pages';
import { answerOf, api } from '../api/client';
import { useStandingError } from '../api/standing-error';
import { isUnanswered } from '../api/wish';
import { usePages } from '../api/use-pages';
import type { Market, Side } from './market-words';

const everyMs = 2_000;
const calmMs = 5_000;
/** The chart ends now: it moves though nobody bets. */
const chartMs = 60_000;
const chartPoints = 150;
const atOnce = 20;
const numbersMs = 60_000;

const keyOf = (id: string, what: string) => ['predictions', id, what] as const;

/** Odds move with everybody's bets. */
function paceOf({ status, endedAt }: Market): number | false {
  if (endedAt !== null) return false;
  return status === 'open' ? everyMs : calmMs;
}

export function useMarket(id: string) {
  const query = useQuery({
    queryKey: keyOf(id, 'market'),
    queryFn: async () =>
      (await answerOf(api.GET('/api/v1/predictions/{id}', { params: { path: { id } } })))
        .prediction,
    refetchInterval: ({ state: { data, error } }) =>
      data ? paceOf(data) : isUnanswered(error) && calmMs,
  });
  return { data: query.data, error: useStandingError(query) };
}

export function useQuote(market: Market, side: Side, stake: string) {
  const { id } = market;
  const query = useQuery({
    queryKey: [...keyOf(id, 'quote'), side, stake],
    queryFn: async () =>
      (
        await answerOf(
          api.GET('/api/v1/predictions/{id}/quote', {
            params: { path: { id }, query: { side, stake } },
          }),
        )
      ).quote,
    enabled: stake !== '',
    // A refusal stands until something else is asked.
    refetchInterval: ({ state: { error } }) => (error && !isUnanswered(error) ? false : everyMs),
    placeholderData: keepPreviousData,
  });
  return { ...query, error: useStandingError(query) };
}

/** Even moments of the betting time, oldest first. */
export function useChart({ id, bets, endedAt }: Market) {
  return useQuery({
    queryKey: [...keyOf(id, 'chart'), bets],
    queryFn: async () =>
      (
        await answerOf(
          api.GET('/api/v1/predictions/{id}/history', {
            params: { path: { id }, query: { points: chartPoints } },
          }),
        )
      ).items,
    refetchInterval: endedAt === null ? chartMs : false,
    placeholderData: keepPreviousData,
  });
}

/** Everybody's bets, newest first. */
export function useBets(market: Market) {
  const { id } = market;
  const pace = paceOf(market);
  return usePages({
    queryKey: keyOf(id, 'bets'),
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/predictions/{id}/history', {
          params: { path: { id }, query: { limit: atOnce, ...(cursor && { cursor }) } },
        }),
      ),
    ...(pace === false ? {} : { refetchInterval: pace }),
  });
}

function askOwnLots(id: string, limit: number, cursor: string | undefined) {
  const query = { limit, ...(cursor !== undefined && { cursor }) };
  return answerOf(api.GET('/api/v1/predictions/{id}/bets', { params: { path: { id }, query } }));
}

/** The reader's own lots, newest first. */
export function useOwnLots({ id, endedAt }: Market) {
  return usePages({
    // The last look is after the end: what was paid.
    queryKey: [...keyOf(id, 'lots'), endedAt],
    ask: (cursor) => askOwnLots(id, atOnce, cursor),
    ...(endedAt === null ? { refetchInterval: calmMs } : {}),
  });
}

/** All of them as they are now. @throws Problem */
export const loadOwnLots = ({ id }: Market) =>
  allPages((cursor) => askOwnLots(id, mostAtOnce, cursor));

/** The numbers of all of them. Old ones stay as they are: they are asked for seldom, and only where there are more than a page. */
export function useOwnNumbers(market: Market): ReadonlySet<number> {
  const newest = useOwnLots(market);
  const all = useQuery({
    queryKey: [...keyOf(market.id, 'lots'), 'all'],
    queryFn: () => loadOwnLots(market),
    enabled: newest.hasNextPage,
    staleTime: numbersMs,
  });
  return new Set([...(newest.data ?? []), ...(all.data ?? [])].map(({ number }) => number));
}
