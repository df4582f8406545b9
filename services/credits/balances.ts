// What users read of their money (DESIGN 6): balances by purpose, and the statement of their accounts.
import type { Knex } from 'knex';
import { assets, formatAmount, type Asset } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { userAccount, type UserPurpose } from '../../ledger/accounts';
import { decodeCursor, readPage, type Page, type PageKey, type PageRequest } from '../pages';

/** What a user's account may be for, in the order of DESIGN 4. */
export const userPurposes = [
  'available',
  'orders',
  'relay',
  'staked',
  'unbonding',
  'imo',
  'redeeming',
] as const satisfies readonly UserPurpose[];

/** All of an asset that a user has, by purpose; decimal strings. */
export type Balance = { readonly asset: Asset; readonly total: string } & Readonly<
  Record<UserPurpose, string>
>;

/** One entry of one of the user's accounts; amounts as decimal strings, the time in ISO 8601. */
export interface LedgerEntry {
  /** `<sequence>-<transfer>`: entries of one transfer share it. */
  readonly transferId: string;
  readonly kind: string;
  readonly asset: Asset;
  readonly account: UserPurpose;
  /** Above 0 into the account. */
  readonly amount: string;
  readonly balanceAfter: string;
  readonly at: string;
  /** What the transfer was for: the id of a deposit, a redemption, a call … */
  readonly reference: string | null;
}

interface EntryFilter {
  readonly asset?: Asset | undefined;
  readonly account?: UserPurpose | undefined;
}

export interface Balances {
  /** Every asset, zeros too. */
  of(userId: string): Promise<Balance[]>;
  /** The same of several users, by one query. */
  ofMany(userIds: readonly string[]): Promise<Map<string, Balance[]>>;
  /** Newest first. */
  listEntries(userId: string, filter: EntryFilter, page: PageRequest): Promise<Page<LedgerEntry>>;
}

/** Whether a user has any Credits to spend, by committed rows. */
export async function holdsCredits(db: Knex, userId: string): Promise<boolean> {
  const row = await db('accounts')
    .first<{ balance: bigint } | undefined>('balance')
    .where({ key: userAccount(userId, 'available', 'CREDIT').key });
  return (row?.balance ?? 0n) > 0n;
}

interface AccountRow {
  readonly asset: Asset;
  readonly purpose: UserPurpose;
  readonly balance: bigint;
}

function presentBalance(asset: Asset, accounts: readonly AccountRow[]): Balance {
  const units = Object.fromEntries(userPurposes.map((purpose) => [purpose, 0n]));
  for (const account of accounts) {
    if (account.asset === asset) units[account.purpose] = account.balance;
  }
  const total = Object.values(units).reduce((sum, balance) => sum + balance, 0n);
  const texts = Object.entries(units).map(([purpose, balance]) => [purpose, formatAmount(balance)]);
  return {
    asset,
    ...(Object.fromEntries(texts) as Record<UserPurpose, string>),
    total: formatAmount(total),
  };
}

interface EntryRow {
  readonly sequence: bigint;
  readonly transfer: number;
  readonly entry: number;
  readonly kind: string;
  readonly asset: Asset;
  readonly account: UserPurpose;
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly at: number;
  readonly reference: string | null;
}

const entryColumns = {
  sequence: 'e.sequence',
  transfer: 'e.transfer',
  entry: 'e.entry',
  kind: 't.kind',
  asset: 'a.asset',
  account: 'a.purpose',
  amount: 'e.amount',
  balanceAfter: 'e.balance_after',
  at: 'b.journal_time',
  reference: 't.reference',
} satisfies Record<keyof EntryRow, string>;

const entryOrder: readonly PageKey<EntryRow>[] = [
  { column: 'e.sequence', type: 'bigint', of: ({ sequence }) => sequence },
  { column: 'e.transfer', type: 'bigint', of: ({ transfer }) => transfer },
  { column: 'e.entry', type: 'bigint', of: ({ entry }) => entry },
];

// Each account's newest entries come off its own stretch of the journal's key, so that a page costs no more for
// somebody with a million entries; the page itself is merged from these few.
function newestEntries(db: Knex, { limit, cursor }: PageRequest): Knex.Raw {
  const after = cursor === undefined ? [] : decodeCursor(entryOrder, cursor);
  return db.raw(
    /* sql */ `
      accounts a
      cross join lateral (
        select j.sequence, j.transfer, j.entry, j.amount, j.balance_after
        from journal_entries j
        where j.account_id = a.id
        ${after.length > 0 ? 'and (j.sequence, j.transfer, j.entry) < (?::bigint, ?::bigint, ?::bigint)' : ''}
        order by j.sequence desc, j.transfer desc, j.entry desc
        limit ?
      ) e
      join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
      join journal_batches b on b.sequence = e.sequence`,
    [...after, limit + 1],
  );
}

function presentEntry(row: EntryRow): LedgerEntry {
  return {
    transferId: `${row.sequence}-${row.transfer}`,
    kind: row.kind,
    asset: row.asset,
    account: row.account,
    amount: formatAmount(row.amount),
    balanceAfter: formatAmount(row.balanceAfter),
    at: isoTime(row.at),
    reference: row.reference,
  };
}

export function createBalances(db: Knex): Balances {
  async function readMany(userIds: readonly string[]): Promise<Map<string, Balance[]>> {
    const rows = await db('accounts')
      .select<(AccountRow & { ownerId: string })[]>({
        ownerId: 'owner_id',
        asset: 'asset',
        purpose: 'purpose',
        balance: 'balance',
      })
      .where('owner_kind', 'user')
      .whereIn('owner_id', userIds);
    const accountsOf = new Map<string, AccountRow[]>(userIds.map((userId) => [userId, []]));
    for (const row of rows) accountsOf.get(row.ownerId)?.push(row);
    return new Map(
      [...accountsOf].map(([userId, accounts]) => [
        userId,
        assets.map((asset) => presentBalance(asset, accounts)),
      ]),
    );
  }

  return {
    async of(userId) {
      return (await readMany([userId])).get(userId) ?? [];
    },

    ofMany: readMany,

    async listEntries(userId, { asset, account }, page) {
      const query = db
        .select(entryColumns)
        .from(newestEntries(db, page))
        .where({ 'a.owner_kind': 'user', 'a.owner_id': userId });
      if (asset) void query.where('a.asset', asset);
      if (account) void query.where('a.purpose', account);
      const { items, nextCursor } = await readPage<EntryRow>(query, page, entryOrder);
      return { items: items.map(presentEntry), nextCursor };
    },
  };
}
