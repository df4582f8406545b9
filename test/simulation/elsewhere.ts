// Commands that no request of the simulation asks for, each with the test that drives it: none is left out silently.

/** Kinds of commands by the file that asks for them, below test/. */
export const drivenElsewhere: Readonly<Record<string, string>> = {
  open_weekly_buyback: 'buybacks/buybacks.test.ts',
  open_extra_buyback: 'buybacks/buybacks.test.ts',
  start_buyback: 'buybacks/buybacks.test.ts',
  buy_slice: 'buybacks/buybacks.test.ts',
  burn_bought: 'buybacks/buybacks.test.ts',
  pause_buyback: 'buybacks/pauses.test.ts',
  resume_buyback: 'buybacks/pauses.test.ts',
  publish_usage_root: 'proofs/usage-roots.test.ts',
};
