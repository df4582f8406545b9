// The commands of one moment of the demo's history (DESIGN 7): submitted together, so that they are one batch, with the
// journal's time standing at that moment.
import { DomainError } from '../../domain/errors';
import type { Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';

/** Submits a command for an actor in the moment's batch; a refusal is nobody's harm. */
export type CommandRunner = <Input, Result>(
  command: Command<Input, Result>,
  input: Input,
  actor: string,
  then?: (result: Result) => void,
) => void;

export interface BatchPlace {
  readonly committer: Committer;
  /** Of that committer: it stands at the moment that is being made. */
  readonly clock: { set(at: number): void };
}

/**
 * All commands of a moment in one batch, in the order of submission.
 * @param at milliseconds since 1970
 * @throws the first failure that is no refusal, once all are answered
 */
export async function commitTogether(
  { committer, clock }: BatchPlace,
  at: number,
  plan: (run: CommandRunner) => void,
): Promise<void> {
  clock.set(at);
  const waiting: Promise<void>[] = [];
  plan((command, input, actor, then) => {
    const done = committer
      .submit(command, input, { actor })
      .then(({ result }) => then?.(result), ignoreRefusal);
    waiting.push(done);
  });
  const failed = (await Promise.allSettled(waiting)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Funds that do not reach, a price that was overtaken: as in life. */
function ignoreRefusal(error: unknown): void {
  const isOutage =
    error instanceof DomainError &&
    (error.code === 'ENGINE_UNAVAILABLE' || error.code === 'OUTCOME_UNKNOWN');
  if (!(error instanceof DomainError) || isOutage) throw error;
}
