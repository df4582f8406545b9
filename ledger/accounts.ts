// The chart of accounts (DESIGN 4): who owns an account and what it is for.
import type { Asset } from '../domain/money';

export type OwnerKind = 'platform' | 'user' | 'position' | 'prediction' | 'wars';

export type UserPurpose =
  'available' | 'orders' | 'relay' | 'staked' | 'unbonding' | 'imo' | 'redeeming';

export type PlatformPurpose =
  | 'reserve'
  | 'mint'
  | 'losses'
  | 'black_hole'
  | 'revenue'
  | 'upstream_cost'
  | 'trading_fees'
  | 'treasury'
  | 'ecosystem_fund'
  | 'prize_fund'
  | 'free_calls'
  | 'prize_pool'
  | 'risk_reserve'
  | 'lending';

type Purpose = UserPurpose | PlatformPurpose | 'holdings' | 'pool' | 'bond';

/** One account; `key` is unique and never changes. */
export interface Account {
  readonly ownerKind: OwnerKind;
  readonly ownerId: string;
  readonly purpose: Purpose;
  readonly asset: Asset;
  readonly key: string;
}

function makeAccount(
  ownerKind: OwnerKind,
  ownerId: string,
  purpose: Purpose,
  asset: Asset,
): Account {
  const named = { ownerKind, ownerId, purpose, asset };
  return { ...named, key: accountKey(named) };
}

/** What an account is of, as one text; the database makes the same of its columns (migrations/0024-account-keys.ts). */
export function accountKey({ ownerKind, ownerId, purpose, asset }: Omit<Account, 'key'>): string {
  return `${ownerKind}/${ownerId}/${purpose}/${asset}`;
}

export function userAccount(userId: string, purpose: UserPurpose, asset: Asset): Account {
  return makeAccount('user', userId, purpose, asset);
}

export function platformAccount(purpose: PlatformPurpose, asset: Asset): Account {
  return makeAccount('platform', 'l-exchange', purpose, asset);
}

/** What a round of Compute Wars has for its champion's free calls, and what those under way hold of it. */
export function warsAccount(roundId: string, purpose: 'free_calls' | 'relay'): Account {
  return makeAccount('wars', roundId, purpose, 'CREDIT');
}

/** A prediction market's LCO: the seed and all stakes, and the bond of its dispute. */
export function predictionAccount(marketId: string, purpose: 'pool' | 'bond'): Account {
  return makeAccount('prediction', marketId, purpose, 'LCO');
}

/** What a margin position holds, and what orders that work a taken-over one off hold of it. */
export function positionAccount(
  positionId: string,
  purpose: 'holdings' | 'orders',
  asset: Asset,
): Account {
  return makeAccount('position', positionId, purpose, asset);
}

const unboundedBelow = -(2n ** 63n);
/** Base units of the ten million LCO there will ever be. */
const mintFloor = -(10n ** 15n);

/** The lowest balance an account may have, in base units. */
export function floorOf(account: Account): bigint {
  if (account.ownerKind !== 'platform') return 0n;
  switch (account.purpose) {
    case 'reserve':
    case 'losses':
      return unboundedBelow;
    case 'mint':
      return mintFloor;
    default:
      return 0n;
  }
}
