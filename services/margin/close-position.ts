// Closes a position, in part or in full (DESIGN 2.6 and 2.13): at market, within the band and never beyond the price at
// which nothing would be left, so that what is closed pays its share of the debt. What cannot be filled stays open.
import { bankruptcyLimit, closingSideOf, type PositionSide } from '../../domain/margin/position';
import { assert, DomainError } from '../../domain/errors';
import {
  lotsOfFraction,
  lotsToClose,
  shareOfClosing,
  wholeFraction,
} from '../../domain/margin/closing';
import { formatQuantity } from '../../domain/exchange/market';
import { parameterValue } from '../../domain/parameters';
import { userAccount } from '../../ledger/accounts';
import { rowKey, type Command, type Decision, type View } from '../../ledger/command';
import { executeForPosition } from '../exchange/execution/position-orders';
import { bandLimit } from '../exchange/execution/market-band';
import { marketState } from '../exchange/market/market-state';
import { requireUser, userStates } from '../identity/user-state';
import { parameters } from '../parameters';
import { requireOpenPosition } from './own-position';
import { PositionEdit, positionKeys } from './position-edit';
import { marginPositions } from './position-rows';
import type { Position } from './position-views';

export interface ClosePosition {
  readonly positionId: string;
  readonly userId: string;
  readonly side: PositionSide;
  /** Ten-thousandths. */
  readonly fraction: number;
  /** How far from the mark it may fill; null: as far as the market's band. */
  readonly maxSlippageBps: number | null;
}

export interface ClosedPosition {
  readonly position: Position;
  /** LCO that the request closed, as a decimal string. */
  readonly closedQuantity: string;
}

/**
 * A frozen user may.
 * @throws DomainError POSITION_NOT_FOUND, STATE_CONFLICT, AMOUNT_OUT_OF_RANGE for less than a lot, POSITION_NOT_FILLED when
 * nothing can be traded
 */
export const closePosition: Command<ClosePosition, ClosedPosition> = {
  kind: 'close_position',
  keys: ({ positionId, userId, side }) => {
    const keys = positionKeys({ id: positionId, userId, side });
    return {
      accounts: [...keys.accounts, userAccount(userId, 'available', 'LCO')],
      rows: [...keys.rows, rowKey(userStates, userId)],
    };
  },
  decide(view, { positionId, userId, fraction, maxSlippageBps }) {
    const row = requireOpenPosition(view, positionId, userId);
    requireUser(view, userId);
    const edit = new PositionEdit(view, row);
    const lots = lotsOfFraction(edit.figures, fraction);
    if (lots === 0) {
      throw new DomainError(
        'AMOUNT_OUT_OF_RANGE',
        'fraction: that is less than a lot of 0.01 LCO.',
      );
    }
    const { filledLots, reason } = closeAtMarket(view, edit, lots, maxSlippageBps);
    if (filledLots === 0) {
      throw new DomainError(
        'POSITION_NOT_FILLED',
        'Nobody trades at a price that would pay what is owed; nothing was done.',
        { reason: reason ?? 'no_liquidity' },
      );
    }
    return concluded(edit, 'closed_by_owner', filledLots);
  },
};

/**
 * Closes a position that its owner's stop-loss or take-profit has set off; as much as the market takes. Nothing happens when
 * it does not wait for that. Tells whether anything was closed.
 */
export const closeTriggered: Command<
  { readonly positionId: string; readonly userId: string; readonly side: PositionSide },
  boolean
> = {
  kind: 'close_triggered_position',
  keys: ({ positionId, userId, side }) => {
    const keys = positionKeys({ id: positionId, userId, side });
    return { ...keys, accounts: [...keys.accounts, userAccount(userId, 'available', 'LCO')] };
  },
  decide(view, { positionId }) {
    const row = view.row(marginPositions, positionId);
    if (row?.status !== 'open' || row.triggered === null) return { result: false };
    const edit = new PositionEdit(view, row);
    const { filledLots } = closeAtMarket(view, edit, lotsOfFraction(edit.figures, wholeFraction));
    if (filledLots === 0) return { result: false };
    return { ...concluded(edit, row.triggered, filledLots), result: true };
  },
};

/**
 * The trade and what it repays and pays out; `filledLots` 0: nothing happened. Within its limit a fill pays at least its share of
 * the debt, so that the margin ratio of the rest does not fall.
 */
function closeAtMarket(
  view: View,
  edit: PositionEdit,
  lots: number,
  maxSlippageBps: number | null = null,
) {
  const { id, userId, side, takerFeeBps } = edit.current;
  const figures = edit.figures;
  const order = executeForPosition(
    view,
    {
      positionId: id,
      number: edit.nextOrderNumber(),
      side: closingSideOf(side),
      lots,
      limitTicks: closingLimit(view, edit, lots, maxSlippageBps),
      stp: 'expire_maker',
      userId,
      takerFeeBps,
      source: 'order',
    },
    edit.market,
  );
  edit.trade(order);
  if (order.filledLots === 0) return order;
  const share = shareOfClosing(figures, {
    lots: order.filledLots,
    notional: order.takerNotional,
    fee: order.feeCharged,
  });
  edit.repay(share.repaid);
  edit.payOut(share.paidOut, userAccount(userId, 'available', 'CREDIT'));
  edit.passOnSurplus(share.surplus, userAccount(userId, 'available', 'LCO'));
  return order;
}

/** The nearest of the market's band, what the owner allows, and the price at which nothing would be left. */
function closingLimit(
  view: View,
  edit: PositionEdit,
  lots: number,
  maxSlippageBps: number | null,
): number {
  const side = closingSideOf(edit.current.side);
  const bandBps = parameterValue(view.projection(parameters), 'exchange.marketBandBps');
  const bps = Math.min(bandBps, maxSlippageBps ?? bandBps);
  const band = bandLimit(view.projection(marketState), side, bps);
  const least = bankruptcyLimit(edit.figures, lots);
  if (band === null) return least;
  return side === 'sell' ? Math.max(band, least) : Math.min(band, least);
}

function concluded(
  edit: PositionEdit,
  reason: 'closed_by_owner' | 'stop_loss' | 'take_profit',
  filledLots: number,
): Decision<ClosedPosition> {
  const { userId } = edit.current;
  if (lotsToClose(edit.figures) === 0) {
    assert(edit.debt === 0n, 'what is closed owes nothing');
    edit.payOut(edit.current.credits, userAccount(userId, 'available', 'CREDIT'));
    edit.close(reason);
  }
  const kind = edit.current.status === 'closed' ? 'closed' : 'closed_in_part';
  return edit.decide(kind, (position) => ({
    position,
    closedQuantity: formatQuantity(filledLots),
  }));
}
