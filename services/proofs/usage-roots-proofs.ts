// What strangers and owners read of the proof of compute (DESIGN 2.12): the roots, and a record's inclusion proof, which
// costs a subtree's records however long the day was.
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { inclusionPath, leafHash } from '../../domain/merkle/tree';
import { dayOf } from '../../domain/utc-day';
import { readPage, type Page, type PageRequest } from '../pages';
import { readCalls, usageLeaf, type SettledCall } from './usage-roots-leaf';
import { splitHashes } from './usage-roots-tree';
import type { UsageRoot } from './usage-roots';

export type PublicUsageRoot = Omit<UsageRoot, 'subtrees' | 'subtreeSize'>;

export interface UsageProof {
  readonly day: string;
  /** The leaf's very text. */
  readonly leaf: string;
  readonly salt: string;
  readonly leafHash: Buffer;
  readonly index: number;
  readonly size: number;
  /** Siblings, the lowest first. */
  readonly path: readonly Buffer[];
  readonly root: Buffer;
}

export interface UsageProofs {
  /** Newest first. */
  roots(page: PageRequest): Promise<Page<PublicUsageRoot>>;
  /** @throws DomainError NOT_FOUND, also for another user's call, and until the record's day has a root */
  proof(userId: string, callId: string): Promise<UsageProof>;
}

const rootColumns = {
  day: 'day',
  firstSettlement: 'first_settlement',
  size: 'size',
  root: 'root',
  charged: 'charged',
  mined: 'mined',
  sequence: 'sequence',
  publishedAt: 'published_at',
};
const treeColumns = { ...rootColumns, subtrees: 'subtrees', subtreeSize: 'subtree_size' };

export function createUsageProofs(db: Knex): UsageProofs {
  async function findRoot(userId: string, callId: string): Promise<[UsageRoot, bigint]> {
    const call = await db('relay_calls')
      .first<{ number: bigint; at: number } | undefined>({
        number: 'settlement_number',
        at: 'ended_at',
      })
      .where({ id: callId, user_id: userId, status: 'settled' });
    if (!call) throw new DomainError('NOT_FOUND', 'There is no receipt of this request.');
    const root = await db('usage_roots')
      .first<UsageRoot | undefined>(treeColumns)
      .where('day', dayOf(call.at));
    if (!root) {
      throw new DomainError(
        'NOT_FOUND',
        'The root of its day is published shortly after midnight UTC.',
      );
    }
    return [root, call.number];
  }

  return {
    roots(page) {
      return readPage<PublicUsageRoot>(db('usage_roots').select(rootColumns), page, [
        { column: 'day', type: 'utcDay', of: (root) => root.day },
      ]);
    },

    async proof(userId, callId) {
      const [root, number] = await findRoot(userId, callId);
      const index = Number(number - root.firstSettlement);
      const within = index % root.subtreeSize;
      const calls = await readSubtree(db, root, index - within);
      const call = calls[within];
      assert(call?.id === callId, `settlement ${number} is record ${index} of ${root.day}`);
      const hashes = calls.map((each) => leafHash(usageLeaf(each)));
      return {
        day: root.day,
        leaf: usageLeaf(call),
        salt: call.salt,
        leafHash: leafHash(usageLeaf(call)),
        index,
        size: root.size,
        path: [
          ...inclusionPath(hashes, within),
          ...inclusionPath(splitHashes(root.subtrees), Math.floor(index / root.subtreeSize)),
        ],
        root: root.root,
      };
    },
  };
}

/** The records below one of the stored hashes, of which the first is record `from` of the day. */
function readSubtree(
  db: Knex,
  { firstSettlement, size, subtreeSize }: UsageRoot,
  from: number,
): Promise<readonly SettledCall[]> {
  const limit = Math.min(subtreeSize, size - from);
  return readCalls(db, firstSettlement + BigInt(from), limit);
}
