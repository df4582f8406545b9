// A run begins (DESIGN 2.5), in one commit: the books are closed, the fund's share is split, the price cap is fixed by
// the mark of this moment, and the moments of the slices are drawn. A run waits for the one before it to end.
import { momentsOf, priceCapTicks, buybackFunds, type BuybackFund } from '../../domain/buyback';
import { currentMark, isFresh } from '../../domain/exchange/mark-price';
import { assert } from '../../domain/errors';
import { planClose, type ProfitClose } from '../../domain/profit-close';
import { platformAccount, type Account } from '../../ledger/accounts';
import {
  moveBetween,
  putRow,
  type Command,
  type Entry,
  type Transfer,
  type View,
} from '../../ledger/command';
import { relayTotals, relayTotalsKey } from '../calls/relay-calls';
import { costCorrectionTotals, costCorrectionTotalsKey } from '../credits/cost-corrections';
import { marketState } from '../exchange/market/market-state';
import { twapOfMark } from '../exchange/mark/mark-rows';
import { fundAccounts, keysOfRun, progressOf, readRun, unchanged } from './buyback-progress';
import type { BuybackProgress } from './buyback-progress';
import {
  buybacks,
  buybackSlices,
  buybackState,
  profitCloses,
  sliceIdOf,
  type BuybackRow,
  type BuybackSliceRow,
  type ProfitCloseRow,
} from './buyback-rows';
import { buybackStateKey, readState } from './open-buyback';

const credits = {
  revenue: platformAccount('revenue', 'CREDIT'),
  upstreamCost: platformAccount('upstream_cost', 'CREDIT'),
  tradingFees: platformAccount('trading_fees', 'CREDIT'),
  treasury: platformAccount('treasury', 'CREDIT'),
  losses: platformAccount('losses', 'CREDIT'),
  ecosystemFund: platformAccount('ecosystem_fund', 'CREDIT'),
  prizeFund: platformAccount('prize_fund', 'CREDIT'),
  freeCalls: platformAccount('free_calls', 'CREDIT'),
} satisfies Record<string, Account>;

export const averageWindowMs = 24 * 60 * 60 * 1000;
/** How long a run waits for its turn, or for the mark, before it asks again. */
const longestWaitMs = 60_000;
const markRetryMs = 1_000;
/** A ticker that is being restarted at this very moment should not cost a week. */
const markGraceMs = 5 * 60 * 1000;

export interface StartBuyback {
  readonly buybackId: string;
  /** As many as a run can have slices; drawn before, so that a decision that is made again is the same. */
  readonly draws: readonly number[];
}

export const startBuyback: Command<StartBuyback, BuybackProgress> = {
  kind: 'start_buyback',
  keys: ({ buybackId }) => ({
    accounts: [...Object.values(credits), ...fundAccounts],
    rows: [...keysOfRun(buybackId), buybackStateKey, relayTotalsKey, costCorrectionTotalsKey],
  }),
  decide(view, { buybackId, draws }) {
    const run = readRun(view, buybackId);
    if (run.buyback.status !== 'opened') return { result: unchanged(view, run) };
    const wait = waitOf(view, run.buyback);
    if (wait) return { result: { ...unchanged(view, run), next: wait } };

    const state = readState(view);
    const close = closeBooks(view, run.buyback);
    const carried = {
      burn: view.balance(credits.ecosystemFund),
      prize: view.balance(credits.prizeFund),
    };
    const started = startRun(view, run.buyback, carried);
    const slices = planSlices(started, draws, view.at);
    const isOver = started.status === 'no_mark';
    const result = progressOf(
      view.at,
      { buyback: started, close, slices },
      leftAfter(carried, close),
    );
    return {
      transfers: transfersOf(close),
      rows: [
        putRow(buybacks, started),
        putRow(profitCloses, close),
        ...slices.map((slice) => putRow(buybackSlices, slice)),
        putRow(buybackState, {
          ...state,
          finished: isOver ? started.number : state.finished,
          settledCalls: close.settledCalls,
          shortfalls: state.shortfalls + close.shortfall,
          corrections: close.corrections,
          corrected: state.corrected + close.corrected,
          lossCarried: close.lossCarriedOn,
        }),
      ],
      result,
    };
  },
};

/** undefined: it may begin. */
function waitOf(view: View, { number, openedAt, spreadMs }: BuybackRow) {
  if (readState(view).finished + 1n < number) {
    const waitMs = Math.min(longestWaitMs, Math.max(markRetryMs, Number(spreadMs) / 60));
    return { kind: 'start', why: 'turn', waitMs } as const;
  }
  const { mark } = view.projection(marketState);
  const graceMs = Math.min(markGraceMs, Number(spreadMs) / 4);
  if (currentMark(mark) && !isFresh(mark, view.at) && view.at < openedAt + graceMs) {
    return { kind: 'start', why: 'mark', waitMs: markRetryMs } as const;
  }
  return undefined;
}

