// One attempt to commit a batch, on one session from BEGIN to COMMIT (DESIGN 3). Everything before the decisions is
// pipelined into one round trip, everything after them into another. An attempt that fails says whether its commit
// may have happened.
import { DatabaseError } from 'pg';
import { assert } from '../domain/errors';
import { Batch } from './batch';
import { planWriting } from './batch-writing';
import type { Keys } from './command';
import type { CommitterSession } from './committer-connection';
import { isConnectionFailure } from './connection';
import { decideAll } from './decisions';
import {
  isCommitted,
  loadStoredResults,
  lockHead,
  startLoading,
  type BatchIdentity,
  type Head,
} from './journal';
import type { Answer, Pending } from './pending';
import type { ProjectionCache } from './projections';
import type { Statement } from './table';

/** A commit whose answer was lost. */
export interface CommitInDoubt {
  readonly identity: BatchIdentity;
  readonly answers: readonly Answer[];
}

export class CommitLost extends Error {
  override readonly name = 'CommitLost';
  constructor(
    readonly inDoubt: CommitInDoubt,
    override readonly cause: unknown,
  ) {
    super('the answer to a commit was lost');
  }
}

export interface CommitFacts {
  readonly commands: number;
  readonly transfers: number;
  /** From BEGIN until the head was ours and all was loaded. */
  readonly lockMs: number;
  readonly totalMs: number;
}

interface Attempted {
  readonly answers: readonly Answer[];
  /** null when there was nothing to be written. */
  readonly facts: CommitFacts | null;
}

/** Whether a commit whose answer was lost has happened; once the head is ours, it has or never will. */
export async function settleDoubt(
  session: CommitterSession,
  { identity }: CommitInDoubt,
): Promise<boolean> {
  const begun = session.run('begin');
  const locked = lockHead(session);
  const found = isCommitted(session, identity);
  const ended = session.run('rollback');
  const [, , hasHappened] = await allOf([begun, locked, found, ended]);
  return hasHappened;
}

/**
 * Decides the commands and commits what they changed.
 * @throws CommitLost when the commit may or may not have happened; after any other error it has not.
 */
export async function attemptCommit(
  session: CommitterSession,
  pendings: readonly Pending[],
  projections: ProjectionCache,
  rejectOffender: (pending: Pending, error: unknown) => void,
  clock?: () => number,
): Promise<Attempted> {
  const startedAt = performance.now();
  const begun = session.run('begin');
  const locked = lockHead(session, clock);
  const read = projections.startReading(session);
  const remembered = loadStoredResults(
    session,
    pendings.map(({ origin }) => origin),
  );
  const loaded = startLoading(session, mergeKeys(pendings));
  // In the order of the wire: the first that fails is the cause, the others only say that the transaction is aborted.
  const [, head, feed, stored, ...loads] = await allOf([
    begun,
    locked,
    read,
    remembered,
    ...loaded,
  ] as const);

  const states = await projections.advance(session, feed);
  const batch = new Batch(
    head.sequence + 1n,
    head.at,
    head.nextAccountId,
    projections.projections,
    states,
  );
  for (const fill of loads) fill(batch);
  const lockMs = performance.now() - startedAt;

  const { answers, keyed } = await decideAll(session, batch, pendings, stored, rejectOffender);
  if (batch.isEmpty && keyed.length === 0) {
    await session.run('rollback');
    projections.keep(states, head.sequence);
    return { answers, facts: null };
  }
  const { hash, statements } = planWriting(head, batch, keyed);
  await writeAndCommit(session, statements, { identity: identityOf(head, hash), answers });
  projections.keep(states, batch.sequence);
  const facts = {
    commands: pendings.length,
    transfers: batch.transfers.length,
    lockMs,
    totalMs: performance.now() - startedAt,
  };
  return { answers, facts };
}

function identityOf({ sequence, transactionId }: Head, hash: Buffer): BatchIdentity {
  return { sequence: sequence + 1n, hash, transactionId };
}

async function writeAndCommit(
  session: CommitterSession,
  statements: readonly Statement[],
  inDoubt: CommitInDoubt,
): Promise<void> {
  const writes = statements.map(({ name, text, values }) => session.query(name, text, values));
  const commit = session.run('commit');
  const written = await Promise.allSettled(writes);
  const refused = written.find((result) => result.status === 'rejected');
  let command: string;
  try {
    ({ command } = await commit);
  } catch (error) {
    // The server skips what comes behind a statement that it refused. Whatever else went wrong, and were it that a
    // write's answer was lost too, the commit may have happened.
    const reason: unknown = refused?.reason;
    if (reason instanceof DatabaseError && !isConnectionFailure(reason)) throw reason;
    throw new CommitLost(inDoubt, error);
  }
  assert(!refused, 'nothing is committed when a write was refused');
  if (command !== 'COMMIT') throw new Error(`commit answered ${command}`);
}

function mergeKeys(pendings: readonly Pending[]): Keys {
  const accounts: NonNullable<Keys['accounts']>[number][] = [];
  const rows: NonNullable<Keys['rows']>[number][] = [];
  for (const { keys } of pendings) {
    if (keys.accounts) accounts.push(...keys.accounts);
    if (keys.rows) rows.push(...keys.rows);
  }
  return { accounts, rows };
}

/** Like Promise.all, but waits for every query to end before it throws, and throws what failed first in the list. */
async function allOf<T extends readonly unknown[]>(
  queries: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(queries);
  const refused = settled.find((result) => result.status === 'rejected');
  if (refused) throw refused.reason;
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
}
