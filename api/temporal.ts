// Commands of operators reach workflows as updates (DESIGN 5). The connection is made when it is first needed: the
// API starts and serves without Temporal. A command is fingerprinted in PostgreSQL before it is sent, so that a
// repeat gets the first answer, whatever became of the workflow.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  Client,
  Connection,
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { Config } from '../config/config';
import {
  assert,
  DomainError,
  domainErrorCodes,
  InvariantError,
  type DomainErrorCode,
  type ErrorDetails,
} from '../domain/errors';
import type { Caller } from '../services/identity/caller';
import { clientConnectionOptions } from '../services/temporal-options';
import type { ClaimedCommand, WorkflowCommands } from '../services/workflow-commands';

interface UpdateRequest<Result, Args extends [unknown, ...unknown[]]> {
  readonly workflowId: string;
  readonly update: UpdateDefinition<Result, Args>;
  readonly args: Args;
  /** With an idempotency key: it names the update. */
  readonly caller: Caller;
  /**
   * What our own rows say when there is no such workflow, for Temporal does not tell an ended one from an unknown
   * one: the refusal, or undefined when the entity is open and its workflow should be there any moment.
   */
  explainAbsence(): Promise<DomainError | undefined>;
}

export interface Temporal {
  /**
   * Sends an update and waits for its result.
   * @throws DomainError what the workflow refused with; IDEMPOTENCY_MISMATCH; ENGINE_UNAVAILABLE when Temporal is
   * away, or the workflow not begun or ended from outside, and nothing was sent; OUTCOME_UNKNOWN when the answer did
   * not come in time: the update may still run, and a repeat with the same key gets its result.
   */
  sendUpdate<Result, Args extends [unknown, ...unknown[]]>(
    request: UpdateRequest<Result, Args>,
  ): Promise<{ result: Result; replayed: boolean }>;
  close(): Promise<void>;
}

export interface TemporalOptions {
  readonly temporal: Config['temporal'];
  readonly commands: WorkflowCommands;
  /** How long a caller waits for the result. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 10_000;
/** Of the whole time, what the question may take that comes before. */
const probeShare = 1 / 5;
const absenceIntervalMs = 100;
/** An attempt that its deadline cuts off may have been heard: one that has less time than this is not made. */
const shortestAttemptMs = 500;

export function createTemporal(options: TemporalOptions): Temporal {
  const { address, namespace } = options.temporal;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  let client: Client | undefined;

  function getClient(): Client {
    if (address === undefined) throw engineUnavailable();
    client ??= new Client({
      connection: Connection.lazy(clientConnectionOptions(options.temporal)),
      namespace,
    });
    return client;
  }

  return {
    async sendUpdate(request) {
      const { userId, idempotency } = request.caller;
      assert(idempotency, 'an update has an idempotency key');
      const command = await options.commands.claim({ actor: userId, ...idempotency });
      if (command.answer) return { result: command.answer.result as never, replayed: true };
      try {
        const deadline = Date.now() + timeoutMs;
        const result = await deliver(getClient(), request, command, deadline);
        await options.commands.keepAnswer(command, result);
        return { result, replayed: command.isRepeat };
      } catch (error) {
        if (isFinal(error)) await options.commands.release(command);
        throw error;
      }
    },

    async close() {
      await client?.connection.close();
    },
  };
}

/** Whether nothing happened and nothing of this attempt can happen any more. */
function isFinal(error: unknown): boolean {
  if (error instanceof BrokenUpdate) return error.isFinal;
  return (
    error instanceof DomainError &&
    error.code !== 'OUTCOME_UNKNOWN' &&
    // An earlier request with this key may have been sent.
    error.code !== 'ENGINE_UNAVAILABLE'
  );
}

async function deliver<Result, Args extends [unknown, ...unknown[]]>(
  client: Client,
  request: UpdateRequest<Result, Args>,
  command: ClaimedCommand,
  deadline: number,
): Promise<Result> {
  await requireReachable(client, command, Date.now() + probeShare * (deadline - Date.now()));
  for (;;) {
    try {
      return await client.withDeadline(deadline, () => execute(client, request, command));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw toRefusal(error);
    }
    // Asked before our rows are, which are written before a workflow ends by itself.
    const hasEnded = await hasWorkflowEnded(client, request.workflowId, deadline);
    const refusal = await request.explainAbsence();
    if (refusal) throw refusal;
    if (hasEnded) throw endedUndecided();
    if (Date.now() + absenceIntervalMs + shortestAttemptMs > deadline) throw notBorn();
    await sleep(absenceIntervalMs);
  }
}

/** Whether the newest run was ended; false when there is none, or when Temporal does not say. */
async function hasWorkflowEnded(
  client: Client,
  workflowId: string,
  deadline: number,
): Promise<boolean> {
  try {
    const { status } = await client.withDeadline(deadline, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return status.name !== 'RUNNING';
  } catch {
    return false;
  }
}

async function execute<Result, Args extends [unknown, ...unknown[]]>(
  client: Client,
  { workflowId, update, args }: UpdateRequest<Result, Args>,
  { updateId, isRepeat }: ClaimedCommand,
): Promise<Result> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await handle.executeUpdate(update, { args, updateId });
  } catch (error) {
    // An ended workflow takes no update, but still knows the result of the one that was sent before.
    if (!isRepeat || !(error instanceof WorkflowNotFoundError)) throw error;
    return handle.getUpdateHandle<Result>(updateId).result();
  }
}

