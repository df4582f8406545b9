// Where the reader stands in the current round, which the ranking tells of its first hundred alone.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { useMe } from '../session/session';
import type { Entry, Own, Round } from './prizes';

const everyMs = 3_000;

/** null: without a score. undefined: not known yet. */
export function useOwnPlace(
  round: Round | undefined,
  board: readonly Entry[],
): Own | null | undefined {
  const handle = useMe().data?.user.handle;
  const { data } = useQuery({
    queryKey: ['own', 'wars', 'current'],
    async queryFn() {
      const answer = await answerOf(api.GET('/api/v1/wars/current'));
      return { roundId: answer.round.id, own: answer.own };
    },
    refetchInterval: everyMs,
  });
  const listed = board.find((entry) => entry.handle === handle);
  if (listed) return listed;
  return data?.roundId === round?.id ? data?.own : undefined;
}
