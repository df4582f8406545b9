// What amended an order (DESIGN 2.4): the client order id that asked for it, so that a repeat gets the same answer.
import type { FeedEvent } from '../../../ledger/command';
import { defineTable, type RowOf } from '../../../ledger/table';

export const amendments = defineTable({
  name: 'order_amendments',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'uuid',
    orderId: 'uuid',
    priceTicks: 'int?',
    quantityLots: 'int?',
    resultId: 'uuid',
    amendedAt: 'timestamptz',
  },
});
export type AmendmentRow = RowOf<typeof amendments>;

/** For reads outside the committer, with the table as `a`. */
export const amendmentColumns = {
  id: 'a.id',
  orderId: 'a.order_id',
  priceTicks: 'a.price_ticks',
  quantityLots: 'a.quantity_lots',
  resultId: 'a.result_id',
  amendedAt: 'a.amended_at',
} satisfies Record<keyof AmendmentRow, string>;

/** Tells of an amendment: what it changed, orders tell themselves. */
export function amendmentEvent(amendment: AmendmentRow): FeedEvent {
  return { type: 'order.amended', amendment };
}

export function readAmendmentEvent(event: FeedEvent): AmendmentRow {
  return event['amendment'] as AmendmentRow;
}
