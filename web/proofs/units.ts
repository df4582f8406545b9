// Amounts as proofs add them up: whole numbers of base units, 10^-8 of a Credit or of an LCO.
import { ProofError } from './bytes';

const decimals = 8;
/** Sums stay below it, so that no addition can wrap around. */
export const sumLimit = 2n ** 63n;

/** @throws ProofError unless it is an amount, not negative and below 2^63 units */
export function unitsOf(amount: string): bigint {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,8}))?$/.exec(amount) ?? [];
  const units = whole === undefined ? sumLimit : BigInt(whole + fraction.padEnd(decimals, '0'));
  if (units >= sumLimit) throw new ProofError(`"${amount.slice(0, 40)}" is no amount`);
  return units;
}
