// Betting on a prediction market (DESIGN 2.8): a stake goes to the pool and buys shares of a side, in time by the journal's
// own time, whether or not a worker runs. The buyer's level is that of the stake under the lock.
import { DomainError } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { requireBet, requireBetting } from '../../domain/predictions/market';
import { placeBet, type PredictionSide } from '../../domain/predictions/pool';
import type { Lot, LotSide } from '../../domain/predictions/settlement';
import { tierOf, type TierLevel } from '../../domain/tiers';
import { predictionAccount, userAccount } from '../../ledger/accounts';
import {
  moveBetween,
  putRow,
  rowKey,
  type Command,
  type Decision,
  type View,
} from '../../ledger/command';
import { requireActiveUser, userStates } from '../identity/user-state';
import {
  lotEvent,
  lotIdOf,
  positionIdOf,
  positionKey,
  predictionLots,
  predictionPositions,
  type LotRow,
  type PositionRow,
} from './lot-rows';
import { readPool, requireMarket } from './market-progress';
import { marketKeys, poolOf, predictionPools, type PoolRow } from './market-rows';

export interface BetRequest {
  readonly marketId: string;
  readonly side: PredictionSide;
  /** Base units of LCO. */
  readonly stake: bigint;
  /** The bet is refused if it would buy fewer; null: any number will do. */
  readonly minShares: bigint | null;
}

/** What a bet has bought, and the pool after it: base units, kept so under the bet's key and presented when it is told. */
export interface BoughtLot {
  readonly number: number;
  readonly tier: TierLevel;
  readonly placedAt: number;
  readonly shares: string;
  readonly staked: string;
  readonly yesShares: string;
  readonly noShares: string;
}

/** Where stakes come from, and what says the buyer's level. */
export function bettorAccounts(userId: string) {
  return {
    available: userAccount(userId, 'available', 'LCO'),
    staked: userAccount(userId, 'staked', 'LCO'),
  };
}

interface Purchase extends Omit<Lot, 'tier'> {
  readonly marketId: string;
  readonly userId: string;
  /** The owner's before it. */
  readonly position: PositionRow | undefined;
  /** The market's after it, with this lot counted. */
  readonly pool: PoolRow;
}

/** Plans a lot and what follows from it: its stake goes to the pool, its owner's position grows. */
export function planLot(
  view: View,
  { marketId, userId, side, stake, shares, position, pool }: Purchase,
): { readonly lot: LotRow; readonly plan: Omit<Decision<never>, 'result'> } {
  const { available, staked } = bettorAccounts(userId);
  const number = pool.lots - 1;
  const lot: LotRow = {
    id: lotIdOf(marketId, number),
    marketId,
    number,
    userId,
    side,
    stake,
    shares,
    tier: tierOf(view.balance(staked)).level,
    placedAt: view.at,
    placedIn: view.sequence,
    stakedAfter: pool.staked,
    yesAfter: pool.yesShares,
    noAfter: pool.noShares,
    othersYesAfter: pool.othersYes,
    othersNoAfter: pool.othersNo,
    paid: null,
    fee: null,
  };
  const kind = side === 'seed' ? 'prediction_seed' : 'prediction_bet';
  const held = predictionAccount(marketId, 'pool');
  return {
    lot,
    plan: {
      transfers: [moveBetween(kind, available, held, stake, lot.id)],
      rows: [
        putRow(predictionPools, pool),
        putRow(predictionLots, lot),
        putRow(predictionPositions, grownBy(position, lot)),
      ],
      feed: [lotEvent(lot)],
    },
  };
}

function grownBy(before: PositionRow | undefined, lot: LotRow): PositionRow {
  const { marketId, userId, side, stake, shares, placedAt } = lot;
  const gained = (name: LotSide) => (side === name || side === 'seed' ? shares : 0n);
  return {
    id: positionIdOf(marketId, userId),
    marketId,
    userId,
    lots: (before?.lots ?? 0) + 1,
    staked: (before?.staked ?? 0n) + stake,
    yesShares: (before?.yesShares ?? 0n) + gained('yes'),
    noShares: (before?.noShares ?? 0n) + gained('no'),
    lastBetAt: placedAt,
  };
}

interface Bettor {
  readonly isProposer: boolean;
  readonly isNewHolder: boolean;
}

/** What a bet buys, and the pool's row after it. @throws DomainError MIN_SHARES_NOT_REACHED */
function buyShares(
  before: PoolRow,
  { side, stake, minShares }: BetRequest,
  { isProposer, isNewHolder }: Bettor,
): { readonly shares: bigint; readonly pool: PoolRow } {
  const { bet, pool } = placeBet(poolOf(before), side, stake);
  const { shares } = bet;
  if (minShares !== null && shares < minShares) {
    throw new DomainError(
      'MIN_SHARES_NOT_REACHED',
      'The odds have moved: the stake buys fewer shares than minShares.',
      { shares: formatAmount(shares), minShares: formatAmount(minShares) },
    );
  }
  const others = isProposer ? 0n : stake;
  return {
    shares,
    pool: {
      ...before,
      staked: pool.staked,
      yesShares: pool.yes,
      noShares: pool.no,
      othersYes: before.othersYes + (side === 'yes' ? others : 0n),
      othersNo: before.othersNo + (side === 'no' ? others : 0n),
      volume: before.volume + stake,
      lots: before.lots + 1,
      holders: before.holders + (isNewHolder ? 1 : 0),
    },
  };
}

/**
 * @throws DomainError USER_FROZEN, PREDICTION_NOT_FOUND, STATE_CONFLICT unless bets are taken at this moment,
 * AMOUNT_OUT_OF_RANGE below 1 LCO, INSUFFICIENT_FUNDS, MIN_SHARES_NOT_REACHED
 */
export const placePredictionBet: Command<BetRequest & { readonly userId: string }, BoughtLot> = {
  kind: 'prediction_bet',
  keys: ({ marketId, userId }) => ({
    accounts: [...Object.values(bettorAccounts(userId)), predictionAccount(marketId, 'pool')],
    rows: [rowKey(userStates, userId), ...marketKeys(marketId), positionKey(marketId, userId)],
  }),
  decide(view, { userId, ...request }) {
    requireActiveUser(view, userId);
    const { marketId, side, stake } = request;
    const market = requireMarket(view, marketId);
    requireBetting(view.at, market);
    requireBet(stake, view.balance(bettorAccounts(userId).available));
    const position = view.row(predictionPositions, positionIdOf(marketId, userId));
    const bettor = { isProposer: market.proposerId === userId, isNewHolder: !position };
    const { shares, pool } = buyShares(readPool(view, marketId), request, bettor);
    const purchase = { marketId, userId, side, stake, shares, position, pool };
    const { lot, plan } = planLot(view, purchase);
    return { ...plan, result: boughtLot(lot) };
  },
};

function boughtLot(lot: LotRow): BoughtLot {
  const { number, tier, placedAt, shares, stakedAfter, yesAfter, noAfter } = lot;
  return {
    number,
    tier,
    placedAt,
    shares: shares.toString(),
    staked: stakedAfter.toString(),
    yesShares: yesAfter.toString(),
    noShares: noAfter.toString(),
  };
}
