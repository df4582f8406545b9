// The weekly close (DESIGN 2.5): what the relay's revenue owes to upstreams, the net profit that is left, and who gets
// it: the ecosystem fund with what it sets aside at once, what nobody covered of reversals, and the treasury.
import { assert } from './errors';
import { bpsDivisor, maxOf, minAmount, mulDivDown } from './money';

/** Shares in hundredths of a percent, pinned by the run. */
export interface CloseShares {
  /** The ecosystem fund's, of the net relay profit. */
  readonly profitShareBps: number;
  /** Of what the fund takes in: for champions' free calls. */
  readonly freeCallShareBps: number;
  /** Of what the fund takes in: for LCO of the prize pool. */
  readonly prizeShareBps: number;
}

/** Base units of CREDIT. */
export interface BooksBeforeClose {
  readonly revenue: bigint;
  /** What is booked as payable to upstreams. */
  readonly upstreamCost: bigint;
  readonly tradingFees: bigint;
  /** Reversals that nobody covered yet: 0 or less. */
  readonly losses: bigint;
  /** Cost that charges did not cover, of calls settled since the last close. */
  readonly shortfalls: bigint;
  /** Corrections of cost since the last close; above 0: the upstreams cost more. */
  readonly corrections: bigint;
  /** What the last close carried on; below 0: cost that could not come back yet. */
  readonly lossCarried: bigint;
}

/** Base units of CREDIT. */
export interface ProfitClose {
  /** From `revenue` to `upstream_cost`; below 0: back. */
  readonly movedToCost: bigint;
  readonly lossCarriedOn: bigint;
  /** The net relay profit: all that `revenue` then holds. */
  readonly profit: bigint;
  /** Of the profit, to the ecosystem fund. */
  readonly fundShare: bigint;
  /** Of the fund's share, what leaves it again at once. */
  readonly freeCalls: bigint;
  readonly prize: bigint;
  /** Of the treasury's part, what refills `losses`. */
  readonly refilled: bigint;
  /** What the treasury gets: the rest of the profit and the trading fees, less what refilled `losses`. */
  readonly treasuryShare: bigint;
}

/**
 * Plans a close. N = shortfalls + corrections + the loss carried; min(N, revenue) moves to `upstream_cost`, a negative
 * N back as far as that reaches. Rounded down, each in favour of who gets the rest: the fund's share (of the treasury),
 * what is set aside for free calls and for prizes (of what is burned).
 */
export function planClose(books: BooksBeforeClose, shares: CloseShares): ProfitClose {
  const { revenue, upstreamCost, tradingFees, losses } = books;
  assert(revenue >= 0n && upstreamCost >= 0n && tradingFees >= 0n, 'these accounts have a floor');
  assert(losses <= 0n && books.shortfalls >= 0n, 'losses are negative, shortfalls are not');
  const owed = books.shortfalls + books.corrections + books.lossCarried;
  const movedToCost = owed >= 0n ? minAmount(owed, revenue) : maxOf(owed, -upstreamCost);
  const profit = revenue - movedToCost;

  const fundShare = shareOf(profit, shares.profitShareBps);
  const forTreasury = profit - fundShare + tradingFees;
  const refilled = minAmount(-losses, forTreasury);
  return {
    movedToCost,
    lossCarriedOn: owed - movedToCost,
    profit,
    fundShare,
    freeCalls: shareOf(fundShare, shares.freeCallShareBps),
    prize: shareOf(fundShare, shares.prizeShareBps),
    refilled,
    treasuryShare: forTreasury - refilled,
  };
}

/** Rounded down: whoever gets the rest is favoured. */
function shareOf(amount: bigint, bps: number): bigint {
  return mulDivDown(amount, BigInt(bps), bpsDivisor);
}
