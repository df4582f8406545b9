// What opening a position would give (DESIGN 2.6): the very decision of opening, of which nothing is committed.
import { exposureOf } from '../../domain/margin/opening';
import { formatAmount } from '../../domain/money';
import type { Command } from '../../ledger/command';
import { openPosition, planOpening, type OpenPosition } from './open-position';
import { ratioText } from './pool-views';
import type { Position } from './position-views';

export interface PositionQuote extends Pick<
  Position,
  | 'side'
  | 'leverage'
  | 'quantity'
  | 'credits'
  | 'debtAsset'
  | 'debt'
  | 'entryPrice'
  | 'mark'
  | 'marginRatio'
  | 'maintenanceRatio'
  | 'liquidationPrice'
  | 'bankruptcyPrice'
  | 'equity'
> {
  /** Credits: collateral x leverage, and what of it trades. */
  readonly exposure: string;
  readonly notional: string;
  /** Credits for the trade. */
  readonly fee: string;
  /** A year's, as a share of 1, once this is lent. */
  readonly borrowRate: string;
}

/** @throws DomainError as `openPosition` does */
export const quotePosition: Command<OpenPosition, PositionQuote> = {
  kind: 'quote_position',
  keys: (input) => openPosition.keys(input),
  decide(view, input) {
    const edit = planOpening(view, input);
    const { result: position } = edit.decide('opened', (opened) => opened);
    return {
      result: {
        side: position.side,
        leverage: position.leverage,
        exposure: formatAmount(exposureOf(input.collateral, input.leverage)),
        notional: formatAmount(edit.moved.notional),
        fee: formatAmount(edit.moved.fee),
        quantity: position.quantity,
        credits: position.credits,
        debtAsset: position.debtAsset,
        debt: position.debt,
        borrowRate: ratioText(edit.pool.borrowRate),
        entryPrice: position.entryPrice,
        mark: position.mark,
        marginRatio: position.marginRatio,
        maintenanceRatio: position.maintenanceRatio,
        liquidationPrice: position.liquidationPrice,
        bankruptcyPrice: position.bankruptcyPrice,
        equity: position.equity,
      },
    };
  },
};
