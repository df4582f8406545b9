// The market as positions see it (DESIGN 2.6): the mark, the prices at the book's depth, and how much debt its depth bears.
import type { Decimal } from 'decimal.js';
import { currentMark, isFresh } from '../../domain/exchange/mark-price';
import { depthAround } from '../../domain/exchange/mark-depth';
import { Exact } from '../../domain/exchange/mark-sums';
import { ticksOfPrice } from '../../domain/exchange/market';
import { impactPrice } from '../../domain/exchange/matching';
import { DomainError } from '../../domain/errors';
import { sliceBand } from '../../domain/margin/liquidation';
import { requireDepthForDebt, worstPrice } from '../../domain/margin/opening';
import { closingSideOf, debtAssetOf, type PositionSide } from '../../domain/margin/position';
import { parameterValue } from '../../domain/parameters';
import type { View } from '../../ledger/command';
import { averageDepthAroundMark, twapOfMark } from '../exchange/mark/mark-rows';
import { marketState } from '../exchange/market/market-state';
import { parameters } from '../parameters';
import type { Pool } from './pool';
import { marginUserIdOf, marginUsers } from './position-rows';

const dayMs = 24 * 60 * 60 * 1000;

export interface OpeningMarket {
  /** Credits for one LCO. */
  readonly mark: Decimal;
  /** The worst price for the owner of the opposing impact quote and the day's average of the mark. */
  worstFor(side: PositionSide): Decimal;
}

/**
 * The market that positions may be opened by and collateral taken out.
 * @throws DomainError MARK_UNAVAILABLE, MARKET_NOT_TWO_SIDED
 */
export function requireOpeningMarket(view: View): OpeningMarket {
  const { mark: state, book } = view.projection(marketState);
  const mark = currentMark(state);
  if (!mark || !state || !isFresh(state, view.at)) {
    throw new DomainError(
      'MARK_UNAVAILABLE',
      'There is no mark price of the last seconds: no position opens, no collateral leaves.',
    );
  }
  const notional = parameterValue(view.projection(parameters), 'mark.impactNotional');
  // As the book is now, not as it was at the tick.
  const bid = impactPrice(book, 'buy', notional);
  const ask = impactPrice(book, 'sell', notional);
  if (!state.isTwoSided || !bid || !ask) {
    throw new DomainError(
      'MARKET_NOT_TWO_SIDED',
      'The book is not deep enough on both sides, or its sides are too far apart.',
    );
  }
  return {
    mark,
    worstFor: (side) => worstPrice(side, side === 'long' ? bid : ask, twapOfMark(view, dayMs)),
  };
}

/**
 * @param scaledDebt what is to be owed more, of a pool that has lent it already
 * @throws DomainError DEBT_LIMIT, MARK_UNAVAILABLE
 */
export function requireDebtRoom(
  view: View,
  {
    side,
    userId,
    pool,
    scaledDebt,
  }: { side: PositionSide; userId: string; pool: Pool; scaledDebt: bigint },
): void {
  const depth = averageDepthAroundMark(view, dayMs);
  if (!depth) {
    throw new DomainError('MARK_UNAVAILABLE', 'There has been no mark price yet.');
  }
  const asset = debtAssetOf(side);
  const owed = view.row(marginUsers, marginUserIdOf(userId, asset))?.scaledDebt ?? 0n;
  requireDepthForDebt({
    asset,
    total: pool.debt,
    own: pool.debtOf(owed + scaledDebt),
    depth: side === 'long' ? depth.bid : depth.ask,
  });
}

/** LCO that rest within 3% of the mark on the side that closes a position, base units, rounded down. */
export function closingDepth(view: View, side: PositionSide, mark: Decimal): bigint {
  const { book } = view.projection(marketState);
  const { bid, ask } = depthAround(book, ticksOfPrice(mark), sliceBand);
  if (closingSideOf(side) === 'buy') return ask;
  return lcoWorth(bid, mark);
}

/** LCO that so many Credits are worth at the mark; both in base units, rounded down. */
export function lcoWorth(credits: bigint, mark: Decimal): bigint {
  return BigInt(new Exact(credits.toString()).div(mark).floor().toFixed());
}
