// Opens a position (whitepaper 3.3, DESIGN 2.6): collateral, loan, order and position in one commit, or nothing at all.
import { lotSize, quantityOf, type Side } from '../../domain/exchange/market';
import { assert, DomainError } from '../../domain/errors';
import { exposureOf, maxOpenPositions, requireOpeningRatio } from '../../domain/margin/opening';
import { debtAssetOf, type PositionSide } from '../../domain/margin/position';
import { formatAmount } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { userAccount } from '../../ledger/accounts';
import { rowKey, type Command, type View } from '../../ledger/command';
import { limitAround } from '../exchange/execution/market-band';
import { affordable, executeForPosition } from '../exchange/execution/position-orders';
import type { OrderRow } from '../exchange/market/order-rows';
import { requireActiveUser, userStates } from '../identity/user-state';
import { parameters } from '../parameters';
import {
  requireDebtRoom,
  requireOpeningMarket,
  lcoWorth,
  type OpeningMarket,
} from './margin-market';
import { PositionEdit, positionKeys } from './position-edit';
import {
  marginPositions,
  marginUserIdOf,
  marginUsers,
  positionMessage,
  type PositionRow,
} from './position-rows';
import type { Position } from './position-views';

export interface OpenPosition {
  readonly positionId: string;
  readonly userId: string;
  readonly side: PositionSide;
  /** Base units of CREDIT. */
  readonly collateral: bigint;
  /** Hundredths, above 100 and at most 500. */
  readonly leverage: number;
  readonly maxSlippageBps: number;
}

/**
 * @throws DomainError USER_FROZEN, AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS, MARK_UNAVAILABLE, MARKET_NOT_TWO_SIDED,
 * POSITION_LIMIT, POSITION_NOT_FILLED, MARGIN_RATIO_TOO_LOW, DEBT_LIMIT, POOL_UTILISATION_LIMIT
 */
export const openPosition: Command<OpenPosition, { readonly position: Position }> = {
  kind: 'open_position',
  keys: ({ positionId, userId, side }) => {
    const keys = positionKeys({ id: positionId, userId, side });
    const other = marginUserIdOf(userId, debtAssetOf(side === 'long' ? 'short' : 'long'));
    return {
      ...keys,
      rows: [...keys.rows, rowKey(userStates, userId), rowKey(marginUsers, other)],
    };
  },
  decide(view, input) {
    const edit = planOpening(view, input);
    const born = positionMessage('margin.opened', edit.current);
    return edit.decide('opened', (position) => ({ position }), { outbox: [born] });
  },
};

/**
 * The position as opening makes it, all that it needs checked.
 * @throws DomainError as `openPosition` does
 */
export function planOpening(view: View, input: OpenPosition): PositionEdit {
  const { positionId, userId, side, leverage, maxSlippageBps } = input;
  requireActiveUser(view, userId);
  assert(!view.row(marginPositions, positionId), 'a stored answer stands before a second request');
  requireCollateral(view, input);
  requireRoom(view, userId);
  const market = requireOpeningMarket(view);
  const edit = new PositionEdit(view, draftPosition(view, input), true);
  edit.payIn(input.collateral, userAccount(userId, 'available', 'CREDIT'));
  const order =
    side === 'long' ? buy(view, edit, input, market) : sellShort(view, edit, input, market);
  edit.change({
    entryLots: order.filledLots,
    entryNotional: order.takerNotional,
  });
  const { scaledDebt, safeBps } = edit.current;
  requireDebtRoom(view, { side, userId, pool: edit.pool, scaledDebt });
  const { mark } = market;
  const worst = market.worstFor(side);
  const figures = edit.figures;
  requireOpeningRatio({ figures, mark, worst, leverage, safeBps, slippageBps: maxSlippageBps });
  return edit;
}

function requireCollateral(view: View, { userId, collateral }: OpenPosition): void {
  const least = parameterValue(view.projection(parameters), 'margin.minCollateral');
  if (collateral < least) {
    throw new DomainError(
      'AMOUNT_OUT_OF_RANGE',
      `collateral: must be at least ${formatAmount(least)} Credits.`,
      { minimum: formatAmount(least) },
    );
  }
  requireCredits(view, userId, collateral);
}

/** @throws DomainError INSUFFICIENT_FUNDS */
export function requireCredits(view: View, userId: string, amount: bigint): void {
  const available = view.balance(userAccount(userId, 'available', 'CREDIT'));
  if (available >= amount) return;
  throw new DomainError('INSUFFICIENT_FUNDS', 'You have not that many Credits available.', {
    needed: formatAmount(amount),
    available: formatAmount(available),
  });
}

function requireRoom(view: View, userId: string): void {
  const open = (['CREDIT', 'LCO'] as const)
    .map((asset) => view.row(marginUsers, marginUserIdOf(userId, asset))?.positions ?? 0)
    .reduce((sum, positions) => sum + positions, 0);
  if (open < maxOpenPositions) return;
  throw new DomainError(
    'POSITION_LIMIT',
    `At most ${maxOpenPositions} positions may be open; close one first.`,
    { open },
  );
}

