// What the platform itself traded: buybacks, and positions that were liquidated; to be marked on the chart.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answerOf, api } from '../api/client';
import { useLive } from '../live/use-live';
import type { Mark } from './candle-chart';
import type { Candle, Trade } from './merging';

const printsKey = ['exchange', 'prints'];
const sources = ['buyback', 'liquidation'] as const;

async function askPrints(): Promise<readonly Trade[]> {
  const lists = await Promise.all(
    sources.map((source) =>
      answerOf(api.GET('/api/v1/exchange/trades', { params: { query: { source, limit: 200 } } })),
    ),
  );
  return lists.flatMap(({ items }) => items);
}

/** One for each candle and source. @param candles oldest first */
export function marksOf(prints: readonly Trade[], candles: readonly Candle[]): readonly Mark[] {
  const marks = new Map<string, Mark>();
  for (const { source, at } of prints) {
    if (source === 'order') continue;
    const openTime = openTimeOf(candles, at);
    if (openTime !== undefined) marks.set(`${openTime} ${source}`, { openTime, source });
  }
  return [...marks.values()].sort((a, b) => (a.openTime < b.openTime ? -1 : 1));
}

/** Of the candle that a time falls into; those of times in UTC are ordered as their texts are. */
function openTimeOf(candles: readonly Candle[], at: string): string | undefined {
  return candles.findLast(({ openTime }) => openTime <= at)?.openTime;
}

export function useMarks(candles: readonly Candle[] | undefined): readonly Mark[] {
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: printsKey, queryFn: askPrints, refetchInterval: 60_000 });
  useLive('trades', (message) => {
    if (message.type !== 'trade' || message.source === 'order') return;
    const { type: _, ...trade } = message;
    queries.setQueryData<readonly Trade[]>(printsKey, (known = []) => [...known, trade]);
  });
  const firstTime = candles?.[0]?.openTime;
  const length = candles?.length ?? 0;
  return useMemo(
    () => (data && candles ? marksOf(data, candles) : []),
    // What a candle holds does not matter here.
    [data, firstTime, length],
  );
}
