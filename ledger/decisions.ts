// Decides the commands of a batch in order (DESIGN 3): each is taken in, refused, found out to break an invariant, or
// answered with what an earlier request with its key got. One command's refusal changes nothing for its neighbours.
import { assert, DomainError, InvariantError } from '../domain/errors';
import { BatchSpoiled, MissingState, toJson, type Batch } from './batch';
import type { Origin } from './command';
import type { KeyedResult } from './batch-writing';
import { loadState, storedResultKey, type StoredResult } from './journal';
import type { Answer, Pending } from './pending';
import type { BatchSql } from './table';

const maxLoadsPerDecision = 50;

export interface Decided {
  readonly answers: readonly Answer[];
  readonly keyed: readonly KeyedResult[];
}

/** Answers one command that broke an invariant. */
type RejectOffender = (pending: Pending, error: unknown) => void;

/** Decides all; throws only what ends the batch: a fault of the database, or `BatchSpoiled`. */
export async function decideAll(
  sql: BatchSql,
  batch: Batch,
  pendings: readonly Pending[],
  stored: Map<string, StoredResult>,
  rejectOffender: RejectOffender,
): Promise<Decided> {
  const answers: Answer[] = [];
  const keyed: KeyedResult[] = [];
  const loader = new MissingLoader(sql, batch, pendings);
  for (const [i, pending] of pendings.entries()) {
    batch.commandsToCome = pendings.length - 1 - i;
    for (let loads = 0; ; loads++) {
      try {
        // A decision that is pure asks for something new each time, and there is not that much.
        assert(loads < maxLoadsPerDecision, `${pending.command.kind} asks for state without end`);
        answers.push(decideOne(batch, pending, stored, keyed));
        break;
      } catch (error) {
        if (error instanceof MissingState) {
          await loader.load(error, i);
          continue;
        }
        if (error instanceof BatchSpoiled) throw error;
        answers.push(
          error instanceof DomainError
            ? () => pending.reject(error)
            : () => rejectOffender(pending, error),
        );
        break;
      }
    }
  }
  return { answers, keyed };
}

function decideOne(
  batch: Batch,
  { command, input, origin, resolve }: Pending,
  stored: Map<string, StoredResult>,
  keyed: KeyedResult[],
): Answer {
  const earlier = findStoredResult(origin, stored);
  if (earlier) {
    const { result, at, sequence } = earlier;
    return () => resolve({ result, replayed: true, at, sequence });
  }
  const { at, sequence } = batch;
  const decision = command.decide(batch, input);
  if (!origin.idempotency) {
    batch.apply(decision, origin.actor, origin.requestId ?? null);
    return () => resolve({ result: decision.result, replayed: false, at, sequence });
  }
  const text = toJson(decision.result, `the result of ${command.kind}`);
  batch.apply(decision, origin.actor, origin.requestId ?? null);
  const { actor } = origin;
  const { key, fingerprint } = origin.idempotency;
  // What a repeat will get, so that the first request and its repeats never differ.
  const result: unknown = JSON.parse(text);
  keyed.push({ actor, key, fingerprint, result: text });
  stored.set(storedResultKey(actor, key), { fingerprint, result, at, sequence });
  return () => resolve({ result, replayed: false, at, sequence });
}

function findStoredResult(
  origin: Origin,
  stored: Map<string, StoredResult>,
): StoredResult | undefined {
  if (!origin.idempotency) return undefined;
  const found = stored.get(storedResultKey(origin.actor, origin.idempotency.key));
  if (found && !found.fingerprint.equals(origin.idempotency.fingerprint)) {
    throw new DomainError(
      'IDEMPOTENCY_MISMATCH',
      'This Idempotency-Key was used for another request; use a new key for a new request.',
    );
  }
  return found;
}

/**
 * Loads what decisions found out to need. One that does so is nothing special; from the second on, the commands still
 * to come are asked what they would lack as well, so that a batch full of them costs a few round trips under the
 * lock instead of one each. Asking is decided for nothing, so it is done ever more rarely.
 */
class MissingLoader {
  private count = 0;
  private askAt = 2;

  constructor(
    private readonly sql: BatchSql,
    private readonly batch: Batch,
    private readonly pendings: readonly Pending[],
  ) {}

  async load(missing: MissingState, index: number): Promise<void> {
    this.count++;
    const accounts = [...missing.accounts];
    const rows = [...missing.rows];
    if (this.count === this.askAt) {
      this.askAt *= 2;
      for (const pending of this.pendings.slice(index + 1)) {
        const more = this.missingOf(pending);
        if (!more) continue;
        accounts.push(...more.accounts);
        rows.push(...more.rows);
      }
    }
    await loadState(this.sql, this.batch, { accounts, rows });
  }

  private missingOf({ command, input }: Pending): MissingState | undefined {
    try {
      this.batch.check(command.decide(this.batch, input));
      return undefined;
    } catch (error) {
      // Whatever else is wrong with it will be told in its turn.
      return error instanceof MissingState ? error : undefined;
    }
  }
}

/** What a caller is told of a fault of ours. */
export function toInvariantError(kind: string, error: unknown): InvariantError {
  return error instanceof InvariantError
    ? error
    : new InvariantError(`${kind} failed`, { cause: error });
}
