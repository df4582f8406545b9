// Where a run stands and what comes next (DESIGN 2.5), read from its rows under the lock: every step of its workflow
// is answered with this, so that one that begins again goes on where the rows are.
import { buybackFunds, sliceBudget, type BuybackFund } from '../../domain/buyback';
import { assert } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { platformAccount } from '../../ledger/accounts';
import { rowKey, type RowKey, type View } from '../../ledger/command';
import {
  buybacks,
  buybackSlices,
  profitCloses,
  sliceIdsOf,
  type BuybackRow,
  type BuybackSliceRow,
  type ProfitCloseRow,
} from './buyback-rows';
import {
  presentBuyback,
  presentSlice,
  purposeOf,
  type BuybackWithSlices,
  type Slice,
} from './buyback-views';

/** What the workflow does next; a wait is in milliseconds. */
export type NextStep =
  | { readonly kind: 'start'; readonly waitMs: number; readonly why: 'turn' | 'mark' | null }
  | {
      readonly kind: 'slice';
      readonly slice: number;
      readonly for: Slice['for'];
      readonly waitMs: number;
      /** Credits that it may spend, as a decimal string. */
      readonly budget: string;
    }
  | { readonly kind: 'resume' }
  | { readonly kind: 'burn' }
  | { readonly kind: 'nothing' };

export interface BuybackProgress {
  readonly buyback: BuybackWithSlices;
  /** The higher one is the newer, whichever answer comes first. */
  readonly revision: number;
  readonly next: NextStep;
}

/** The run with all its slices, as a decision sees them. */
export interface Run {
  readonly buyback: BuybackRow;
  readonly close: ProfitCloseRow | undefined;
  /** In the order of execution; none before the start. */
  readonly slices: readonly BuybackSliceRow[];
}

export function keysOfRun(buybackId: string): RowKey[] {
  return [rowKey(buybacks, buybackId), rowKey(profitCloses, buybackId)];
}

/** @throws InvariantError when there is no such run: its workflow is started with the row. */
export function readRun(view: View, buybackId: string): Run {
  const buyback = view.row(buybacks, buybackId);
  assert(buyback, `the buyback ${buybackId} has a row`);
  const isPlanned = buyback.priceCapTicks !== null;
  const slices = isPlanned ? view.rows(buybackSlices, sliceIdsOf(buyback)) : [];
  return {
    buyback,
    close: view.row(profitCloses, buybackId),
    slices: slices.map((slice) => {
      assert(slice, 'all slices are planned at the start');
      return slice;
    }),
  };
}

export function isExecuted({ executedAt }: BuybackSliceRow): boolean {
  return executedAt !== null;
}

/** What a fund has to spend. */
export function fundAccount(fund: BuybackFund) {
  return platformAccount(fund, 'CREDIT');
}

export const fundAccounts = buybackFunds.map(fundAccount);

/** @param left what each fund has after the step, base units. */
export function progressOf(
  at: number,
  { buyback, close, slices }: Run,
  left: (fund: BuybackFund) => bigint,
): BuybackProgress {
  const executed = slices.filter(isExecuted).map(presentSlice);
  return {
    buyback: { ...presentBuyback(buyback, close), slices: executed },
    revision: buyback.revision,
    next: nextStepOf(at, { buyback, close, slices }, left),
  };
}

function nextStepOf(
  at: number,
  { buyback, slices }: Run,
  left: (fund: BuybackFund) => bigint,
): NextStep {
  switch (buyback.status) {
    case 'opened':
      return { kind: 'start', waitMs: 0, why: null };
    case 'paused':
      return { kind: 'resume' };
    case 'completed':
    case 'no_mark':
      return { kind: 'nothing' };
    case 'buying': {
      const next = slices.find((slice) => !isExecuted(slice));
      if (!next) return { kind: 'burn' };
      return {
        kind: 'slice',
        slice: next.slice,
        for: purposeOf[next.fund],
        waitMs: Math.max(0, next.plannedAt - at),
        budget: formatAmount(budgetOf(buyback, next, left(next.fund)) - (next.spent ?? 0n)),
      };
    }
  }
}

/** An equal part of what the fund has left at its first order, rounded down; the last slice takes the rest. */
export function budgetOf({ slices }: BuybackRow, slice: BuybackSliceRow, left: bigint): bigint {
  return slice.budget ?? sliceBudget(left, slices - slice.slice + 1);
}

/** The progress where a step changes nothing: asked too early, again, or while paused. */
export function unchanged(view: View, run: Run): BuybackProgress {
  return progressOf(view.at, run, (fund) => view.balance(fundAccount(fund)));
}
