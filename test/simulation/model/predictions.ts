// The model of prediction markets (DESIGN 2.8, 2.13): proposed, reviewed, bet on, locked, resolved, disputed, ruled on, and
// paid or void.
import { windows } from '../cast';
import {
  figuresOf,
  isThin,
  payoutOf,
  sharesFor,
  sharesOfSeed,
  type Lot,
  type Market,
  type Settlement,
  type Side,
  type Verdict,
} from './betting';
import { predictionFeeOf } from './parameters';
import { requireActive, requireOperator, requireOther } from './people';
import { levelOf } from './staking';
import {
  balanceOf,
  burn,
  move,
  note,
  ofMarket,
  ofUser,
  Refusal,
  requireLine,
  type State,
} from './state';

const lco = 10n ** 8n;
const fiveYearsMs = 5 * 366 * 24 * 60 * 60 * 1000;

export type StepName = 'expire' | 'lock' | 'void_unresolved' | 'finalise' | 'let_stand';

function requireMarket(state: State, id: string): Market {
  const market = state.markets.get(id);
  if (!market) throw new Refusal('PREDICTION_NOT_FOUND');
  return market;
}

/** What comes next, and when: 0 is at once. */
export function nextOf(
  market: Market,
): readonly [step: StepName | 'roll_back' | 'pay' | 'nothing', at: number] {
  const { status, expiresAt, closesAt, proposed, dispute } = market;
  if (status === 'proposed') return ['expire', expiresAt];
  if (status === 'open') return ['lock', closesAt];
  if (status === 'locked') return ['void_unresolved', voidsAt(market)];
  if (status === 'resolution_proposed' && proposed) return ['finalise', proposed.until];
  if (status === 'disputed' && dispute) return ['let_stand', dispute.until];
  if (status === 'final') return ['roll_back', 0];
  if (status === 'settling' || status === 'voiding') return ['pay', 0];
  return ['nothing', 0];
}

/** Time alone locks a market. */
export function statusOf({ now }: State, { status, closesAt }: Market): Market['status'] {
  return status === 'open' && now >= closesAt ? 'locked' : status;
}

export function lockedAtOf({ now }: State, { lockedAt, closesAt }: Market): number {
  return lockedAt ?? Math.min(now, closesAt);
}

function voidsAt({ lockedAt, closesAt }: Market): number {
  return (lockedAt ?? closesAt) + windows.predictionAutoVoid;
}

/** How an answer tells where it stands. */
function tell(state: State, market: Market): string {
  const [step, at] = nextOf(market);
  const wait = Math.max(0, at - state.now);
  return `${market.revision}: ${step} in ${wait}`;
}

function change(market: Market, changes: Partial<Market>): void {
  Object.assign(market, changes, { revision: market.revision + 1 });
}

function requireFree(state: State, userId: string, amount: bigint): void {
  if (amount > balanceOf(state, ofUser(userId, 'available', 'LCO'))) {
    throw new Refusal('INSUFFICIENT_FUNDS');
  }
}

function addLot(
  state: State,
  { id, lots }: Market,
  lot: Pick<Lot, 'userId' | 'side' | 'stake' | 'shares'>,
) {
  const { userId, stake } = lot;
  move(state, ofUser(userId, 'available', 'LCO'), ofMarket(id, 'pool'), stake);
  const level = levelOf(state, userId);
  lots.push({ ...lot, level, at: state.now, paid: null, fee: null });
}

interface Propose {
  readonly id: string;
  readonly userId: string;
  readonly question: string;
  readonly closesAt: number;
  readonly seed: bigint;
}

export function propose(state: State, { id, userId, question, closesAt, seed }: Propose): string {
  requireActive(state, userId);
  requireLine(question);
  if (closesAt <= state.now || closesAt > state.now + fiveYearsMs) {
    throw new Refusal('INVALID_REQUEST');
  }
  if (seed < 100n * lco) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  requireFree(state, userId, seed);
  const market: Market = {
    id,
    proposerId: userId,
    expiresAt: Math.min(state.now + windows.predictionExpiry, closesAt),
    closesAt,
    lots: [],
    status: 'proposed',
    revision: 1,
    reviewedBy: null,
    openedAt: null,
    feeBps: null,
    lockedAt: null,
    proposed: null,
    dispute: null,
    ruledBy: null,
    final: null,
    voided: null,
    settlement: null,
  };
  state.markets.set(id, market);
  const shares = sharesOfSeed(seed);
  addLot(state, market, { userId, side: 'seed', stake: seed, shares });
  return `${id} proposed, ${shares} on each side`;
}

interface Bet {
  readonly id: string;
  readonly userId: string;
  readonly side: Side;
  readonly stake: bigint;
  readonly minShares: bigint | null;
}

export function bet(state: State, { id, userId, side, stake, minShares }: Bet): string {
  requireActive(state, userId);
  const market = requireMarket(state, id);
  if (statusOf(state, market) !== 'open') throw new Refusal('STATE_CONFLICT');
  if (stake < lco) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  requireFree(state, userId, stake);
  const shares = sharesFor(figuresOf(market), side, stake);
  if (minShares !== null && shares < minShares) throw new Refusal('MIN_SHARES_NOT_REACHED');
  const number = market.lots.length;
  addLot(state, market, { userId, side, stake, shares });
  return `lot ${number}: ${shares}, ${figuresOf(market).staked} in all`;
}

