// What the relay sells (DESIGN 2.2): a model, who may call it and the price version in force.
import { defineTable, type RowOf } from '../ledger/table';

export const models = defineTable({
  name: 'models',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    /** Of a row of `price_versions`. */
    currentVersionId: 'text',
    /** open | imo */
    access: 'text',
    flaggedAt: 'timestamptz?',
    flaggedReason: 'text?',
  },
});
export type Model = RowOf<typeof models>;
