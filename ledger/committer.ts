// The one writer of balances (DESIGN 3): commands that arrive while a commit is in flight form the next batch;
// one transaction locks the journal's head, loads, decides each command in order, writes set-wise and commits;
// only then are the callers answered. Any number of processes may each run one.
import { DomainError, InvariantError, assert } from '../domain/errors';
import { Batch, MissingState, type ProjectionStates } from './batch';
import { CommitterConnection, isTransient } from './committer-connection';
import type { Command, Decision, Keys, Origin, Outcome, Projection } from './command';
import {
  loadFeed,
  loadState,
  loadStoredResults,
  isCommitted,
  lockHead,
  startLoading,
  startWriting,
  storedResultKey,
  type Head,
  type KeyedResult,
  type StoredResult,
} from './journal';

/** What a running committer tells its process' metrics and log. Never a payload. */
export interface CommitterObserver {
  onCommit?(facts: {
    readonly commands: number;
    readonly transfers: number;
    readonly queued: number;
    /** From BEGIN until the head was ours and all was loaded. */
    readonly lockMs: number;
    readonly totalMs: number;
  }): void;
  onRetry?(error: Error): void;
  /** A command broke an invariant or a constraint; its neighbours went through. */
  onOffender?(commandKind: string, requestId: string | undefined, error: Error): void;
}

export interface CommitterOptions {
  readonly databaseUrl: string;
  readonly applicationName: string;
  readonly projections?: readonly Projection<unknown>[];
  readonly observer?: CommitterObserver;
  readonly maxBatchCommands?: number;
  readonly maxQueuedCommands?: number;
  /** How long a batch is tried again while the database is away. */
  readonly maxOutageMs?: number;
}

