// The tables of the lending pools (DESIGN 2.6): a pool's indices and sums, how they came to be, who supplies it, and what
// nobody could be made to pay.
import type { PoolState } from '../../domain/margin/lending-pool';
import type { Asset } from '../../domain/money';
import { platformAccount, type Account } from '../../ledger/accounts';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

const poolTable = defineTable({
  name: 'lending_pools',
  key: 'asset',
  writes: 'upsert',
  columns: {
    asset: 'text',
    borrowIndex: 'numeric',
    supplyIndex: 'numeric',
    accruedAt: 'timestamptz?',
    accruals: 'int',
    scaledDebt: 'bigint',
    shares: 'bigint',
    takenOverScaledDebt: 'bigint',
    treasuryPaid: 'bigint',
    lost: 'bigint',
  },
});

export type PoolRow = Omit<RowOf<typeof poolTable>, 'asset'> & { readonly asset: Asset };
export const lendingPools = poolTable as unknown as Table<PoolRow>;

/** For reads outside the committer, with the table as `p`. */
export const poolColumns = {
  asset: 'p.asset',
  borrowIndex: 'p.borrow_index',
  supplyIndex: 'p.supply_index',
  accruedAt: 'p.accrued_at',
  accruals: 'p.accruals',
  scaledDebt: 'p.scaled_debt',
  shares: 'p.shares',
  takenOverScaledDebt: 'p.taken_over_scaled_debt',
  treasuryPaid: 'p.treasury_paid',
  lost: 'p.lost',
} satisfies Record<keyof PoolRow, string>;

export function stateOf(row: PoolRow): PoolState {
  const { accruedAt, scaledDebt, shares } = row;
  return {
    borrowIndex: BigInt(row.borrowIndex),
    supplyIndex: BigInt(row.supplyIndex),
    accruedAt,
    scaledDebt,
    shares,
  };
}

export const lendingAccruals = defineTable({
  name: 'lending_accruals',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'text',
    asset: 'text',
    number: 'int',
    at: 'timestamptz',
    elapsedMs: 'bigint',
    cash: 'bigint',
    scaledDebt: 'bigint',
    shares: 'bigint',
    rate: 'numeric',
    borrowIndex: 'numeric',
    supplyIndex: 'numeric',
  },
});

const supplyTable = defineTable({
  name: 'lending_supplies',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    asset: 'text',
    holder: 'text',
    shares: 'bigint',
    supplied: 'bigint',
    withdrawn: 'bigint',
    updatedAt: 'timestamptz',
  },
});

export type SupplyRow = Omit<RowOf<typeof supplyTable>, 'asset'> & { readonly asset: Asset };
export const lendingSupplies = supplyTable as unknown as Table<SupplyRow>;

/** For reads outside the committer, with the table as `s`. */
export const supplyColumns = {
  id: 's.id',
  asset: 's.asset',
  holder: 's.holder',
  shares: 's.shares',
  supplied: 's.supplied',
  withdrawn: 's.withdrawn',
  updatedAt: 's.updated_at',
} satisfies Record<keyof SupplyRow, string>;

/** What the treasury has supplied is held in this name, what a user has in the user's id. */
export const treasuryHolder = 'treasury';

export function supplyIdOf(asset: Asset, holder: string): string {
  return `${asset}/${holder}`;
}

const lossTable = defineTable({
  name: 'lending_losses',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    asset: 'text',
    at: 'timestamptz',
    byReserve: 'bigint',
    byTreasury: 'bigint',
    bySuppliers: 'bigint',
    bought: 'bigint',
    reserveSpent: 'bigint',
    treasurySpent: 'bigint',
    supplyIndexBefore: 'numeric',
    supplyIndexAfter: 'numeric',
    settledAt: 'timestamptz?',
  },
});

export type LossRow = Omit<RowOf<typeof lossTable>, 'asset'> & { readonly asset: Asset };
export const lendingLosses = lossTable as unknown as Table<LossRow>;

/** For reads outside the committer, with the table as `l`. */
export const lossColumns = {
  id: 'l.id',
  asset: 'l.asset',
  at: 'l.at',
  byReserve: 'l.by_reserve',
  byTreasury: 'l.by_treasury',
  bySuppliers: 'l.by_suppliers',
  bought: 'l.bought',
  reserveSpent: 'l.reserve_spent',
  treasurySpent: 'l.treasury_spent',
  supplyIndexBefore: 'l.supply_index_before',
  supplyIndexAfter: 'l.supply_index_after',
  settledAt: 'l.settled_at',
} satisfies Record<keyof LossRow, string>;

/** What a pool has that is not lent. */
export function cashAccount(asset: Asset): Account {
  return platformAccount('lending', asset);
}

export function reserveAccount(asset: Asset): Account {
  return platformAccount('risk_reserve', asset);
}

/** An index or a rate of 10^-18 as a decimal, for answers: of 18 decimals, without trailing zeros. */
export function decimalOfWad(value: bigint): string {
  const digits = value.toString().padStart(19, '0');
  const fraction = digits.slice(-18).replace(/0+$/, '');
  return `${digits.slice(0, -18)}${fraction ? `.${fraction}` : ''}`;
}