/** What came since the last close is what the totals are above where that stopped. */
function closeBooks(view: View, run: BuybackRow): ProfitCloseRow {
  const state = readState(view);
  const calls = view.row(relayTotals, '1');
  const corrections = view.row(costCorrectionTotals, '1');
  assert(calls && corrections, 'the totals exist');
  const books = {
    revenue: view.balance(credits.revenue),
    upstreamCost: view.balance(credits.upstreamCost),
    tradingFees: view.balance(credits.tradingFees),
    losses: view.balance(credits.losses),
    lossCarried: state.lossCarried,
  };
  const shortfall = calls.shortfalls - state.shortfalls;
  const corrected = corrections.amount - state.corrected;
  const plan = planClose({ ...books, shortfalls: shortfall, corrections: corrected }, run);
  return {
    ...books,
    ...plan,
    id: run.id,
    number: run.number,
    closedAt: view.at,
    settledCalls: calls.settledCalls,
    corrections: corrections.corrections,
    shortfall,
    corrected,
  };
}

/** The close as postings: what is owed to upstreams, who gets the profit, what the fund sets aside. */
function transfersOf(close: ProfitClose & Pick<ProfitCloseRow, 'id' | 'tradingFees'>): Transfer[] {
  const { id, movedToCost, profit, tradingFees, fundShare, refilled, treasuryShare } = close;
  const profitEntries: Entry[] = [
    { account: credits.revenue, amount: -profit },
    { account: credits.tradingFees, amount: -tradingFees },
    { account: credits.ecosystemFund, amount: fundShare },
    { account: credits.losses, amount: refilled },
    { account: credits.treasury, amount: treasuryShare },
  ];
  const splitEntries: Entry[] = [
    { account: credits.ecosystemFund, amount: -close.freeCalls - close.prize },
    { account: credits.freeCalls, amount: close.freeCalls },
    { account: credits.prizeFund, amount: close.prize },
  ];
  const transfers: Transfer[] = [
    moveBetween('buyback_cost', credits.revenue, credits.upstreamCost, movedToCost, id),
    { kind: 'buyback_profit', reference: id, entries: profitEntries },
    { kind: 'buyback_split', reference: id, entries: splitEntries },
  ];
  return transfers
    .map((transfer) => ({
      ...transfer,
      entries: transfer.entries.filter(({ amount }) => amount !== 0n),
    }))
    .filter(({ entries }) => entries.length > 0);
}

/** What the funds had before the close. */
interface Carried {
  readonly burn: bigint;
  readonly prize: bigint;
}

/** What the funds have after it. */
function leftAfter({ burn, prize }: Carried, close: ProfitClose): (fund: BuybackFund) => bigint {
  const left = {
    ecosystem_fund: burn + close.fundShare - close.freeCalls - close.prize,
    prize_fund: prize + close.prize,
  };
  return (fund) => left[fund];
}

/** With a mark the buying begins now; without one the run is over. */
function startRun(view: View, run: BuybackRow, { burn, prize }: Carried): BuybackRow {
  const { mark: state } = view.projection(marketState);
  const mark = isFresh(state, view.at) ? currentMark(state) : null;
  const started = {
    ...run,
    revision: run.revision + 1,
    startedAt: view.at,
    carriedToBurn: burn,
    carriedToPrize: prize,
  };
  if (!mark) return { ...started, status: 'no_mark', endedAt: view.at };
  const average = twapOfMark(view, averageWindowMs) ?? mark;
  return {
    ...started,
    status: 'buying',
    startMark: mark.toFixed(),
    averageMark: average.toFixed(),
    priceCapTicks: priceCapTicks(mark, average, run.maxSlippageBps),
  };
}

function planSlices(run: BuybackRow, draws: readonly number[], at: number): BuybackSliceRow[] {
  if (run.status !== 'buying') return [];
  assert(draws.length >= run.slices, 'there is a draw for every slice');
  const moments = momentsOf(draws.slice(0, run.slices), at, at + Number(run.spreadMs));
  return moments.flatMap((plannedAt, i) =>
    buybackFunds.map((fund) => ({
      id: sliceIdOf(run.id, i + 1, fund),
      buybackId: run.id,
      slice: i + 1,
      fund,
      plannedAt,
      executedAt: null,
      budget: null,
      orders: 0,
      spent: null,
      fee: null,
      bought: null,
      reason: null,
    })),
  );
}
