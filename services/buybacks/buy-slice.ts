// One order of a run (DESIGN 2.5): a slice buys with each of the two funds, one commit each, for a decision can match
// only once. First what will be burned, then what goes to the prize pool.
import { buybackFunds, type BuybackFund } from '../../domain/buyback';
import { minNotional } from '../../domain/exchange/market';
import type { OrderReason } from '../../domain/exchange/order';
import { assert } from '../../domain/errors';
import { platformAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command, type View } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { planPlatformOrder, platformOrderAccounts } from '../exchange/execution/platform-orders';
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
 * Executes a slice's order, once: asked again, too early, out of turn or while the run is paused, it changes nothing
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
  const { order, bought, spent, ...execution } = placeOrder(view, run.buyback, slice, budget);
  const executed: BuybackSliceRow = {
    ...slice,
    executedAt: view.at,
    budget,
    orderId: order?.id ?? null,
    spent,
    fee: order?.feeCharged ?? 0n,
    bought,
    reason: order ? reasonOf(order.reason) : 'too_little_to_spend',
  };
  const buyback = withPurchase(run.buyback, slice.fund, spent, bought);
  const slices = run.slices.map((each) => (each.id === slice.id ? executed : each));
  const leftOf = (fund: BuybackFund) =>
    fund === slice.fund ? left - spent : view.balance(fundAccount(fund));
  const toPrizePool =
    slice.fund === 'prize_fund' && bought > 0n
      ? [moveBetween('buyback_prize', prizeFundLco, prizePoolLco, bought, slice.id)]
      : [];
  return {
    transfers: [...execution.transfers, ...toPrizePool],
    rows: [...execution.rows, putRow(buybacks, buyback), putRow(buybackSlices, executed)],
    feed: execution.feed,
    result: progressOf(view.at, { ...run, buyback, slices }, leftOf),
  };
}

/** A budget below the market's smallest order waits for the next slice, or the next run. */
function placeOrder(view: View, run: BuybackRow, { id, fund }: BuybackSliceRow, budget: bigint) {
  const { priceCapTicks } = run;
  assert(priceCapTicks !== null, 'a run that buys has a price cap');
  if (budget < minNotional) {
    return { transfers: [], rows: [], feed: [], order: null, bought: 0n, spent: 0n };
  }
  return planPlatformOrder(view, {
    id: deriveId('order', id),
    fund,
    clientOrderId: id,
    quoteBudget: budget,
    limitTicks: priceCapTicks,
    source: 'buyback',
  });
}

/** The band that stopped the order is the run's price cap. */
function reasonOf(reason: OrderReason | null): string | null {
  return reason === 'price_band' ? 'price_cap' : reason;
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
