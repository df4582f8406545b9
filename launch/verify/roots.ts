// What the daily roots have in common (docs/formats/usage-roots.md and liabilities.md): each is a signed note over its
// own figures, and what was published for a day never changes.
import { z } from 'zod';
import { openNote } from '../../domain/signed-note';
import { fails, holds, note, type Line, type Subject } from './verification';

export const rootFields = {
  day: z.iso.date(),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  note: z.string().nullable(),
};

export interface DailyRoot {
  readonly day: string;
  readonly root: string;
  readonly note: string | null;
}

/** How one kind of roots is read. */
export interface RootKind<Root extends DailyRoot> {
  /** As in `usage 2026-11-22`. */
  readonly name: string;
  readonly path: string;
  readonly shape: z.ZodType<Root>;
  /** The note's first line, and its other lines after the log's name: a word and a value each. */
  readonly title: string;
  fieldsOf(root: Root): readonly (readonly [name: string, value: string | number])[];
}

function textOf<Root extends DailyRoot>(kind: RootKind<Root>, log: string, root: Root): string {
  const lines = [['log', log], ['day', root.day], ...kind.fieldsOf(root), ['root', root.root]];
  return `${kind.title}\n${lines.map(([name, value]) => `${name} ${value}\n`).join('')}`;
}

/** What is wrong with one root, if anything is. */
function findWrong<Root extends DailyRoot>(
  kind: RootKind<Root>,
  root: Root,
  { key, memory }: Subject,
): string | undefined {
  const name = `${kind.name} ${root.day}`;
  if (root.note === null) return `the root of ${name} is not signed`;
  if (openNote(root.note, key) !== textOf(kind, key.name, root)) {
    return `the note of ${name} says something else than its root`;
  }
  const known = memory?.roots[name];
  return known === undefined || known === root.root
    ? undefined
    : `THE ROOT OF ${name} WAS CHANGED: on ${memory?.seenAt} it was ${known}`;
}

/** @param compare says what the roots, the oldest first, have to do with each other */
export async function* verifyRoots<Root extends DailyRoot>(
  kind: RootKind<Root>,
  subject: Subject,
  compare: (roots: readonly Root[]) => string | undefined = () => undefined,
): AsyncGenerator<Line> {
  const { server, memory, seen } = subject;
  const roots = (await server.list(kind.path, kind.shape))?.toReversed();
  if (!roots || roots.length === 0) {
    yield note(`no root of ${kind.name} is published`);
  } else {
    for (const root of roots) {
      const wrong = findWrong(kind, root, subject);
      if (wrong !== undefined) {
        yield fails(wrong);
        return;
      }
    }
    const wrong = compare(roots);
    yield wrong === undefined
      ? holds(`${roots.length} roots of ${kind.name} are signed as they stand`)
      : fails(wrong);
  }
  const days = new Map(roots?.map(({ day, root }) => [`${kind.name} ${day}`, root]));
  const gone = Object.keys(memory?.roots ?? {}).find(
    (name) => name.startsWith(`${kind.name} `) && !days.has(name),
  );
  if (gone !== undefined)
    yield fails(`THE ROOT OF ${gone} IS GONE: it was seen on ${memory?.seenAt}`);
  Object.assign(seen.roots, Object.fromEntries(days));
}