interface Pending {
  readonly command: Command<unknown, unknown>;
  readonly input: unknown;
  readonly origin: Origin;
  readonly resolve: (outcome: Outcome<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers one caller; called only after the commit. */
type Answer = () => void;

/** A commit whose answer was lost: it happened if the batch with this sequence has this hash. */
interface CommitInDoubt {
  readonly sequence: bigint;
  readonly hash: Buffer;
  readonly answers: readonly Answer[];
}

class CommitLost extends Error {
  override readonly name = 'CommitLost';
  constructor(
    readonly inDoubt: CommitInDoubt,
    override readonly cause: unknown,
  ) {
    super('the answer to a commit was lost');
  }
}

/** A committer that is further behind than this many batches with a feed reloads its projections. */
const maxFeedBatches = 2_000;
const maxLoadsPerDecision = 50;

export class Committer {
  private readonly queue: Pending[] = [];
  private readonly connection: CommitterConnection;
  private readonly projections: readonly Projection<unknown>[];
  private readonly maxBatchCommands: number;
  private readonly maxQueuedCommands: number;
  private readonly maxOutageMs: number;
  private readonly observer: CommitterObserver;
  /** undefined until loaded, and after a batch that failed: then they are reloaded from rows. */
  private projected: { states: ProjectionStates; sequence: bigint } | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;

  constructor(options: CommitterOptions) {
    this.connection = new CommitterConnection(options.databaseUrl, options.applicationName);
    this.projections = options.projections ?? [];
    this.maxBatchCommands = options.maxBatchCommands ?? 500;
    this.maxQueuedCommands = options.maxQueuedCommands ?? 20_000;
    this.maxOutageMs = options.maxOutageMs ?? 15_000;
    this.observer = options.observer ?? {};
  }

  get queueLength(): number {
    return this.queue.length;
  }

  /**
   * Commits a command once, with others of its moment.
   * @throws DomainError when a rule refuses it, IDEMPOTENCY_MISMATCH when its key was used for another request,
   * ENGINE_UNAVAILABLE when the queue is full or the database away (nothing happened), OUTCOME_UNKNOWN when the
   * database went away at the very commit.
   * @throws InvariantError when it broke an invariant (nothing happened).
   */
  submit<Input, Result>(
    command: Command<Input, Result>,
    input: Input,
    origin: Origin,
  ): Promise<Outcome<Result>> {
    if (this.isClosed || this.queue.length >= this.maxQueuedCommands) {
      return Promise.reject(
        new DomainError('ENGINE_UNAVAILABLE', 'The engine is not taking requests at the moment.'),
      );
    }
    return new Promise<Outcome<Result>>((resolve, reject) => {
      this.queue.push({
        command: command,
        input,
        origin,
        resolve: resolve as (outcome: Outcome<unknown>) => void,
        reject,
      });
      this.running ??= this.run();
    });
  }

  /** Stops accepting, commits what is queued and closes the connection. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.running;
    await this.connection.close();
  }

  private async run(): Promise<void> {
    // One turn of the event loop gathers what arrived in the same moment, at no delay.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      await this.commitOrBisect(this.queue.splice(0, this.maxBatchCommands));
    }
    this.running = undefined;
  }

  /** Commits the commands, halving when the database refuses a batch, so that one offender harms nobody else. */
  private async commitOrBisect(pendings: readonly Pending[]): Promise<void> {
    try {
      const answers = await this.commitWithRetries(pendings);
      for (const answer of answers) answer();
    } catch (error) {
      if (error instanceof DomainError) {
        for (const pending of pendings) pending.reject(error);
      } else if (pendings.length > 1) {
        const middle = pendings.length >> 1;
        await this.commitOrBisect(pendings.slice(0, middle));
        await this.commitOrBisect(pendings.slice(middle));
      } else {
        for (const pending of pendings) this.rejectOffender(pending, error);
      }
    }
  }

  private rejectOffender(pending: Pending, error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    this.observer.onOffender?.(pending.command.kind, pending.origin.requestId, cause);
    pending.reject(
      error instanceof InvariantError
        ? error
        : new InvariantError(`${pending.command.kind} failed`, { cause }),
    );
  }

  private async commitWithRetries(pendings: readonly Pending[]): Promise<readonly Answer[]> {
    const deadline = Date.now() + this.maxOutageMs;
    let inDoubt: CommitInDoubt | undefined;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(pendings, inDoubt);
      } catch (error) {
        this.projected = undefined;
        // Ends whatever the failed attempt left open, on our side and on the server's.
        await this.connection.reset();
        const cause = error instanceof CommitLost ? error.cause : error;
        if (!isTransient(cause)) throw cause;
        if (error instanceof CommitLost) inDoubt = error.inDoubt;
        this.observer.onRetry?.(cause as Error);
        const delayMs = Math.min(1_000, 20 * 2 ** attempt) * (0.5 + Math.random());
        if (Date.now() + delayMs > deadline) {
          throw inDoubt
            ? new DomainError(
                'OUTCOME_UNKNOWN',
                'The outcome is unknown; repeat with the same key.',
              )
            : new DomainError('ENGINE_UNAVAILABLE', 'The database is away; nothing happened.');
        }
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  private async attempt(
    pendings: readonly Pending[],
    inDoubt: CommitInDoubt | undefined,
  ): Promise<readonly Answer[]> {
    const startedAt = performance.now();
    const sql = await this.connection.open();
    const begun = sql.query('begin', 'begin', []);
    const headQuery = lockHead(sql);
    const doubtQuery = inDoubt ? isCommitted(sql, inDoubt) : false;
    const projectedQuery = this.loadProjectedFeed();
    const storedQuery = loadStoredResults(
      sql,
      pendings.map((pending) => pending.origin),
    );
    const loads = startLoading(sql, mergeKeys(pendings));
    const [head, hasHappened, projectedFeed, stored, rows] = await settleAll([
      headQuery,
      doubtQuery,
      projectedQuery,
      storedQuery,
      Promise.all(loads),
      begun,
    ] as const);

    if (inDoubt && hasHappened) {
      await sql.query('rollback', 'rollback', []);
      return inDoubt.answers;
    }
    const states = await this.advanceProjections(head, projectedFeed);
    const batch = new Batch(
      head.sequence + 1n,
      head.at,
      head.nextAccountId,
      this.projections,
      states,
    );
    for (const fill of rows) fill(batch);
    const lockMs = performance.now() - startedAt;

    const { answers, keyed } = await this.decideAll(pendings, batch, stored);
    if (batch.isEmpty && keyed.length === 0) {
      await sql.query('rollback', 'rollback', []);
      return answers;
    }
    await this.write(head, batch, keyed, answers);
    this.projected = { states, sequence: batch.sequence };
    this.observer.onCommit?.({
      commands: pendings.length,
      transfers: batch.transfers.length,
      queued: this.queue.length,
      lockMs,
      totalMs: performance.now() - startedAt,
    });
    return answers;
  }

  private async write(
    head: Head,
    batch: Batch,
    keyed: readonly KeyedResult[],
    answers: readonly Answer[],
  ): Promise<void> {
    const sql = await this.connection.open();
    const { hash, queries } = startWriting(sql, head, batch, keyed);
    const commit = sql.query('commit', 'commit', []);
    const [written, committed] = await Promise.all([
      Promise.allSettled(queries),
      commit.then(
        (result) => ({ command: result.command }),
        (error: unknown) => ({ error }),
      ),
    ]);
    // The first refusal is the cause; what follows it in the pipeline only says that the transaction is aborted.
    const refused = written.find((result) => result.status === 'rejected');
    if ('error' in committed) {
      // Even when a write's answer was lost too, the commit may have happened.
      throw new CommitLost(
        { sequence: batch.sequence, hash, answers },
        refused?.reason ?? committed.error,
      );
    }
    if (refused) throw refused.reason;
    if (committed.command !== 'COMMIT') throw new Error(`commit answered ${committed.command}`);
  }

  private async decideAll(
    pendings: readonly Pending[],
    batch: Batch,
    stored: Map<string, StoredResult>,
  ): Promise<{ answers: Answer[]; keyed: KeyedResult[] }> {
    const answers: Answer[] = [];
    const keyed: KeyedResult[] = [];
    for (const pending of pendings) {
      const { origin } = pending;
      try {
        const replay = findStoredResult(origin, stored);
        if (replay) {
          const { at, sequence } = batch;
          answers.push(() =>
            pending.resolve({ result: replay.result, replayed: true, at, sequence: sequence - 1n }),
          );
          continue;
        }
        const { result } = await this.decide(pending, batch);
        if (origin.idempotency) {
          const { key, fingerprint } = origin.idempotency;
          keyed.push({ actor: origin.actor, key, fingerprint, result });
          stored.set(storedResultKey(origin.actor, key), { fingerprint, result });
        }
        const { at, sequence } = batch;
        answers.push(() => pending.resolve({ result, replayed: false, at, sequence }));
      } catch (error) {
        if (isTransient(error)) throw error;
        answers.push(
          error instanceof DomainError
            ? () => pending.reject(error)
            : () => this.rejectOffender(pending, error),
        );
      }
    }
    return { answers, keyed };
  }

  /** Decides one command and takes it into the batch, loading what the decision finds out to need. */
  private async decide(pending: Pending, batch: Batch): Promise<Decision<unknown>> {
    const { command, input, origin } = pending;
    for (let loads = 0; ; loads++) {
      try {
        const decision = command.decide(batch, input);
        batch.apply(decision, origin.actor, origin.requestId ?? null);
        return decision;
      } catch (error) {
        if (!(error instanceof MissingState)) throw error;
        // A decision that is pure asks for something new each time, and there is not that much.
        assert(loads < maxLoadsPerDecision, `${command.kind} asks for state without end`);
        await loadState(await this.connection.open(), batch, error);
      }
    }
  }

  private async loadProjectedFeed() {
    if (!this.projected || this.projections.length === 0) return undefined;
    return loadFeed(await this.connection.open(), this.projected.sequence, maxFeedBatches);
  }

  private async advanceProjections(
    head: Head,
    feed: Awaited<ReturnType<typeof loadFeed>> | undefined,
  ): Promise<ProjectionStates> {
    const { projected } = this;
    // Until the commit is known, what is in memory is not to be trusted by the next batch.
    this.projected = undefined;
    if (projected && feed?.isComplete) {
      for (const event of feed.events) {
        for (const projection of this.projections) {
          projection.apply(projected.states.get(projection.name), event);
        }
      }
      this.projected = { states: projected.states, sequence: head.sequence };
      return projected.states;
    }
    const sql = await this.connection.open();
    const states: ProjectionStates = new Map();
    for (const projection of this.projections) {
      states.set(projection.name, await projection.load(sql));
    }
    this.projected = { states, sequence: head.sequence };
    return states;
  }
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

function mergeKeys(pendings: readonly Pending[]): Keys {
  const accounts: NonNullable<Keys['accounts']>[number][] = [];
  const rows: NonNullable<Keys['rows']>[number][] = [];
  for (const { command, input } of pendings) {
    const keys = command.keys(input);
    if (keys.accounts) accounts.push(...keys.accounts);
    if (keys.rows) rows.push(...keys.rows);
  }
  return { accounts, rows };
}

/** Like Promise.all, but waits for every query to end before it throws, so that none is left on the wire. */
async function settleAll<T extends readonly unknown[]>(
  queries: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(queries);
  const refused = settled.find((result) => result.status === 'rejected');
  if (refused) throw refused.reason;
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
}
