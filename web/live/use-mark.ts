// The mark price, by which stops, positions and prizes go: asked for, and then as the stream tells it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { useLive } from './use-live';

const markKey = ['mark'];
/** For as long as the stream is lost. */
const everyMs = 15_000;

export interface Mark {
  /** Credits for one LCO; null until the market has warmed up. */
  readonly mark: string | null;
  /** Whether both sides of the book are deep enough to open positions by it. */
  readonly isTwoSided: boolean;
}

/** undefined: not known yet. */
export function useMark(): Mark | undefined {
  const queries = useQueryClient();
  useLive('mark', (message) => {
    if (message.type !== 'mark') return;
    const { mark, isTwoSided } = message;
    queries.setQueryData<Mark>(markKey, { mark, isTwoSided });
  });
  const { data } = useQuery({
    queryKey: markKey,
    queryFn: async (): Promise<Mark> => {
      const { mark, isTwoSided } = await answerOf(api.GET('/api/v1/exchange/mark'));
      return { mark, isTwoSided };
    },
    refetchInterval: everyMs,
  });
  return data;
}
