// What pages of governance ask for.
import { useQuery } from '@tanstack/react-query';
import { useStaking } from '../account/use-staking';
import { useTiers } from '../account/use-tiers';
import { answerOf, api } from '../api/client';
import { useStandingError } from '../api/standing-error';

const everyMs = 5_000;

export function useParameters() {
  return useQuery({
    queryKey: ['governance', 'parameters'],
    queryFn: () => answerOf(api.GET('/api/v1/governance/parameters')),
    refetchInterval: everyMs,
  });
}

/** Whether the user may propose and vote by what is staked now, and what is missing; or why that is not known. */
export function useVotingRight() {
  const staking = useStaking();
  const tiers = useTiers();
  const stakingError = useStandingError(staking);
  const tiersError = useStandingError(tiers);
  const needed = tiers.data?.tiers.find(({ votes }) => votes);
  if (!staking.data || !needed) return { error: stakingError ?? tiersError };
  const { level, staked } = staking.data.tier;
  return { right: { mayVote: level === needed.level, level, staked, needed } };
}
