// Proof of liabilities (DESIGN 2.12): once a day, what every user is owed, as of one moment of the journal, becomes a
// Merkle sum tree. Its root stays for ever, its leaves for a week. Two at once make one: the day is unique.
import type { Knex } from 'knex';
import { DatabaseError } from 'pg';
import { assert } from '../../domain/errors';
import { sumRoot } from '../../domain/merkle/sum-tree';
import { addDays, dayOf } from '../../domain/utc-day';
import type { Committer } from '../../ledger/committer';
import { announceLiabilityRoot, liabilityRootColumns, type LiabilityRoot } from './liability-root';
import { foldLeaves, writeSubtrees } from './liabilities-tree';

/** Users that a proof reads at most, and leaves below each stored node. */
const defaultSubtreeSize = 1024;
/** Days whose proofs can be asked for, the newest included. */
export const keptDays = 7;

export function findLiabilityRoot(db: Knex, day: string): Promise<LiabilityRoot | undefined> {
  return db('liability_roots')
    .first<LiabilityRoot | undefined>(liabilityRootColumns)
    .where({ day });
}

// A salt of the leaf's own; and the order of the salted hashes, so that a position says nothing of who or since when.
const leavesSql = /* sql */ `
  insert into liability_leaves (day, position, user_id, salt, credit, lco)
  with owed as materialized (
    select owner_id, gen_random_uuid() as salt,
      coalesce(sum(balance) filter (where asset = 'CREDIT'), 0)::bigint as credit,
      coalesce(sum(balance) filter (where asset = 'LCO'), 0)::bigint as lco
    from accounts where owner_kind = 'user' group by owner_id
  )
  select ?, row_number() over (order by sha256(convert_to(salt || owner_id, 'UTF8'))) - 1,
    owner_id::uuid, salt, credit, lco
  from owed`;

const momentSql = /* sql */ `
  select clock_timestamp() as "takenAt", sequence from journal_head where id = 1`;

/** Takes the snapshot of the day that it is; returns that day. */
async function takeSnapshot(
  db: Knex,
  subtreeSize: number,
  onProgress: (text: string) => void,
): Promise<string> {
  const inOneMoment = { isolationLevel: 'repeatable read' } as const;
  return db.transaction(async (snapshot) => {
    const { takenAt, sequence } = await readMoment(snapshot);
    const day = dayOf(takenAt);
    await snapshot.raw(leavesSql, [day]);
    const { size, subtrees } = await foldLeaves(snapshot, day, subtreeSize, onProgress);
    await writeSubtrees(snapshot, day, subtrees);
    const { hash, credit, lco } = sumRoot(subtrees);
    await snapshot('liability_roots').insert({
      day,
      sequence: sequence.toString(),
      taken_at: new Date(takenAt),
      users: size,
      subtree_size: subtreeSize,
      root: hash,
      credit: credit.toString(),
      lco: lco.toString(),
    });
    return day;
  }, inOneMoment);
}

async function readMoment(db: Knex): Promise<{ takenAt: number; sequence: bigint }> {
  const { rows } = await db.raw<{ rows: { takenAt: number; sequence: bigint }[] }>(momentSql);
  const [moment] = rows;
  assert(moment, 'the journal has a head');
  return moment;
}

/** Somebody else took the day's snapshot meanwhile. */
function isTakenMeanwhile(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '23505';
}

/** Today's root, made now if there is none yet, and announced by the journal. */
export async function snapshotLiabilities(
  { db, committer }: { readonly db: Knex; readonly committer: Committer },
  onProgress: (text: string) => void = () => undefined,
  subtreeSize = defaultSubtreeSize,
): Promise<LiabilityRoot> {
  const root = await findOrTake(db, onProgress, subtreeSize);
  await committer.submit(announceLiabilityRoot, { day: root.day }, { actor: 'roots' });
  return root;
}

async function findOrTake(
  db: Knex,
  onProgress: (text: string) => void,
  subtreeSize: number,
): Promise<LiabilityRoot> {
  let day = dayOf((await readMoment(db)).takenAt);
  const known = await findLiabilityRoot(db, day);
  if (known) return known;
  try {
    day = await takeSnapshot(db, subtreeSize, onProgress);
  } catch (error) {
    if (!isTakenMeanwhile(error)) throw error;
  }
  const taken = await findLiabilityRoot(db, day);
  // Whoever took it meanwhile did so at midnight, or undid it: the next attempt finds out.
  if (!taken) throw new Error(`The snapshot of ${day} was not taken.`);
  return taken;
}

/** Forgets the leaves of all but the last days: what somebody was owed is nobody's business for ever. */
export async function pruneLiabilities(db: Knex): Promise<void> {
  const firstKept = addDays(dayOf((await readMoment(db)).takenAt), 1 - keptDays);
  await db('liability_leaves').where('day', '<', firstKept).delete();
  await db('liability_subtrees').where('day', '<', firstKept).delete();
}
