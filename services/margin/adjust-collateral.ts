// Adds collateral to a position, or takes some out (DESIGN 2.6): of a long Credits that are added repay debt, and those that
// are taken out are borrowed; a short holds them.
import { DomainError } from '../../domain/errors';
import { requireOpeningRatio } from '../../domain/margin/opening';
import type { PositionSide } from '../../domain/margin/position';
import { formatAmount } from '../../domain/money';
import { userAccount } from '../../ledger/accounts';
import { rowKey, type Command, type View } from '../../ledger/command';
import { requireActiveUser, userStates } from '../identity/user-state';
import { requireDebtRoom, requireOpeningMarket } from './margin-market';
import { requireCredits } from './open-position';
import { requireOpenPosition } from './own-position';
import { PositionEdit, positionKeys } from './position-edit';
import type { Position } from './position-views';

export interface AdjustCollateral {
  readonly positionId: string;
  readonly userId: string;
  readonly side: PositionSide;
  /** Base units of CREDIT; below 0: taken out. */
  readonly amount: bigint;
}

/**
 * @throws DomainError POSITION_NOT_FOUND, STATE_CONFLICT, USER_FROZEN, AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS; and for
 * taking out MARK_UNAVAILABLE, MARKET_NOT_TWO_SIDED, MARGIN_RATIO_TOO_LOW, DEBT_LIMIT, POOL_UTILISATION_LIMIT
 */
export const adjustCollateral: Command<AdjustCollateral, { readonly position: Position }> = {
  kind: 'adjust_collateral',
  keys: ({ positionId, userId, side }) => {
    const keys = positionKeys({ id: positionId, userId, side });
    return { ...keys, rows: [...keys.rows, rowKey(userStates, userId)] };
  },
  decide(view, { positionId, userId, amount }) {
    const row = requireOpenPosition(view, positionId, userId);
    requireActiveUser(view, userId);
    if (amount === 0n) throw new DomainError('AMOUNT_OUT_OF_RANGE', 'amount: must not be 0.');
    const edit = new PositionEdit(view, row);
    if (amount > 0n) add(view, edit, amount);
    else takeOut(view, edit, -amount);
    const kind = amount > 0n ? 'collateral_added' : 'collateral_taken';
    return edit.decide(kind, (position) => ({ position }));
  },
};

function add(view: View, edit: PositionEdit, amount: bigint): void {
  const { side, userId } = edit.current;
  const { debt } = edit;
  if (side === 'long' && amount > debt) {
    throw new DomainError(
      'AMOUNT_OUT_OF_RANGE',
      'amount: what is added to a long repays its debt, and no more than that is owed.',
      { debt: formatAmount(debt) },
    );
  }
  requireCredits(view, userId, amount);
  edit.payIn(amount, userAccount(userId, 'available', 'CREDIT'));
  if (side === 'long') edit.repay(amount);
}

function takeOut(view: View, edit: PositionEdit, amount: bigint): void {
  const { side, userId, leverage, safeBps, credits, scaledDebt: owedBefore } = edit.current;
  const market = requireOpeningMarket(view);
  if (side === 'long') {
    edit.borrow(amount);
    const scaledDebt = edit.current.scaledDebt - owedBefore;
    requireDebtRoom(view, { side, userId, pool: edit.pool, scaledDebt });
  } else if (amount > credits) {
    throw new DomainError('AMOUNT_OUT_OF_RANGE', 'amount: the position holds less.', {
      credits: formatAmount(credits),
    });
  }
  edit.payOut(amount, userAccount(userId, 'available', 'CREDIT'));
  const figures = edit.figures;
  const worst = market.worstFor(side);
  const { mark } = market;
  requireOpeningRatio({ figures, mark, worst, leverage, safeBps, slippageBps: 0 });
}
