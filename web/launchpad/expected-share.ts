// The share of an IMO's quota that a lock would have, were the window closed with it (DESIGN 2.7): by weight, rounded down,
// and not more than the cap. What others' caps leave comes on top at the close.
import { Decimal } from 'decimal.js';
import type { Imo } from './imo-words';

const Precise = Decimal.clone({ precision: 60 });

interface Lock {
  /** LCO. */
  readonly locked: string;
  readonly weight: number;
}

/**
 * @param more LCO that would be locked on top, at this weight or the lower one of what is locked
 * @returns units; undefined where `more` is no amount
 */
export function expectedWith(
  imo: Pick<Imo, 'quota' | 'capPerUser' | 'weightedLocked'>,
  own: Lock | null,
  more: string,
  weight: number,
): string | undefined {
  if (!/^\d+(\.\d{1,8})?$/.test(more)) return undefined;
  const lower = own ? Math.min(own.weight, weight) : weight;
  const before = own ? new Precise(own.locked).times(own.weight) : new Precise(0);
  const mine = new Precise(own?.locked ?? 0).plus(more).times(lower);
  const all = new Precise(imo.weightedLocked).minus(before).plus(mine);
  if (all.isZero()) return undefined;
  const share = mine.times(imo.quota).div(all).floor();
  return Decimal.min(share, imo.capPerUser ?? imo.quota).toFixed();
}

/** Of the weighted locks so far, as a part of 1. */
export function shareOf({ locked, weight }: Lock, { weightedLocked }: Pick<Imo, 'weightedLocked'>) {
  if (new Decimal(weightedLocked).isZero()) return '0';
  return new Precise(locked).times(weight).div(weightedLocked).toFixed();
}
