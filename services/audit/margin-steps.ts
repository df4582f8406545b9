// What each kind of change does to a margin position by the rule (DESIGN 2.6 and 2.13), for the audit: from where it stood and
// the order that traded for it.
import type { Decimal } from 'decimal.js';
import { lotSize, quantityOf, tickSize } from '../../domain/exchange/market';
import { Exact } from '../../domain/exchange/mark-sums';
import { lotsToClose, shareOfClosing } from '../../domain/margin/closing';
import { penaltyOf } from '../../domain/margin/liquidation';
import { exposureOf } from '../../domain/margin/opening';
import {
  bankruptcyLimit,
  closingSideOf,
  equityAt,
  isBelow,
  marginRatio,
  type PositionFigures,
} from '../../domain/margin/position';
import { minAmount, unit } from '../../domain/money';
import { lcoWorth } from '../margin/margin-market';
import type { ChangeKind, PositionRow } from '../margin/position-rows';
import type { CheckedChange, CheckedOrder } from './margin-rows';
import type { Standing, Walk } from './margin-walk';

/** Kinds in which nothing moves, and neither the pool's row is written. */
export const noted: readonly ChangeKind[] = ['fenced', 'trigger_set_off'];

/** The changes that may follow where a position stands. */
export const mayFollow: Readonly<Record<Standing['status'], readonly ChangeKind[]>> = {
  unborn: ['opened'],
  open: [
    ...(['collateral_added', 'collateral_taken', 'triggers_set', 'trigger_set_off'] as const),
    ...(['closed_in_part', 'closed', 'fenced'] as const),
  ],
  liquidating: ['spared', 'liquidated', 'recovered', 'taken_over'],
  taken_over: ['offered', 'worked_off', 'written_off'],
  closed: [],
};

export interface StepContext {
  readonly position: PositionRow;
  readonly before: Standing;
  readonly change: CheckedChange;
  readonly walk: Walk;
  readonly mark: Decimal;
  /** Takes the position's next order, if it was placed with this change and satisfies. */
  readonly takeOrder: (isWanted?: (order: CheckedOrder) => boolean) => CheckedOrder | undefined;
}

/** What a step leads to, and what does not hold about it. */
export interface StepEnd {
  readonly next: Partial<Standing>;
  readonly faults: readonly string[];
  /** Of the debt, in its asset: what nobody paid, and LCO that were bought to pay it. */
  readonly struck?: bigint;
  readonly bought?: bigint;
  /** Whether an order was tried that met nobody: it has a number and no row. */
  readonly tried?: boolean;
}

const still: StepEnd = { next: {}, faults: [] };

type Step = (context: StepContext) => StepEnd;

const opened: Step = ({ position, change, walk, mark, takeOrder }) => {
  const order = takeOrder();
  if (!order) return { next: {}, faults: ['it has no order'] };
  const { side, leverage } = position;
  const exposure = exposureOf(change.paidIn, leverage);
  const faults: string[] = [];
  walk.payIn(change.paidIn);
  if (side === 'long') {
    if (order.quoteQuantity !== exposure) {
      faults.push(`its order spends ${order.quoteQuantity}, it was to spend ${exposure}`);
    }
    walk.borrow(exposure - change.paidIn);
    walk.trade(order);
    walk.repay(walk.credits);
    walk.payOut(walk.credits);
  } else {
    const lots = lcoWorth(exposure, mark) / lotSize;
    if (order.quantityLots === null || BigInt(order.quantityLots) !== lots) {
      faults.push(`its order sells ${order.quantityLots} lots, it was to sell ${lots}`);
    }
    walk.borrow(lots * lotSize);
    walk.trade(order);
  }
  if (order.status !== 'filled') faults.push(`its order is ${order.status}`);
  const { filledLots: entryLots, takerNotional: entryNotional } = order;
  return {
    next: { status: 'open', openedAt: change.at, entryLots, entryNotional },
    faults: [...faults, ...checkTerms(position, order, side === 'long' ? 'buy' : 'sell')],
  };
};

function checkTerms(
  { takerFeeBps }: PositionRow,
  order: CheckedOrder,
  side: 'buy' | 'sell',
): string[] {
  if (order.side === side && order.takerFeeBps === takerFeeBps) return [];
  return [
    `its order ${order.id} is to ${order.side} at a fee of ${order.takerFeeBps}, it was to ${side} at ${takerFeeBps}`,
  ];
}

