// What a lot would be paid (docs/formats/prediction-manifest.md), computed as the platform does, to the last unit.
import { Decimal } from 'decimal.js';

/** Amounts have 20 digits at most: no product of three is rounded. */
const Exact = Decimal.clone({ precision: 80, rounding: Decimal.ROUND_DOWN });

const decimals = 8;
const bpsDivisor = 10_000;

type Side = 'yes' | 'no';

/** Of a market's lot, what its payout follows from. */
interface Lot {
  readonly side: Side | 'seed';
  readonly stake: string;
  readonly shares: string;
  readonly paysFee: boolean;
}

type Pool = { readonly staked: string } & Readonly<Record<Side, { readonly shares: string }>>;

interface Payout {
  readonly gross: string;
  readonly fee: string;
  readonly net: string;
}

/** @param feeBps of the profit */
export function netOf(gross: string, stake: string, feeBps: number): Payout {
  const profit = Exact.max(0, new Exact(gross).minus(stake));
  const fee = new Exact(profit).times(feeBps).div(bpsDivisor).toDecimalPlaces(decimals);
  return { gross, fee: fee.toFixed(), net: new Exact(gross).minus(fee).toFixed() };
}

function winningShares({ side, shares }: Pick<Lot, 'side' | 'shares'>, outcome: Side): string {
  return side === 'seed' || side === outcome ? shares : '0';
}

/** If the market ended with this pool and this outcome: floor(M s / q), less the fee. */
export function payoutIf(lot: Lot, outcome: Side, pool: Pool, feeBps: number): Payout {
  const shares = winningShares(lot, outcome);
  const gross = new Exact(pool.staked).times(shares).div(pool[outcome].shares);
  return netOf(gross.toDecimalPlaces(decimals).toFixed(), lot.stake, lot.paysFee ? feeBps : 0);
}

export function sumOf(amounts: readonly string[]): string {
  return amounts.reduce((sum, amount) => sum.plus(amount), new Exact(0)).toFixed();
}

/** Shares that a bet must get at least, if it may get so many percent fewer than quoted. */
export function leastShares(shares: string, percentFewer: string): string {
  const kept = new Exact(100).minus(percentFewer).div(100);
  return new Exact(shares).times(kept).toDecimalPlaces(decimals).toFixed();
}
