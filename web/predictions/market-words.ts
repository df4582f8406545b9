// Prediction markets in words: states, outcomes, and what there is to read of odds.
import { Decimal } from 'decimal.js';
import type { AnswerOf, ItemOf } from '../api/types';
import { groupDigits } from '../ui/amount';

export type Market = AnswerOf<'/api/v1/predictions/{id}'>['prediction'];
export type ListedMarket = ItemOf<'/api/v1/predictions'>;
export type Lot = ItemOf<'/api/v1/predictions/{id}/bets'>;
export type Status = Market['status'];
export type Pool = Market['pool'];
export type Side = NonNullable<Market['resolution']>['outcome'];

export const sides: readonly Side[] = ['yes', 'no'];

export const statusWords: Readonly<Record<Status, string>> = {
  proposed: 'Proposed',
  open: 'Open',
  locked: 'Locked',
  resolution_proposed: 'Outcome proposed',
  disputed: 'Disputed',
  final: 'Final',
  settling: 'Settling',
  settled: 'Settled',
  voiding: 'Voiding',
  void: 'Void',
  rejected: 'Rejected',
  expired: 'Expired',
};

export const outcomeWords = { yes: 'YES', no: 'NO', void: 'void', seed: 'YES + NO' } as const;

export const voidWords: Readonly<Record<NonNullable<Market['voided']>['cause'], string>> = {
  unresolved: 'No outcome was proposed in time.',
  thin: 'Users other than the proposer staked less than 1% of the pool on one side.',
  operator: 'An operator voided it.',
};

const percent = 100;

/** `59.2%`; the two sides' sum to 100%, so this rounds to the nearest. */
export function formatProbability(probability: string): string {
  const exact = new Decimal(probability).times(percent);
  if (exact.lt('0.1')) return '<0.1%';
  if (exact.gt('99.9')) return '>99.9%';
  return `${exact.toFixed(1, Decimal.ROUND_HALF_UP)}%`;
}

/** For geometry alone. */
export function shareOf(probability: string): number {
  return Number(probability);
}

/** An amount or a fraction cut to so many decimals, all of them shown, so that columns align. */
export function formatFixed(value: string, decimals: number): string {
  return groupDigits(new Decimal(value).toFixed(decimals, Decimal.ROUND_DOWN));
}
