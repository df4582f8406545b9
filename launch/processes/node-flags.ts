// How every process of ours runs Node.js.

export const nodeFlags: readonly string[] = [
  '--enable-source-maps',
  // A call leaves little behind for long: with more room for young objects the collector runs far less often.
  '--max-semi-space-size=64',
];
