// Re-reads the whole journal, batch by batch, and recomputes the hash chain, every balance and every floor from
// it (DESIGN 2.12 and 8, invariants 1, 2 and 9). Format: docs/formats/journal-chain.md.
//
// The chain cannot tell that its end was cut off when the head and the balances were moved back with it: what is left
// is a shorter journal that was true once. A head that was noted outside (GET /api/v1/journal/head) does: the journal
// must still have that batch with that hash. `headCheck` asks for it.
import type { Knex } from 'knex';
import type { Asset } from '../../domain/money';
import { accountKey, floorOf } from '../../ledger/accounts';
import { hashBatch, type ChainedBatch } from '../../ledger/chain';
import type { AuditCheck } from './check';
import {
  readAccounts,
  readPage,
  select,
  type AccountRow,
  type BatchRow,
  type EntryRow,
  type JournalPage,
  type TransferRow,
} from './journal-rows';

type ChainedTransfer = ChainedBatch['transfers'][number];

/** An account as far as the audit has read. */
interface AuditedAccount {
  readonly key: string;
  readonly asset: Asset;
  readonly floor: bigint;
  readonly isBlackHole: boolean;
  /** What the account's row says. */
  readonly told: bigint;
  /** What its entries come to. */
  balance: bigint;
}

/** One pass over the journal: what it has seen so far. */
class JournalReader {
  private readonly accounts = new Map<bigint, AuditedAccount>();
  private readonly unopened: AsyncGenerator<AccountRow, undefined>;
  private nextAccount: AccountRow | undefined;
  private lastAccountId = 0n;
  private previousHash: Buffer = Buffer.alloc(32);
  private previousAt = 0;
  private readonly counts = { batches: 0n, transfers: 0n, entries: 0n };
  sequence = 0n;

  constructor(private readonly db: Knex) {
    this.unopened = readAccounts(db);
  }

  async *read(onPage: () => void): AsyncIterable<string> {
    this.nextAccount = (await this.unopened.next()).value;
    for (let read = 0n; ;) {
      const page = await readPage(this.db, read);
      if (!page) break;
      read = page.last;
      for (const batch of page.batches) yield* this.readBatch(batch, page);
      yield* this.readStrays(page.transfers.takeRest(), page.entries.takeRest());
      onPage();
    }
    yield* this.compareAccounts();
    yield* this.compareHead();
    yield* this.compareCounts();
  }

  private async *readBatch(batch: BatchRow, page: JournalPage): AsyncIterable<string> {
    const { sequence } = batch;
    const name = `batch ${sequence}`;
    yield* this.readStrays(page.transfers.takeBefore(sequence), page.entries.takeBefore(sequence));
    if (sequence !== this.sequence + 1n) yield `${name} follows batch ${this.sequence}`;
    if (batch.at < this.previousAt) yield `${name}: journal time runs backwards`;
    if (!batch.previousHash.equals(this.previousHash)) {
      yield `${name}: the hash it has for the batch before is another than that batch carries`;
    }
    const opened: AccountRow[] = [];
    yield* this.openAccounts(sequence, opened);
    const transfers: ChainedTransfer[] = [];
    yield* this.joinEntries(
      name,
      page.transfers.takeOf(sequence),
      page.entries.takeOf(sequence),
      transfers,
    );
    if (!hashBatch({ ...batch, opened, transfers }).equals(batch.hash)) {
      yield `${name}: what it holds does not have the hash it carries`;
    }
    for (const transfer of transfers) yield* this.post(name, transfer);
    this.counts.batches++;
    this.sequence = sequence;
    this.previousAt = batch.at;
    this.previousHash = batch.hash;
  }

  /** Takes the accounts that a batch opened. */
  private async *openAccounts(sequence: bigint, opened: AccountRow[]): AsyncIterable<string> {
    while (this.nextAccount && this.nextAccount.openedIn <= sequence) {
      const account: AccountRow = { ...this.nextAccount, key: accountKey(this.nextAccount) };
      const { id, key, asset, openedIn } = account;
      if (key !== this.nextAccount.key) yield `${key} is found by ${this.nextAccount.key}`;
      if (id !== this.lastAccountId + 1n)
        yield `account ${id} follows account ${this.lastAccountId}`;
      if (openedIn < sequence) {
        yield `${key} says it was opened in batch ${openedIn}, after accounts of later batches`;
      } else {
        opened.push(account);
      }
      this.accounts.set(id, {
        key,
        asset,
        floor: floorOf(account),
        isBlackHole: account.purpose === 'black_hole',
        told: account.balance,
        balance: 0n,
      });
      this.lastAccountId = id;
      this.nextAccount = (await this.unopened.next()).value;
    }
  }

  /** Puts the entries of a batch to its transfers; both come in the order of their numbers. */
  private *joinEntries(
    name: string,
    transfers: readonly TransferRow[],
    entries: readonly EntryRow[],
    joined: ChainedTransfer[],
  ): Iterable<string> {
    this.counts.transfers += BigInt(transfers.length);
    this.counts.entries += BigInt(entries.length);
    let position = 0;
    for (const [number, row] of transfers.entries()) {
      if (row.transfer !== number)
        yield `${name}: transfer ${row.transfer} stands at place ${number}`;
      const own: EntryRow[] = [];
      for (let entry = entries[position]; entry; entry = entries[position]) {
        if (entry.transfer > row.transfer) break;
        if (entry.transfer === row.transfer) {
          if (entry.entry !== own.length) {
            yield `${name}: entry ${entry.entry} of transfer ${number} stands at place ${own.length}`;
          }
          own.push(entry);
        } else {
          yield `${name}: an entry belongs to transfer ${entry.transfer}, which is not there`;
        }
        position++;
      }
      joined.push({ ...row, entries: own });
    }
    for (const { transfer } of entries.slice(position)) {
      yield `${name}: an entry belongs to transfer ${transfer}, which is not there`;
    }
  }

