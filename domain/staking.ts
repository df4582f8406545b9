// Staking (whitepaper 5, DESIGN 2.10): what may be staked and taken back, and when it is the owner's again.
import { DomainError } from './errors';
import { formatAmount, unit } from './money';

export const unstakeStatuses = ['unbonding', 'returned'] as const;
export type UnstakeStatus = (typeof unstakeStatuses)[number];

/** Base units of LCO: the least that is staked, or taken back, at once. */
export const minStake = unit;

/** Of a user, under way at once: each waits in a lifecycle of its own. */
export const maxOpenUnstakes = 20;

/**
 * @param available base units of LCO that the user can spend
 * @throws DomainError AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS
 */
export function requireStakeable(amount: bigint, available: bigint): void {
  if (amount < minStake) {
    throw new DomainError('AMOUNT_OUT_OF_RANGE', 'At least 1 LCO is staked at once.', {
      minimum: formatAmount(minStake),
    });
  }
  requireFreeCoins(amount, available);
}

/** What is staked or locked must be there to be spent; base units of LCO. @throws DomainError INSUFFICIENT_FUNDS */
export function requireFreeCoins(amount: bigint, available: bigint): void {
  if (amount <= available) return;
  throw new DomainError('INSUFFICIENT_FUNDS', 'There are not that many LCO available.', {
    asset: 'LCO',
    available: formatAmount(available),
  });
}

/**
 * A stake may always be taken back whole, however small it has become.
 * @param staked base units of LCO
 * @param open unstakes of the user that are under way
 * @throws DomainError INSUFFICIENT_FUNDS, AMOUNT_OUT_OF_RANGE, OPEN_UNSTAKE_LIMIT
 */
export function requireUnstakeable(amount: bigint, staked: bigint, open: number): void {
  if (amount > staked) {
    throw new DomainError('INSUFFICIENT_FUNDS', 'There are not that many LCO staked.', {
      asset: 'LCO',
      staked: formatAmount(staked),
    });
  }
  if (amount <= 0n || (amount < minStake && amount !== staked)) {
    throw new DomainError(
      'AMOUNT_OUT_OF_RANGE',
      'At least 1 LCO is taken back at once, or all that is staked.',
      { minimum: formatAmount(minStake) },
    );
  }
  if (open >= maxOpenUnstakes) {
    throw new DomainError(
      'OPEN_UNSTAKE_LIMIT',
      `At most ${maxOpenUnstakes} unstakes may be under way; wait for one to end.`,
      { open },
    );
  }
}

/** Milliseconds until the LCO are the owner's again; at `unlockAt` itself they are: 0. */
export function cooldownLeftMs(unlockAt: number, at: number): number {
  return Math.max(0, unlockAt - at);
}
