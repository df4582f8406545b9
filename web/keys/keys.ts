// Keys as the API tells them, and what their scopes let them do.
import type { BodyOf, ItemOf } from '../api/types';

export type Key = ItemOf<'/api/v1/api-keys'>;
export type NewKey = BodyOf<'/api/v1/api-keys'>;
export type Scope = NewKey['scopes'][number];

export const keysKey = ['api-keys'];

export const scopes: readonly (readonly [Scope, string])[] = [
  ['relay', 'call models'],
  ['read', 'read the account'],
  ['trade', 'trade, stake, bet, vote'],
  ['account', 'keys, redemptions, password'],
];

/** Of operators only. */
const adminScope: readonly [Scope, string] = ['admin', 'operate the platform'];

export function wordsOf(scope: Scope): string {
  return [...scopes, adminScope].find(([known]) => known === scope)?.[1] ?? scope;
}
