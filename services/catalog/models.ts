// What the relay sells (DESIGN 2.2): a model, who may call it and the price version in force.
import { defineTable, type RowOf } from '../../ledger/table';

/** imo: only for holders of quota from the model's IMO. */
export const modelAccess = ['open', 'imo'] as const;
export type ModelAccess = (typeof modelAccess)[number];

/** `@` is left to the ids of price versions. */
export const modelIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

export const models = defineTable({
  name: 'models',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    /** Of a row of `price_versions`. */
    currentVersionId: 'text',
    /** `ModelAccess` */
    access: 'text',
    // set when an upstream used more than was reserved, until the next price version
    flaggedAt: 'timestamptz?',
    flaggedReason: 'text?',
  },
});
export type Model = RowOf<typeof models>;

/** For reads that join `models m`. */
export const modelColumns = {
  id: 'm.id',
  currentVersionId: 'm.current_version_id',
  access: 'm.access',
  flaggedAt: 'm.flagged_at',
  flaggedReason: 'm.flagged_reason',
} satisfies Record<keyof Model, string>;

/** The feed's word that models, prices or channels are not what they were. */
export const catalogChanged = { type: 'catalog.changed' } as const;
