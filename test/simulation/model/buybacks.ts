// The model of the Friday buyback (DESIGN 2.5): opened, begun with the close of the books, bought slice by slice as
// market orders, burned; paused and resumed by operators. Every slice is due at once.
import { arrive, holdNeeded } from './market';
import { orderRatesOf, slicesOf } from './parameters';
import { requireOperator } from './people';
import {
  balanceOf,
  burn as record,
  move,
  note,
  ofPlatform,
  Refusal,
  requireLine,
  smaller,
  type State,
} from './state';
import type { Order, Run } from './trading';

const leastWorth = 1_000_000n;
const funds = ['ecosystem_fund', 'prize_fund'] as const;
/** The defaults, which nothing here changes. */
const shares = { profit: 2_000n, freeCalls: 1_000n, prize: 2_000n, slippage: 500n };

/** What a start found of the mark, as its row tells; null: none that is fresh. */
export interface ObservedStart {
  readonly mark: bigint;
  readonly average: bigint;
}

function requireRun(state: State, id: string): Run {
  const run = state.runs.find((known) => known.id === id);
  if (!run) throw new Refusal('BUYBACK_NOT_FOUND');
  return run;
}

function isOver({ status }: Run): boolean {
  return status === 'completed' || status === 'no_mark';
}

/** What comes next, in the words of an answer. */
function tell(state: State, run: Run): string {
  const head = `${run.id} ${run.status} ${run.revision}`;
  if (run.status === 'opened') return `${head}: start`;
  if (run.status === 'paused') return `${head}: resume`;
  if (isOver(run)) return `${head}: nothing`;
  if (run.executed === 2 * run.slices) return `${head}: burn`;
  const { slice, fund, budget } = nextSlice(state, run);
  return `${head}: slice ${slice} of ${fund} for ${budget}`;
}

/** An equal part of what the fund has for each slice that is left. */
function nextSlice(state: State, run: Run) {
  const slice = Math.floor(run.executed / 2) + 1;
  const fund = funds[run.executed % 2] ?? 'prize_fund';
  const budget = balanceOf(state, ofPlatform(fund)) / BigInt(run.slices - slice + 1);
  return { slice, fund, budget };
}

function open(state: State, id: string): Run {
  const run: Run = {
    id,
    slices: slicesOf(state),
    status: 'opened',
    revision: 1,
    capTicks: null,
    executed: 0,
    bought: { ecosystem_fund: 0n, prize_fund: 0n },
    spent: { ecosystem_fund: 0n, prize_fund: 0n },
    movedToCost: null,
  };
  state.runs.push(run);
  return run;
}

/** Once a week, however often it is asked for. */
export function openWeekly(state: State, id: string): string {
  const known = state.runs.find((run) => run.id === id);
  const run = known ?? open(state, id);
  return `${id}${isOver(run) ? ' is over' : ''}`;
}

interface Act {
  readonly operatorId: string;
  readonly reason: string;
}

/** The week's first run is its own: extra ones count from two. */
export function openExtra(
  state: State,
  { operatorId, reason, week }: Act & { week: string },
): string {
  requireOperator(state, operatorId);
  requireLine(reason);
  if (!state.runs.every(isOver)) throw new Refusal('STATE_CONFLICT');
  const extra = state.runs.filter(({ id }) => id.startsWith(`${week}-`)).length;
  const run = open(state, `${week}-${extra + 2}`);
  state.extraRuns++;
  note(state, 'buyback.open');
  return `${run.id} opened`;
}

function bpsOf(amount: bigint, bps: bigint): bigint {
  return (amount * bps) / 10_000n;
}

/** Moves forth, or back when it is less than nothing. */
function moveEither(state: State, from: string, to: string, amount: bigint): void {
  if (amount >= 0n) move(state, from, to, amount);
  else move(state, to, from, -amount);
}

