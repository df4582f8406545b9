// What strangers and users read of the proof of liabilities (DESIGN 2.12): the roots, and a user's own leaf with the
// way from it to the root.
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { sumPath, type SumNode } from '../../domain/merkle/sum-tree';
import { readPage, type Page, type PageRequest } from '../pages';
import { keptDays } from './liabilities';
import { liabilityRootColumns, type LiabilityRoot } from './liability-root';
import { readLeaves, readSubtrees, toSumLeaf, type LiabilityLeaf } from './liabilities-tree';

export interface LiabilityProof {
  readonly leaf: LiabilityLeaf;
  readonly leafHash: Buffer;
  readonly size: number;
  /** Siblings, the lowest first. */
  readonly path: readonly SumNode[];
  readonly root: LiabilityRoot;
}

export interface LiabilityProofs {
  /** Of a day, or the newest. @throws DomainError NOT_FOUND */
  root(day?: string): Promise<LiabilityRoot>;
  /** Newest first. */
  roots(page: PageRequest): Promise<Page<LiabilityRoot>>;
  /**
   * Of a day, or the newest.
   * @throws DomainError NOT_FOUND when the day has no tree (any more), or none with the user in it
   */
  proof(userId: string, day?: string): Promise<LiabilityProof>;
}

export function createLiabilityProofs(db: Knex): LiabilityProofs {
  async function findRoot(day: string | undefined): Promise<LiabilityRoot> {
    const query = db('liability_roots').first<LiabilityRoot | undefined>(liabilityRootColumns);
    const root = await (day === undefined ? query.orderBy('day', 'desc') : query.where({ day }));
    if (!root) throw new DomainError('NOT_FOUND', 'There is no root of that day.');
    return root;
  }

  return {
    root: findRoot,

    roots(page) {
      return readPage<LiabilityRoot>(db('liability_roots').select(liabilityRootColumns), page, [
        { column: 'day', type: 'utcDay', of: (root) => root.day },
      ]);
    },

    async proof(userId, asked) {
      const root = await findRoot(asked);
      const { day, subtreeSize } = root;
      const found = await db('liability_leaves')
        .first<{ position: number } | undefined>('position')
        .where({ day, user_id: userId });
      if (!found) {
        throw new DomainError(
          'NOT_FOUND',
          `Nothing of yours is in the tree of that day, or it is more than ${keptDays} days old.`,
        );
      }
      const within = found.position % subtreeSize;
      const [leaves, subtrees] = await Promise.all([
        readLeaves(db, day, found.position - within, subtreeSize),
        readSubtrees(db, day),
      ]);
      const leaf = leaves[within];
      assert(leaf?.userId === userId, `leaf ${found.position} of ${day} is the user's`);
      const nodes = leaves.map(toSumLeaf);
      return {
        leaf,
        leafHash: toSumLeaf(leaf).hash,
        size: root.users,
        path: [
          ...sumPath(nodes, within),
          ...sumPath(subtrees, Math.floor(found.position / subtreeSize)),
        ],
        root,
      };
    },
  };
}
