// What the user has staked, the level that it gives, and what is on its way back.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import type { AnswerOf } from '../api/types';

export type Staking = AnswerOf<'/api/v1/staking'>;

const everyMs = 5_000;

export function useStaking() {
  return useQuery({
    queryKey: ['staking'],
    queryFn: () => answerOf(api.GET('/api/v1/staking')),
    refetchInterval: everyMs,
  });
}
