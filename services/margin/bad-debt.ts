// Bad debt (whitepaper 3.3, DESIGN 2.6): what is owed once no collateral is left. The risk reserve pays, then the treasury up
// to its backstop; a debt of LCO by buying LCO within the market band; the rest is the suppliers' loss, recorded.
import type { Decimal } from 'decimal.js';
import { divideLoss, type Backing } from '../../domain/margin/liquidation';
import { lotSize, quantityOf } from '../../domain/exchange/market';
import { lotsToClose } from '../../domain/margin/closing';
import { maxOf, minAmount } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { platformAccount } from '../../ledger/accounts';
import { putRow, type View } from '../../ledger/command';
import { limitAround } from '../exchange/execution/market-band';
import { affordable, executeForPosition } from '../exchange/execution/position-orders';
import { noWrites } from '../exchange/market/market-writes';
import { parameters } from '../parameters';
import { Pool } from './pool';
import { lendingLosses, reserveAccount, type LossRow } from './pool-rows';
import type { PositionEdit } from './position-edit';

const treasury = platformAccount('treasury', 'CREDIT');

/**
 * over: nothing is owed any more. goes_on: there is more to buy. waits: nobody sells within the band, and what was planned
 * is not to be written.
 */
type LossOutcome = 'over' | 'goes_on' | 'waits';

/** The next part of a loss: all of one in Credits, as much as one order buys of one in LCO. */
export function bearLoss(view: View, edit: PositionEdit, mark: Decimal): LossOutcome {
  const collected = edit.collectReserveShare();
  return edit.pool.asset === 'CREDIT'
    ? bearCredits(view, edit, collected)
    : bearCoins(view, edit, mark, collected);
}

/** Credits of the reserve and the treasury. */
function backingOf(view: View, edit: PositionEdit, collected: bigint): Backing {
  const backstop = parameterValue(view.projection(parameters), 'margin.treasuryBackstop');
  const other = new Pool(view, edit.pool.asset === 'CREDIT' ? 'LCO' : 'CREDIT');
  const backstopLeft = backstop - edit.pool.treasuryPaid - other.treasuryPaid;
  return {
    reserve: view.balance(reserveAccount('CREDIT')) + collected,
    treasury: view.balance(treasury),
    backstopLeft: maxOf(0n, backstopLeft),
  };
}

/** Puts Credits in, the reserve's first; returns who gave what. */
function fund(edit: PositionEdit, needed: bigint, backing: Backing) {
  const { byReserve, byTreasury } = divideLoss(needed, backing);
  edit.payIn(byReserve, reserveAccount('CREDIT'), 'bad_debt');
  edit.payIn(byTreasury, treasury, 'bad_debt');
  edit.pool.noteTreasuryPaid(byTreasury);
  return { byReserve, byTreasury };
}

function bearCredits(view: View, edit: PositionEdit, collected: bigint): LossOutcome {
  const lent = edit.pool.reserveShare;
  // A base unit more, so that rounding leaves none of it to suppliers.
  const needed = lent === 0n ? edit.debt : maxOf(0n, edit.debt - lent + 1n);
  const { byReserve, byTreasury } = fund(edit, needed, backingOf(view, edit, collected));
  edit.repay(byReserve + byTreasury);
  const struck = strike(edit);
  record(view, edit, {
    byReserve: byReserve + struck.byReserve,
    byTreasury,
    bySuppliers: struck.loss,
    reserveSpent: byReserve,
    treasurySpent: byTreasury,
    ...struck.indices,
    settledAt: view.at,
  });
  return 'over';
}

/**
 * What the reserve has of LCO counts in whole lots, unless it is all that is owed: the dust that each repayment leaves behind
 * would be something to give at every step, and nobody would wait. It is given at the end.
 */
function bearCoins(view: View, edit: PositionEdit, mark: Decimal, collected: bigint): LossOutcome {
  const reserve = view.balance(reserveAccount('LCO')) + collected;
  let byReserve = reserve >= edit.debt ? edit.debt : reserve - (reserve % lotSize);
  giveCoins(edit, byReserve);
  const bought = edit.debt > 0n ? buyCoins(view, edit, mark) : nothingBought;
  if (bought.isWaiting && byReserve === 0n) return 'waits';
  const isExhausted = edit.debt > 0n && bought.lots === 0 && !bought.isWaiting;
  if (isExhausted) {
    giveCoins(edit, reserve - byReserve);
    byReserve = reserve;
  }
  const struck = isExhausted
    ? strike(edit)
    : { loss: 0n, byReserve: 0n, indices: indicesNow(edit) };
  const isOver = edit.debt === 0n;
  record(view, edit, {
    byReserve: byReserve + struck.byReserve,
    bySuppliers: struck.loss,
    bought: minAmount(quantityOf(bought.lots), bought.owed),
    reserveSpent: bought.byReserve,
    treasurySpent: bought.byTreasury,
    ...struck.indices,
    settledAt: isOver ? view.at : null,
  });
  return isOver ? 'over' : 'goes_on';
}

