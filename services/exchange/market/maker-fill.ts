// What a trade makes of the order that rested (DESIGN 2.4). The trade says all of it, so that the feed need not: whoever
// applies it comes to the same order as the one that was written.
import { notionalOf } from '../../../domain/exchange/market';
import { holdOf, restLotsOf } from '../../../domain/exchange/order';
import { assert } from '../../../domain/errors';
import type { OrderRow } from './order-rows';
import type { TradeRow } from './trade-rows';

type MakersSide = Pick<TradeRow, 'at' | 'ticks' | 'lots' | 'makerFee'>;

/** The maker after the trade. */
export function afterTrade(maker: OrderRow, { at, ticks, lots, makerFee }: MakersSide): OrderRow {
  assert(
    maker.resting && restLotsOf(maker) >= lots,
    'what is traded was left of an order in the book',
  );
  const filled: { -readonly [Name in keyof OrderRow]: OrderRow[Name] } = {
    ...maker,
    filledLots: maker.filledLots + lots,
    makerNotional: maker.makerNotional + notionalOf(ticks, lots),
    feeCharged: maker.feeCharged + makerFee,
    updatedAt: at,
  };
  filled.hold = holdOf(filled);
  if (restLotsOf(filled) === 0) {
    filled.status = 'filled';
    filled.resting = false;
    filled.closedAt = at;
  }
  return filled;
}
