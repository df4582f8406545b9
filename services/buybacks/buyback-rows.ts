// The buybacks' tables (DESIGN 2.5): runs, the close that each begins with, its slices, and where the closes stand.
import { buybackFunds, type BuybackFund } from '../../domain/buyback';
import type { ProfitClose } from '../../domain/profit-close';
import type { OutboxMessage } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

export type BuybackKind = 'weekly' | 'extra';

/**
 * opened: its books are not closed yet, for an earlier run is not done. buying, paused: slices wait. no_mark: closed
 * and split, but without a mark nothing was bought.
 */
export const buybackStatuses = ['opened', 'buying', 'paused', 'completed', 'no_mark'] as const;
export type BuybackStatus = (typeof buybackStatuses)[number];

const buybackTable = defineTable({
  name: 'buybacks',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    number: 'bigint',
    kind: 'text',
    reason: 'text?',
    openedBy: 'uuid?',
    dueAt: 'timestamptz',
    openedAt: 'timestamptz',
    status: 'text',
    revision: 'int',
    spreadMs: 'bigint',
    profitShareBps: 'int',
    freeCallShareBps: 'int',
    prizeShareBps: 'int',
    slices: 'int',
    maxSlippageBps: 'int',
    startedAt: 'timestamptz?',
    startMark: 'numeric?',
    averageMark: 'numeric?',
    priceCapTicks: 'int?',
    carriedToBurn: 'bigint?',
    carriedToPrize: 'bigint?',
    burnSpent: 'bigint',
    burnBought: 'bigint',
    prizeSpent: 'bigint',
    prizeBought: 'bigint',
    burnSeq: 'bigint?',
    endedAt: 'timestamptz?',
  },
});

export type BuybackRow = Omit<RowOf<typeof buybackTable>, 'kind' | 'status'> & {
  readonly kind: BuybackKind;
  readonly status: BuybackStatus;
};
export const buybacks = buybackTable as unknown as Table<BuybackRow>;

/** Tells the worker of a run that was opened. */
export function openedMessage({
  id,
  kind,
  spreadMs,
}: Pick<BuybackRow, 'id' | 'kind' | 'spreadMs'>): OutboxMessage {
  return {
    kind: 'buyback.opened',
    entityId: id,
    payload: { buybackId: id, kind, spreadMs: Number(spreadMs) },
  };
}

/** For reads outside the committer, with the table as `b`. */
export const buybackColumns = {
  id: 'b.id',
  number: 'b.number',
  kind: 'b.kind',
  reason: 'b.reason',
  openedBy: 'b.opened_by',
  dueAt: 'b.due_at',
  openedAt: 'b.opened_at',
  status: 'b.status',
  revision: 'b.revision',
  spreadMs: 'b.spread_ms',
  profitShareBps: 'b.profit_share_bps',
  freeCallShareBps: 'b.free_call_share_bps',
  prizeShareBps: 'b.prize_share_bps',
  slices: 'b.slices',
  maxSlippageBps: 'b.max_slippage_bps',
  startedAt: 'b.started_at',
  startMark: 'b.start_mark',
  averageMark: 'b.average_mark',
  priceCapTicks: 'b.price_cap_ticks',
  carriedToBurn: 'b.carried_to_burn',
  carriedToPrize: 'b.carried_to_prize',
  burnSpent: 'b.burn_spent',
  burnBought: 'b.burn_bought',
  prizeSpent: 'b.prize_spent',
  prizeBought: 'b.prize_bought',
  burnSeq: 'b.burn_seq',
  endedAt: 'b.ended_at',
} satisfies Record<keyof BuybackRow, string>;

/** The books before a close and what it did, with the last call and correction that it took in. */
export const profitCloses = defineTable({
  name: 'profit_closes',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'text',
    number: 'bigint',
    closedAt: 'timestamptz',
    settledCalls: 'bigint',
    corrections: 'bigint',
    revenue: 'bigint',
    upstreamCost: 'bigint',
    tradingFees: 'bigint',
    losses: 'bigint',
    shortfall: 'bigint',
    corrected: 'bigint',
    lossCarried: 'bigint',
    movedToCost: 'bigint',
    lossCarriedOn: 'bigint',
    profit: 'bigint',
    fundShare: 'bigint',
    freeCalls: 'bigint',
    prize: 'bigint',
    refilled: 'bigint',
    treasuryShare: 'bigint',
  },
});
export type ProfitCloseRow = RowOf<typeof profitCloses>;