/** Faults of an order that closes at market: its terms, and that no trade was beyond the price at which nothing is left. */
function checkClosing(position: PositionRow, order: CheckedOrder, figures: PositionFigures) {
  const faults = checkTerms(position, order, closingSideOf(position.side));
  const all = lotsToClose(figures);
  const lots = order.quantityLots ?? 0;
  if (lots < 1 || lots > all) faults.push(`its order closes ${lots} lots of ${all}`);
  const limit = bankruptcyLimit(figures, lots);
  const worst = position.side === 'long' ? order.lowestTicks : order.highestTicks;
  const isBeyond = worst !== null && (position.side === 'long' ? worst < limit : worst > limit);
  if (isBeyond) faults.push(`it traded at ${worst} ticks, nothing is left of it at ${limit}`);
  return faults;
}

const added: Step = ({ position, change, walk }) => {
  walk.payIn(change.paidIn);
  if (position.side === 'long') walk.repay(change.paidIn);
  return still;
};

const taken: Step = ({ position, change, walk }) => {
  if (position.side === 'long') walk.borrow(change.paidOut);
  walk.payOut(change.paidOut);
  return still;
};

const closing: Step = ({ position, change, walk, takeOrder }) => {
  const order = takeOrder();
  if (!order || order.filledLots === 0) return { next: {}, faults: ['it has no order'] };
  const { figures } = walk;
  const faults = checkClosing(position, order, figures);
  walk.trade(order);
  const { filledLots: lots, takerNotional: notional, feeCharged: fee } = order;
  const share = shareOfClosing(figures, { lots, notional, fee });
  walk.repay(share.repaid);
  walk.payOut(share.paidOut);
  walk.passOn(share.surplus);
  const isClosed = lotsToClose(walk.figures) === 0;
  if (isClosed) walk.payOut(walk.credits);
  if (isClosed !== (change.kind === 'closed'))
    faults.push(`it ${isClosed ? 'leaves nothing' : 'leaves some'}`);
  return { next: isClosed ? closed(change) : {}, faults };
};

function closed({ at }: CheckedChange): Partial<Standing> {
  return { status: 'closed', closedAt: at, triggeredAt: null };
}

const liquidated: Step = ({ position, before, change, walk, mark, takeOrder }) => {
  const order = takeOrder();
  if (!order || order.filledLots === 0) return { next: {}, faults: ['it has no order'] };
  const { side, safeBps, maintenanceBps } = position;
  const faults = checkClosing(position, order, walk.figures);
  const ratio = marginRatio(walk.figures, mark);
  const least = before.sliced ? safeBps : maintenanceBps;
  if (!isBelow(ratio, least)) {
    faults.push(`its margin ratio was ${ratio?.toFixed(6)}, not below ${least} basis points`);
  }
  walk.trade(order);
  if (side === 'short') payBack(walk, quantityOf(order.filledLots));
  const average = new Exact(order.takerNotional.toString())
    .div(order.filledLots)
    .times(tickSize.toString())
    .div(unit.toString());
  const price = side === 'long' ? Exact.min(mark, average) : Exact.max(mark, average);
  const penalty = penaltyOf(order.takerNotional, equityAt(walk.figures, price));
  walk.penalise(minAmount(penalty, walk.credits));
  if (side === 'long') {
    walk.repay(walk.credits);
    walk.payOut(walk.credits);
  }
  if (lotsToClose(walk.figures) === 0) {
    walk.payOut(walk.credits);
    return { next: { sliced: true, ...closed(change) }, faults };
  }
  if (isBelow(marginRatio(walk.figures, mark), safeBps)) return { next: { sliced: true }, faults };
  return { next: reopened, faults };
};

/** Repays with LCO that were bought; what is beyond the debt goes on. */
function payBack(walk: Walk, bought: bigint): bigint {
  const repaid = minAmount(bought, walk.debt);
  walk.repay(repaid);
  walk.passOn(bought - repaid);
  return repaid;
}

const reopened: Partial<Standing> = { status: 'open', fencedAt: null, sliced: false };

const releases: Step = ({ position, before, change, walk, mark }) => {
  const least = before.sliced ? position.safeBps : position.maintenanceBps;
  const ratio = marginRatio(walk.figures, mark);
  const faults = isBelow(ratio, least)
    ? [`its margin ratio was ${ratio?.toFixed(6)}, below ${least} basis points`]
    : [];
  if (before.sliced !== (change.kind === 'recovered')) faults.push('some of it was sold before');
  return { next: reopened, faults };
};

