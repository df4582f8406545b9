// The burn log's tables, and a row as the log publishes it (DESIGN 2.12).
import { burnHash, type BurnKind, type BurnRecord } from '../../domain/burn';
import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { rowKey, type RowKey } from '../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

const burnTable = defineTable({
  name: 'burns',
  key: 'seq',
  writes: 'insert',
  columns: {
    seq: 'bigint',
    at: 'timestamptz',
    kind: 'text',
    amount: 'bigint',
    supplyBefore: 'bigint',
    supplyAfter: 'bigint',
    sourceRef: 'text',
    hash: 'bytea',
    sequence: 'bigint',
  },
});

export type BurnRow = Omit<RowOf<typeof burnTable>, 'kind'> & { readonly kind: BurnKind };
export const burns = burnTable as unknown as Table<BurnRow>;

/** For reads outside the committer. */
export const burnColumns = {
  seq: 'seq',
  at: 'at',
  kind: 'kind',
  amount: 'amount',
  supplyBefore: 'supply_before',
  supplyAfter: 'supply_after',
  sourceRef: 'source_ref',
  hash: 'hash',
  sequence: 'sequence',
};

/** How many burns there are, which is the number of the next one. */
export const burnHead = defineTable({
  name: 'burn_head',
  key: 'id',
  writes: 'update',
  columns: { id: 'int', size: 'bigint' },
});
export const burnHeadId = 1;
export const burnHeadKey: RowKey = rowKey(burnHead, String(burnHeadId));

/** What the leaf is made of. */
export function toBurnRecord(row: Omit<BurnRow, 'hash' | 'sequence'>): BurnRecord {
  return {
    seq: Number(row.seq),
    at: isoTime(row.at),
    kind: row.kind,
    amount: formatAmount(row.amount),
    supplyBefore: formatAmount(row.supplyBefore),
    supplyAfter: formatAmount(row.supplyAfter),
    sourceRef: row.sourceRef,
  };
}

/** What the log publishes. */
export type PublishedBurn = BurnRecord & { readonly hash: string };

export function toPublishedBurn(row: BurnRow): PublishedBurn {
  return { ...toBurnRecord(row), hash: row.hash.toString('hex') };
}

/** The row with the hash that its record has. */
export function withHash(row: Omit<BurnRow, 'hash'>): BurnRow {
  return { ...row, hash: burnHash(toBurnRecord(row)) };
}

/** What the journal's feed says of a burn. */
export function burnEvent(row: BurnRow) {
  return { type: 'burn', record: toPublishedBurn(row) };
}
