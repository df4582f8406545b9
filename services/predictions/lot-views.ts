// A lot of a prediction market as its owner sees it, and a bet's answer.
import { formatAmount } from '../../domain/money';
import { paysFee, type LotSide } from '../../domain/predictions/settlement';
import type { TierLevel } from '../../domain/tiers';
import { isoTime } from '../../domain/time';
import type { BetRequest, BoughtLot } from './bet';
import type { LotRow } from './lot-rows';
import { presentPool, type PoolView } from './market-views';

export interface LotView {
  /** In the order of the market, the seed is 0; the manifest names it by this. */
  readonly number: number;
  readonly side: LotSide;
  readonly stake: string;
  /** Of a seed, on each side; a winning one pays one LCO at least. */
  readonly shares: string;
  readonly tier: TierLevel;
  /** Whether its profit pays the fee. */
  readonly paysFee: boolean;
  readonly placedAt: string;
  /** Whether it came after what it was a bet on, or the market is void; null until that is final. */
  readonly voided: boolean | null;
  /** Net of the fee; null until it is paid. */
  readonly paid: string | null;
  readonly fee: string | null;
}

type ShownLot = Pick<
  LotRow,
  'number' | 'side' | 'stake' | 'shares' | 'tier' | 'placedAt' | 'paid' | 'fee'
>;

/** @param kept how many lots count; null until that is known */
export function presentLot(lot: ShownLot, kept: number | null): LotView {
  return {
    number: lot.number,
    side: lot.side,
    stake: formatAmount(lot.stake),
    shares: formatAmount(lot.shares),
    tier: lot.tier,
    paysFee: paysFee(lot),
    placedAt: isoTime(lot.placedAt),
    voided: kept === null ? null : lot.number >= kept,
    paid: lot.paid === null ? null : formatAmount(lot.paid),
    fee: lot.fee === null ? null : formatAmount(lot.fee),
  };
}

export interface BetOutcome {
  readonly lot: LotView;
  /** With the odds after the bet. */
  readonly pool: PoolView;
}

export function presentBet({ side, stake }: BetRequest, bought: BoughtLot): BetOutcome {
  const { shares, staked, yesShares, noShares, ...rest } = bought;
  const lot = { ...rest, side, stake, shares: BigInt(shares), paid: null, fee: null };
  return {
    lot: presentLot(lot, null),
    pool: presentPool({
      staked: BigInt(staked),
      yesShares: BigInt(yesShares),
      noShares: BigInt(noShares),
    }),
  };
}
