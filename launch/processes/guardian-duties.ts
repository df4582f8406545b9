// What a supervisor tells its guardian, one JSON line each (see guardian.ts).
import type { ProcessIdentity } from './processes';

/** A process that must not outlive the supervisor. */
export interface Charge {
  name: string;
  process: ProcessIdentity;
  /** Lower ones end first; equal ones together. */
  stage: number;
  /** How long it may take to end by itself, having seen the supervisor go. */
  selfExitMs: number;
  signal: NodeJS.Signals;
  /** How long it may take after `signal`. */
  timeoutMs: number;
  forceSignal: NodeJS.Signals;
  /** Signal its whole process group, which it leads. */
  group?: boolean;
}

export type Duty =
  | { type: 'watch'; charge: Charge }
  | { type: 'release'; pid: number }
  | { type: 'removeAtEnd'; path: string }
  /** End everything now; `force` spares the application's processes no time to drain. */
  | { type: 'endAll'; force: boolean }
  /** Everything was stopped in order: end without doing anything. */
  | { type: 'dismiss' };

/** Application processes drain by themselves when their IPC channel closes. */
export const appStage = 0;
export const temporalStage = 1;
export const postgresStage = 2;
