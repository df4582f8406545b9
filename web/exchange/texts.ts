// How prices, shares and the words of the market are written.
import { Decimal } from 'decimal.js';
import { formatPrice } from '../ui/format-price';

export function priceText(price: string | null): string {
  return price === null ? 'none yet' : formatPrice(price);
}

/** `0.0123` -> `1.23%` */
export function shareText(share: string): string {
  return `${new Decimal(share).times(100).toFixed(2)}%`;
}

export const sideWords = { buy: 'Buy', sell: 'Sell' } as const;

export const typeWords = {
  limit: 'Limit',
  market: 'Market',
  stop_loss: 'Stop loss',
  take_profit: 'Take profit',
} as const;

export const sourceWords = {
  order: '',
  buyback: 'buyback',
  liquidation: 'liquidation',
} as const;

const reasons: Readonly<Record<string, string>> = {
  cancelled_by_owner: 'you cancelled it',
  replaced: 'replaced by an amendment',
  self_trade_prevention: 'it met an order of your own',
  immediate_or_cancel: 'immediate or cancel: nothing more at its price',
  fill_or_kill: 'fill or kill: it would not have filled wholly',
  price_band: 'the price band around the mark was reached',
  no_liquidity: 'nobody was left to trade with',
  fill_limit: 'the most fills that one order may have',
  post_only: 'post-only: it would have traded at once',
  no_mark: 'there was no mark price',
  position_liquidated: 'a margin position was liquidated',
  repriced: 'priced anew',
};

/** Why an order ended, in words. */
export function reasonText(reason: string): string {
  return reasons[reason] ?? reason.replaceAll('_', ' ');
}
