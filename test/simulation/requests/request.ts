// What clients ask in a simulation. A request is drawn without knowing what became of those before it, so that a seed
// alone says what is asked; only when it is sent for the first time does it look at what its client can see, such as
// a balance. Sent again, it is the very same request.
import { createHash } from 'node:crypto';
import { DomainError } from '../../../domain/errors';
import { scopes } from '../../../domain/identity';
import { newId } from '../../../ledger/ids';
import type { Caller } from '../../../services/identity/caller';
import { users } from '../cast';
import { once, Refusal, type State } from '../model/state';
import type { Random } from '../random';
import type { SimulatedProcess } from '../processes';

/** What the rows say after a step of what the model does not compute: prices, times 10^12. */
export interface Observed {
  readonly mark: bigint | null;
  /** null: the run has not begun, or without a mark. */
  startOf(buybackId: string): { readonly mark: bigint; readonly average: bigint } | null;
}

/** A request as it goes out. Its answer is told in a few words, or is a refusal's code. */
export interface Act {
  /** Asks the product; what goes to the committer does so before the first await. */
  send(process: SimulatedProcess): Promise<string>;
  /**
   * Asks the model and changes it; throws a `Refusal`. The mark is an observation: what a tick computed, and what the
   * start of a buyback found of it, is taken from the rows.
   */
  expect(state: State, processId: string, observed: Observed): string;
  /** It comes before all of its batch that is not. */
  readonly isUrgent?: boolean;
  /** What the model has of it when the process died after the commit; all, unless there is more to it than a commit. */
  expectCut?(state: State): void;
}

export interface Request {
  /** All that is asked, for people and as the body that a repeat is compared by. */
  readonly text: string;
  readonly bind: (state: State) => Act;
  /** Whether a later step may send it again, in a batch with others. */
  readonly isRepeatable: boolean;
  /** What the client asks instead when the process died under it. */
  readonly renew?: (draw: Draw) => Request;
  /** For an act of several commits, of which a crash may leave some: the model takes them in when it is complete. */
  readonly hasSeveralCommits?: boolean;
}

/** What was asked so far, whatever came of it. */
export interface Memory {
  readonly requests: Request[];
  readonly idempotencyKeys: Map<string, string[]>;
  readonly references: { readonly ref: string; readonly userId: string | null }[];
  /** References of deposits that need a second operator. */
  readonly largeDeposits: string[];
  readonly redemptions: string[];
  readonly keys: { readonly handle: string; readonly userId: string }[];
  readonly channels: string[];
  readonly models: string[];
  readonly calls: AskedCall[];
  readonly orders: AskedOrder[];
  readonly unstakes: string[];
  readonly markets: string[];
  readonly positions: AskedPosition[];
  /** How often the maker has quoted. */
  quotes: number;
  /** The mark is ticked in this step. */
  isTicked: boolean;
  /** Some process fell silent since the last sweep. */
  isSweepDue: boolean;
  /** Whom most requests of this moment are about, so that what they change meets. */
  focus: string | null;
}

/** An order that was asked for, or the amendment of one that may have become one. */
export interface AskedOrder {
  readonly id: string;
  readonly userId: string;
  readonly clientOrderId: string;
}

export interface AskedPosition {
  readonly id: string;
  readonly userId: string;
  readonly side: 'long' | 'short';
}

export interface AskedCall {
  readonly id: string;
  readonly userId: string;
  readonly key: string | null;
  readonly modelId: string;
  readonly textTokens: number;
  /** The most output of all choices. */
  readonly output: number;
  isEnded: boolean;
}

export interface Draw {
  readonly random: Random;
  readonly memory: Memory;
}

export function newMemory(): Memory {
  return {
    requests: [],
    idempotencyKeys: new Map(),
    references: [],
    largeDeposits: [],
    redemptions: [],
    keys: [],
    channels: [],
    models: [],
    calls: [],
    orders: [],
    unstakes: [],
    markets: [],
    positions: [],
    quotes: 0,
    isTicked: false,
    isSweepDue: false,
    focus: null,
  };
}

