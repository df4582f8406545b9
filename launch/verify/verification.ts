// What one part of the verification is: it asks the server and says, line by line, what holds and what does not.
import type { VerifierKey } from '../../domain/signed-note';
import type { Memory } from './memory';
import type { Server } from './server';

export interface Line {
  readonly status: 'holds' | 'fails' | 'note';
  readonly text: string;
}

export const holds = (text: string): Line => ({ status: 'holds', text });
export const fails = (text: string): Line => ({ status: 'fails', text });
export const note = (text: string): Line => ({ status: 'note', text });

/** `text` says what holds; `otherwise` what is wrong, undefined when nothing is. */
export function verdict(text: string, otherwise: string | undefined): Line {
  return otherwise === undefined ? holds(text) : fails(otherwise);
}

/** What the burn log says of a burn, for whoever burned it to be compared with. */
export interface SeenBurn {
  readonly seq: number;
  readonly kind: string;
  readonly amount: bigint;
  readonly sourceRef: string;
}

export interface Subject {
  readonly server: Server;
  /** Whose signatures are believed. */
  readonly key: VerifierKey;
  /** What was seen the last time, under the same key. */
  readonly memory: Memory | undefined;
  /** Those that the burn log's verification has read, the oldest first. */
  readonly burns: SeenBurn[];
  /** What to remember of this time, if everything holds. */
  readonly seen: { checkpoint: string; roots: Record<string, string> };
}

export interface Verification {
  readonly title: string;
  run(subject: Subject): AsyncIterable<Line>;
}
