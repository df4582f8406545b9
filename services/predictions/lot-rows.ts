// The tables of who bought what of a prediction market (DESIGN 2.8): lots in their order, and what each user holds.
import type { Lot, LotSide } from '../../domain/predictions/settlement';
import type { TierLevel } from '../../domain/tiers';
import { rowKey, type FeedEvent, type RowKey, type View } from '../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

const lotTable = defineTable({
  name: 'prediction_lots',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    marketId: 'uuid',
    number: 'int',
    userId: 'uuid',
    side: 'text',
    stake: 'bigint',
    shares: 'bigint',
    tier: 'text',
    placedAt: 'timestamptz',
    placedIn: 'bigint',
    stakedAfter: 'bigint',
    yesAfter: 'bigint',
    noAfter: 'bigint',
    othersYesAfter: 'bigint',
    othersNoAfter: 'bigint',
    paid: 'bigint?',
    fee: 'bigint?',
  },
});

export type LotRow = Omit<RowOf<typeof lotTable>, 'side' | 'tier'> & {
  readonly side: LotSide;
  readonly tier: TierLevel;
};
export const predictionLots = lotTable as unknown as Table<LotRow>;

/** For reads outside the committer, with the table as `l`. */
export const lotColumns = {
  id: 'l.id',
  marketId: 'l.market_id',
  number: 'l.number',
  userId: 'l.user_id',
  side: 'l.side',
  stake: 'l.stake',
  shares: 'l.shares',
  tier: 'l.tier',
  placedAt: 'l.placed_at',
  placedIn: 'l.placed_in',
  stakedAfter: 'l.staked_after',
  yesAfter: 'l.yes_after',
  noAfter: 'l.no_after',
  othersYesAfter: 'l.others_yes_after',
  othersNoAfter: 'l.others_no_after',
  paid: 'l.paid',
  fee: 'l.fee',
} satisfies Record<keyof LotRow, string>;

export function lotIdOf(marketId: string, number: number): string {
  return `${marketId}/${number}`;
}

/** `count` lots in their order, from a number on. */
export function lotIdsFrom(marketId: string, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => lotIdOf(marketId, from + i));
}

/** Tells everybody, in the journal, what was bought: a settlement goes by it. */
export function lotEvent(lot: Lot & Pick<LotRow, 'id' | 'userId'>): FeedEvent {
  const { id, userId, side, stake, shares, tier } = lot;
  const amounts = { stake: stake.toString(), shares: shares.toString() };
  return { type: 'prediction.lot', id, userId, side, ...amounts, tier };
}

export const predictionPositions = defineTable({
  name: 'prediction_positions',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    marketId: 'uuid',
    userId: 'uuid',
    lots: 'int',
    staked: 'bigint',
    yesShares: 'bigint',
    noShares: 'bigint',
    lastBetAt: 'timestamptz',
  },
});
export type PositionRow = RowOf<typeof predictionPositions>;

/** For reads outside the committer, with the table as `h`. */
export const positionColumns = {
  id: 'h.id',
  marketId: 'h.market_id',
  userId: 'h.user_id',
  lots: 'h.lots',
  staked: 'h.staked',
  yesShares: 'h.yes_shares',
  noShares: 'h.no_shares',
  lastBetAt: 'h.last_bet_at',
} satisfies Record<keyof PositionRow, string>;

export function positionKey(marketId: string, userId: string): RowKey {
  return rowKey(predictionPositions, positionIdOf(marketId, userId));
}

export function positionIdOf(marketId: string, userId: string): string {
  return `${marketId}/${userId}`;
}

export function holdsPosition(view: View, marketId: string, userId: string): boolean {
  return view.row(predictionPositions, positionIdOf(marketId, userId)) !== undefined;
}
