// Decimal text of one column, with as many decimals everywhere, so that the points stand below each other.
import { Decimal } from 'decimal.js';

/** Of the value that has most. */
export function mostDecimals(values: readonly string[]): number {
  return Math.max(0, ...values.map((value) => new Decimal(value).decimalPlaces()));
}

/** `("1.5", 4)` -> `1.5000`; what is longer is cut off, not rounded up. */
export function withDecimals(value: string, decimals: number): string {
  return new Decimal(value).toFixed(decimals, Decimal.ROUND_DOWN);
}
