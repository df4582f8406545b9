// A position's stop-loss and take-profit (DESIGN 2.6): prices of the mark at which all of it is closed at market.
import { currentMark } from '../../domain/exchange/mark-price';
import { formatPrice, ticksOfPrice } from '../../domain/exchange/market';
import { DomainError } from '../../domain/errors';
import type { PositionSide } from '../../domain/margin/position';
import { rowKey, type Command } from '../../ledger/command';
import { marketState } from '../exchange/market/market-state';
import { requireUser, userStates } from '../identity/user-state';
import { requireOpenPosition } from './own-position';
import { PositionEdit, positionKeys } from './position-edit';
import type { Position } from './position-views';

export interface SetTriggers {
  readonly positionId: string;
  readonly userId: string;
  readonly side: PositionSide;
  /** Ticks; null: none. */
  readonly stopLossTicks: number | null;
  readonly takeProfitTicks: number | null;
}

/**
 * Sets both anew; one that was set off and not filled yet is taken back.
 * A frozen user may.
 * @throws DomainError POSITION_NOT_FOUND, STATE_CONFLICT, MARK_UNAVAILABLE, INVALID_REQUEST for a price that
 * the mark has passed already
 */
export const setTriggers: Command<SetTriggers, { readonly position: Position }> = {
  kind: 'set_position_triggers',
  keys: ({ positionId, userId, side }) => {
    const keys = positionKeys({ id: positionId, userId, side });
    return { ...keys, rows: [...keys.rows, rowKey(userStates, userId)] };
  },
  decide(view, { positionId, userId, stopLossTicks, takeProfitTicks }) {
    const row = requireOpenPosition(view, positionId, userId);
    requireUser(view, userId);
    const mark = currentMark(view.projection(marketState).mark);
    if (!mark) throw new DomainError('MARK_UNAVAILABLE', 'There is no mark price yet.');
    const ticks = ticksOfPrice(mark).toNumber();
    requireAhead('stopLoss', stopLossTicks, ticks, row.side === 'long' ? 'below' : 'above');
    requireAhead('takeProfit', takeProfitTicks, ticks, row.side === 'long' ? 'above' : 'below');
    const edit = new PositionEdit(view, row);
    edit.change({ stopLossTicks, takeProfitTicks, triggered: null, triggeredAt: null });
    return edit.decide('triggers_set', (position) => ({ position }));
  },
};

function requireAhead(
  field: string,
  ticks: number | null,
  markTicks: number,
  where: 'above' | 'below',
): void {
  if (ticks === null || (where === 'above' ? ticks > markTicks : ticks < markTicks)) return;
  throw new DomainError(
    'INVALID_REQUEST',
    `${field}: must be ${where} the mark, or it would be set off at once.`,
    { param: field, [field]: formatPrice(ticks) },
  );
}