function holds({ lots }: Market, userId: string): boolean {
  return lots.some((lot) => lot.userId === userId);
}

export interface Act {
  readonly id: string;
  readonly operatorId: string;
  readonly reason: string;
}

/** The market, for an operator who has nothing to win or lose by it. */
function requireMarketOfOthers(state: State, { id, operatorId, reason }: Act): Market {
  requireOperator(state, operatorId);
  requireLine(reason);
  const market = requireMarket(state, id);
  requireOther(operatorId, market.proposerId);
  if (holds(market, operatorId)) throw new Refusal('ACTION_BY_INTERESTED_OPERATOR');
  return market;
}

/** It is still to be reviewed. */
function requireProposed({ now }: State, { status, expiresAt }: Market): void {
  if (status !== 'proposed' || now >= expiresAt) throw new Refusal('STATE_CONFLICT');
}

export function approve(state: State, act: Act): string {
  const market = requireMarketOfOthers(state, act);
  requireProposed(state, market);
  change(market, {
    status: 'open',
    reviewedBy: act.operatorId,
    openedAt: state.now,
    feeBps: predictionFeeOf(state),
  });
  note(state, 'prediction.approve');
  return tell(state, market);
}

/** It never opened: the seed goes back. */
function end(state: State, market: Market, changes: Partial<Market>): void {
  const [seed] = market.lots;
  if (!seed) throw new Error('a market has a seed');
  seed.paid = seed.stake;
  seed.fee = 0n;
  move(state, ofMarket(market.id, 'pool'), ofUser(seed.userId, 'available', 'LCO'), seed.stake);
  change(market, changes);
}

export function reject(state: State, act: Act): string {
  const market = requireMarketOfOthers(state, act);
  requireProposed(state, market);
  end(state, market, { status: 'rejected', reviewedBy: act.operatorId });
  note(state, 'prediction.reject');
  return tell(state, market);
}

/** A verdict lies within the time in which bets were taken. */
function requireInTime(state: State, market: Market, { effectiveAt }: Verdict): number {
  const lockedAt = lockedAtOf(state, market);
  if (market.openedAt === null || effectiveAt < market.openedAt || effectiveAt > lockedAt) {
    throw new Refusal('INVALID_REQUEST');
  }
  return lockedAt;
}

export function resolve(state: State, act: Act & Verdict): string {
  const market = requireMarketOfOthers(state, act);
  const status = statusOf(state, market);
  if (status !== 'open' && status !== 'locked') throw new Refusal('STATE_CONFLICT');
  if (state.now >= voidsAt(market)) throw new Refusal('STATE_CONFLICT');
  const { outcome, effectiveAt, operatorId } = act;
  const lockedAt = requireInTime(state, market, act);
  const until = state.now + windows.predictionDispute;
  const proposed = { outcome, effectiveAt, by: operatorId, until };
  change(market, { status: 'resolution_proposed', lockedAt, proposed });
  note(state, 'prediction.resolve');
  return tell(state, market);
}

/** The end was bound to come by now, whoever has written it. */
function isDecided({ now }: State, market: Market): boolean {
  const { status, proposed, dispute } = market;
  if (status === 'proposed') return false;
  if (status === 'open' || status === 'locked') return now >= voidsAt(market);
  if (status === 'resolution_proposed') return now >= (proposed?.until ?? 0);
  return status !== 'disputed' || now >= (dispute?.until ?? 0);
}

/** By a holder, once, with a bond. */
export function dispute(
  state: State,
  { id, userId, evidence }: { id: string; userId: string; evidence: string },
): string {
  requireActive(state, userId);
  requireLine(evidence);
  const market = requireMarket(state, id);
  if (!holds(market, userId)) throw new Refusal('FORBIDDEN');
  if (market.status !== 'resolution_proposed' || isDecided(state, market)) {
    throw new Refusal('STATE_CONFLICT');
  }
  const hundredth = figuresOf(market).staked / 100n;
  const bond = hundredth > 100n * lco ? hundredth : 100n * lco;
  requireFree(state, userId, bond);
  move(state, ofUser(userId, 'available', 'LCO'), ofMarket(id, 'bond'), bond);
  const until = state.now + windows.predictionRuling;
  change(market, {
    status: 'disputed',
    dispute: { userId, bond, until, fate: 'held', burn: null },
  });
  return `${bond} until ${until}`;
}

/** Only somebody else decides about what an operator proposed. */
function requireSecond({ operatorId }: Act, { proposed }: Market): void {
  requireOther(operatorId, proposed?.by ?? null);
}

function endBond(state: State, { id, dispute: held }: Market, fate: 'returned' | 'burned'): void {
  if (held?.fate !== 'held') return;
  const account = ofMarket(id, 'bond');
  held.fate = fate;
  if (fate === 'burned') {
    held.burn = burn(state, account, { kind: 'bond', amount: held.bond, source: id });
  } else {
    move(state, account, ofUser(held.userId, 'available', 'LCO'), held.bond);
  }
}

