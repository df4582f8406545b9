// One order of a run (DESIGN 2.5): a slice buys with each of the two funds, one commit each, for a decision can match
// only once; one that met as many makers as a commit takes goes on with another. First what will be burned, then what
// goes to the prize pool.
import { buybackFunds, type BuybackFund } from '../../domain/buyback';
import { minNotional } from '../../domain/exchange/market';
import { assert } from '../../domain/errors';
import { platformAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command, type View } from '../../ledger/command';
import { planPlatformOrder, platformOrderAccounts } from '../exchange/execution/platform-orders';
import type { OrderRow } from '../exchange/market/order-rows';
import {
  budgetOf,
  fundAccount,
  fundAccounts,
  isExecuted,
  keysOfRun,
  progressOf,
  readRun,
  unchanged,
  type BuybackProgress,
  type Run,
} from './buyback-progress';
import {
  buybacks,
  buybackSlices,
  sliceIdOf,
  sliceOrderOf,
  type BuybackRow,
  type BuybackSliceRow,
} from './buyback-rows';
import { purposeOf, type Slice } from './buyback-views';

export interface BuySlice {
  readonly buybackId: string;
  /** From 1. */
  readonly slice: number;
  readonly for: Slice['for'];
}

const prizeFundLco = platformAccount('prize_fund', 'LCO');
const prizePoolLco = platformAccount('prize_pool', 'LCO');

function fundOf({ for: purpose }: BuySlice): BuybackFund {
  const fund = buybackFunds.find((each) => purposeOf[each] === purpose);
  assert(fund, 'a slice buys for one of the funds');
  return fund;
}

/**
 * Executes a slice's next order, each once: asked again, too early, out of turn or while the run is paused, it changes nothing
 * and says what comes next.
 */
export const buySlice: Command<BuySlice, BuybackProgress> = {
  kind: 'buy_slice',
  keys: (input) => ({
    accounts: [
      ...fundAccounts,
      ...platformOrderAccounts(fundOf(input)),
      ...(input.for === 'prize' ? [prizeFundLco, prizePoolLco] : []),
    ],
    rows: [
      ...keysOfRun(input.buybackId),
      rowKey(buybackSlices, sliceIdOf(input.buybackId, input.slice, fundOf(input))),
    ],
  }),
  decide(view, input) {
    const run = readRun(view, input.buybackId);
    const next = run.slices.find((slice) => !isExecuted(slice));
    const isDue =
      run.buyback.status === 'buying' &&
      next?.id === sliceIdOf(input.buybackId, input.slice, fundOf(input)) &&
      next.plannedAt <= view.at;
    if (!isDue) return { result: unchanged(view, run) };
    return execute(view, run, next);
  },
};

function execute(view: View, run: Run, slice: BuybackSliceRow) {
  const left = view.balance(fundAccount(slice.fund));
  const budget = budgetOf(run.buyback, slice, left);
  const toSpend = budget - (slice.spent ?? 0n);
  const { order, bought, spent, ...execution } = placeOrder(view, run.buyback, slice, toSpend);
  // The makers of one commit were not all that it may buy from: it goes on at once.
  const goesOn = order?.reason === 'fill_limit' && toSpend - spent >= minNotional;
  const next: BuybackSliceRow = {
    ...slice,
    executedAt: goesOn ? null : view.at,
    budget,
    orders: slice.orders + (order ? 1 : 0),
    spent: (slice.spent ?? 0n) + spent,
    fee: (slice.fee ?? 0n) + (order?.feeCharged ?? 0n),
    bought: (slice.bought ?? 0n) + bought,
    reason: goesOn ? null : reasonOf(order),
  };
  const buyback = withPurchase(run.buyback, slice.fund, spent, bought);
  const slices = run.slices.map((each) => (each.id === slice.id ? next : each));
  const leftOf = (fund: BuybackFund) =>
    fund === slice.fund ? left - spent : view.balance(fundAccount(fund));
  const toPrizePool =
    slice.fund === 'prize_fund' && bought > 0n
      ? [moveBetween('buyback_prize', prizeFundLco, prizePoolLco, bought, slice.id)]
      : [];
  return {
    transfers: [...execution.transfers, ...toPrizePool],
    rows: [...execution.rows, putRow(buybacks, buyback), putRow(buybackSlices, next)],
    feed: execution.feed,
    result: progressOf(view.at, { ...run, buyback, slices }, leftOf),
  };
}

/** A budget below the market's smallest order waits for the next slice, or the next run. */
function placeOrder(
  view: View,
  run: BuybackRow,
  { id, fund, orders }: BuybackSliceRow,
  toSpend: bigint,
) {
  const { priceCapTicks } = run;
  assert(priceCapTicks !== null, 'a run that buys has a price cap');
  if (toSpend < minNotional) {
    return { transfers: [], rows: [], feed: [], order: null, bought: 0n, spent: 0n };
  }
  return planPlatformOrder(view, {
    ...sliceOrderOf(id, orders + 1),
    fund,
    quoteBudget: toSpend,
    limitTicks: priceCapTicks,
    source: 'buyback',
  });
}

/** Why a slice did not spend more; null: it did. The band that stopped an order is the run's price cap. */
function reasonOf(order: Pick<OrderRow, 'reason'> | null): string | null {
  if (!order) return 'too_little_to_spend';
  return order.reason === 'price_band' ? 'price_cap' : order.reason;
}

function withPurchase(
  run: BuybackRow,
  fund: BuybackFund,
  spent: bigint,
  bought: bigint,
): BuybackRow {
  const revision = run.revision + 1;
  return fund === 'ecosystem_fund'
    ? { ...run, revision, burnSpent: run.burnSpent + spent, burnBought: run.burnBought + bought }
    : {
        ...run,
        revision,
        prizeSpent: run.prizeSpent + spent,
        prizeBought: run.prizeBought + bought,
      };
}
