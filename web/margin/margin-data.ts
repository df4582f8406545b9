// What the margin page asks for: its terms, positions, pools, and what opening would give.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { useStandingError } from '../api/standing-error';
import type { AnswerOf, BodyOf, ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { ownKeys } from '../live/use-live-account';
import { useDebounced } from '../ui/use-debounced';

export type Position = ItemOf<'/api/v1/margin/positions'>;
export type Change = ItemOf<'/api/v1/margin/positions/{id}/history'>;
export type Liquidation = ItemOf<'/api/v1/margin/liquidations'>;
export type Pool = AnswerOf<'/api/v1/margin/pools'>['items'][number];
export type Supply = AnswerOf<'/api/v1/margin/supplies'>['items'][number];
export type Terms = AnswerOf<'/api/v1/margin/info'>;
export type Quote = AnswerOf<'/api/v1/margin/positions/quote', 'post'>['quote'];
export type Opening = BodyOf<'/api/v1/margin/positions'>;

/** What follows the mark. */
const movingMs = 2_000;
const quietMs = 10_000;
/** More than may be open at once. */
const allOpen = 200;

export function useTerms() {
  return useQuery({
    queryKey: ['margin', 'info'],
    queryFn: () => answerOf(api.GET('/api/v1/margin/info')),
    refetchInterval: 60_000,
  });
}

export function useOpenPositions() {
  return useQuery({
    queryKey: [...ownKeys.positions, 'open'],
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/margin/positions', {
          params: { query: { status: 'open', limit: allOpen } },
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.items.length === 0 ? quietMs : movingMs),
  });
}

export function useClosedPositions() {
  return usePages<Position>({
    queryKey: [...ownKeys.positions, 'closed'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/margin/positions', {
          params: { query: { status: 'closed', limit: 10, ...(cursor && { cursor }) } },
        }),
      ),
    refetchInterval: quietMs,
  });
}

export function useHistory(id: string) {
  return usePages<Change>({
    queryKey: [...ownKeys.positions, 'history', id],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/margin/positions/{id}/history', {
          params: { path: { id }, query: { limit: 20, ...(cursor && { cursor }) } },
        }),
      ),
    refetchInterval: quietMs,
  });
}

export function usePools() {
  return useQuery({
    queryKey: ['margin', 'pools'],
    queryFn: () => answerOf(api.GET('/api/v1/margin/pools')),
    refetchInterval: 5_000,
  });
}

export function useSupplies() {
  return useQuery({
    queryKey: ['own', 'supplies'],
    queryFn: () => answerOf(api.GET('/api/v1/margin/supplies')),
    refetchInterval: 5_000,
  });
}

export function useLiquidations() {
  return usePages<Liquidation>({
    queryKey: ['margin', 'liquidations'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/margin/liquidations', {
          params: { query: { limit: 20, ...(cursor && { cursor }) } },
        }),
      ),
    refetchInterval: 5_000,
  });
}

export function useLosses() {
  return usePages({
    queryKey: ['margin', 'losses'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/margin/losses', {
          params: { query: { limit: 10, ...(cursor && { cursor }) } },
        }),
      ),
    refetchInterval: 30_000,
  });
}

/** What opening would give, again and again as the market moves; nothing is asked until there is something to open. */
export function useQuote(opening: Opening) {
  const body = useDebounced(opening);
  const isWritten = body.collateral !== '' && body.leverage !== '';
  const query = useQuery({
    // It changes with what one has, as positions do.
    queryKey: [...ownKeys.positions, 'quote', body],
    queryFn: async () =>
      (await answerOf(api.POST('/api/v1/margin/positions/quote', { body }))).quote,
    enabled: isWritten,
    ...(isWritten && { placeholderData: keepPreviousData }),
    refetchInterval: movingMs,
  });
  const error = useStandingError(query);
  return { ...query, error, isBehind: JSON.stringify(body) !== JSON.stringify(opening) };
}