const takenOver: Step = ({ position, change, walk, mark }) => {
  const ratio = marginRatio(walk.figures, mark);
  const isRight = isBelow(ratio, position.takeoverBps);
  return {
    next: { status: 'taken_over', takenOverAt: change.at },
    faults: isRight
      ? []
      : [
          `its margin ratio was ${ratio?.toFixed(6)}, not below ${position.takeoverBps} basis points`,
        ],
  };
};

/** What the order of the step before traded is counted. */
function settle({ position, before, walk }: StepContext): string[] {
  const order = before.pending;
  if (!order) return [];
  walk.trade(order);
  if (position.side === 'long') {
    walk.repay(walk.credits);
    walk.payOut(walk.credits);
  } else {
    payBack(walk, quantityOf(order.filledLots));
  }
  const faults = checkTerms(position, order, closingSideOf(position.side));
  if (order.status === 'open') faults.push(`its order ${order.id} is open still`);
  return faults;
}

const workedOff: Step = (context) => {
  const { position, change, walk, takeOrder } = context;
  const faults = settle(context);
  const { debt, moved } = walk;
  if (debt === 0n && (position.side === 'short' || walk.lots === 0)) {
    walk.payOut(walk.credits);
    if (change.kind !== 'worked_off') faults.push('it ended');
    return { next: { pending: null, ...closed(change) }, faults };
  }
  const pending = takeOrder(({ timeInForce }) => timeInForce === 'GTC') ?? null;
  const kind = pending && moved.tradedLots === 0 ? 'offered' : 'worked_off';
  if (change.kind !== kind) faults.push(`by its orders it is ${kind}`);
  return { next: { pending }, faults };
};

const writtenOff: Step = (context) => {
  const { change, walk } = context;
  const faults = settle(context);
  const { struck, bought, tried } =
    context.position.side === 'long' ? bearCredits(context) : bearCoins(context, faults);
  const isOver = walk.debt === 0n;
  if (struck > 0n && change.scaledDebt !== walk.scaledDebt - context.before.scaledDebt) {
    faults.push(`${struck} were owed still`);
  }
  if (isOver) walk.payOut(walk.credits);
  return {
    next: { pending: null, ...(isOver ? closed(change) : {}) },
    faults,
    struck,
    bought,
    tried,
  };
};

function bearCredits({ change, walk }: StepContext) {
  const collateral = walk.lots > 0;
  walk.payIn(change.paidIn);
  walk.repay(walk.credits);
  return { struck: collateral ? 0n : strike(walk), bought: 0n, tried: false };
}

function strike(walk: Walk): bigint {
  const { debt } = walk;
  walk.scaledDebt = 0n;
  return debt;
}

function bearCoins({ position, before, change, walk, takeOrder }: StepContext, faults: string[]) {
  walk.takeCoins(change.coinsIn);
  walk.repay(change.coinsIn);
  let bought = 0n;
  // What was bought is what the change names; otherwise it names the order that was settled.
  const order = takeOrder(({ id }) => id === change.orderId);
  if (order) {
    faults.push(...checkTerms(position, order, 'buy'));
    const cost = order.takerNotional + order.feeCharged - walk.credits;
    walk.payIn(cost > 0n ? cost : 0n);
    walk.trade(order);
    bought = payBack(walk, quantityOf(order.filledLots));
  }
  const isStruck = !order && walk.debt > 0n && before.scaledDebt + change.scaledDebt === 0n;
  const tried = !order && !isStruck && walk.debt > 0n;
  return { struck: isStruck ? strike(walk) : 0n, bought, tried };
}

export const steps: Readonly<Record<ChangeKind, Step>> = {
  opened,
  collateral_added: added,
  collateral_taken: taken,
  triggers_set: () => ({ next: { triggeredAt: null }, faults: [] }),
  trigger_set_off: ({ before, change }) => ({
    next: { triggeredAt: change.at },
    faults: before.triggeredAt === null ? [] : ['it was set off before'],
  }),
  closed_in_part: closing,
  closed: closing,
  fenced: ({ change }) => ({
    next: { status: 'liquidating', fencedAt: change.at, sliced: false, triggeredAt: null },
    faults: [],
  }),
  spared: releases,
  recovered: releases,
  liquidated,
  taken_over: takenOver,
  offered: workedOff,
  worked_off: workedOff,
  written_off: writtenOff,
};
