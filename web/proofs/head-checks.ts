// The burn log's head: signed by the key, and going on from the head that this tab saw first.
import { areEqual, hashOf, toHex } from './bytes';
import { check, fails, holds, type Check, type Verification } from './check';
import { guarded } from './guarded';
import { isConsistent } from './merkle';
import { openHead, parseVerifierKey, type Head } from './signed-note';

/** What was seen of the log at some time. */
export interface SeenHead {
  readonly checkpoint: string;
  readonly key: string;
  /** ISO 8601. */
  readonly seenAt: string;
}

interface HeadAnswer {
  readonly checkpoint: string;
  readonly size: number;
  readonly root: string;
}

/** @param askPath for the path of the consistency proof between two sizes */
export function verifyHead(
  now: HeadAnswer,
  keyText: string,
  first: SeenHead | null,
  askPath: (from: number, to: number) => Promise<readonly string[]>,
): Promise<Verification> {
  return guarded(async (note) => {
    const key = await parseVerifierKey(keyText);
    const head = await openHead(now.checkpoint, key);
    note(head.check);
    if (now.size !== head.size || now.root !== toHex(head.root)) {
      note(fails('Size and root are others than those that were signed.'));
    }
    if (!first) return null;
    note(
      check(
        first.key === keyText,
        'The key is the one that this tab saw first.',
        'THE KEY IS ANOTHER than the one that this tab saw first.',
      ),
    );
    const firstKey = await parseVerifierKey(first.key);
    note(await consistencyCheck(await openHead(first.checkpoint, firstKey), head, askPath));
    return null;
  });
}

async function consistencyCheck(
  first: Head,
  head: Head,
  askPath: (from: number, to: number) => Promise<readonly string[]>,
): Promise<Check> {
  const before = `the ${first.size} that this tab saw first`;
  if (head.size < first.size) {
    return fails(`THE LOG WAS ROLLED BACK: it has ${head.size} burns, fewer than ${before}.`);
  }
  const goesOn = holds(`The log of ${head.size} goes on from ${before}.`);
  if (first.size === 0) return goesOn;
  if (first.size === head.size) {
    return areEqual(first.root, head.root)
      ? goesOn
      : fails(`THE LOG WAS FORKED: its ${head.size} burns are not ${before}.`);
  }
  const path = (await askPath(first.size, head.size)).map(hashOf);
  const sizes = { from: first.size, to: head.size };
  return (await isConsistent({ ...sizes, fromRoot: first.root, toRoot: head.root, path }))
    ? goesOn
    : fails(`THE LOG WAS FORKED: nothing proves that it goes on from ${before}.`);
}
