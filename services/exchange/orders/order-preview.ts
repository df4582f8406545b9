// What an order would do if it came now (DESIGN 2.4): the rules of `placeOrder` carried out on the market as it is followed,
// and nothing of it kept.
import type { Knex } from 'knex';
import {
  formatPrice,
  formatQuantity,
  notionalOf,
  oppositeOf,
  ticksOfPrice,
} from '../../../domain/exchange/market';
import { currentMark } from '../../../domain/exchange/mark-price';
import {
  averagePriceOf,
  feeOf,
  restLotsOf,
  type OrderReason,
  type OrderStatus,
  type OrderTerms,
} from '../../../domain/exchange/order';
import { slippageOf } from '../../../domain/exchange/slippage';
import { triggersOnRise } from '../../../domain/exchange/stop-book';
import { assert } from '../../../domain/errors';
import { formatAmount, type Asset } from '../../../domain/money';
import type { ParameterState } from '../../../domain/parameters';
import { isoTime } from '../../../domain/time';
import type { Account } from '../../../ledger/accounts';
import type { FeedEvent, Projection, View } from '../../../ledger/command';
import type { Table } from '../../../ledger/table';
import { userStates, type UserState } from '../../identity/user-state';
import { loadParameters, parameters } from '../../parameters';
import { assetGivenBy, availableOf } from '../execution/order-accounts';
import { marketState, type MarketState } from '../market/market-state';
import { noWrites } from '../market/market-writes';
import { readOrderChange } from '../market/order-events';
import type { OrderRow } from '../market/order-rows';
import type { TradeRow } from '../market/trade-rows';
import { fundsNeeded, waitsForMark } from './order-checks';
import { optional } from './order-view';
import { draftUserOrder, enterMarket } from './place-order';

/** Amounts and prices as decimal strings. */
export interface OrderPreview {
  /** The market that it was tried on. */
  readonly at: string;
  /** What the order would be after it came in, and why it would end before it was filled. */
  readonly status: OrderStatus;
  readonly reason: OrderReason | null;
  readonly filledQuantity: string;
  readonly filledNotional: string;
  readonly averagePrice: string | null;
  readonly worstPrice: string | null;
  /** Of what fills at once. */
  readonly fee: string;
  /** What stays in the book, and its fee if all of it fills there. */
  readonly restingQuantity: string;
  readonly restingFee: string;
  /** What neither fills nor stays; null for an order by quoteQuantity. */
  readonly expiredQuantity: string | null;
  /** What an order by quoteQuantity leaves unspent; null for others. */
  readonly unspent: string | null;
  /** What an open order holds. */
  readonly held: string;
  /** Own orders that self-trade prevention would end. */
  readonly expiredOrders: readonly string[];
  /** What it gives, what must be there of it when it comes in, and what is. */
  readonly asset: Asset;
  readonly needed: string;
  readonly available: string;
  readonly isCovered: boolean;
  /** What it trades against, before it does. */
  readonly bestPrice: string | null;
  readonly mark: string | null;
  /** How much worse than these it trades on average, as a share; null when nothing trades at once. */
  readonly slippage: string | null;
  readonly slippageToMark: string | null;
  /** Where the mark has to go to set off a stop; null for others. */
  readonly triggersOn: 'rise' | 'fall' | null;
}

export interface OrderPreviews {
  /**
   * That funds are short is told, not refused.
   * @throws DomainError as `Orders.place` does, without what a repeat is refused with; ENGINE_UNAVAILABLE
   */
  preview(userId: string, terms: OrderTerms): Promise<OrderPreview>;
}

interface PreviewDeps {
  readonly db: Knex;
  /** The market with everything in it that was committed before the call. */
  readonly market: { current(): Promise<{ readonly state: MarketState; readonly at: number }> };
}

export function createOrderPreviews({ db, market }: PreviewDeps): OrderPreviews {
  return {
    async preview(userId, terms) {
      const account = availableOf({ ownerKind: 'user', ownerId: userId }, assetGivenBy(terms.side));
      const [user, available, rates, { state, at }] = await Promise.all([
        readUser(db, userId),
        readBalance(db, account),
        loadParameters(db),
        market.current(),
      ]);
      const view = viewOf({ user, rates, state, at: Math.max(at, Date.now()) });
      return { ...tryOrder(view, userId, terms, available), at: isoTime(at) };
    },
  };
}

async function readUser(db: Knex, userId: string): Promise<UserState | undefined> {
  return db('users')
    .first<UserState | undefined>({
      id: 'id',
      role: 'role',
      frozenAt: 'frozen_at',
      frozenReason: 'frozen_reason',
      liveCalls: 'live_calls',
      warPerkUntil: 'war_perk_until',
    })
    .where({ id: userId });
}

