// Lending pools by the rule (DESIGN 2.6 and 8, invariant 7): interest, supplies, debts and losses of each, replayed in order,
// make every index on the way, what holders have, and the pool's row.
import type { Knex } from 'knex';
import {
  accrue,
  borrowRate,
  claimOf,
  debtOf,
  emptyPool,
  indexAfterLoss,
  leastSupplyIndex,
  sharesOfSupply,
  sharesOfWithdrawal,
  utilisationOf,
  type PoolState,
} from '../../domain/margin/lending-pool';
import type { Asset } from '../../domain/money';
import { isoTime, optionalIsoTime } from '../../domain/time';
import { columnList } from '../column-list';
import { poolColumns, supplyColumns, type PoolRow, type SupplyRow } from '../margin/pool-rows';
import type { AuditCheck } from './check';
import { select } from './journal-rows';
import { RateCurves } from './lending-curves';
import { readPoolEvents, type PoolEvent } from './lending-events';

const groupsBetweenProgress = 50_000;

interface Holder {
  /** All of them, or, where a withdrawal was paid at an index that was marked down, the most that it can have left. */
  shares: bigint;
  isExact: boolean;
  supplied: bigint;
  withdrawn: bigint;
  updatedAt: number;
}

class PoolReplay {
  state: PoolState = emptyPool;
  cash = 0n;
  accruals = 0;
  lost = 0n;
  /** Whether `shares` is the most that there can be, until an accrual tells how many there are. */
  hasSlack = false;
  readonly holders = new Map<string, Holder>();
  private living = 0n;

  constructor(
    private readonly asset: Asset,
    private readonly curves: RateCurves,
  ) {}

  *follow(events: readonly PoolEvent[]): Iterable<string> {
    const at = events[0]?.at ?? 0;
    const of = (what: PoolEvent['what']) => events.filter((event) => event.what === what);
    yield* this.count(
      at,
      of('accrual'),
      events.some(({ wrote }) => wrote),
    );
    const lives = of('lives');
    const losses = of('loss');
    // Withdrawals are paid less while positions of the pool owe more than they are worth at the mark.
    const isBelowClaim = this.living > 0n || lives.length > 0;
    const { shares, supplyIndex } = this.state;
    for (const event of of('supplied')) this.supply(event, isBelowClaim, losses);
    const mayBe = [shares, this.state.shares];
    for (const event of losses) yield* this.lose(event, mayBe);
    yield* this.checkTold([...of('loss_began'), ...of('loss_told')], supplyIndex, losses);
    for (const { amount } of [...of('supplied'), ...of('moved')]) this.cash += BigInt(amount);
    for (const { amount } of of('debts')) {
      this.state = { ...this.state, scaledDebt: this.state.scaledDebt + BigInt(amount) };
    }
    for (const { amount } of lives) this.living += BigInt(amount);
  }

  /** Interest up to a time, which is counted before anything else happens. */
  private *count(at: number, rows: readonly PoolEvent[], wrote: boolean): Iterable<string> {
    const { accruedAt, scaledDebt } = this.state;
    const isDue = wrote && scaledDebt !== 0n && accruedAt !== null && at > accruedAt;
    if (rows.length !== (isDue ? 1 : 0)) {
      yield `pool ${this.asset} counted interest ${rows.length} times at ${isoTime(at)}, it should have ${isDue ? 'once' : 'not'}`;
    }
    for (const row of rows) yield* this.checkAccrual(row);
    if (rows.length === 0 && wrote) this.state = { ...this.state, accruedAt: at };
  }

  private *checkAccrual(row: PoolEvent): Iterable<string> {
    const { asset, state, cash } = this;
    const name = `accrual ${row.id} of ${isoTime(row.at)}`;
    this.accruals++;
    if (row.number !== this.accruals || row.id !== `${asset}/${row.number}`) {
      yield `${name} has the number ${row.number}, it should have ${this.accruals}`;
    }
    const shares = row.shares ?? 0n;
    const isLess = this.hasSlack && shares <= state.shares;
    const before = `${row.elapsedMs} ms, ${row.cash} in cash, ${row.scaledDebt} scaled debt, ${shares} shares`;
    const dueBefore = `${row.at - (state.accruedAt ?? row.at)} ms, ${cash} in cash, ${state.scaledDebt} scaled debt, ${isLess ? shares : state.shares} shares`;
    if (before !== dueBefore) yield `${name} is by ${before}; it should be by ${dueBefore}`;
    this.state = { ...state, shares: this.hasSlack ? shares : state.shares };
    this.hasSlack = false;

    const told = `a rate of ${row.rate} to indices of ${row.borrowIndex} and ${row.supplyIndex}`;
    const dues = this.curves.at(row.at).map((curve) => {
      const next = accrue(this.state, cash, row.at, curve);
      const debt = debtOf(state.scaledDebt, state.borrowIndex);
      const rate = borrowRate(utilisationOf(debt, cash), curve);
      return `a rate of ${rate} to indices of ${next.borrowIndex} and ${next.supplyIndex}`;
    });
    if (!dues.includes(told)) yield `${name} leads by ${told}; by the rule it is by ${dues[0]}`;
    // On from what it says, so that one fault is found once.
    this.state = {
      ...this.state,
      accruedAt: row.at,
      borrowIndex: BigInt(row.borrowIndex ?? 0),
      supplyIndex: BigInt(row.supplyIndex ?? 0),
    };
  }

