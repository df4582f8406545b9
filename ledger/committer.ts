// The one writer of balances (DESIGN 3): commands that arrive while a commit is in flight form the next batch;
// one transaction locks the journal's head, loads, decides each command in order, writes set-wise and commits;
// only then are the callers answered. Any number of processes may each run one.
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../domain/errors';
import {
  attemptCommit,
  CommitLost,
  settleDoubt,
  type CommitFacts,
  type CommitInDoubt,
} from './attempt';
import type { Command, Keys, Origin, Outcome, Projection } from './command';
import { CommitterSession, isTransient } from './committer-connection';
import { toInvariantError } from './decisions';
import type { Answer, Pending } from './pending';
import { ProjectionCache } from './projections';

/** What a running committer tells its process' metrics and log. Never a payload. */
export interface CommitterObserver {
  onCommit?(facts: CommitFacts): void;
  /** A batch is tried again, or a projection is read anew. */
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
  /** How long a caller waits for an answer at most, whatever has become of the database. */
  readonly patienceMs?: number;
  /**
   * Milliseconds: what journal time is taken from, instead of the database's clock; it never runs backwards all the
   * same. Only for a process that seeds an empty journal alone with a history (launch/demo), never in an instance that
   * runs: two processes' clocks differ.
   */
  readonly clock?: () => number;
}

const firstRetryMs = 20;
const maxRetryMs = 1_000;

export class Committer {
  private readonly queue: Pending[] = [];
  private readonly urgent: Pending[] = [];
  private readonly projections: ProjectionCache;
  private readonly maxBatchCommands: number;
  private readonly maxQueuedCommands: number;
  private readonly patienceMs: number;
  private session: CommitterSession | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;

  constructor(private readonly options: CommitterOptions) {
    this.projections = new ProjectionCache(options.projections ?? [], (error) =>
      this.tellRetry(error),
    );
    this.maxBatchCommands = options.maxBatchCommands ?? 500;
    this.maxQueuedCommands = options.maxQueuedCommands ?? 20_000;
    this.patienceMs = options.patienceMs ?? 15_000;
  }

  /** Commands that wait for the next batch. */
  get queueLength(): number {
    return this.queue.length + this.urgent.length;
  }

  /**
   * Commits a command once, with others of its moment.
   * @throws DomainError when a rule refuses it, IDEMPOTENCY_MISMATCH when its key was used for another request,
   * ENGINE_UNAVAILABLE when the queue is full or the database away (nothing happened, nor will it), OUTCOME_UNKNOWN
   * when the database went away at the very commit.
   * @throws InvariantError when it broke an invariant (nothing happened).
   */
  submit<Input, Result>(
    command: Command<Input, Result>,
    input: Input,
    origin: Origin,
  ): Promise<Outcome<Result>> {
    if (this.isClosed || this.queueLength >= this.maxQueuedCommands) {
      return Promise.reject(
        new DomainError('ENGINE_UNAVAILABLE', 'The engine is not taking requests at the moment.'),
      );
    }
    return new Promise<Outcome<Result>>((resolve, reject) => {
      (command.isUrgent ? this.urgent : this.queue).push({
        command,
        input,
        keys: this.keysOf(command, input, origin),
        origin,
        deadlineMs: performance.now() + this.patienceMs,
        resolve: resolve as (outcome: Outcome<unknown>) => void,
        reject,
      });
      this.running ??= this.run();
    });
  }

  /** Asked before the command joins others, so that what it throws is its own affair. */
  private keysOf<Input>(command: Command<Input, unknown>, input: Input, origin: Origin): Keys {
    try {
      return command.keys(input);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      this.tellOffender(command.kind, origin, error);
      throw toInvariantError(command.kind, error);
    }
  }

  /** Stops accepting, commits what is queued and closes the connection. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.running;
    const { session } = this;
    this.session = undefined;
    await session?.end();
  }

  private async run(): Promise<void> {
    // One turn of the event loop gathers what arrived in the same moment, at no delay.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queueLength > 0) {
      const pendings = this.urgent.splice(0, this.maxBatchCommands);
      pendings.push(...this.queue.splice(0, this.maxBatchCommands - pendings.length));
      const [waiting, late] = splitByDeadline(pendings, performance.now());
      for (const pending of late) pending.reject(notInTime());
      if (waiting.length > 0) await this.commitOrBisect(waiting);
    }
    this.running = undefined;
  }

  /** Commits the commands, halving when the database refuses a batch, so that one offender harms nobody else. */
  private async commitOrBisect(pendings: readonly Pending[]): Promise<void> {
    let answers: readonly Answer[];
    try {
      answers = await this.commitWithRetries(pendings);
    } catch (error) {
      const [only] = pendings;
      if (only && pendings.length === 1) return this.rejectOffender(only, error);
      const middle = pendings.length >> 1;
      await this.commitOrBisect(pendings.slice(0, middle));
      return this.commitOrBisect(pendings.slice(middle));
    }
    // The next batch is on its way to the database before the callers of this one go on with what they waited for: that
    // is a call's work for each, in which the database would have nothing to do.
    setImmediate(() => {
      for (const answer of answers) answer();
    });
  }

