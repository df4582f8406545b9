// A root of liabilities (DESIGN 2.12), and its announcement in the journal: the snapshot is taken outside of the
// committer, and once the hash chain covers what it said, nobody can say something else of that day.
import { assert } from '../../domain/errors';
import { isoTime } from '../../domain/time';
import { putRow, rowKey, type Command, type FeedEvent } from '../../ledger/command';
import { defineTable } from '../../ledger/table';

export interface LiabilityRoot {
  readonly day: string;
  /** The journal's sequence that the balances are those of. */
  readonly sequence: bigint;
  readonly takenAt: number;
  readonly users: number;
  readonly subtreeSize: number;
  readonly root: Buffer;
  /** Base units owed to all users. */
  readonly credit: bigint;
  readonly lco: bigint;
}

export const liabilityRootColumns = {
  day: 'day',
  sequence: 'sequence',
  takenAt: 'taken_at',
  users: 'users',
  subtreeSize: 'subtree_size',
  root: 'root',
  credit: 'credit',
  lco: 'lco',
};

/** Born by the snapshot, in plain SQL; never changed. */
const liabilityRoots = defineTable({
  name: 'liability_roots',
  key: 'day',
  writes: 'insert',
  columns: {
    day: 'text',
    sequence: 'bigint',
    takenAt: 'timestamptz',
    users: 'int',
    subtreeSize: 'int',
    root: 'bytea',
    credit: 'bigint',
    lco: 'bigint',
  },
});

/** Which batch announced a day's root. */
const announcements = defineTable({
  name: 'liability_announcements',
  key: 'day',
  writes: 'insert',
  columns: { day: 'text', sequence: 'bigint' },
});

/** What the journal's feed says of a root. */
export function liabilityRootEvent(root: LiabilityRoot): FeedEvent {
  return {
    type: 'liability_root',
    day: root.day,
    sequence: root.sequence.toString(),
    takenAt: isoTime(root.takenAt),
    users: root.users,
    subtreeSize: root.subtreeSize,
    root: root.root.toString('hex'),
    credit: root.credit.toString(),
    lco: root.lco.toString(),
  };
}

/** Announces the root of a day that has one, once. */
export const announceLiabilityRoot: Command<{ readonly day: string }, null> = {
  kind: 'announce_liability_root',
  keys: ({ day }) => ({ rows: [rowKey(liabilityRoots, day), rowKey(announcements, day)] }),
  decide(view, { day }) {
    if (view.row(announcements, day)) return { result: null };
    const root = view.row(liabilityRoots, day);
    assert(root, `the liabilities of ${day} have a root`);
    return {
      rows: [putRow(announcements, { day, sequence: view.sequence })],
      feed: [liabilityRootEvent(root)],
      result: null,
    };
  },
};
