// What the user has: asked for once, then told by the stream.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import type { AnswerOf } from '../api/types';

export type Balance = AnswerOf<'/api/v1/balances'>['balances'][number];
export type Asset = Balance['asset'];

export const balancesKey = ['balances'];

export function useBalances() {
  return useQuery({
    queryKey: balancesKey,
    queryFn: () => answerOf(api.GET('/api/v1/balances')),
    // The stream tells it too; this is for as long as it is lost.
    refetchInterval: 15_000,
  });
}

/** As decimal text; undefined until it is known. */
export function useAvailable(asset: Asset): string | undefined {
  return useBalances().data?.balances.find((balance) => balance.asset === asset)?.available;
}
