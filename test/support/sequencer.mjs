// In which order files of tests run. Those of whole lives wait more than they compute (for timers, for the time-outs of dead
// workers), others the other way round: mixed, they share the machine. Without this a fresh checkout runs the largest files
// first, and the longest of all alone at the end.
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import TestSequencer from '@jest/test-sequencer';

const longest = 'test/simulation/';
/** Not among the last, which would run alone. */
const long = /^test\/(workflows|launch)\//;

/** The same in every run, from 0 to 1. */
function placeOf({ path, context }) {
  const name = relative(context.config.rootDir, path);
  if (name.startsWith(longest)) return 0;
  const place = createHash('sha256').update(name).digest().readUInt32BE() / 2 ** 32;
  return long.test(name) ? place * 0.7 : place;
}

export default class MixedSequencer extends TestSequencer {
  sort(tests) {
    return [...tests].sort((a, b) => placeOf(a) - placeOf(b));
  }
}
