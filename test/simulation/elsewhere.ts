// Commands that no request of the simulation asks for, each with the test that drives it: none is left out silently.

/** Kinds of commands by the file that asks for them, below test/. */
export const drivenElsewhere: Readonly<Record<string, string>> = {
  announce_liability_root: 'proofs/liabilities.test.ts',
  return_unstaked: 'workflows/unstake.test.ts',
  stake: 'staking/staking.test.ts',
  unstake: 'staking/staking.test.ts',
  publish_usage_root: 'proofs/usage-roots.test.ts',
  open_war_round: 'wars/rounds.test.ts',
  close_war_round: 'wars/rounds.test.ts',
  finalise_war_round: 'wars/rounds.test.ts',
  pay_war_prizes: 'wars/rounds.test.ts',
  disqualify_war_player: 'wars/disqualifications.test.ts',
  choose_war_perk: 'wars/perks.test.ts',
  default_war_perk: 'wars/rounds.test.ts',
  end_war_perk: 'wars/rounds.test.ts',
  propose: 'governance/proposals.test.ts',
  cast_vote: 'governance/votes.test.ts',
  open_voting: 'governance/lifecycle.test.ts',
  count_votes: 'governance/lifecycle.test.ts',
  execute_proposal: 'governance/execution.test.ts',
  veto_proposal: 'governance/vetoes.test.ts',
};