  private *post(batchName: string, { kind, entries }: ChainedTransfer): Iterable<string> {
    const sums: Record<Asset, bigint> = { CREDIT: 0n, LCO: 0n };
    if (entries.length < 2) yield `${batchName}: a transfer ${kind} has ${entries.length} entries`;
    for (const { accountId, amount, balanceAfter } of entries) {
      const account = this.accounts.get(accountId);
      if (!account) {
        yield `${batchName}: an entry names account ${accountId}, which was not opened`;
        continue;
      }
      if (amount === 0n) yield `${batchName}: an entry of ${account.key} moves nothing`;
      sums[account.asset] += amount;
      const balance = account.balance + amount;
      if (balance !== balanceAfter) {
        yield `${batchName}: ${account.key} has ${balance} base units, the entry says ${balanceAfter}`;
      }
      if (balance < account.floor) yield `${batchName}: ${account.key} goes below its floor`;
      if (account.isBlackHole && amount < 0n) yield `${batchName}: LCO leave the black hole`;
      // From here on the journal's own word, so that one wrong entry is told once.
      account.balance = balanceAfter;
    }
    if (sums.CREDIT !== 0n || sums.LCO !== 0n) {
      yield `${batchName}: a transfer ${kind} does not sum to zero`;
    }
  }

  private *readStrays(
    transfers: readonly TransferRow[],
    entries: readonly EntryRow[],
  ): Iterable<string> {
    this.counts.transfers += BigInt(transfers.length);
    this.counts.entries += BigInt(entries.length);
    for (const { sequence, kind } of transfers) {
      yield `a transfer ${kind} belongs to batch ${sequence}, which is not there`;
    }
    for (const { sequence, accountId } of entries) {
      yield `an entry of account ${accountId} belongs to batch ${sequence}, which is not there`;
    }
  }

  private async *compareAccounts(): AsyncIterable<string> {
    for (const { key, told, balance } of this.accounts.values()) {
      if (told !== balance) yield `${key} says ${told} base units, its entries come to ${balance}`;
    }
    while (this.nextAccount) {
      const { key, openedIn } = this.nextAccount;
      yield `${key} says it was opened in batch ${openedIn}, which is not there`;
      this.nextAccount = (await this.unopened.next()).value;
    }
  }

  private async *compareHead(): AsyncIterable<string> {
    const [head] = await select<{
      sequence: bigint;
      hash: Buffer;
      at: number;
      nextAccountId: bigint;
    }>(
      this.db,
      `select sequence, hash, journal_time as "at", next_account_id as "nextAccountId"
       from journal_head where id = 1`,
    );
    const last = `the last batch, ${this.sequence}`;
    if (!head) {
      yield 'the journal has no head';
      return;
    }
    if (head.sequence !== this.sequence)
      yield `the head is at batch ${head.sequence}, not at ${last}`;
    if (!head.hash.equals(this.previousHash)) yield `the head has another hash than ${last}`;
    if (head.at !== this.previousAt) yield `the head has another journal time than ${last}`;
    if (head.nextAccountId !== this.lastAccountId + 1n) {
      yield `the head would open account ${head.nextAccountId} next, the last one is ${this.lastAccountId}`;
    }
  }

  /** What no batch of the chain led to. */
  private async *compareCounts(): AsyncIterable<string> {
    const [counts] = await select<Record<'batches' | 'transfers' | 'entries', bigint>>(
      this.db,
      `select (select count(*) from journal_batches) as batches,
         (select count(*) from journal_transfers) as transfers,
         (select count(*) from journal_entries) as entries`,
    );
    for (const name of ['batches', 'transfers', 'entries'] as const) {
      const more = (counts?.[name] ?? 0n) - this.counts[name];
      if (more !== 0n) yield `there are ${more} ${name} more than the chain leads to`;
    }
    const later = await select<{ name: string; count: bigint; sequence: bigint }>(
      this.db,
      `select 'idempotency keys' as name, count(*) as count, max(sequence) as sequence
       from idempotency_keys where sequence > ? having count(*) > 0
       union all
       select 'messages of the outbox', count(*), max(sequence)
       from outbox where sequence > ? having count(*) > 0`,
      [String(this.sequence), String(this.sequence)],
    );
    for (const { name, count, sequence } of later) {
      yield `${count} ${name} were written up to batch ${sequence}, the journal ends with ${this.sequence}`;
    }
  }
}

export const journalCheck: AuditCheck = {
  title: 'the journal: hash chain, sums, balances and floors',
  async *run({ db, onProgress }) {
    const reader = new JournalReader(db);
    yield* reader.read(() => onProgress(`journal read up to batch ${reader.sequence}`));
  },
};

/** A head as it was told once, by GET /api/v1/journal/head. */
export interface NotedHead {
  readonly sequence: bigint;
  readonly hash: Buffer;
}

/** That the journal still is the one whose head was noted, and only longer. */
export function headCheck({ sequence, hash }: NotedHead): AuditCheck {
  return {
    title: `the journal: goes on from the head noted at batch ${sequence}`,
    async *run({ db }) {
      if (sequence === 0n) return;
      const [batch] = await select<{ hash: Buffer }>(
        db,
        'select hash from journal_batches where sequence = ?',
        [String(sequence)],
      );
      if (!batch) {
        yield `batch ${sequence} was the head once; now it is not there`;
      } else if (!batch.hash.equals(hash)) {
        yield `batch ${sequence} had the hash ${hash.toString('hex')} once, now it has ${batch.hash.toString('hex')}`;
      }
    },
  };
}
