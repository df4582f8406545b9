// What the API's names of a round's states and perks mean to people.
import type { Round } from './prizes';

export type Perk = NonNullable<NonNullable<Round['perk']>['choice']>;

export const perkWords: Readonly<Record<Perk, string>> = {
  free_calls: 'Free calls',
  unlimited_concurrency: 'Unlimited concurrency',
};

export const statusWords: Readonly<Record<Round['status'], string>> = {
  live: 'live',
  provisional: 'provisional',
  final: 'final, prizes are being paid',
  paid: 'paid',
};