export function rule(state: State, act: Act & Verdict): string {
  const market = requireMarketOfOthers(state, act);
  requireSecond(act, market);
  const { proposed, status } = market;
  if (status !== 'disputed' || !proposed || isDecided(state, market)) {
    throw new Refusal('STATE_CONFLICT');
  }
  const { outcome, effectiveAt } = act;
  requireInTime(state, market, act);
  const isConfirmed = outcome === proposed.outcome && effectiveAt === proposed.effectiveAt;
  endBond(state, market, isConfirmed ? 'burned' : 'returned');
  change(market, { status: 'final', final: { outcome, effectiveAt }, ruledBy: act.operatorId });
  note(state, 'prediction.rule');
  return tell(state, market);
}

function openSettlement(state: State, market: Market, settlement: Omit<Settlement, 'sums'>): void {
  market.settlement = { ...settlement, sums: null };
}

export function voidMarket(state: State, act: Act): string {
  const market = requireMarketOfOthers(state, act);
  requireSecond(act, market);
  if (market.status === 'proposed' || isDecided(state, market)) throw new Refusal('STATE_CONFLICT');
  endBond(state, market, 'returned');
  becomeVoid(state, market, { cause: 'operator', by: act.operatorId });
  note(state, 'prediction.void');
  return tell(state, market);
}

function becomeVoid(state: State, market: Market, voided: NonNullable<Market['voided']>): void {
  change(market, { status: 'voiding', lockedAt: lockedAtOf(state, market), voided });
  openSettlement(state, market, { cut: market.lots.length, isVoid: true });
}

/** What time brings, if it is what comes next and has come; otherwise nothing happens. */
export function takeStep(state: State, id: string, step: StepName): string {
  const market = requireMarket(state, id);
  const [next, at] = nextOf(market);
  if (next === step && at <= state.now) stepsOfTime[step](state, market);
  return tell(state, market);
}

function stand(state: State, market: Market): void {
  const { proposed } = market;
  if (!proposed) throw new Error('an outcome was proposed');
  const { outcome, effectiveAt } = proposed;
  endBond(state, market, 'returned');
  change(market, { status: 'final', final: { outcome, effectiveAt } });
}

const stepsOfTime: Readonly<Record<StepName, (state: State, market: Market) => void>> = {
  expire: (state, market) => end(state, market, { status: 'expired' }),
  lock: (_, market) => change(market, { status: 'locked', lockedAt: market.closesAt }),
  void_unresolved: (state, market) => becomeVoid(state, market, { cause: 'unresolved', by: null }),
  finalise: stand,
  let_stand: stand,
};

/** Where it stands, without what depends on the time of the answer. */
function tellNext(market: Market): string {
  return `${market.revision}: ${nextOf(market)[0]}`;
}

/** What came after the fact does not count; a side that hardly anybody bet on makes the market void. */
export function rollBack(state: State, id: string): string {
  const market = requireMarket(state, id);
  const { status, final, lots } = market;
  if (status !== 'final' || !final) return tellNext(market);
  const cut = lots.filter(({ at }) => at <= final.effectiveAt).length;
  const isVoid = isThin(figuresOf(market, cut));
  const voided = isVoid ? ({ cause: 'thin', by: null } as const) : null;
  change(market, { status: isVoid ? 'voiding' : 'settling', voided });
  openSettlement(state, market, { cut, isVoid });
  return tellNext(market);
}

/** What each lot gets, kept lots by the rule and the others at cost. */
function payLots(state: State, market: Market, { cut, isVoid }: Settlement) {
  const { id, lots, final, feeBps } = market;
  const figures = figuresOf(market, cut);
  const sums = { paid: 0n, refunded: 0n, fees: 0n };
  for (const [number, lot] of lots.entries()) {
    const isKept = !isVoid && number < cut;
    const { paid, fee } =
      isKept && final
        ? payoutOf(lot, figures, final.outcome, feeBps ?? 0)
        : { paid: lot.stake, fee: 0n };
    Object.assign(lot, { paid, fee });
    move(state, ofMarket(id, 'pool'), ofUser(lot.userId, 'available', 'LCO'), paid);
    sums[isKept ? 'paid' : 'refunded'] += paid;
    sums.fees += fee;
  }
  return sums;
}

/** All of it: every lot, and what is left is burned. */
export function pay(state: State, id: string): string {
  const market = requireMarket(state, id);
  const { status, settlement } = market;
  if ((status !== 'settling' && status !== 'voiding') || !settlement) return tellNext(market);
  const sums = payLots(state, market, settlement);
  const pool = ofMarket(id, 'pool');
  const rest = balanceOf(state, pool);
  const record = { kind: 'prediction_fee', amount: rest, source: id } as const;
  const number = rest > 0n ? burn(state, pool, record) : null;
  settlement.sums = { ...sums, dust: rest - sums.fees, burn: number };
  change(market, { status: status === 'voiding' ? 'void' : 'settled' });
  return tellNext(market);
}
