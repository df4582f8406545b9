// Reads the journal's rows for the audit, a page of whole batches at a time, so that memory does not grow with the
// journal (but for one small record an account).
import type { Knex } from 'knex';
import type { Account } from '../../ledger/accounts';

export interface BatchRow {
  readonly sequence: bigint;
  readonly at: number;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  /** The very text. */
  readonly feed: string | null;
}

export interface TransferRow {
  readonly sequence: bigint;
  readonly transfer: number;
  readonly kind: string;
  readonly reference: string | null;
  readonly actor: string;
  readonly requestId: string | null;
}

export interface EntryRow {
  readonly sequence: bigint;
  readonly transfer: number;
  readonly entry: number;
  readonly accountId: bigint;
  readonly amount: bigint;
  readonly balanceAfter: bigint;
}

export interface AccountRow extends Account {
  readonly id: bigint;
  readonly openedIn: bigint;
  readonly balance: bigint;
}

export interface JournalPage {
  /** The page holds whatever has a sequence up to this one. */
  readonly last: bigint;
  readonly batches: readonly BatchRow[];
  readonly transfers: Rows<TransferRow>;
  readonly entries: Rows<EntryRow>;
}

// A batch has at most some hundreds of commands; a page is this many transfers and the rest of a batch.
const transfersPerPage = 20_000;
const batchesPerPage = 5_000n;
const accountsPerPage = 10_000;

type Binding = string | number;

export async function select<Row>(
  db: Knex,
  sql: string,
  bindings: readonly Binding[] = [],
): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(sql, bindings);
  return rows;
}

/** Rows in order of their sequence, which are taken off the front. */
export class Rows<Row extends { readonly sequence: bigint }> {
  private position = 0;

  constructor(private readonly rows: readonly Row[]) {}

  /** The rows of all sequences below this one that were not taken yet. */
  takeBefore(sequence: bigint): readonly Row[] {
    return this.takeWhile((row) => row.sequence < sequence);
  }

  takeOf(sequence: bigint): readonly Row[] {
    return this.takeWhile((row) => row.sequence === sequence);
  }

  takeRest(): readonly Row[] {
    return this.takeWhile(() => true);
  }

  private takeWhile(isWanted: (row: Row) => boolean): readonly Row[] {
    const from = this.position;
    for (let row = this.rows[from]; row && isWanted(row); row = this.rows[this.position]) {
      this.position++;
    }
    return this.rows.slice(from, this.position);
  }
}

/** The next whole batches after a sequence, in order; undefined when there are none. */
export async function readPage(db: Knex, after: bigint): Promise<JournalPage | undefined> {
  const [range] = await select<{ first: bigint | null; full: bigint | null }>(
    db,
    `select (select min(sequence) from journal_batches where sequence > ?) as first,
       (select sequence from journal_transfers where sequence > ?
        order by sequence, transfer offset ${transfersPerPage} limit 1) as full`,
    [String(after), String(after)],
  );
  if (!range || range.first === null) return undefined;
  const most = range.first + batchesPerPage - 1n;
  const last = range.full !== null && range.full < most ? maxOf(range.full, range.first) : most;
  const where = 'where sequence > ? and sequence <= ?';
  // What stands between two batches belongs to none, and is to be found.
  const bindings = [String(after), String(last)];
  const batches = await select<BatchRow>(
    db,
    `select sequence, journal_time as "at", previous_hash as "previousHash", hash, feed::text as feed
     from journal_batches ${where} order by sequence`,
    bindings,
  );
  const transfers = await select<TransferRow>(
    db,
    `select sequence, transfer, kind, reference, actor, request_id as "requestId"
     from journal_transfers ${where} order by sequence, transfer`,
    bindings,
  );
  const entries = await select<EntryRow>(
    db,
    `select sequence, transfer, entry, account_id as "accountId", amount, balance_after as "balanceAfter"
     from journal_entries ${where} order by sequence, transfer, entry`,
    bindings,
  );
  return { last, batches, transfers: new Rows(transfers), entries: new Rows(entries) };
}

function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** All accounts in order of their ids, which is the order that they were opened in. */
export async function* readAccounts(db: Knex): AsyncGenerator<AccountRow, undefined> {
  for (let after: bigint | undefined; ;) {
    const page: AccountRow[] = await select<AccountRow>(
      db,
      `select id, owner_kind as "ownerKind", owner_id as "ownerId", purpose, asset, key, balance,
         opened_in as "openedIn"
       from accounts ${after === undefined ? '' : 'where id > ?'} order by id limit ${accountsPerPage}`,
      after === undefined ? [] : [String(after)],
    );
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < accountsPerPage) return undefined;
    after = last.id;
  }
}