  private supply(
    { id, amount, at }: PoolEvent,
    isBelowClaim: boolean,
    losses: readonly PoolEvent[],
  ): void {
    const key = id ?? '';
    const holder = this.holders.get(key) ?? {
      ...{ shares: 0n, isExact: true, supplied: 0n, withdrawn: 0n, updatedAt: at },
    };
    this.holders.set(key, holder);
    holder.updatedAt = at;
    const moved = BigInt(amount);
    const { supplyIndex } = this.state;
    let change: bigint;
    if (moved > 0n) {
      holder.supplied += moved;
      // A loss in the same millisecond may have been before it: then it got more for it.
      const after = losses.map((loss) => BigInt(loss.supplyIndex ?? 0));
      const lowest = [supplyIndex, ...after.filter((index) => index >= leastSupplyIndex)].at(-1);
      change = sharesOfSupply(moved, lowest ?? supplyIndex);
    } else {
      holder.withdrawn -= moved;
      const isAll = -moved === claimOf(holder.shares, supplyIndex);
      change = isAll ? -holder.shares : -sharesOfWithdrawal(-moved, supplyIndex);
    }
    if (losses.length > 0 || (moved < 0n && isBelowClaim)) {
      holder.isExact = false;
      this.hasSlack = true;
    }
    holder.shares += change;
    this.state = { ...this.state, shares: this.state.shares + change };
  }

  private *lose(event: PoolEvent, mayBe: readonly bigint[]): Iterable<string> {
    const loss = BigInt(event.amount);
    const told = BigInt(event.supplyIndex ?? 0);
    const dues = mayBe
      .filter((shares) => shares > 0n)
      .map((shares) => indexAfterLoss({ ...this.state, shares }, loss));
    const isRight = this.hasSlack ? told <= this.state.supplyIndex : dues.includes(told);
    if (!isRight) {
      yield `loss ${event.id} of ${loss} to suppliers left the supply index of ${event.asset} at ${told}; by the rule at ${dues[0]}`;
    }
    this.lost += loss;
    this.state = { ...this.state, supplyIndex: told };
  }

  private *checkTold(
    told: readonly PoolEvent[],
    before: bigint,
    losses: readonly PoolEvent[],
  ): Iterable<string> {
    const known = [before, ...losses.map(({ supplyIndex }) => BigInt(supplyIndex ?? 0))];
    for (const { id, what, supplyIndex, at } of told) {
      if (known.includes(BigInt(supplyIndex ?? 0))) continue;
      const when = what === 'loss_began' ? 'before it' : 'after it';
      yield `loss ${id} says a supply index of ${supplyIndex} ${when}, at ${isoTime(at)} it was ${before}`;
    }
  }

  *compare(row: PoolRow): Iterable<string> {
    const { state, accruals, lost } = this;
    const shares = this.hasSlack && row.shares <= state.shares ? row.shares : state.shares;
    const due = { ...state, shares, accruals, lost };
    for (const figure of Object.keys(due) as (keyof typeof due)[]) {
      const text = (value: PoolRow | typeof due) =>
        figure === 'accruedAt' ? optionalIsoTime(value.accruedAt) : String(value[figure]);
      if (text(row) === text(due)) continue;
      yield `pool ${row.asset} says ${figure} ${text(row)}, what happened to it makes ${text(due)}`;
    }
  }
}

async function readSupplies(db: Knex): Promise<SupplyRow[]> {
  return select<SupplyRow>(
    db,
    `select ${columnList({ ...supplyColumns, asset: 's.asset' })} from lending_supplies s order by s.id`,
  );
}

function* checkSupply(row: SupplyRow, holder: Holder | undefined): Iterable<string> {
  const name = `supply ${row.id}`;
  if (row.id !== `${row.asset}/${row.holder}`) yield `${name} is of ${row.holder} in ${row.asset}`;
  if (!holder) {
    yield `${name} is of somebody who never supplied ${row.asset}`;
    return;
  }
  const { supplied, withdrawn, updatedAt } = holder;
  const shares = !holder.isExact && row.shares <= holder.shares ? row.shares : holder.shares;
  const told = `${row.shares} shares, ${row.supplied} supplied, ${row.withdrawn} withdrawn, at last at ${isoTime(row.updatedAt)}`;
  const due = `${shares} shares, ${supplied} supplied, ${withdrawn} withdrawn, at last at ${isoTime(updatedAt)}`;
  if (told !== due) yield `${name} says ${told}; what the journal moved makes ${due}`;
}

export const lendingReplayCheck: AuditCheck = {
  title:
    'lending: indices, supplies and pools follow by the rule from what was supplied, lent, repaid and lost, and from the rates in force',
  async *run({ db, onProgress }) {
    const curves = await RateCurves.read(db);
    const replays = new Map<string, PoolReplay>();
    const replayOf = (asset: Asset) => {
      const replay = replays.get(asset) ?? new PoolReplay(asset, curves);
      replays.set(asset, replay);
      return replay;
    };
    let groups = 0;
    for await (const events of readPoolEvents(db)) {
      const [first] = events;
      if (first) yield* replayOf(first.asset).follow(events);
      if (++groups % groupsBetweenProgress === 0) onProgress(`${groups} moments of lending pools`);
    }
    const pools = await select<PoolRow>(
      db,
      `select ${columnList(poolColumns)} from lending_pools p order by p.asset`,
    );
    for (const pool of pools) yield* replayOf(pool.asset).compare(pool);
    for (const row of await readSupplies(db)) {
      const { holders } = replayOf(row.asset);
      yield* checkSupply(row, holders.get(row.holder));
      holders.delete(row.holder);
    }
    for (const [asset, { holders }] of replays) {
      for (const holder of holders.keys())
        yield `user ${holder} supplied ${asset}, there is no row of it`;
    }
  },
};
