// An IMO as people read of it: its states, why a lock came back, and quantities of its quota.
import type { AnswerOf, ItemOf } from '../api/types';
import { groupDigits } from '../ui/amount';

export type Imo = ItemOf<'/api/v1/imos'>;
export type Subscription = AnswerOf<'/api/v1/imos/{id}/allocation'>['subscription'];
export type Status = Imo['status'];

export const statusWords: Readonly<Record<Status, string>> = {
  announced: 'Announced',
  open: 'Open for subscriptions',
  closing: 'Closed, shares are being given out',
  active: 'Active: holders of quota may call',
  expired: 'Over',
  cancelled: 'Cancelled',
};

export const returnWords: Readonly<Record<NonNullable<Subscription['returnReason']>, string>> = {
  below_level: 'at the close your level was below those that may subscribe',
  no_allocation: 'your share came to less than one unit',
  used_up: 'you used all of your quota',
  given_up: 'you gave your quota up',
  expired: 'the IMO is over',
  cancelled: 'the IMO was cancelled',
};

/** `1,000 tokens` */
export function unitsOf(count: number, { unit }: Pick<Imo, 'unit'>): string {
  return `${groupDigits(String(count))} ${unit}`;
}
