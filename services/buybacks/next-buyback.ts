// What the next Friday's close and buyback would come to if it were now (DESIGN 2.5): an estimate, from the books as
// they stand.
import type { Knex } from 'knex';
import { nextDue, priceCapTicks, isoWeekOf } from '../../domain/buyback';
import { currentMark, isFresh } from '../../domain/exchange/mark-price';
import { formatPrice } from '../../domain/exchange/market';
import { formatAmount } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { planClose, type BooksBeforeClose } from '../../domain/profit-close';
import { isoTime } from '../../domain/time';
import { nowMsSql } from '../database-clock';
import { readMarkState } from '../exchange/mark/mark-rows';
import { readAverageMark } from '../exchange/mark/mark-view';
import { loadParameters } from '../parameters';
import { averageWindowMs } from './start-buyback';

/** Amounts as decimal strings of Credits. */
export interface NextBuyback {
  readonly id: string;
  readonly at: string;
  /** If the books were closed now. */
  readonly profit: string;
  readonly lossCarriedOn: string;
  readonly fundShare: string;
  readonly freeCalls: string;
  /** What would be spent, with what earlier runs left. */
  readonly burnBudget: string;
  readonly prizeBudget: string;
  readonly profitShareBps: number;
  readonly slices: number;
  readonly maxSlippageBps: number;
  /** Credits for one LCO, if it began now; null: there is no mark, or it is too old. */
  readonly priceCap: string | null;
}

const booksSql = /* sql */ `
  with platform as (
    select purpose, balance from accounts
    where owner_kind = 'platform' and asset = 'CREDIT'
  )
  select
    ${nowMsSql} as "at",
    coalesce((select balance from platform where purpose = 'revenue'), 0) as revenue,
    coalesce((select balance from platform where purpose = 'upstream_cost'), 0) as "upstreamCost",
    coalesce((select balance from platform where purpose = 'trading_fees'), 0) as "tradingFees",
    coalesce((select balance from platform where purpose = 'losses'), 0) as losses,
    coalesce((select balance from platform where purpose = 'ecosystem_fund'), 0) as burn,
    coalesce((select balance from platform where purpose = 'prize_fund'), 0) as prize,
    (select shortfalls from relay_totals where id = 1) - s.shortfalls as shortfalls,
    (select amount from cost_correction_totals where id = 1) - s.corrected as corrections,
    s.loss_carried as "lossCarried"
  from buyback_state s where s.id = 1`;

interface Books extends BooksBeforeClose {
  readonly at: bigint;
  readonly burn: bigint;
  readonly prize: bigint;
}

export async function readNextBuyback(db: Knex): Promise<NextBuyback> {
  const [{ rows }, values, mark] = await Promise.all([
    db.raw<{ rows: [Books] }>(booksSql),
    loadParameters(db),
    readMarkState(db),
  ]);
  const [books] = rows;
  const at = Number(books.at);
  const shares = {
    profitShareBps: parameterValue(values, 'buyback.profitShareBps'),
    freeCallShareBps: parameterValue(values, 'wars.freeCallShareBps'),
    prizeShareBps: parameterValue(values, 'buyback.prizeShareBps'),
  };
  const close = planClose(books, shares);
  const maxSlippageBps = parameterValue(values, 'buyback.maxSlippageBps');
  const current = mark && isFresh(mark, at) ? currentMark(mark) : null;
  const average =
    current && mark && ((await readAverageMark(db, mark, averageWindowMs)) ?? current);
  const dueAt = nextDue(at);
  return {
    id: isoWeekOf(dueAt),
    at: isoTime(dueAt),
    profit: formatAmount(close.profit),
    lossCarriedOn: formatAmount(close.lossCarriedOn),
    fundShare: formatAmount(close.fundShare),
    freeCalls: formatAmount(close.freeCalls),
    burnBudget: formatAmount(books.burn + close.fundShare - close.freeCalls - close.prize),
    prizeBudget: formatAmount(books.prize + close.prize),
    profitShareBps: shares.profitShareBps,
    slices: parameterValue(values, 'buyback.slices'),
    maxSlippageBps,
    priceCap:
      current && average ? formatPrice(priceCapTicks(current, average, maxSlippageBps)) : null,
  };
}
