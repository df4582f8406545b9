// Commands that no request of the simulation asks for, each with the test that drives it: none is left out silently.

/** Kinds of commands by the file that asks for them, below test/. */
export const drivenElsewhere: Readonly<Record<string, string>> = {
  announce_liability_root: 'proofs/liabilities.test.ts',
  return_unstaked: 'workflows/unstake.test.ts',
  stake: 'staking/staking.test.ts',
  unstake: 'staking/staking.test.ts',
  publish_usage_root: 'proofs/usage-roots.test.ts',
};
