// Exact amounts: `bigint` base units of 10^-8 (DESIGN 4). Both assets have the same scale.
// Every division names its direction; callers state whom it favours.
import { DomainError, assert } from './errors';

export const assets = ['CREDIT', 'LCO'] as const;
export type Asset = (typeof assets)[number];

export const scale = 8;
/** Base units in one Credit or one LCO. */
export const unit = 10n ** BigInt(scale);
/** The largest amount that a request may name: 10^15 base units is ten million Credits' worth of LCO; a
 * bigint column holds 9.2 x 10^18. */
export const maxAmount = 10n ** 17n;

const amountPattern = /^(-?)(\d{1,12})(?:\.(\d{1,8}))?$/;

/**
 * Reads a decimal string into base units.
 * @throws DomainError AMOUNT_OUT_OF_RANGE when the text is no plain decimal with at most 8 decimals, or is
 * beyond `maxAmount` in size.
 */
export function parseAmount(text: string): bigint {
  const match = amountPattern.exec(text);
  if (!match) {
    throw new DomainError(
      'AMOUNT_OUT_OF_RANGE',
      'An amount is a plain decimal string with at most 8 decimals.',
    );
  }
  const [, sign, whole = '0', fraction = ''] = match;
  const units = BigInt(whole) * unit + BigInt(fraction.padEnd(scale, '0'));
  if (units > maxAmount) {
    throw new DomainError('AMOUNT_OUT_OF_RANGE', 'The amount is too large.');
  }
  return sign ? -units : units;
}

/** Writes base units as a decimal string without trailing zeros: 150000000n -> "1.5". */
export function formatAmount(units: bigint): string {
  return formatDecimal(units, scale);
}

/** Writes units of 10^-decimals as a decimal string without trailing zeros. */
export function formatDecimal(units: bigint, decimals: number): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, -decimals);
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** ceil(a x b / divisor) for non-negative values. */
export function mulDivUp(a: bigint, b: bigint, divisor: bigint): bigint {
  assert(a >= 0n && b >= 0n && divisor > 0n, 'mulDivUp takes non-negative values');
  return (a * b + divisor - 1n) / divisor;
}

/** floor(a x b / divisor) for non-negative values. */
export function mulDivDown(a: bigint, b: bigint, divisor: bigint): bigint {
  assert(a >= 0n && b >= 0n && divisor > 0n, 'mulDivDown takes non-negative values');
  return (a * b) / divisor;
}

export function minAmount(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** A governed rate: hundredths of a percent, 10,000 = 1. */
export const bpsDivisor = 10_000n;