  /** Tries until the batch is committed or its callers' time is over; throws what no other attempt would change. */
  private async commitWithRetries(all: readonly Pending[]): Promise<readonly Answer[]> {
    const refusals: Answer[] = [];
    let pendings = all;
    let inDoubt: CommitInDoubt | undefined;
    for (let attempt = 0; ; attempt++) {
      // While a commit is in doubt its commands share one fate, so they wait for it together.
      const deadlineMs = Math.max(...pendings.map((pending) => pending.deadlineMs));
      let session: CommitterSession | undefined;
      try {
        session = await this.openSession(deadlineMs);
        if (inDoubt && (await inTime(session, deadlineMs, settleDoubt(session, inDoubt)))) {
          return refusals.concat(inDoubt.answers);
        }
        inDoubt = undefined;
        return refusals.concat(await this.attempt(session, pendings, deadlineMs));
      } catch (error) {
        this.projections.drop();
        const cause = error instanceof CommitLost ? error.cause : error;
        // Without a session nothing was asked yet: the database is away, whatever it says.
        const mayPass = !session || isTransient(cause, session);
        this.dropSession();
        if (!mayPass) throw cause;
        if (error instanceof CommitLost) ({ inDoubt } = error);
        this.tellRetry(cause);
        const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** attempt) * (0.5 + Math.random());
        const nextMs = performance.now() + delayMs;
        if (inDoubt) {
          if (nextMs > deadlineMs)
            return refusals.concat(
              pendings.map((pending) => () => pending.reject(outcomeUnknown())),
            );
        } else {
          const [waiting, late] = splitByDeadline(pendings, nextMs);
          refusals.push(...late.map((pending) => () => pending.reject(notInTime())));
          if (waiting.length === 0) return refusals;
          pendings = waiting;
        }
        await sleep(delayMs);
      }
    }
  }

  private async attempt(
    session: CommitterSession,
    pendings: readonly Pending[],
    deadlineMs: number,
  ): Promise<readonly Answer[]> {
    const rejectOffender = (pending: Pending, error: unknown) =>
      this.rejectOffender(pending, error);
    const { clock } = this.options;
    const work = attemptCommit(session, pendings, this.projections, rejectOffender, clock);
    const { answers, facts } = await inTime(session, deadlineMs, work);
    if (facts) this.tell((observer) => observer.onCommit?.(facts));
    return answers;
  }

  private async openSession(deadlineMs: number): Promise<CommitterSession> {
    if (this.session && !this.session.isLost) return this.session;
    const { databaseUrl, applicationName } = this.options;
    const timeoutMs = Math.max(1, deadlineMs - performance.now());
    this.session = await CommitterSession.open(databaseUrl, applicationName, timeoutMs);
    return this.session;
  }

  /** Ends whatever a failed attempt left open: the server rolls it back. */
  private dropSession(): void {
    this.session?.destroy();
    this.session = undefined;
  }

  private rejectOffender(pending: Pending, error: unknown): void {
    this.tellOffender(pending.command.kind, pending.origin, error);
    pending.reject(toInvariantError(pending.command.kind, error));
  }

  private tellOffender(kind: string, { requestId }: Origin, error: unknown): void {
    this.tell((observer) => observer.onOffender?.(kind, requestId, toError(error)));
  }

  private tellRetry(error: unknown): void {
    this.tell((observer) => observer.onRetry?.(toError(error)));
  }

  /** A metric or a log that fails must not make a batch that is committed look as if it were not. */
  private tell(what: (observer: CommitterObserver) => void): void {
    try {
      what(this.options.observer ?? {});
    } catch {
      // there is nobody else to tell
    }
  }
}

/** Cuts the session when the time is over, so that what waits for it fails then. */
async function inTime<T>(
  session: CommitterSession,
  deadlineMs: number,
  work: Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => session.destroy(), Math.max(0, deadlineMs - performance.now()));
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

/** Those whose callers still wait at a time, and those whose do not. */
function splitByDeadline(
  pendings: readonly Pending[],
  nowMs: number,
): readonly [inTime: readonly Pending[], late: readonly Pending[]] {
  const isLate = ({ deadlineMs }: Pending) => deadlineMs < nowMs;
  if (!pendings.some(isLate)) return [pendings, []];
  return [pendings.filter((pending) => !isLate(pending)), pendings.filter(isLate)];
}

function notInTime(): DomainError {
  return new DomainError(
    'ENGINE_UNAVAILABLE',
    'The engine could not commit this in time; nothing happened.',
  );
}

function outcomeUnknown(): DomainError {
  return new DomainError('OUTCOME_UNKNOWN', 'The outcome is unknown; repeat with the same key.');
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
