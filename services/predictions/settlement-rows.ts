// The table of what a settlement has come to (DESIGN 2.8): which lots count, by which figures, and what is paid so far.
import { rowKey, type RowKey } from '../../ledger/command';
import { defineTable, type RowOf } from '../../ledger/table';
import type { Figures, PoolRow } from './market-rows';

export const predictionSettlements = defineTable({
  name: 'prediction_settlements',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    cut: 'int',
    staked: 'bigint',
    yesShares: 'bigint',
    noShares: 'bigint',
    othersYes: 'bigint',
    othersNo: 'bigint',
    kept: 'int',
    lots: 'int',
    settled: 'int',
    paid: 'bigint',
    refunded: 'bigint',
    fees: 'bigint',
    dust: 'bigint?',
    burnSeq: 'bigint?',
    manifestHash: 'bytea?',
    completedAt: 'timestamptz?',
  },
});
export type SettlementRow = RowOf<typeof predictionSettlements>;

/** For reads outside the committer, with the table as `s`. */
export const settlementColumns = {
  id: 's.id',
  cut: 's.cut',
  staked: 's.staked',
  yesShares: 's.yes_shares',
  noShares: 's.no_shares',
  othersYes: 's.others_yes',
  othersNo: 's.others_no',
  kept: 's.kept',
  lots: 's.lots',
  settled: 's.settled',
  paid: 's.paid',
  refunded: 's.refunded',
  fees: 's.fees',
  dust: 's.dust',
  burnSeq: 's.burn_seq',
  manifestHash: 's.manifest_hash',
  completedAt: 's.completed_at',
} satisfies Record<keyof SettlementRow, string>;

export function settlementKey(marketId: string): RowKey {
  return rowKey(predictionSettlements, marketId);
}

/** What rounding leaves in the pool once every lot is paid; of a void market nothing. */
export function dustOf({ kept, staked, paid, fees }: SettlementRow): bigint {
  return kept === 0 ? 0n : staked - paid - fees;
}

/** What a settlement begins with. @param cut the market's figures after the last lot in time @param kept none: it is void */
export function openedSettlement(
  pool: PoolRow,
  cut: Figures & Pick<PoolRow, 'lots'>,
  kept: 'cut' | 'none',
): SettlementRow {
  return {
    id: pool.id,
    cut: cut.lots,
    staked: cut.staked,
    yesShares: cut.yesShares,
    noShares: cut.noShares,
    othersYes: cut.othersYes,
    othersNo: cut.othersNo,
    kept: kept === 'cut' ? cut.lots : 0,
    lots: pool.lots,
    settled: 0,
    paid: 0n,
    refunded: 0n,
    fees: 0n,
    dust: null,
    burnSeq: null,
    manifestHash: null,
    completedAt: null,
  };
}