/** Asked first, so that "nothing was sent" is true when it fails. */
async function requireReachable(
  client: Client,
  { isRepeat }: ClaimedCommand,
  deadline: number,
): Promise<void> {
  try {
    await client.withDeadline(deadline, () => client.workflowService.getSystemInfo({}));
  } catch {
    throw isRepeat ? outcomeUnknown() : engineUnavailable();
  }
}

/** An update that failed otherwise than by a refusal: a fault of ours. */
class BrokenUpdate extends InvariantError {
  constructor(
    /** True when nothing happened. */
    readonly isFinal: boolean,
    override readonly cause: unknown,
  ) {
    super('an update failed');
  }
}

function toRefusal(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const failure = findApplicationFailure(error);
    if (isDomainErrorCode(failure?.type)) {
      const details = (failure.details?.[0] ?? {}) as ErrorDetails;
      return new DomainError(failure.type, failure.message, details);
    }
    return new BrokenUpdate(failure?.type === 'INVARIANT_BROKEN', error);
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return outcomeUnknown();
  const cause = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isGrpcServiceError(cause) ? outcomeUnknown() : error;
}

/** The activity's failure is the cause of the update's; a validator's is the update's own. */
function findApplicationFailure(error: Error): ApplicationFailure | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) return cause;
  }
  return undefined;
}

function isDomainErrorCode(type: unknown): type is DomainErrorCode {
  return (domainErrorCodes as readonly unknown[]).includes(type);
}

function engineUnavailable(): DomainError {
  return new DomainError(
    'ENGINE_UNAVAILABLE',
    'The workflow engine cannot be reached; nothing was sent. Repeat with the same key.',
  );
}

function notBorn(): DomainError {
  return new DomainError(
    'ENGINE_UNAVAILABLE',
    'Its workflow has not begun yet; nothing was sent. Repeat with the same key; if it lasts, the operator of the server must look (npm run doctor).',
  );
}

function endedUndecided(): DomainError {
  return new DomainError(
    'ENGINE_UNAVAILABLE',
    'Its workflow was ended from outside before a decision; nothing was done. The operator of the server must start it again (npm run doctor -- --restart-workflows); then repeat with the same key.',
  );
}

function outcomeUnknown(): DomainError {
  return new DomainError(
    'OUTCOME_UNKNOWN',
    'No answer came in time; the command may still run. Repeat with the same key.',
  );
}
