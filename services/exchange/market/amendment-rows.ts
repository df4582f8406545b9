// What amended an order (DESIGN 2.4): the client order id that asked for it, so that a repeat gets the same answer.
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
