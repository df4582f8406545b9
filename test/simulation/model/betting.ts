// Prediction markets as the model has them (DESIGN 2.8): every figure is summed up from the lots whenever it is asked for.
import { smaller } from './state';

export type Side = 'yes' | 'no';
export const sides: readonly Side[] = ['yes', 'no'];

/** The seed, which has shares on both sides, or a bet. */
export interface Lot {
  readonly userId: string;
  readonly side: Side | 'seed';
  readonly stake: bigint;
  /** Of a seed, on each side. */
  readonly shares: bigint;
  /** Its owner's at that moment. */
  readonly level: string;
  readonly at: number;
  paid: bigint | null;
  fee: bigint | null;
}

export interface Verdict {
  readonly outcome: Side;
  readonly effectiveAt: number;
}

export interface Settlement {
  /** How many lots were in time; of a void market none of them counts. */
  readonly cut: number;
  readonly isVoid: boolean;
  /** null: nothing is paid yet. */
  sums: {
    readonly paid: bigint;
    readonly refunded: bigint;
    readonly fees: bigint;
    readonly dust: bigint;
    /** The number of its record. */
    readonly burn: number | null;
  } | null;
}

export interface Market {
  readonly id: string;
  readonly proposerId: string;
  readonly expiresAt: number;
  readonly closesAt: number;
  readonly lots: Lot[];
  status:
    | 'proposed'
    | 'open'
    | 'locked'
    | 'resolution_proposed'
    | 'disputed'
    | 'final'
    | 'settling'
    | 'settled'
    | 'voiding'
    | 'void'
    | 'rejected'
    | 'expired';
  /** Counts what was decided about it. */
  revision: number;
  reviewedBy: string | null;
  openedAt: number | null;
  feeBps: number | null;
  lockedAt: number | null;
  proposed: (Verdict & { readonly by: string; readonly until: number }) | null;
  dispute: {
    readonly userId: string;
    readonly bond: bigint;
    readonly until: number;
    fate: 'held' | 'returned' | 'burned';
    burn: number | null;
  } | null;
  ruledBy: string | null;
  final: Verdict | null;
  voided: { readonly cause: 'unresolved' | 'thin' | 'operator'; readonly by: string | null } | null;
  settlement: Settlement | null;
}

/** M, the shares of each side, and what users other than the proposer have staked on each. */
export interface Figures {
  readonly staked: bigint;
  readonly shares: Readonly<Record<Side, bigint>>;
  readonly others: Readonly<Record<Side, bigint>>;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

/** After the first lots, or all of them. */
export function figuresOf({ lots, proposerId }: Market, count = lots.length): Figures {
  const first = lots.slice(0, count);
  const sharesOf = (side: Side) =>
    sum(first.filter((lot) => lot.side !== otherOf(side)).map(({ shares }) => shares));
  const othersOf = (side: Side) =>
    sum(
      first
        .filter((lot) => lot.side === side && lot.userId !== proposerId)
        .map(({ stake }) => stake),
    );
  return {
    staked: sum(first.map(({ stake }) => stake)),
    shares: { yes: sharesOf('yes'), no: sharesOf('no') },
    others: { yes: othersOf('yes'), no: othersOf('no') },
  };
}

export function otherOf(side: Side): Side {
  return side === 'yes' ? 'no' : 'yes';
}

/** The largest whole number whose square is not above n. */
function rootOf(n: bigint): bigint {
  let tooMuch = 1n;
  while (tooMuch * tooMuch <= n) tooMuch *= 2n;
  let root = 0n;
  while (tooMuch - root > 1n) {
    const middle = (root + tooMuch) / 2n;
    if (middle * middle <= n) root = middle;
    else tooMuch = middle;
  }
  return root;
}

/** On each side. */
export function sharesOfSeed(seed: bigint): bigint {
  return rootOf((seed * seed) / 2n);
}

/** As many as keep M² >= qYES² + qNO². */
export function sharesFor({ staked, shares }: Figures, side: Side, stake: bigint): bigint {
  const after = staked + stake;
  return rootOf(after * after - shares[otherOf(side)] ** 2n) - shares[side];
}

/** Whether others than the proposer staked less than a hundredth of M on a side. */
export function isThin({ staked, others }: Figures): boolean {
  return smaller(others.yes, others.no) * 100n < staked;
}

export interface Payout {
  readonly paid: bigint;
  readonly fee: bigint;
}

/** A winner's share of the pool, less the fee on what is gained: none for the two highest levels. */
export function payoutOf(lot: Lot, { staked, shares }: Figures, win: Side, feeBps: number): Payout {
  const gross = lot.side === otherOf(win) ? 0n : (staked * lot.shares) / shares[win];
  const isFree = lot.level === 'Lv4' || lot.level === 'Whale';
  const profit = gross - lot.stake;
  const fee = isFree || profit <= 0n ? 0n : (profit * BigInt(feeBps)) / 10_000n;
  return { paid: gross - fee, fee };
}
