// Liquidates a fenced position (whitepaper 3.3, DESIGN 2.6), an order a commit: closed at market down to its bankruptcy price,
// in slices where the book is thin, until it is safe again or nothing is left. What nobody takes while the ratio is very low
// the risk reserve takes over, within its means.
import type { Decimal } from 'decimal.js';
import { tickSize } from '../../domain/exchange/market';
import { Exact } from '../../domain/exchange/mark-sums';
import { assert } from '../../domain/errors';
import { lotsToClose } from '../../domain/margin/closing';
import { mayTakeOver, penaltyOf, sliceLots, worthInCredits } from '../../domain/margin/liquidation';
import {
  bankruptcyLimit,
  closingSideOf,
  equityAt,
  isBelow,
  marginRatio,
  type PositionSide,
} from '../../domain/margin/position';
import { minAmount, unit, type Asset } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { userAccount } from '../../ledger/accounts';
import type { Command, View } from '../../ledger/command';
import { executeForPosition } from '../exchange/execution/position-orders';
import type { OrderRow } from '../exchange/market/order-rows';
import { parameters } from '../parameters';
import { closingDepth } from './margin-market';
import {
  concludeStep,
  progressOf,
  stepKeys,
  type MonitoredStep,
  type PositionProgress,
} from './position-progress';
import { requirePosition } from './own-position';
import { Pool } from './pool';
import { reserveAccount } from './pool-rows';
import { markOf, PositionEdit } from './position-edit';

/**
 * One order for a position that is fenced: before all that users have queued. Asked for at another time it changes nothing
 * and says what comes next.
 * @throws DomainError POSITION_NOT_FOUND
 */
export const liquidatePosition: Command<MonitoredStep, PositionProgress> = {
  kind: 'liquidate_position',
  isUrgent: true,
  keys: (step) => {
    const keys = stepKeys(step);
    return { ...keys, accounts: [...keys.accounts, userAccount(step.userId, 'available', 'LCO')] };
  },
  decide(view, { positionId, isMonitor }) {
    const row = requirePosition(view, positionId);
    if (row.status !== 'liquidating') return { result: progressOf(view, row) };
    const mark = markOf(view);
    assert(mark, 'what was fenced was fenced by a mark');
    const edit = new PositionEdit(view, row);
    const ratio = marginRatio(edit.figures, mark);
    if (!isBelow(ratio, row.sliced ? row.safeBps : row.maintenanceBps)) {
      reopen(edit);
      const kind = row.sliced ? 'recovered' : 'spared';
      return concludeStep(view, edit, { kind, pace: 'at_once', isMonitor });
    }
    const order = placeSlice(view, edit, mark);
    if (order && order.filledLots > 0) {
      settleSlice(edit, order, mark);
      conclude(edit, mark);
      const pace = order.reason === 'fill_limit' ? 'at_once' : 'next_slice';
      return concludeStep(view, edit, { kind: 'liquidated', pace, isMonitor });
    }
    // As if no order had been placed: it has met nobody.
    const untouched = new PositionEdit(view, row);
    if (isBelow(ratio, row.takeoverBps) && isWithinReserve(view, untouched, mark)) {
      untouched.change({ status: 'taken_over', takenOverAt: view.at });
      const pace = 'at_once';
      return concludeStep(view, untouched, { kind: 'taken_over', pace, isMonitor });
    }
    return { result: progressOf(view, row, 'on_offer') };
  },
};

/** null: no price is low enough to be paid by what a short holds. */
function placeSlice(view: View, edit: PositionEdit, mark: Decimal): OrderRow | null {
  const { id, userId, side, fencedLots, takerFeeBps } = edit.current;
  const rest = lotsToClose(edit.figures);
  const lots = sliceLots(rest, fencedLots ?? rest, closingDepth(view, side, mark));
  const limitTicks = bankruptcyLimit(edit.figures, lots);
  if (limitTicks < 1) return null;
  return executeForPosition(
    view,
    {
      positionId: id,
      number: edit.nextOrderNumber(),
      side: closingSideOf(side),
      lots,
      limitTicks,
      stp: 'expire_maker',
      userId,
      takerFeeBps,
      source: 'liquidation',
    },
    edit.market,
  );
}

/**
 * A short repays what it bought, then both pay the penalty out of the equity that is left; of a long the debt comes last, and
 * what its sale brings beyond that is its owner's.
 */
function settleSlice(edit: PositionEdit, order: OrderRow, mark: Decimal): void {
  edit.trade(order);
  edit.change({ sliced: true });
  const { side, userId } = edit.current;
  const ownersPurse = (asset: Asset) => userAccount(userId, 'available', asset);
  if (side === 'short') edit.settleDebt(ownersPurse);
  const price = worstOf(side, mark, averageOf(order));
  const penalty = penaltyOf(order.takerNotional, equityAt(edit.figures, price));
  edit.penalise(minAmount(penalty, edit.current.credits));
  if (side === 'long') edit.settleDebt(ownersPurse);
}

/** Ends it when nothing is left to be closed; opens it again when it is safe. */
function conclude(edit: PositionEdit, mark: Decimal): void {
  const { userId, safeBps } = edit.current;
  if (lotsToClose(edit.figures) === 0) {
    assert(edit.debt === 0n, 'the price at which nothing is left was the limit');
    edit.payOut(edit.current.credits, userAccount(userId, 'available', 'CREDIT'));
    edit.close('liquidated');
  } else if (!isBelow(marginRatio(edit.figures, mark), safeBps)) {
    reopen(edit);
  }
}

function reopen(edit: PositionEdit): void {
  edit.change({ status: 'open', fencedAt: null, fencedLots: null, sliced: false });
}

/** What is left of it is valued at the worse of the mark and what was got: a thin book tells more than the mark. */
function worstOf(side: PositionSide, mark: Decimal, average: Decimal): Decimal {
  return side === 'long' ? Exact.min(mark, average) : Exact.max(mark, average);
}

/** Credits for one LCO; a notional over lots is in ticks. */
function averageOf({ takerNotional, filledLots }: OrderRow): Decimal {
  const ticks = new Exact(takerNotional.toString()).div(filledLots);
  return ticks.times(tickSize.toString()).div(unit.toString());
}

function isWithinReserve(view: View, edit: PositionEdit, mark: Decimal): boolean {
  const reserve = view.balance(reserveAccount('CREDIT'));
  const takenOver = (['CREDIT', 'LCO'] as const)
    .map((asset) => worthInCredits(asset, new Pool(view, asset).takenOverDebt, mark))
    .reduce((sum, worth) => sum + worth, 0n);
  const worthAfter = takenOver + worthInCredits(edit.pool.asset, edit.debt, mark);
  const cap = parameterValue(view.projection(parameters), 'margin.reserveTakeoverCap');
  return mayTakeOver(worthAfter, reserve, cap);
}
