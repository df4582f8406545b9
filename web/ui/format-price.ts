// Credits for one LCO, to a tick.
import { Decimal } from 'decimal.js';
import { groupDigits } from './amount';

const tickDecimals = 6;

/** `0.107778`: all of its decimals are shown, so that columns align. @param price rounded half to even, as the API rounds marks */
export function formatPrice(price: string): string {
  return groupDigits(new Decimal(price).toFixed(tickDecimals, Decimal.ROUND_HALF_EVEN));
}
