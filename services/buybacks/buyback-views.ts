// What is told of a buyback (DESIGN 2.5): the same to the public, to operators and to its workflow. When slices are
// planned for is told to nobody before they are executed.
import { Decimal } from 'decimal.js';
import type { BuybackFund } from '../../domain/buyback';
import { formatPrice, lotSize, tickSize } from '../../domain/exchange/market';
import { assert } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { isoTime, optionalIsoTime } from '../../domain/time';
import {
  sliceOrderOf,
  type BuybackKind,
  type BuybackRow,
  type BuybackSliceRow,
  type BuybackStatus,
  type ProfitCloseRow,
} from './buyback-rows';

/** Amounts as decimal strings of Credits. */
export interface Close {
  readonly at: string;
  /** Cost that charges did not cover, corrections of cost, and what earlier closes carried on. */
  readonly shortfalls: string;
  readonly corrections: string;
  readonly lossCarried: string;
  /** Below 0: back from what is payable to upstreams. */
  readonly movedToCost: string;
  readonly lossCarriedOn: string;
  readonly profit: string;
  readonly tradingFees: string;
  readonly fundShare: string;
  readonly freeCalls: string;
  readonly prize: string;
  readonly refilledLosses: string;
  readonly treasuryShare: string;
}

/** What one fund bought in the run: LCO to burn, or LCO for the prize pool. */
export interface FundResult {
  /** What earlier runs left it, and all it had to spend. */
  readonly carriedOver: string | null;
  readonly budget: string | null;
  /** Fees included. */
  readonly spent: string;
  readonly bought: string;
}

/** An executed slice. */
export interface Slice {
  readonly slice: number;
  readonly for: 'burn' | 'prize';
  readonly plannedAt: string;
  readonly executedAt: string;
  readonly budget: string;
  readonly spent: string;
  readonly fee: string;
  readonly bought: string;
  /** Credits for one LCO, fee left out, rounded down to 8 decimals; null: nothing was bought. */
  readonly averagePrice: string | null;
  /** One, or more where there were more makers to meet than one order takes. */
  readonly orderIds: readonly string[];
  /** Why less than the budget was spent; null: it was spent, but for what buys no lot. */
  readonly reason: string | null;
}

export interface Buyback {
  readonly id: string;
  readonly kind: BuybackKind;
  readonly reason: string | null;
  readonly status: BuybackStatus;
  readonly dueAt: string;
  readonly openedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Of its slices' moments, in seconds. */
  readonly spreadSeconds: number;
  readonly slicesPlanned: number;
  readonly profitShareBps: number;
  readonly freeCallShareBps: number;
  readonly prizeShareBps: number;
  readonly maxSlippageBps: number;
  readonly close: Close | null;
  /** Credits for one LCO at the start: the mark, its 24 h average, and the most that is paid; null: no mark. */
  readonly mark: string | null;
  readonly averageMark: string | null;
  readonly priceCap: string | null;
  readonly burn: FundResult;
  readonly prize: FundResult;
  readonly burned: string;
  /** Of the burn log. */
  readonly burnSeq: string | null;
}

export interface BuybackWithSlices extends Buyback {
  readonly slices: readonly Slice[];
}

export const purposeOf = { ecosystem_fund: 'burn', prize_fund: 'prize' } as const satisfies Record<
  BuybackFund,
  Slice['for']
>;

export function presentBuyback(row: BuybackRow, close: ProfitCloseRow | undefined): Buyback {
  const { fundShare, freeCalls, prize } = close ?? { fundShare: 0n, freeCalls: 0n, prize: 0n };
  return {
    id: row.id,
    kind: row.kind,
    reason: row.reason,
    status: row.status,
    dueAt: isoTime(row.dueAt),
    openedAt: isoTime(row.openedAt),
    startedAt: optionalIsoTime(row.startedAt),
    endedAt: optionalIsoTime(row.endedAt),
    spreadSeconds: Number(row.spreadMs) / 1_000,
    slicesPlanned: row.slices,
    profitShareBps: row.profitShareBps,
    freeCallShareBps: row.freeCallShareBps,
    prizeShareBps: row.prizeShareBps,
    maxSlippageBps: row.maxSlippageBps,
    close: close ? presentClose(close) : null,
    mark: presentRatio(row.startMark),
    averageMark: presentRatio(row.averageMark),
    priceCap: row.priceCapTicks === null ? null : formatPrice(row.priceCapTicks),
    burn: {
      ...presentBudget(row.carriedToBurn, fundShare - freeCalls - prize),
      spent: formatAmount(row.burnSpent),
      bought: formatAmount(row.burnBought),
    },
    prize: {
      ...presentBudget(row.carriedToPrize, prize),
      spent: formatAmount(row.prizeSpent),
      bought: formatAmount(row.prizeBought),
    },
    burned: formatAmount(row.status === 'completed' ? row.burnBought : 0n),
    burnSeq: row.burnSeq?.toString() ?? null,
  };
}

function presentBudget(carried: bigint | null, added: bigint) {
  return {
    carriedOver: carried === null ? null : formatAmount(carried),
    budget: carried === null ? null : formatAmount(carried + added),
  };
}

function presentClose(row: ProfitCloseRow): Close {
  return {
    at: isoTime(row.closedAt),
    shortfalls: formatAmount(row.shortfall),
    corrections: formatAmount(row.corrected),
    lossCarried: formatAmount(row.lossCarried),
    movedToCost: formatAmount(row.movedToCost),
    lossCarriedOn: formatAmount(row.lossCarriedOn),
    profit: formatAmount(row.profit),
    tradingFees: formatAmount(row.tradingFees),
    fundShare: formatAmount(row.fundShare),
    freeCalls: formatAmount(row.freeCalls),
    prize: formatAmount(row.prize),
    refilledLosses: formatAmount(row.refilled),
    treasuryShare: formatAmount(row.treasuryShare),
  };
}

/** A mark, rounded down to 8 decimals. */
function presentRatio(text: string | null): string | null {
  return text === null ? null : new Decimal(text).toDecimalPlaces(8, Decimal.ROUND_DOWN).toFixed();
}

/** An executed slice; one that waits is not told of. */
export function presentSlice(row: BuybackSliceRow): Slice {
  const { executedAt, budget, spent, fee, bought } = row;
  assert(
    executedAt !== null && budget !== null && spent !== null && fee !== null && bought !== null,
    'only executed slices are told of',
  );
  return {
    slice: row.slice,
    for: purposeOf[row.fund],
    plannedAt: isoTime(row.plannedAt),
    executedAt: isoTime(executedAt),
    budget: formatAmount(budget),
    spent: formatAmount(spent),
    fee: formatAmount(fee),
    bought: formatAmount(bought),
    averagePrice:
      bought === 0n ? null : formatAmount(((spent - fee) * tickSize) / (bought / lotSize)),
    orderIds: Array.from({ length: row.orders }, (_, i) => sliceOrderOf(row.id, i + 1).id),
    reason: row.reason,
  };
}
