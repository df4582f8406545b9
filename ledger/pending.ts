// A command that waits for its commit, and the answer that it gets then.
import type { Command, Keys, Origin, Outcome } from './command';

export interface Pending {
  readonly command: Command<unknown, unknown>;
  readonly input: unknown;
  readonly keys: Keys;
  readonly origin: Origin;
  /** By `performance.now()`: its caller has an answer by then. */
  readonly deadlineMs: number;
  readonly resolve: (outcome: Outcome<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers one caller; called only after the commit. */
export type Answer = () => void;