/** For reads outside the committer, with the table as `c`. */
export const profitCloseColumns = {
  id: 'c.id',
  number: 'c.number',
  closedAt: 'c.closed_at',
  settledCalls: 'c.settled_calls',
  corrections: 'c.corrections',
  revenue: 'c.revenue',
  upstreamCost: 'c.upstream_cost',
  tradingFees: 'c.trading_fees',
  losses: 'c.losses',
  shortfall: 'c.shortfall',
  corrected: 'c.corrected',
  lossCarried: 'c.loss_carried',
  movedToCost: 'c.moved_to_cost',
  lossCarriedOn: 'c.loss_carried_on',
  profit: 'c.profit',
  fundShare: 'c.fund_share',
  freeCalls: 'c.free_calls',
  prize: 'c.prize',
  refilled: 'c.refilled',
  treasuryShare: 'c.treasury_share',
} satisfies Record<keyof ProfitCloseRow, string> & Record<keyof ProfitClose, string>;

const sliceTable = defineTable({
  name: 'buyback_slices',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    buybackId: 'text',
    slice: 'int',
    fund: 'text',
    plannedAt: 'timestamptz',
    executedAt: 'timestamptz?',
    budget: 'bigint?',
    orders: 'int',
    spent: 'bigint?',
    fee: 'bigint?',
    bought: 'bigint?',
    reason: 'text?',
  },
});

export type BuybackSliceRow = Omit<RowOf<typeof sliceTable>, 'fund'> & {
  readonly fund: BuybackFund;
};
export const buybackSlices = sliceTable as unknown as Table<BuybackSliceRow>;

/** For reads outside the committer, with the table as `s`. */
export const buybackSliceColumns = {
  id: 's.id',
  buybackId: 's.buyback_id',
  slice: 's.slice',
  fund: 's.fund',
  plannedAt: 's.planned_at',
  executedAt: 's.executed_at',
  budget: 's.budget',
  orders: 's.orders',
  spent: 's.spent',
  fee: 's.fee',
  bought: 's.bought',
  reason: 's.reason',
} satisfies Record<keyof BuybackSliceRow, string>;

/** The business key of a slice's order: it buys once, whoever asks how often. */
export function sliceIdOf(buybackId: string, slice: number, fund: BuybackFund): string {
  return `buyback:${buybackId}:slice:${slice}:${fund}`;
}

/**
 * What names a slice's nth order (from 1) among the fund's: one that met as many makers as a commit takes is followed
 * by another, as long as there is something left to spend.
 */
export function sliceOrderOf(
  sliceId: string,
  nth: number,
): { readonly id: string; readonly clientOrderId: string } {
  const clientOrderId = nth === 1 ? sliceId : `${sliceId}:${nth}`;
  return { id: deriveId('order', clientOrderId), clientOrderId };
}

/** In the order in which they are executed: of each slice first what is bought for burning. */
export function sliceIdsOf({ id, slices }: Pick<BuybackRow, 'id' | 'slices'>): string[] {
  return Array.from({ length: slices }, (_, i) =>
    buybackFunds.map((fund) => sliceIdOf(id, i + 1, fund)),
  ).flat();
}

/**
 * One row, which makes of the runs a queue: numbers follow each other, and one begins when all before it are done.
 * `settledCalls` to `lossCarried` are where the last close stopped.
 */
export const buybackState = defineTable({
  name: 'buyback_state',
  key: 'id',
  writes: 'update',
  columns: {
    id: 'int',
    opened: 'bigint',
    finished: 'bigint',
    extraWeek: 'text?',
    extraRuns: 'int',
    settledCalls: 'bigint',
    shortfalls: 'bigint',
    corrections: 'bigint',
    corrected: 'bigint',
    lossCarried: 'bigint',
  },
});
export type BuybackState = RowOf<typeof buybackState>;
