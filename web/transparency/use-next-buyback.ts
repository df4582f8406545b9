// The next weekly buyback, as it would be from the books as they stand.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';

const everyMs = 5_000;

export function useNextBuyback() {
  return useQuery({
    queryKey: ['buybacks', 'next'],
    queryFn: () => answerOf(api.GET('/api/v1/buybacks/next')),
    refetchInterval: everyMs,
  });
}
