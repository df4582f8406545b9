// What the market says of itself: its rules, and the last 24 hours, asked for once and then told by the stream.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { useLive } from '../live/use-live';

const tickerKey = ['exchange', 'ticker'];
/** For as long as the stream is lost. */
const everyMs = 15_000;

export function useRules() {
  return useQuery({
    queryKey: ['exchange', 'info'],
    queryFn: () => answerOf(api.GET('/api/v1/exchange/info')),
    refetchInterval: 60_000,
  });
}

export function useTicker() {
  return useQuery({
    queryKey: tickerKey,
    queryFn: () => answerOf(api.GET('/api/v1/exchange/ticker')),
    refetchInterval: everyMs,
  });
}

/** Keeps the ticker as the stream tells it: once a page. */
export function useLiveTicker(): void {
  const queries = useQueryClient();
  useLive('ticker', (message) => {
    if (message.type !== 'ticker') return;
    const { type: _, ...ticker } = message;
    queries.setQueryData(tickerKey, ticker);
  });
}
