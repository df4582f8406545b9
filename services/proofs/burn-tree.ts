// The burn log as strangers read it (DESIGN 2.12 and 2.13): its records, its signed head, and the proofs of its tree. The
// tree is kept in memory and takes in what is new whenever it is asked.
import type { Knex } from 'knex';
import { burnHash } from '../../domain/burn';
import { signCheckpoint } from '../../domain/checkpoint';
import { assert, DomainError } from '../../domain/errors';
import { MerkleTree } from '../../domain/merkle/tree';
import type { ConsistencyProof, InclusionProof } from '../../domain/merkle/proofs';
import { formatVerifierKey, type NoteSigner } from '../../domain/signed-note';
import { readPage, type Page, type PageRequest } from '../pages';
import { burnColumns, toBurnRecord, type BurnRow } from './burn-rows';

export interface BurnLogHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** The three of them, signed. */
  readonly checkpoint: string;
}

export interface BurnLog {
  /** Newest first. */
  list(page: PageRequest): Promise<Page<BurnRow>>;
  /** @throws DomainError NOT_FOUND */
  find(seq: number): Promise<BurnRow>;
  /**
   * That a record is in the tree of a size, or in the newest.
   * @throws DomainError NOT_FOUND; INVALID_REQUEST when the log never had that size, or not yet that record then
   */
  inclusion(seq: number, size?: number): Promise<InclusionProof>;
  /** @throws DomainError INVALID_REQUEST unless 0 < from <= to <= the log's size */
  consistency(from: number, to: number): Promise<ConsistencyProof>;
  /** @throws DomainError ENGINE_UNAVAILABLE without a key */
  head(): Promise<BurnLogHead>;
  /** In C2SP's form. @throws DomainError ENGINE_UNAVAILABLE without a key */
  verifierKey(): string;
}

const leavesAtOnce = 10_000;

/** The tree of what is committed. Appending is synchronous, so requests that load at once do not disturb each other. */
class BurnTree {
  private readonly tree = new MerkleTree();

  constructor(private readonly db: Knex) {}

  /** The tree with at least so many leaves, if there are so many; without a size, with all of them. */
  async grow(size = Infinity): Promise<MerkleTree> {
    for (let loaded = leavesAtOnce; loaded === leavesAtOnce && this.tree.size < size;) {
      const rows = await this.db('burns')
        .select<BurnRow[]>(burnColumns)
        .where('seq', '>=', this.tree.size)
        .orderBy('seq')
        .limit(leavesAtOnce);
      loaded = rows.length;
      for (const row of rows) {
        if (row.seq < this.tree.size) continue;
        assert(row.seq === BigInt(this.tree.size), `burn ${this.tree.size} is in the log`);
        // Nothing is ever signed that a row no longer says, or says for a moment.
        assert(burnHash(toBurnRecord(row)).equals(row.hash), `burn ${row.seq} has its hash`);
        this.tree.append(row.hash);
      }
    }
    return this.tree;
  }
}

function malformed(message: string): DomainError {
  return new DomainError('INVALID_REQUEST', message);
}

export function createBurnLog(parts: {
  readonly db: Knex;
  readonly signer: NoteSigner | undefined;
}): BurnLog {
  const { db } = parts;
  const burnTree = new BurnTree(db);

  async function find(seq: number): Promise<BurnRow> {
    const row = await db('burns').first<BurnRow | undefined>(burnColumns).where({ seq });
    if (!row) throw new DomainError('NOT_FOUND', `The log has no burn ${seq}.`);
    return row;
  }

  function requireSigner(): NoteSigner {
    if (parts.signer) return parts.signer;
    throw new DomainError(
      'ENGINE_UNAVAILABLE',
      'LOG_SIGNING_KEY is not set: nothing can be signed until the operator sets it.',
    );
  }

  return {
    find,

    list(page) {
      return readPage<BurnRow>(db('burns').select(burnColumns), page, [
        { column: 'seq', type: 'bigint', of: (row) => row.seq },
      ]);
    },

    async inclusion(seq, askedSize) {
      const { hash: leafHash } = await find(seq);
      const tree = await burnTree.grow(askedSize);
      const size = askedSize ?? tree.size;
      if (size <= seq) throw malformed(`Burn ${seq} was not in the log of ${size}.`);
      if (size > tree.size) throw malformed(`The log has ${tree.size} burns.`);
      const path = tree.inclusionPath(seq, size);
      return { leafHash, index: seq, size, path, root: tree.root(size) };
    },

    async consistency(from, to) {
      if (from <= 0 || from > to) throw malformed('Consistency needs 0 < from <= to.');
      const tree = await burnTree.grow(to);
      if (to > tree.size) throw malformed(`The log has ${tree.size} burns.`);
      const path = tree.consistencyPath(from, to);
      return { from, to, fromRoot: tree.root(from), toRoot: tree.root(to), path };
    },

    async head() {
      const signer = requireSigner();
      const tree = await burnTree.grow();
      const { size } = tree;
      const root = tree.root();
      return {
        origin: signer.key.name,
        size,
        root,
        checkpoint: signCheckpoint(signer, size, root),
      };
    },

    verifierKey: () => formatVerifierKey(requireSigner().key),
  };
}
