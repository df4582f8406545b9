// Candles of one interval: pages that are asked for, and the running one as the stream tells it.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { answerOf, api } from '../api/client';
import type { Interval } from '../live/stream-messages';
import { useLive } from '../live/use-live';
import { mergeCandles, type Candle } from './merging';
import { useIsLive } from './use-is-live';

export const intervals: readonly Interval[] = ['1m', '5m', '15m', '1h', '4h', '1d', '1w'];

const pageSize = 500;

async function askCandles(
  interval: Interval,
  before: string | undefined,
): Promise<readonly Candle[]> {
  // The end of a range is part of it.
  const endTime = before && new Date(Date.parse(before) - 1).toISOString();
  const query = { interval, limit: pageSize, ...(endTime === undefined ? {} : { endTime }) };
  return (await answerOf(api.GET('/api/v1/exchange/klines', { params: { query } }))).items;
}

/** Live ones beyond this many were long asked for. */
const toldKept = 120;

export function useCandles(interval: Interval) {
  const queries = useQueryClient();
  const [told, setTold] = useState<readonly Candle[]>([]);
  const isLive = useIsLive();
  const query = useInfiniteQuery({
    queryKey: ['exchange', 'klines', interval],
    queryFn: ({ pageParam }) => askCandles(interval, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page[0]?.openTime),
    // Flat candles are only told by asking; the stream tells of trades.
    refetchInterval: 60_000,
  });
  useEffect(() => {
    if (isLive) void queries.invalidateQueries({ queryKey: ['exchange', 'klines', interval] });
  }, [isLive, interval, queries]);
  useLive(`klines:${interval}`, (message) => {
    if (message.type !== 'kline') return;
    setTold((before) => mergeCandles(before, [message.candle]).slice(-toldKept));
  });
  const pages = query.data?.pages;
  const candles = useMemo(
    () => pages && mergeCandles(pages.toReversed().flat(), told),
    [pages, told],
  );
  return { query, candles };
}
