// Re-reads the whole journal, batch by batch, and recomputes the hash chain, every balance and every floor from
// it (DESIGN 2.12 and 8, invariants 1, 2 and 9). Format: docs/formats/journal-chain.md.
import type { Knex } from 'knex';
import type { Asset } from '../../domain/money';
import { floorOf, type Account } from '../../ledger/accounts';
import { hashBatch, type ChainedBatch } from '../../ledger/chain';
import type { AuditCheck } from './check';

interface BatchRow {
  sequence: bigint;
  at: number;
  previousHash: Buffer;
  hash: Buffer;
  feed: string | null;
}

interface TransferRow {
  sequence: bigint;
  transfer: number;
  kind: string;
  reference: string | null;
  actor: string;
  requestId: string | null;
}

interface EntryRow {
  sequence: bigint;
  transfer: number;
  entry: number;
  accountId: bigint;
  amount: bigint;
  balanceAfter: bigint;
}

interface AccountRow extends Omit<Account, 'key'> {
  id: bigint;
  key: string;
  openedIn: bigint;
  balance: bigint;
}

const batchesPerPage = 500n;

async function select<Row>(
  db: Knex,
  sql: string,
  bindings: readonly bigint[] = [],
): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(sql, bindings as never);
  return rows;
}

/** One pass over the journal: what it has seen so far. */
class JournalReader {
  private readonly balances = new Map<bigint, bigint>();
  private readonly accounts = new Map<bigint, AccountRow>();
  private previousHash = Buffer.alloc(32);
  private previousAt = 0;
  private transferCount = 0n;
  private entryCount = 0n;
  sequence = 0n;

  constructor(private readonly db: Knex) {}

  /** Reads the next page; the sequences must have no gap. */
  async *readPage(): AsyncIterable<string> {
    const range = [this.sequence, this.sequence + batchesPerPage];
    const where = 'where sequence > ? and sequence <= ?';
    const batches = await select<BatchRow>(
      this.db,
      `select sequence, journal_time as "at", previous_hash as "previousHash", hash, feed::text as feed
       from journal_batches ${where} order by sequence`,
      range,
    );
    const transfers = await select<TransferRow>(
      this.db,
      `select sequence, transfer, kind, reference, actor, request_id as "requestId"
       from journal_transfers ${where} order by sequence, transfer`,
      range,
    );
    const entries = await select<EntryRow>(
      this.db,
      `select sequence, transfer, entry, account_id as "accountId", amount, balance_after as "balanceAfter"
       from journal_entries ${where} order by sequence, transfer, entry`,
      range,
    );
    const opened = await select<AccountRow>(
      this.db,
      `select id, owner_kind as "ownerKind", owner_id as "ownerId", purpose, asset, key, balance,
         opened_in as "openedIn"
       from accounts where opened_in > ? and opened_in <= ? order by id`,
      range,
    );
    this.transferCount += BigInt(transfers.length);
    this.entryCount += BigInt(entries.length);
    for (const account of opened) this.accounts.set(account.id, account);
    for (const batch of batches) {
      yield* this.readBatch(batch, {
        opened: opened.filter((account) => account.openedIn === batch.sequence),
        transfers: takeWhileSequence(transfers, batch.sequence),
        entries: takeWhileSequence(entries, batch.sequence),
      });
    }
  }

  private *readBatch(
    batch: BatchRow,
    rows: { opened: AccountRow[]; transfers: TransferRow[]; entries: EntryRow[] },
  ): Iterable<string> {
    const name = `batch ${batch.sequence}`;
    if (batch.sequence !== this.sequence + 1n) yield `${name} follows batch ${this.sequence}`;
    if (batch.at < this.previousAt) yield `${name}: journal time runs backwards`;
    if (!batch.previousHash.equals(this.previousHash))
      yield `${name}: its previous hash is another`;
    const chained: ChainedBatch = {
      ...batch,
      opened: rows.opened,
      transfers: rows.transfers.map((transfer) => ({
        ...transfer,
        entries: rows.entries.filter((entry) => entry.transfer === transfer.transfer),
      })),
    };
    if (!hashBatch(chained).equals(batch.hash)) yield `${name}: its content has another hash`;
    for (const transfer of chained.transfers) yield* this.readTransfer(name, transfer);
    this.sequence = batch.sequence;
    this.previousAt = batch.at;
    this.previousHash = Buffer.from(batch.hash);
  }

  private *readTransfer(
    batchName: string,
    { kind, entries }: ChainedBatch['transfers'][number],
  ): Iterable<string> {
    const sums: Record<Asset, bigint> = { CREDIT: 0n, LCO: 0n };
    if (entries.length < 2) yield `${batchName}: a transfer ${kind} has ${entries.length} entries`;
    for (const { accountId, amount, balanceAfter } of entries) {
      const account = this.accounts.get(accountId);
      if (!account) {
        yield `${batchName}: an entry names account ${accountId}, which was not opened`;
        continue;
      }
      sums[account.asset] += amount;
      const balance = (this.balances.get(accountId) ?? 0n) + amount;
      if (balance !== balanceAfter) {
        yield `${batchName}: ${account.key} has ${balance} base units, the entry says ${balanceAfter}`;
      }
      if (balance < floorOf(account)) yield `${batchName}: ${account.key} goes below its floor`;
      if (account.purpose === 'black_hole' && amount < 0n)
        yield `${batchName}: LCO leave the black hole`;
      this.balances.set(accountId, balanceAfter);
    }
    if (sums.CREDIT !== 0n || sums.LCO !== 0n)
      yield `${batchName}: a transfer ${kind} does not sum to zero`;
  }

  /** What the other tables say must be what the journal says. */
  async *compareWithRest(): AsyncIterable<string> {
    const [head] = await select<{ sequence: bigint; hash: Buffer; nextAccountId: bigint }>(
      this.db,
      'select sequence, hash, next_account_id as "nextAccountId" from journal_head where id = 1',
    );
    if (!head || head.sequence !== this.sequence || !head.hash.equals(this.previousHash)) {
      yield `the head is not at the last batch, ${this.sequence}`;
    }
    const [counts] = await select<{ transfers: bigint; entries: bigint; accounts: bigint }>(
      this.db,
      `select (select count(*) from journal_transfers) as transfers,
         (select count(*) from journal_entries) as entries, (select count(*) from accounts) as accounts`,
    );
    if (counts?.transfers !== this.transferCount || counts.entries !== this.entryCount) {
      yield 'there are transfers or entries that belong to no batch';
    }
    if (counts?.accounts !== BigInt(this.accounts.size))
      yield 'there are accounts that no batch opened';
    for (const account of this.accounts.values()) {
      const balance = this.balances.get(account.id) ?? 0n;
      if (account.balance !== balance) {
        yield `${account.key} says ${account.balance} base units, its entries sum to ${balance}`;
      }
    }
  }
}

/** Takes the rows of one batch off the front of a list that is ordered by sequence. */
function takeWhileSequence<Row extends { sequence: bigint }>(rows: Row[], sequence: bigint): Row[] {
  let length = 0;
  while (rows[length]?.sequence === sequence) length++;
  return rows.splice(0, length);
}

export const journalCheck: AuditCheck = {
  title: 'the journal: hash chain, sums, balances and floors',
  async *run({ db, onProgress }) {
    const reader = new JournalReader(db);
    for (;;) {
      const before = reader.sequence;
      yield* reader.readPage();
      if (reader.sequence === before) break;
      onProgress(`journal read up to batch ${reader.sequence}`);
    }
    yield* reader.compareWithRest();
  },
};