/** LCO of the reserve that repay. */
function giveCoins(edit: PositionEdit, amount: bigint): void {
  edit.takeCoins(amount);
  edit.repay(amount);
}

interface Purchase {
  readonly lots: number;
  /** Before it. */
  readonly owed: bigint;
  readonly byReserve: bigint;
  readonly byTreasury: bigint;
  /** There is money, but nobody sells within the band. */
  readonly isWaiting: boolean;
}

const nothingBought: Purchase = {
  lots: 0,
  owed: 0n,
  byReserve: 0n,
  byTreasury: 0n,
  isWaiting: false,
};

/** Buys what is owed with what the position, the reserve and the treasury have, within the band. */
function buyCoins(view: View, edit: PositionEdit, mark: Decimal): Purchase {
  const { id, credits, takerFeeBps } = edit.current;
  const backing = backingOf(view, edit, 0n);
  const bandBps = parameterValue(view.projection(parameters), 'exchange.marketBandBps');
  const limitTicks = limitAround(mark, 'buy', bandBps);
  const funds = credits + backing.reserve + minAmount(backing.treasury, backing.backstopLeft);
  const lots = Math.min(lotsToClose(edit.figures), affordable(funds, limitTicks, takerFeeBps));
  if (lots === 0) return nothingBought;
  const writes = noWrites();
  const order = executeForPosition(
    view,
    {
      positionId: id,
      number: edit.nextOrderNumber(),
      side: 'buy',
      lots,
      limitTicks,
      stp: 'expire_maker',
      userId: null,
      takerFeeBps,
      source: 'liquidation',
    },
    writes,
  );
  if (order.filledLots === 0) return { ...nothingBought, isWaiting: true };
  const owed = edit.debt;
  const cost = order.takerNotional + order.feeCharged;
  const funded = fund(edit, maxOf(0n, cost - credits), backing);
  edit.adopt(writes);
  edit.trade(order);
  edit.settleDebt(reserveAccount);
  return { lots: order.filledLots, owed, ...funded, isWaiting: false };
}

function indicesNow(edit: PositionEdit) {
  const index = edit.pool.current.supplyIndex.toString();
  return { supplyIndexBefore: index, supplyIndexAfter: index };
}

/**
 * Strikes what is still owed. The reserve bears it with its share of the pool that could not be collected, for it is lent;
 * suppliers bear the rest, where there are any.
 */
function strike(edit: PositionEdit) {
  const { debt } = edit;
  const { current, reserveShare } = edit.pool;
  const loss = current.shares === 0n ? 0n : maxOf(0n, debt - reserveShare);
  const { before, after } = edit.writeOff(loss);
  const indices = { supplyIndexBefore: before.toString(), supplyIndexAfter: after.toString() };
  return { loss, byReserve: debt - loss, indices };
}

/** Ends a loss whose rest was paid by what the position could buy after all. */
export function settleLoss(view: View, edit: PositionEdit): void {
  const row = view.row(lendingLosses, edit.current.id);
  if (!row || row.settledAt !== null) return;
  const supplyIndexAfter = edit.pool.current.supplyIndex.toString();
  edit.market.rows.push(putRow(lendingLosses, { ...row, supplyIndexAfter, settledAt: view.at }));
}

/** One row a position, whatever number of steps it takes. */
function record(
  view: View,
  edit: PositionEdit,
  part: Partial<LossRow> & Pick<LossRow, 'supplyIndexBefore' | 'supplyIndexAfter'>,
): void {
  const { id } = edit.current;
  const row = view.row(lendingLosses, id);
  const sum = (
    name: 'byReserve' | 'byTreasury' | 'bySuppliers' | 'bought' | 'reserveSpent' | 'treasurySpent',
  ) => (row?.[name] ?? 0n) + (part[name] ?? 0n);
  const next: LossRow = {
    id,
    asset: edit.pool.asset,
    at: row?.at ?? view.at,
    byReserve: sum('byReserve'),
    byTreasury: sum('byTreasury'),
    bySuppliers: sum('bySuppliers'),
    bought: sum('bought'),
    reserveSpent: sum('reserveSpent'),
    treasurySpent: sum('treasurySpent'),
    supplyIndexBefore: row?.supplyIndexBefore ?? part.supplyIndexBefore,
    supplyIndexAfter: part.supplyIndexAfter,
    settledAt: part.settledAt ?? null,
  };
  edit.market.rows.push(putRow(lendingLosses, next));
}
