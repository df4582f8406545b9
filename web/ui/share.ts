// A share of 1 as a percentage, from decimal text or basis points, and to decimal text.
import { Decimal } from 'decimal.js';

/** `"0.1234567"` -> `12.35%`. @param decimals how many to show; cut off, not rounded up */
export function formatShare(share: string, decimals = 2): string {
  return `${new Decimal(share).times(100).toDecimalPlaces(decimals, Decimal.ROUND_DOWN).toFixed()}%`;
}

/** `2000` -> `20%` */
export function formatBps(bps: number): string {
  return `${new Decimal(bps).div(100).toFixed()}%`;
}
