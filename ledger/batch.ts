// One batch in memory: the loaded rows, what the commands decided so far, and the rules that every posting must
// keep. It knows no SQL; `journal.ts` loads and writes it.
import { assert, InvariantError } from '../domain/errors';
import { floorOf, type Account } from './accounts';
import type { Decision, FeedEvent, Projection, RowKey, RowWrite, Transfer, View } from './command';
import type { Table } from './table';

type AnyTable = Table<never>;

/** A decision needs rows that the batch has not loaded; the committer loads them and decides again. */
export class MissingState extends Error {
  override readonly name = 'MissingState';
  constructor(
    readonly accounts: readonly Account[],
    readonly rows: readonly RowKey[],
  ) {
    super('state to be loaded');
  }
}

export interface AccountState {
  readonly account: Account;
  /** undefined until the account is opened by its first posting. */
  id: bigint | undefined;
  balance: bigint;
  isNew: boolean;
  isTouched: boolean;
}

/** A transfer as it is written: its place in the batch and the balances it left. */
export interface PostedTransfer {
  readonly kind: string;
  readonly reference: string | null;
  readonly actor: string;
  readonly requestId: string | null;
  readonly entries: readonly {
    readonly accountId: bigint;
    readonly amount: bigint;
    readonly balanceAfter: bigint;
  }[];
}

interface PostedOutboxMessage {
  readonly kind: string;
  readonly entityId: string;
  /** As JSON text. */
  readonly payload: string;
  readonly requestId: string | null;
}

/** A decision with everything in it checked and encoded that can fail by itself. */
interface CheckedDecision {
  readonly transfers: readonly Transfer[];
  readonly rows: readonly (RowWrite & { readonly key: string })[];
  readonly feed: readonly { readonly event: FeedEvent; readonly text: string }[];
  readonly outbox: readonly PostedOutboxMessage[];
}

/** A batch that took in a part of a decision: nothing of it may be written. */
export class BatchSpoiled extends Error {
  override readonly name = 'BatchSpoiled';
}

/** The projections' states of this process, by name. */
export type ProjectionStates = Map<string, unknown>;

export function applyEvent(
  projections: readonly Projection<unknown>[],
  states: ProjectionStates,
  event: FeedEvent,
): void {
  for (const projection of projections) projection.apply(states.get(projection.name), event);
}

export class Batch implements View {
  readonly accounts = new Map<string, AccountState>();
  readonly transfers: PostedTransfer[] = [];
  readonly opened: AccountState[] = [];
  readonly touched: AccountState[] = [];
  /** Events as JSON texts. */
  readonly feed: string[] = [];
  readonly outbox: PostedOutboxMessage[] = [];
  /** Behind the one that is being decided. */
  commandsToCome = 0;
  private readonly loaded = new Map<AnyTable, Map<string, unknown>>();
  private readonly dirty = new Map<AnyTable, Map<string, unknown>>();

  constructor(
    readonly sequence: bigint,
    readonly at: number,
    private nextAccountId: bigint,
    private readonly projections: readonly Projection<unknown>[],
    private readonly projectionStates: ProjectionStates,
  ) {}

  get accountIdAfter(): bigint {
    return this.nextAccountId;
  }

  get isEmpty(): boolean {
    return (
      this.transfers.length === 0 &&
      this.dirty.size === 0 &&
      this.feed.length === 0 &&
      this.outbox.length === 0
    );
  }

  balance(account: Account): bigint {
    return this.accountState(account).balance;
  }

  expect(accounts: readonly Account[], more: (commandsToCome: number) => readonly Account[]): void {
    if (accounts.every((account) => this.hasAccount(account))) return;
    const missing = [...accounts, ...more(this.commandsToCome)].filter(
      (account) => !this.hasAccount(account),
    );
    throw new MissingState(missing, []);
  }

  row<Row>(table: Table<Row>, key: string): Row | undefined {
    return this.rows(table, [key])[0];
  }

  rows<Row>(table: Table<Row>, keys: readonly string[]): (Row | undefined)[] {
    const rows = this.loaded.get(table as unknown as AnyTable);
    const missing = keys.filter((key) => !rows?.has(key));
    if (missing.length > 0) {
      throw new MissingState(
        [],
        missing.map((key) => ({ table: table as unknown as AnyTable, key })),
      );
    }
    return keys.map((key) => rows?.get(key) as Row | undefined);
  }

  projection<State>(projection: Projection<State>): State {
    assert(
      this.projectionStates.has(projection.name),
      `projection ${projection.name} is not registered`,
    );
    return this.projectionStates.get(projection.name) as State;
  }

  hasAccount(account: Account): boolean {
    return this.accounts.has(account.key);
  }

  hasRow({ table, key }: RowKey): boolean {
    return this.loaded.get(table)?.has(key) ?? false;
  }

  addAccount(account: Account, id: bigint | undefined, balance: bigint): void {
    this.accounts.set(account.key, {
      account,
      id,
      balance,
      isNew: id === undefined,
      isTouched: false,
    });
  }

