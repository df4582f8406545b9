// Where an order's money comes from and where it is held while the order rests (DESIGN 4).
import type { Side } from '../../../domain/exchange/market';
import type { Asset } from '../../../domain/money';
import { assert } from '../../../domain/errors';
import {
  platformAccount,
  positionAccount,
  userAccount,
  type Account,
} from '../../../ledger/accounts';
import type { OrderRow } from '../market/order-rows';

type Owner = Pick<OrderRow, 'ownerKind' | 'ownerId'>;

/** The platform's funds that buy on the market. */
export type Fund = 'ecosystem_fund' | 'prize_fund';

/** What an order of this side gives: a buy gives Credits, a sale LCO. */
export function assetGivenBy(side: Side): Asset {
  return side === 'buy' ? 'CREDIT' : 'LCO';
}

/** What the owner can spend. */
export function availableOf({ ownerKind, ownerId }: Owner, asset: Asset): Account {
  switch (ownerKind) {
    case 'user':
      return userAccount(ownerId, 'available', asset);
    case 'platform':
      return platformAccount(ownerId as Fund, asset);
    case 'position':
      return positionAccount(ownerId, 'holdings', asset);
  }
}

/** What holds the owner's money for orders. */
export function heldOf({ ownerKind, ownerId }: Owner, asset: Asset): Account {
  assert(ownerKind !== 'platform', 'orders of the funds never rest');
  return ownerKind === 'user'
    ? userAccount(ownerId, 'orders', asset)
    : positionAccount(ownerId, 'orders', asset);
}

/** What a user trades with: what is available and what orders hold, of both assets. */
export function tradingAccounts(userId: string): Account[] {
  return [
    userAccount(userId, 'available', 'CREDIT'),
    userAccount(userId, 'available', 'LCO'),
    userAccount(userId, 'orders', 'CREDIT'),
    userAccount(userId, 'orders', 'LCO'),
  ];
}

export const tradingFees = platformAccount('trading_fees', 'CREDIT');