/** A known one most of the time, or one that nobody knows. */
export function pickKnown(
  { random }: Draw,
  known: readonly string[],
  unknown: string,
  strangeness = 0.05,
): string {
  return known.length === 0 || random.chance(strangeness) ? unknown : random.pick(known);
}

/** Among the newest most of the time: those are the ones with something left to do. */
export function pickRecent(draw: Draw, known: readonly string[], unknown: string): string {
  const candidates = draw.random.chance(0.8) ? known.slice(-8) : known;
  return pickKnown(draw, candidates, unknown);
}

/** A user, most often the one whom this moment is about. */
export function pickUser({ random, memory }: Draw, others: readonly string[] = []): string {
  if (memory.focus !== null && random.chance(0.8)) return memory.focus;
  return random.pick([...users, ...users, ...others]);
}

/** A new key, or now and then one that its owner has used already. */
export function drawIdempotencyKey({ random, memory }: Draw, actor: string): string {
  const used = memory.idempotencyKeys.get(actor) ?? [];
  if (used.length > 0 && random.chance(0.08)) return random.pick(used);
  const key = `key-${used.length}`;
  memory.idempotencyKeys.set(actor, [...used, key]);
  return key;
}

export function drawReason({ random }: Draw): string {
  return random.chance(0.04) ? ' with blanks around it ' : 'As agreed';
}

/** An amount as it is asked for: so much, or all that there is with a little more or less. */
export type Amount = bigint | { readonly allAnd: bigint };

export function drawAmount({ random }: Draw, mostDigits: number): Amount {
  if (random.chance(0.25)) return { allAnd: random.pick([0n, 0n, -1n, 1n]) };
  if (random.chance(0.04)) return random.pick([0n, -1n, 10n ** 17n + 1n]);
  return random.magnitude(1, mostDigits);
}

export function resolveAmount(amount: Amount, all: bigint): bigint {
  return typeof amount === 'bigint' ? amount : all + amount.allAnd;
}

export function amountText(amount: Amount): string {
  return typeof amount === 'bigint' ? String(amount) : `all and ${amount.allAnd}`;
}

export function fingerprintOf(body: string): Buffer {
  return createHash('sha256').update(body).digest();
}

/** Somebody with every right, whose request has an id of its own each time that it is sent. */
export function callerOf(userId: string, idempotency?: { key: string; body: string }): Caller {
  return {
    userId,
    role: 'operator',
    isFrozen: false,
    scopes,
    keyId: null,
    models: null,
    sessionHash: null,
    requestId: newId(),
    ...(idempotency && {
      idempotency: { key: idempotency.key, fingerprint: fingerprintOf(idempotency.body) },
    }),
  };
}

export interface KeyedAct {
  /** What the product says, and whether it said so before. */
  send(
    process: SimulatedProcess,
    caller: Caller,
  ): Promise<{ readonly told: string; readonly replayed: boolean }>;
  decide(state: State): string;
}

/** A request with an idempotency key. */
export function keyedRequest(
  draw: Draw,
  actor: string,
  text: string,
  bind: (state: State) => KeyedAct,
  key: string = drawIdempotencyKey(draw, actor),
): Request {
  return {
    text: `${text} (${key})`,
    isRepeatable: true,
    bind(before) {
      const act = bind(before);
      return {
        async send(process) {
          const { told, replayed } = await act.send(process, callerOf(actor, { key, body: text }));
          return replayed ? `${told} (replayed)` : told;
        },
        expect: (state) => once(state, { actor, key, body: text }, () => act.decide(state)),
      };
    },
  };
}

/** A part of a request that is refused by itself. */
export async function orRefusal(answer: Promise<string>): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

/** The same, of the model. */
export function orCode(act: () => string): string {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}
