// What a noun registers with the committer: a command names what it must read (`keys`) and plans, purely, what
// is to be written (`decide`). Nothing else writes balances.
import type { Account } from './accounts';
import type { BatchSql, Table } from './table';

/** One leg of a transfer; a positive amount (base units) goes into the account. */
export interface Entry {
  readonly account: Account;
  readonly amount: bigint;
}

/** Two or more entries that sum to zero for each asset. */
export interface Transfer {
  readonly kind: string;
  /** What it was for: the id of a deposit, a reservation, an order … */
  readonly reference?: string;
  readonly entries: readonly Entry[];
}

export interface RowWrite {
  readonly table: Table<never>;
  readonly row: unknown;
}

/** A public fact of a batch, followed by caches and streams. Must be JSON. */
export interface FeedEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a workflow must hear of, delivered at least once after the commit. No secrets. */
export interface OutboxMessage {
  readonly kind: string;
  readonly entityId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Decision<Result> {
  readonly transfers?: readonly Transfer[];
  readonly rows?: readonly RowWrite[];
  readonly feed?: readonly FeedEvent[];
  readonly outbox?: readonly OutboxMessage[];
  /** JSON when the command is submitted with an idempotency key, for it is stored then. */
  readonly result: Result;
}

export interface RowKey {
  readonly table: Table<never>;
  readonly key: string;
}

/** What a command reads for certain; what it finds out to need while deciding is loaded then. */
export interface Keys {
  readonly accounts?: readonly Account[];
  readonly rows?: readonly RowKey[];
}

/** State that committers keep in memory and advance by the feed (the order book, the parameters). */
export interface Projection<State> {
  readonly name: string;
  load(sql: BatchSql): Promise<State>;
  /** Advances the state in place. */
  apply(state: State, event: FeedEvent): void;
}

/** The state as the commands before this one in the batch left it. */
export interface View {
  /** Journal time of the batch, in milliseconds: the only time that a decision sees. */
  readonly at: number;
  readonly sequence: bigint;
  /** Base units; 0 for an account that was never used. */
  balance(account: Account): bigint;
  /**
   * For accounts that a decision finds out to need: if one of them has to be loaded, those that `more` names are
   * loaded with it, for what the batch's commands to come are likely to ask for.
   */
  expect(accounts: readonly Account[], more: (commandsToCome: number) => readonly Account[]): void;
  row<Row>(table: Table<Row>, key: string): Row | undefined;
  /** Several rows at once, so that what is missing is loaded together. */
  rows<Row>(table: Table<Row>, keys: readonly string[]): (Row | undefined)[];
  projection<State>(projection: Projection<State>): State;
}

export interface Command<Input, Result> {
  readonly kind: string;
  /** Before all that waits for the next batch and is not: for what must not stand in a queue. */
  readonly isUrgent?: boolean;
  keys(input: Input): Keys;
  /** Pure: reads nothing but the view and the input. Throws a `DomainError` to refuse. */
  decide(view: View, input: Input): Decision<Result>;
}

/** Who asks, and how a repeat is recognised. */
export interface Origin {
  /** A user's id, or the name of a process of ours such as `webhook` or `sweep`. */
  readonly actor: string;
  readonly requestId?: string | undefined;
  readonly idempotency?:
    | {
        readonly key: string;
        /** SHA-256 over method, path and body. */
        readonly fingerprint: Buffer;
      }
    | undefined;
}

export interface Outcome<Result> {
  readonly result: Result;
  /** True when the result was stored by an earlier request with the same key. */
  readonly replayed: boolean;
  /** Journal time of the commit, in milliseconds. */
  readonly at: number;
  readonly sequence: bigint;
}

/** Names a row for `Keys.rows`. */
export function rowKey<Row>(table: Table<Row>, key: string): RowKey {
  return { table: table as unknown as Table<never>, key };
}

/** Plans a row to be written. */
export function putRow<Row>(table: Table<Row>, row: Row): RowWrite {
  return { table: table as unknown as Table<never>, row };
}

/** A transfer of one amount from one account to another. */
export function moveBetween(
  kind: string,
  from: Account,
  to: Account,
  amount: bigint,
  reference?: string,
): Transfer {
  return {
    kind,
    ...(reference === undefined ? {} : { reference }),
    entries: [
      { account: from, amount: -amount },
      { account: to, amount },
    ],
  };
}
