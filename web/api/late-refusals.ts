// Refusals whose place on the page is gone: what was to be decided was decided by somebody else meanwhile.
import { flushSync } from 'react-dom';

let refusals: readonly unknown[] = [];
let isPuttingAway = false;
const watchers = new Set<() => void>();

function become(next: readonly unknown[]): void {
  refusals = next;
  for (const watcher of watchers) watcher();
}

export const lateRefusals = {
  watch(this: void, watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  all: (): readonly unknown[] => refusals,
  tell: (error: unknown): void => become([...refusals, error]),
  /** Of a form that goes, unless its reader puts it away. */
  tellOfGone(error: unknown): void {
    if (!isPuttingAway) this.tell(error);
  },
  /** @param change by which the reader closes something, or opens something else instead: what it said is not told again */
  putAway(this: void, change: () => void): void {
    isPuttingAway = true;
    try {
      flushSync(change);
    } finally {
      isPuttingAway = false;
    }
  },
  clear: (): void => {
    if (refusals.length > 0) become([]);
  },
};