/** N to `upstream_cost` or back, a fifth of the profit to the fund, which is split; the rest, with the fees, to treasury. */
function closeBooks(state: State, run: Run): void {
  const [revenue, cost] = [ofPlatform('revenue'), ofPlatform('upstream_cost')];
  const [treasury, fund, losses] = [
    ofPlatform('treasury'),
    ofPlatform('ecosystem_fund'),
    ofPlatform('losses'),
  ];
  const owed = state.shortfalls + (state.records.get('corrections') ?? 0n) - state.costMoved;
  const least = -balanceOf(state, cost);
  const moved = owed < least ? least : smaller(owed, balanceOf(state, revenue));
  moveEither(state, revenue, cost, moved);
  state.costMoved += moved;
  run.movedToCost = moved;

  const profit = balanceOf(state, revenue);
  const share = bpsOf(profit, shares.profit);
  move(state, revenue, fund, share);
  move(state, revenue, treasury, profit - share);
  const fees = balanceOf(state, ofPlatform('trading_fees'));
  move(state, ofPlatform('trading_fees'), treasury, fees);
  const refill = smaller(-balanceOf(state, losses), profit - share + fees);
  move(state, treasury, losses, refill);
  move(state, fund, ofPlatform('free_calls'), bpsOf(share, shares.freeCalls));
  move(state, fund, ofPlatform('prize_fund'), bpsOf(share, shares.prize));
}

/** Runs begin one after the other. */
export function start(state: State, id: string, observed: ObservedStart | null): string {
  const run = requireRun(state, id);
  const before = state.runs.slice(0, state.runs.indexOf(run));
  if (run.status !== 'opened' || !before.every(isOver)) return tell(state, run);
  closeBooks(state, run);
  run.revision++;
  if (!observed) {
    run.status = 'no_mark';
    return tell(state, run);
  }
  if (observed.mark !== state.mark) throw new Error('a run begins with the mark of this moment');
  const lower = smaller(observed.mark, observed.average);
  run.status = 'buying';
  // From Credits times 10^12 to ticks of a millionth.
  run.capTicks = Number(bpsOf(lower, 10_000n + shares.slippage) / 10n ** 6n);
  return tell(state, run);
}

function orderOf(state: State, run: Run, orderId: string, fund: string, quote: bigint): Order {
  const asked = {
    side: 'buy',
    type: 'market',
    tif: 'IOC',
    postOnly: false,
    stp: 'expire_taker',
    price: null,
    lots: null,
    quote,
    trigger: null,
  } as const;
  const progress = { filled: 0, made: 0n, taken: 0n, fee: 0n, hold: 0n };
  return {
    ...asked,
    ...orderRatesOf(state),
    ...progress,
    id: orderId,
    userId: fund,
    asked,
    replaces: null,
    capTicks: run.capTicks,
    source: 'buyback',
    arrival: 0,
    status: 'open',
    reason: null,
    rests: false,
    isSetOff: false,
    entry: [0, 0],
  };
}

export interface Slice {
  readonly id: string;
  readonly slice: number;
  readonly fund: (typeof funds)[number];
  readonly orderId: string;
}

/** Once and in its turn. */
export function buy(state: State, { id, slice, fund, orderId }: Slice): string {
  const run = requireRun(state, id);
  if (run.status !== 'buying' || run.executed === 2 * run.slices) return tell(state, run);
  const next = nextSlice(state, run);
  if (next.slice !== slice || next.fund !== fund) return tell(state, run);
  run.executed++;
  run.revision++;
  if (next.budget < leastWorth) return tell(state, run);
  const order = orderOf(state, run, orderId, fund, next.budget);
  if (holdNeeded(order) !== next.budget) throw new Error('it spends its budget at most');
  state.orders.push(order);
  arrive(state, order);
  const bought = BigInt(order.filled) * 1_000_000n;
  run.bought[fund] += bought;
  run.spent[fund] += order.taken + order.fee;
  if (fund === 'prize_fund') {
    move(state, ofPlatform(fund, 'LCO'), ofPlatform('prize_pool', 'LCO'), bought);
  }
  return tell(state, run);
}

/** After the last slice, all that was bought for it, with one record. */
export function burn(state: State, id: string): string {
  const run = requireRun(state, id);
  if (run.status !== 'buying' || run.executed < 2 * run.slices) return tell(state, run);
  const amount = run.bought.ecosystem_fund;
  if (amount > 0n) {
    record(state, ofPlatform('ecosystem_fund', 'LCO'), { kind: 'buyback', amount, source: id });
  }
  run.status = 'completed';
  run.revision++;
  return tell(state, run);
}

export function pauseOrResume(
  state: State,
  { id, operatorId, reason, verb }: Act & { id: string; verb: 'pause' | 'resume' },
): string {
  requireOperator(state, operatorId);
  requireLine(reason);
  const run = requireRun(state, id);
  if (run.status !== (verb === 'pause' ? 'buying' : 'paused')) throw new Refusal('STATE_CONFLICT');
  run.status = verb === 'pause' ? 'paused' : 'buying';
  run.revision++;
  note(state, `buyback.${verb}`);
  return tell(state, run);
}
