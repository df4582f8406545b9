// The reader's subscription to an IMO.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';

const everyMs = 2_000;
/** Whoever has none gets one by this page, or seldom by another. */
const noneEveryMs = 15_000;

/** `data` is null for whoever has not subscribed. */
export function useSubscription(imoId: string) {
  return useQuery({
    queryKey: ['own', 'imo', imoId],
    async queryFn() {
      const asked = api.GET('/api/v1/imos/{id}/allocation', { params: { path: { id: imoId } } });
      const answer = await answerOf(asked).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      });
      return answer?.subscription ?? null;
    },
    refetchInterval: ({ state }) => (state.data === null ? noneEveryMs : everyMs),
  });
}
