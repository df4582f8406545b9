// The market's trades: the newest are asked for, and those that come are told by the stream.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { answerOf, api } from '../api/client';
import { useLive } from '../live/use-live';
import { mergeTrades, tradesKept, type Trade } from './merging';
import { useIsLive } from './use-is-live';

const tradesKey = ['exchange', 'trades'];

async function askTrades(): Promise<readonly Trade[]> {
  const { items } = await answerOf(
    api.GET('/api/v1/exchange/trades', { params: { query: { limit: tradesKept } } }),
  );
  return items;
}

const gatherMs = 150;

/** `data` is newest first. */
export function useTrades() {
  const queries = useQueryClient();
  const news = useRef<Trade[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isLive = useIsLive();
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    // What was traded while the stream was lost is not told by it.
    if (isLive) void queries.invalidateQueries({ queryKey: tradesKey });
  }, [isLive, queries]);
  useLive('trades', (message) => {
    if (message.type !== 'trade') return;
    const { type: _, ...trade } = message;
    news.current.push(trade);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const told = news.current.splice(0);
      queries.setQueryData<readonly Trade[]>(tradesKey, (known = []) => mergeTrades(known, told));
    }, gatherMs);
  });
  return useQuery({ queryKey: tradesKey, queryFn: askTrades, refetchInterval: 15_000 });
}