async function readBalance(db: Knex, { key }: Account): Promise<bigint> {
  const row = await db('accounts').first<{ balance: bigint } | undefined>('balance').where({ key });
  return row?.balance ?? 0n;
}

interface Known {
  readonly user: UserState | undefined;
  readonly rates: ParameterState;
  readonly state: MarketState;
  readonly at: number;
}

/** More than any order needs. */
const plenty = 10n ** 30n;

/** What the decision on an order reads, outside of any commit. Whether its funds suffice is told beside what it does. */
function viewOf({ user, rates, state, at }: Known): View {
  const states = new Map<string, unknown>([
    [marketState.name, state],
    [parameters.name, rates],
  ]);
  const row = <Row>({ name }: Table<Row>, key: string) =>
    name === userStates.name && key === user?.id ? (user as Row) : undefined;
  return {
    at,
    sequence: 0n,
    balance: () => plenty,
    expect: () => undefined,
    row,
    rows: (table, keys) => keys.map((key) => row(table, key)),
    projection<State>({ name }: Projection<State>): State {
      assert(states.has(name), 'an order is decided by the market and the parameters alone');
      return states.get(name) as State;
    },
  };
}

function tryOrder(
  view: View,
  userId: string,
  terms: OrderTerms,
  available: bigint,
): Omit<OrderPreview, 'at'> {
  const state = view.projection(marketState);
  const bestTicks = state.book.bestTicks(oppositeOf(terms.side));
  const draft = draftUserOrder(view, { userId, clientOrderId: 'preview', terms });
  const writes = noWrites();
  const { order, trades } = enterMarket(view, draft, writes);
  const needed = fundsNeeded(draft) ?? order.takerNotional + order.feeCharged;
  return {
    ...presentFills(order, trades),
    ...presentRest(order),
    expiredOrders: selfTradesOf(writes.feed),
    asset: assetGivenBy(terms.side),
    needed: formatAmount(needed),
    available: formatAmount(available),
    isCovered: available >= needed,
    bestPrice: optional(bestTicks ?? null, formatPrice),
    ...presentSlippage(order, state, bestTicks),
    triggersOn: waitsForMark(draft) ? (triggersOnRise(draft) ? 'rise' : 'fall') : null,
  };
}

function presentFills(order: OrderRow, trades: readonly TradeRow[]) {
  return {
    status: order.status,
    reason: order.reason,
    filledQuantity: formatQuantity(order.filledLots),
    filledNotional: formatAmount(order.takerNotional),
    averagePrice: optional(averagePriceOf(order), formatAmount),
    worstPrice: optional(trades.at(-1)?.ticks ?? null, formatPrice),
    fee: formatAmount(order.feeCharged),
  };
}

function presentRest(order: OrderRow) {
  const rest = restLotsOf(order);
  const isResting = order.resting || order.status === 'open';
  // A stop's fee is that of its execution, which nobody knows yet.
  const restingLots = order.status === 'open' && !waitsForMark(order) ? rest : 0;
  const whileResting = { maker: notionalOf(order.priceTicks ?? 0, restingLots), taker: 0n };
  return {
    restingQuantity: formatQuantity(restingLots),
    restingFee: formatAmount(feeOf(order, whileResting) - order.feeCharged),
    expiredQuantity: order.quantityLots === null ? null : formatQuantity(isResting ? 0 : rest),
    unspent: optional(order.quoteQuantity, (budget) =>
      formatAmount(budget - order.hold - order.takerNotional - order.feeCharged),
    ),
    held: formatAmount(order.hold),
  };
}

/** Of own orders in the way, those that end. */
function selfTradesOf(feed: readonly FeedEvent[]): string[] {
  return feed
    .filter(({ type }) => type === 'order.changed')
    .map(readOrderChange)
    .filter(({ patch }) => patch.reason === 'self_trade_prevention')
    .map(({ id }) => id);
}

const shareDecimals = 8;

function presentSlippage(order: OrderRow, state: MarketState, bestTicks: number | undefined) {
  const mark = currentMark(state.mark);
  const trades = { notional: order.takerNotional, lots: order.filledLots };
  const share = (ticks: Parameters<typeof slippageOf>[2] | undefined) =>
    ticks === undefined || trades.lots === 0
      ? null
      : slippageOf(order.side, trades, ticks).toDecimalPlaces(shareDecimals).toFixed();
  return {
    mark: state.mark?.mark ?? null,
    slippage: share(bestTicks),
    slippageToMark: share(mark ? ticksOfPrice(mark) : undefined),
  };
}