function draftPosition(
  view: View,
  { positionId, userId, side, leverage }: OpenPosition,
): PositionRow {
  const rates = view.projection(parameters);
  return {
    id: positionId,
    userId,
    side,
    status: 'open',
    revision: 0,
    leverage,
    lots: 0,
    credits: 0n,
    scaledDebt: 0n,
    liquidationKey: null,
    takerFeeBps: parameterValue(rates, 'exchange.takerFeeBps'),
    maintenanceBps: parameterValue(rates, 'margin.maintenanceBps'),
    safeBps: parameterValue(rates, 'margin.safeBps'),
    takeoverBps: parameterValue(rates, 'margin.takeoverBps'),
    entryLots: 0,
    entryNotional: 0n,
    stopLossTicks: null,
    takeProfitTicks: null,
    triggered: null,
    triggeredAt: null,
    paidIn: 0n,
    paidOut: 0n,
    penalties: 0n,
    orders: 1,
    openedAt: view.at,
    updatedAt: view.at,
    fencedAt: null,
    fencedLots: null,
    sliced: false,
    takenOverAt: null,
    workOffOrderId: null,
    closedAt: null,
    closeReason: null,
  };
}

/** Spends L x M, fee included; what does not buy a lot repays debt at once. */
function buy(
  view: View,
  edit: PositionEdit,
  input: OpenPosition,
  { mark }: OpeningMarket,
): OrderRow {
  const spend = exposureOf(input.collateral, input.leverage);
  edit.borrow(spend - input.collateral);
  const order = place(view, edit, {
    ...input,
    side: 'buy',
    lots: null,
    quoteQuantity: spend,
    mark,
  });
  edit.trade(order);
  // With hardly any leverage, less may be owed than does not buy a lot: the rest of it is the owner's.
  edit.settleDebt((asset) => userAccount(input.userId, 'available', asset));
  return order;
}

/** Sells the largest whole number of lots worth at most L x M at the mark. */
function sellShort(
  view: View,
  edit: PositionEdit,
  input: OpenPosition,
  { mark }: OpeningMarket,
): OrderRow {
  const worth = exposureOf(input.collateral, input.leverage);
  const lots = Number(lcoWorth(worth, mark) / lotSize);
  if (lots === 0) throw notFilled('less_than_a_lot');
  edit.borrow(quantityOf(lots));
  const order = place(view, edit, { ...input, side: 'sell', lots, mark });
  edit.trade(order);
  return order;
}

interface Placing extends Omit<OpenPosition, 'side'> {
  readonly side: Side;
  readonly lots: number | null;
  readonly quoteQuantity?: bigint;
  readonly mark: OpeningMarket['mark'];
}

/** @throws DomainError POSITION_NOT_FILLED unless all of it fills within the slippage */
function place(view: View, edit: PositionEdit, placing: Placing): OrderRow {
  const { positionId, userId, side, lots, quoteQuantity, mark, maxSlippageBps } = placing;
  const limitTicks = limitAround(mark, side, maxSlippageBps);
  const order = executeForPosition(
    view,
    {
      positionId,
      number: edit.nextOrderNumber(),
      side,
      lots,
      ...(quoteQuantity === undefined ? {} : { quoteQuantity }),
      limitTicks,
      stp: 'expire_taker',
      userId,
      takerFeeBps: edit.current.takerFeeBps,
      source: 'order',
    },
    edit.market,
  );
  const limit = { ticks: limitTicks, takerFeeBps: order.takerFeeBps };
  if (order.status === 'filled' && order.filledLots > 0 && hasSpent(order, limit)) return order;
  throw notFilled(reasonOf(order));
}

/** Whether no lot could be bought with the rest within the limit: an offer beyond it may be dearer than that. */
function hasSpent(
  { quoteQuantity, takerNotional, feeCharged }: OrderRow,
  { ticks, takerFeeBps }: { readonly ticks: number; readonly takerFeeBps: number },
): boolean {
  const rest = (quoteQuantity ?? 0n) - takerNotional - feeCharged;
  return quoteQuantity === null || affordable(rest, ticks, takerFeeBps) === 0;
}

/** The band that stopped it is the slippage that the request allows. */
function reasonOf({ status, filledLots, reason }: OrderRow): string {
  if (status === 'filled') return filledLots > 0 ? 'slippage' : 'less_than_a_lot';
  return reason === 'price_band' ? 'slippage' : (reason ?? 'no_liquidity');
}

function notFilled(reason: string): DomainError {
  return new DomainError(
    'POSITION_NOT_FILLED',
    'The whole position cannot be traded within the slippage that it allows; nothing was done.',
    { reason },
  );
}
