// Works off a position that the risk reserve has taken over (DESIGN 2.6), by limit orders at the mark that rest in the book:
// each step settles what the order before has traded, and places the next. Once no collateral is left, what is still owed is
// a loss.
import type { Decimal } from 'decimal.js';

import { assert } from '../../domain/errors';
import { lotsToClose } from '../../domain/margin/closing';
import { sliceLots } from '../../domain/margin/liquidation';
import { closingSideOf } from '../../domain/margin/position';
import { platformAccount, positionAccount } from '../../ledger/accounts';
import type { Command, View } from '../../ledger/command';
import { closeOrder } from '../exchange/execution/order-holds';
import { limitAround } from '../exchange/execution/market-band';
import { affordable, executeForPosition } from '../exchange/execution/position-orders';
import { marketState } from '../exchange/market/market-state';
import { orders, type OrderRow } from '../exchange/market/order-rows';
import { bearLoss, settleLoss } from './bad-debt';
import { closingDepth } from './margin-market';
import { requirePosition } from './own-position';
import { reserveAccount } from './pool-rows';
import {
  concludeStep,
  progressOf,
  stepKeys,
  type MonitoredStep,
  type PositionPace,
  type PositionProgress,
} from './position-progress';
import { markOf, PositionEdit } from './position-edit';
import type { ChangeKind, PositionRow } from './position-rows';

/** An order whose price is this near to the mark is left where it is in line. */
const nearBps = 10;

/**
 * The next step; asked for at another time it changes nothing and says what comes next.
 * @throws DomainError POSITION_NOT_FOUND
 */
export const workOffPosition: Command<MonitoredStep, PositionProgress> = {
  kind: 'work_off_position',
  keys: (step) => {
    const keys = stepKeys(step);
    return {
      ...keys,
      accounts: [
        ...keys.accounts,
        positionAccount(step.positionId, 'orders', step.side === 'long' ? 'LCO' : 'CREDIT'),
        reserveAccount('LCO'),
        platformAccount('treasury', 'CREDIT'),
      ],
    };
  },
  decide(view, { positionId, isMonitor }) {
    const row = requirePosition(view, positionId);
    if (row.status !== 'taken_over') return { result: progressOf(view, row) };
    const mark = markOf(view);
    assert(mark, 'what was taken over was fenced by a mark');
    const edit = new PositionEdit(view, row);
    const order = findOrder(view, row);
    if (order?.status === 'open' && order.filledLots === 0 && isNear(order, mark)) {
      return { result: progressOf(view, row, 'in_the_book') };
    }
    if (order) settle(view, edit, order);
    const going = goOn(view, edit, mark);
    if (going !== 'waits') return concludeStep(view, edit, { ...going, isMonitor });
    if (!order) return { result: progressOf(view, row, 'on_offer') };
    // As if nothing had been tried after it.
    const settled = new PositionEdit(view, row);
    settle(view, settled, order);
    return concludeStep(view, settled, { ...onOffer, isMonitor });
  },
};

function findOrder(view: View, { workOffOrderId }: PositionRow): OrderRow | null {
  if (workOffOrderId === null) return null;
  const { orders: open } = view.projection(marketState);
  const order = open.get(workOffOrderId) ?? view.row(orders, workOffOrderId);
  assert(order, "a position's order has a row");
  return order;
}

function isNear({ priceTicks, side }: OrderRow, mark: Decimal): boolean {
  const ticks = priceTicks ?? 0;
  return (
    ticks >= limitAround(mark, side, side === 'buy' ? -nearBps : nearBps) &&
    ticks <= limitAround(mark, side, side === 'buy' ? nearBps : -nearBps)
  );
}

/** What the order traded is counted, what it holds comes back; the debt is repaid as far as that goes. */
function settle(view: View, edit: PositionEdit, order: OrderRow): void {
  if (order.status === 'open') {
    closeOrder(order, { status: 'cancelled', reason: 'repriced' }, view, edit.market);
  }
  edit.trade(order);
  edit.change({ workOffOrderId: null });
  // What is beyond the debt is the reserve's, who bore the risk.
  edit.settleDebt(reserveAccount);
}

interface Going {
  readonly kind: ChangeKind;
  readonly pace: PositionPace;
}

const onOffer: Going = { kind: 'worked_off', pace: 'on_offer' };

/** waits: there is nobody to trade with. */
function goOn(view: View, edit: PositionEdit, mark: Decimal): Going | 'waits' {
  const rest = lotsToClose(edit.figures);
  const { side } = edit.current;
  if (side === 'long' ? rest === 0 && edit.debt === 0n : edit.debt === 0n) {
    settleLoss(view, edit);
    endWorkedOff(edit);
    return { kind: 'worked_off', pace: 'at_once' };
  }
  const order = rest > 0 ? planOrder(view, edit, mark, rest) : null;
  if (!order) {
    const outcome = bearLoss(view, edit, mark);
    if (outcome === 'waits') return 'waits';
    if (outcome === 'over') endWorkedOff(edit);
    return { kind: 'written_off', pace: 'at_once' };
  }
  const placed = executeForPosition(view, order, edit.market);
  edit.change({ workOffOrderId: placed.id });
  return {
    kind: edit.hasTraded ? 'worked_off' : 'offered',
    pace: placed.status === 'open' ? 'in_the_book' : 'at_once',
  };
}

function endWorkedOff(edit: PositionEdit): void {
  edit.payOut(edit.current.credits, reserveAccount('CREDIT'));
  edit.close('worked_off');
}

/** null: a short's Credits do not buy a lot at the mark, so that no collateral is left. */
function planOrder(view: View, edit: PositionEdit, mark: Decimal, rest: number) {
  const { id, side, credits, fencedLots, takerFeeBps } = edit.current;
  const orderSide = closingSideOf(side);
  const limitTicks = limitAround(mark, orderSide, 0);
  const slice = sliceLots(rest, fencedLots ?? rest, closingDepth(view, side, mark));
  const lots =
    side === 'long' ? slice : Math.min(slice, affordable(credits, limitTicks, takerFeeBps));
  if (lots === 0) return null;
  return {
    positionId: id,
    number: edit.nextOrderNumber(),
    side: orderSide,
    lots,
    limitTicks,
    rests: true,
    stp: 'expire_maker',
    userId: null,
    takerFeeBps,
    source: 'liquidation',
  } as const;
}
