// Consume to earn (whitepaper 3.1, DESIGN 2.3): the only primary issue of L-Coin. Epoch k = 0..9 gives
// 1,000,000 LCO at 10 / 2^k LCO per Credit. What a charge mines is a difference of one function of all that was
// ever charged, so boundaries and the cap need no cases.
import { assert } from './errors';
import { unit } from './money';

/** Epochs that mint; epoch 10 is "all is minted". */
const epochCount = 10;
/** Base units of LCO that one epoch mints. */
export const lcoPerEpoch = 1_000_000n * unit;
/** Base units of CREDIT that epoch 0 takes; epoch k takes 2^k times as many. */
const genesisCredits = 100_000n * unit;
/** LCO per Credit at genesis. */
const genesisRate = 10n;

/** Every LCO there will ever be, in base units. */
export const maxSupply = lcoPerEpoch * BigInt(epochCount);

/** Base units of CREDIT charged before epoch k begins: 10^13 (2^k - 1). */
function epochStart(k: number): bigint {
  return genesisCredits * ((1n << BigInt(k)) - 1n);
}

/** The epoch that the next base unit charged falls in: 0..9, or 10 once all is minted. */
export function epochOf(charged: bigint): number {
  assert(charged >= 0n, 'charged Credits are not negative');
  let k = 0;
  while (k < epochCount && charged >= epochStart(k + 1)) k++;
  return k;
}

/**
 * E(C): base units of LCO minted when `charged` base units of CREDIT have been charged for relay calls, ever.
 * E(C) = 10^14 k + floor((C - 10^13 (2^k - 1)) x 10 / 2^k).
 */
export function emission(charged: bigint): bigint {
  const k = epochOf(charged);
  if (k === epochCount) return maxSupply;
  return lcoPerEpoch * BigInt(k) + (((charged - epochStart(k)) * genesisRate) >> BigInt(k));
}

/** Base units of LCO that a charge mines after `charged`: E(C + c) - E(C). */
export function minedBy(charged: bigint, charge: bigint): bigint {
  return emission(charged + charge) - emission(charged);
}

export interface MiningStatus {
  readonly epoch: number;
  /** Base units of LCO per Credit; 0 once all is minted. */
  readonly ratePerCredit: bigint;
  readonly minted: bigint;
  readonly charged: bigint;
  /** Base units of LCO that the epoch has still to give. */
  readonly remainingInEpoch: bigint;
}

/** Where mining stands; the epoch is that of the next base unit. */
export function miningStatus(charged: bigint): MiningStatus {
  const epoch = epochOf(charged);
  const minted = emission(charged);
  const isOver = epoch === epochCount;
  return {
    epoch,
    ratePerCredit: isOver ? 0n : (genesisRate * unit) >> BigInt(epoch),
    minted,
    charged,
    remainingInEpoch: isOver ? 0n : lcoPerEpoch * BigInt(epoch + 1) - minted,
  };
}
