// What the burn log says of a burn (whitepaper 3.2, DESIGN 2.12 and 2.13), and the leaf that it is in the log's tree.
import canonicalize from 'canonicalize';
import { assert } from './errors';
import { leafHash } from './merkle/tree';

/** A buyback's LCO; the fees and dust of a prediction market; the bond of a dispute that was lost. */
export const burnKinds = ['buyback', 'prediction_fee', 'bond'] as const;
export type BurnKind = (typeof burnKinds)[number];

/** As it is published and hashed: amounts in LCO as decimal strings, the time in ISO 8601 UTC. */
export interface BurnRecord {
  /** From 0; the leaf's index. */
  readonly seq: number;
  readonly at: string;
  readonly kind: BurnKind;
  readonly amount: string;
  /** LCO minted and not burned, just before and just after. */
  readonly supplyBefore: string;
  readonly supplyAfter: string;
  /** What it was burned for: the id of a buyback, or of a prediction market. */
  readonly sourceRef: string;
}

/** The leaf's text: RFC 8785 JSON of the record, all of it but its `hash`. */
export function burnLeaf(record: object): string {
  const text = canonicalize(record);
  assert(text !== undefined, 'a burn record is JSON');
  return text;
}

/** The record's `hash` before it is written in hex, 32 bytes. */
export function burnHash(record: object): Buffer {
  return leafHash(burnLeaf(record));
}
