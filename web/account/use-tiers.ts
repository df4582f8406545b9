// The levels of staking, what they need and give: votes change them.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import type { AnswerOf } from '../api/types';

export type Level = AnswerOf<'/api/v1/staking/tiers'>['tiers'][number];

const everyMs = 30_000;

export function useTiers() {
  return useQuery({
    queryKey: ['tiers'],
    queryFn: () => answerOf(api.GET('/api/v1/staking/tiers')),
    refetchInterval: everyMs,
  });
}
