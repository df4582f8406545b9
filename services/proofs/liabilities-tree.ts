// A stored day of the proof of liabilities as rows (DESIGN 2.12): its leaves in their order, and the nodes over each
// run of them.
import type { Knex } from 'knex';
import { ownerHash } from '../../domain/merkle/owner-hash';
import { sumLeaf, sumRoot, type SumNode } from '../../domain/merkle/sum-tree';

export interface LiabilityLeaf {
  readonly position: number;
  readonly userId: string;
  readonly salt: string;
  readonly credit: bigint;
  readonly lco: bigint;
}

export function toSumLeaf({ salt, userId, credit, lco }: LiabilityLeaf): SumNode {
  return sumLeaf({ ownerHash: ownerHash(salt, userId), credit, lco });
}

const leavesSql = /* sql */ `
  select position, user_id as "userId", salt, credit, lco
  from liability_leaves where day = ? and position >= ? order by position limit ?`;

/** So many leaves of a day from a position on. */
export async function readLeaves(
  db: Knex,
  day: string,
  from: number,
  limit: number,
): Promise<readonly LiabilityLeaf[]> {
  return (await db.raw<{ rows: LiabilityLeaf[] }>(leavesSql, [day, from, limit])).rows;
}

/** Leaves read at once, when they are no fewer than those of a subtree. */
const leavesAtOnce = 4096;

/** The nodes over each `subtreeSize` leaves of a day, computed from the leaves. */
export async function foldLeaves(
  db: Knex,
  day: string,
  subtreeSize: number,
  onProgress: (text: string) => void,
): Promise<{ readonly size: number; readonly subtrees: readonly SumNode[] }> {
  const subtrees: SumNode[] = [];
  const pageSize = Math.max(1, Math.floor(leavesAtOnce / subtreeSize)) * subtreeSize;
  for (let size = 0; ;) {
    const leaves = (await readLeaves(db, day, size, pageSize)).map(toSumLeaf);
    for (let at = 0; at < leaves.length; at += subtreeSize) {
      subtrees.push(sumRoot(leaves.slice(at, at + subtreeSize)));
    }
    size += leaves.length;
    onProgress(`${day}: ${size} balances`);
    if (leaves.length < pageSize) return { size, subtrees };
  }
}

const subtreesSql = /* sql */ `
  select hash, credit, lco from liability_subtrees where day = ? order by number`;

export async function readSubtrees(db: Knex, day: string): Promise<readonly SumNode[]> {
  return (await db.raw<{ rows: SumNode[] }>(subtreesSql, [day])).rows;
}

const insertSubtreesSql = /* sql */ `
  insert into liability_subtrees (day, number, hash, credit, lco)
  select ?, t.number - 1, t.hash, t.credit, t.lco
  from unnest(?::bytea[], ?::bigint[], ?::bigint[]) with ordinality as t (hash, credit, lco, number)`;

export async function writeSubtrees(
  db: Knex,
  day: string,
  subtrees: readonly SumNode[],
): Promise<void> {
  await db.raw(insertSubtreesSql, [
    day,
    subtrees.map(({ hash }) => hash),
    subtrees.map(({ credit }) => credit.toString()),
    subtrees.map(({ lco }) => lco.toString()),
  ]);
}