  addRow(table: AnyTable, key: string, row: unknown): void {
    let rows = this.loaded.get(table);
    if (!rows) this.loaded.set(table, (rows = new Map<string, unknown>()));
    rows.set(key, row);
  }

  /** The rows to write, by table, each in its last version. */
  *writes(): Iterable<readonly [AnyTable, readonly unknown[]]> {
    for (const [table, rows] of this.dirty) yield [table, [...rows.values()]];
  }

  /**
   * Takes a decision in, wholly or, when it breaks a rule of the ledger, not at all.
   * @throws InvariantError for a transfer that does not balance or would go below a floor (a decision must have
   * refused that with a `DomainError` of its own), and for what is not JSON where it has to be.
   * @throws BatchSpoiled when a projection fails on its event.
   */
  apply(decision: Decision<unknown>, actor: string, requestId: string | null): void {
    const { transfers, rows, feed, outbox } = this.check(decision, requestId);
    for (const transfer of transfers) this.post(transfer, actor, requestId);
    for (const write of rows) this.put(write);
    this.outbox.push(...outbox);
    for (const { event, text } of feed) {
      this.feed.push(text);
      try {
        applyEvent(this.projections, this.projectionStates, event);
      } catch (error) {
        throw new BatchSpoiled(`the event ${event.type} could not be applied`, { cause: error });
      }
    }
  }

  /**
   * Checks a decision without taking it in.
   * @throws InvariantError, MissingState
   */
  check(decision: Decision<unknown>, requestId: string | null = null): CheckedDecision {
    const { transfers = [], rows = [], feed = [], outbox = [] } = decision;
    this.checkTransfers(transfers);
    return {
      transfers,
      rows: this.checkRows(rows),
      feed: feed.map((event) => ({ event, text: toJson(event, 'a feed event') })),
      outbox: outbox.map(({ kind, entityId, payload }) => ({
        kind,
        entityId,
        payload: toJson(payload, 'a message of the outbox'),
        requestId,
      })),
    };
  }

  private accountState(account: Account): AccountState {
    const state = this.accounts.get(account.key);
    if (!state) throw new MissingState([account], []);
    return state;
  }

  private checkTransfers(transfers: readonly Transfer[]): void {
    const missing: Account[] = [];
    const running = new Map<AccountState, bigint>();
    for (const transfer of transfers) {
      assert(transfer.entries.length >= 2, `${transfer.kind}: a transfer has two entries or more`);
      const sums = { CREDIT: 0n, LCO: 0n };
      for (const { account, amount } of transfer.entries) {
        assert(amount !== 0n, `${transfer.kind}: an entry of zero`);
        sums[account.asset] += amount;
        const state = this.accounts.get(account.key);
        if (!state) {
          missing.push(account);
          continue;
        }
        const balance = (running.get(state) ?? state.balance) + amount;
        assert(balance >= floorOf(account), `${transfer.kind}: ${account.key} below its floor`);
        assert(
          account.purpose !== 'black_hole' || amount > 0n,
          `${transfer.kind}: nothing leaves the black hole`,
        );
        running.set(state, balance);
      }
      assert(sums.CREDIT === 0n && sums.LCO === 0n, `${transfer.kind}: entries do not sum to zero`);
    }
    if (missing.length > 0) throw new MissingState(missing, []);
  }

  private checkRows(writes: readonly RowWrite[]): CheckedDecision['rows'] {
    return writes.map((write) => {
      const key = write.table.keyOf(write.row as never);
      // The second would quietly take the place of the first, where in batches of their own it would be refused.
      assert(
        !write.table.isInsertOnly || !this.dirty.get(write.table)?.has(key),
        `${write.table.name}: two rows with the key ${key}`,
      );
      return { ...write, key };
    });
  }

  private post(transfer: Transfer, actor: string, requestId: string | null): void {
    const entries = transfer.entries.map(({ account, amount }) => {
      const state = this.accountState(account);
      if (state.id === undefined) {
        state.id = this.nextAccountId;
        this.nextAccountId += 1n;
        this.opened.push(state);
      } else if (!state.isTouched && !state.isNew) {
        this.touched.push(state);
      }
      state.isTouched = true;
      state.balance += amount;
      return { accountId: state.id, amount, balanceAfter: state.balance };
    });
    this.transfers.push({
      kind: transfer.kind,
      reference: transfer.reference ?? null,
      actor,
      requestId,
      entries,
    });
  }

  private put({ table, row, key }: CheckedDecision['rows'][number]): void {
    this.addRow(table, key, row);
    let rows = this.dirty.get(table);
    if (!rows) this.dirty.set(table, (rows = new Map<string, unknown>()));
    rows.set(key, row);
  }
}

/** @throws InvariantError for what JSON cannot say: nothing, a bigint, a circle. */
export function toJson(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new InvariantError(`${what} is not JSON`, { cause: error });
  }
  assert(text !== undefined, `${what} is not JSON`);
  return text;
}
