// Margin positions by the rule (DESIGN 2.6 and 8): the changes of each, followed from its opening, each from the one before and
// the order that traded for it, make its row; and what a debt without collateral cost.
import type { Decimal } from 'decimal.js';
import { Exact } from '../../domain/exchange/mark-sums';
import { debtOf, wad } from '../../domain/margin/lending-pool';
import { lotsToClose } from '../../domain/margin/closing';
import { maxSlippageBps } from '../../domain/margin/opening';
import { liquidationKey, marginRatio, ratioOf, sizeOf } from '../../domain/margin/position';
import { optionalIsoTime } from '../../domain/time';
import { deriveId } from '../../ledger/ids';
import type { PositionRow } from '../margin/position-rows';
import type { AuditCheck } from './check';
import {
  readPositions,
  type CheckedChange,
  type CheckedOrder,
  type CheckedPosition,
} from './margin-rows';
import { mayFollow, noted, steps, type StepEnd } from './margin-steps';
import { unborn, Walk, type Moved, type Standing } from './margin-walk';

const positionsBetweenProgress = 10_000;
/** Of ratios that are told with 12 decimals; the openings' own is 10^-6. */
const rounding = '0.000000000001';
const openingTolerance = '0.000001';
/** The highest rate that votes may set, a year's, in whole parts. */
const highestRate = 3;
const yearMs = 365 * 24 * 60 * 60 * 1000;

/** Amounts of a debt without collateral, in its asset; of Credits that were spent, in Credits. */
interface Losses {
  began: number | null;
  struck: bigint;
  bought: bigint;
  coins: bigint;
  spent: bigint;
}

class PositionReplay {
  private standing: Standing = unborn;
  private number = 0;
  private readonly orders: CheckedOrder[];
  /** Of its orders, the number that the newest must have; and those that have another. */
  private ordinal = 0;
  private readonly misnamed: CheckedOrder[] = [];
  private readonly losses: Losses = { began: null, struck: 0n, bought: 0n, coins: 0n, spent: 0n };
  /** Bounds of the lots that were to be closed when it was fenced. */
  private fencedLots: readonly [number, number] | null = null;
  /** When the pool's interest was last counted for it. */
  private countedAt = 0;

  constructor(private readonly checked: CheckedPosition) {
    this.orders = [...checked.orders];
  }

  private get position(): PositionRow {
    return this.checked.position;
  }

  *follow(change: CheckedChange): Iterable<string> {
    const { position, standing: before } = this;
    const name = `change ${change.id} (${change.kind})`;
    this.number++;
    if (change.number !== this.number || change.id !== `${position.id}/${this.number}`) {
      yield `${name} has the number ${change.number}, it should have ${this.number}`;
    }
    if (change.at < before.updatedAt) yield `${name} is earlier than the one before`;
    if (!mayFollow[before.status].includes(change.kind)) {
      yield `${name} cannot happen to a position that is ${before.status}`;
      if (!(change.kind in steps)) return;
    }
    if (change.mark === null) {
      yield `${name} has no mark`;
      return;
    }
    const mark = new Exact(change.mark);
    const index = BigInt(change.borrowIndex ?? wad);
    const walk = new Walk(position, before, index);
    const end = steps[change.kind]({
      ...{ position, before, change, walk, mark },
      takeOrder: (isWanted) => this.takeOrder(change, isWanted),
    });
    for (const fault of end.faults) yield `${name}: ${fault}`;
    yield* compare(name, change, { walk, before });
    if (noted.includes(change.kind)) yield* this.checkNoted(name, change, mark, index);
    else yield* this.checkRatio(name, change, mark, walk);
    this.advance(change, walk, end);
  }

  /** Its orders are numbered in the order in which they were placed. */
  private takeOrder(
    { at }: CheckedChange,
    isWanted: (order: CheckedOrder) => boolean = () => true,
  ): CheckedOrder | undefined {
    const [order] = this.orders;
    if (order?.acceptedAt !== at || !isWanted(order)) return undefined;
    const id = deriveId('order', this.position.id, order.clientOrderId);
    if (order.ordinal !== ++this.ordinal || order.id !== id) this.misnamed.push(order);
    return this.orders.shift();
  }

  /** The margin ratio after it, and what it must be. */
  private *checkRatio(
    name: string,
    change: CheckedChange,
    mark: Decimal,
    walk: Walk,
  ): Iterable<string> {
    const { leverage, takerFeeBps } = this.position;
    const { figures } = walk;
    const ratio = sizeOf(figures) > 0n ? marginRatio(figures, mark) : null;
    const due = ratio && ratio.toDecimalPlaces(12).toFixed();
    if (!isSameNumber(change.marginRatio, due)) {
      yield `${name} says a margin ratio of ${change.marginRatio}, its figures make ${due}`;
    }
    if (change.kind !== 'opened' && change.kind !== 'collateral_taken') return;
    const least = new Exact(100)
      .div(leverage)
      .minus(ratioOf(takerFeeBps).times(2))
      .minus(ratioOf(change.kind === 'opened' ? maxSlippageBps : 0))
      .minus(openingTolerance);
    if (ratio?.lt(least) === true) {
      yield `${name} leaves a margin ratio of ${due}, a leverage of ${leverage} asks for ${least.toFixed(6)}`;
    }
  }

  /** What the mark did is valued with interest that was not counted in a row: it lies between two bounds. */
  private *checkNoted(
    name: string,
    change: CheckedChange,
    mark: Decimal,
    index: bigint,
  ): Iterable<string> {
    const { side, takerFeeBps, maintenanceBps } = this.position;
    const { lots, credits, scaledDebt } = this.standing;
    const elapsed = change.at - Math.max(change.countedAt ?? 0, this.countedAt);
    const most = index + (index * BigInt(highestRate * elapsed)) / BigInt(yearMs) + 1n;
    const figuresAt = (borrowIndex: bigint) => ({
      ...{ side, credits, takerFeeBps },
      quantity: side === 'long' ? BigInt(lots) * 1_000_000n : 0n,
      debt: debtOf(scaledDebt, borrowIndex),
    });
    const [highest, lowest] = [figuresAt(index), figuresAt(most)].map((figures) =>
      marginRatio(figures, mark),
    );
    const told = change.marginRatio === null ? null : new Exact(change.marginRatio);
    if (
      !highest ||
      !lowest ||
      !told ||
      told.minus(rounding).gt(highest) ||
      told.plus(rounding).lt(lowest)
    ) {
      yield `${name} says a margin ratio of ${change.marginRatio}, its figures make ${highest?.toFixed(12)}`;
    }
    if (change.kind !== 'fenced') return;
    if (told?.minus(rounding).gt(ratioOf(maintenanceBps)) === true) {
      yield `${name} at a margin ratio of ${change.marginRatio}, which is not below ${maintenanceBps} basis points`;
    }
    this.fencedLots = [lotsToClose(figuresAt(index)), lotsToClose(figuresAt(most))];
  }

  private advance(change: CheckedChange, walk: Walk, end: StepEnd): void {
    const { standing, losses } = this;
    const { paidIn, paidOut, penalty, coinsIn } = walk.moved;
    const isOwners = standing.takenOverAt === null;
    this.standing = {
      ...standing,
      lots: walk.lots,
      credits: walk.credits,
      scaledDebt: walk.scaledDebt,
      paidIn: standing.paidIn + (isOwners ? paidIn : 0n),
      paidOut: standing.paidOut + (isOwners ? paidOut : 0n),
      penalties: standing.penalties + penalty,
      updatedAt: change.at,
      ...end.next,
    };
    if (!noted.includes(change.kind)) this.countedAt = change.at;
    if (end.tried === true) this.ordinal++;
    if (change.kind !== 'written_off') return;
    losses.began ??= change.at;
    losses.struck += end.struck ?? 0n;
    losses.bought += end.bought ?? 0n;
    losses.coins += coinsIn;
    losses.spent += paidIn;
  }

  *finish(): Iterable<string> {
    yield* this.compareRow();
    yield* this.checkOrders();
    yield* this.checkLoss();
  }

  private *compareRow(): Iterable<string> {
    const { position, standing, number } = this;
    const { pending, ...figures } = standing;
    const due = { ...figures, revision: number, workOffOrderId: pending?.id ?? null };
    for (const figure of Object.keys(due) as (keyof typeof due)[]) {
      if (position[figure] === due[figure]) continue;
      yield `position ${position.id} says ${figure} ${position[figure]}, its changes make ${due[figure]}`;
    }
    const { side, lots, credits, takerFeeBps } = { ...position, ...figures };
    const held = { side, quantity: BigInt(lots) * 1_000_000n, credits, takerFeeBps };
    const isClosed = standing.status === 'closed';
    const key = isClosed ? null : liquidationKey(held, standing.scaledDebt, position);
    if (!isSameNumber(position.liquidationKey, key && key.toFixed())) {
      yield `position ${position.id} is found by the key ${position.liquidationKey}, its figures make ${key?.toFixed()}`;
    }
    const { fencedAt } = standing;
    const [least, most] = this.fencedLots ?? [0, 0];
    const told = position.fencedLots;
    if (fencedAt === null ? told !== null : told === null || told < least || told > most) {
      yield `position ${position.id} was fenced at ${optionalIsoTime(fencedAt) ?? 'no time'} with ${told} lots to close, by its figures ${least}`;
    }
    if (!this.mayHaveEndedSo()) {
      yield `position ${position.id} is ${standing.status} with the reason ${position.closeReason}`;
    }
  }

  private mayHaveEndedSo(): boolean {
    const { closeReason } = this.position;
    const last = this.checked.changes.at(-1)?.kind;
    if (this.standing.status !== 'closed') return closeReason === null;
    if (last === 'liquidated') return closeReason === 'liquidated';
    if (last === 'worked_off' || last === 'written_off') return closeReason === 'worked_off';
    if (closeReason === 'closed_by_owner') return true;
    const wasSetOff = this.checked.changes.some(({ kind }) => kind === 'trigger_set_off');
    return (closeReason === 'stop_loss' || closeReason === 'take_profit') && wasSetOff;
  }

  private *checkOrders(): Iterable<string> {
    const { id, orders } = this.position;
    for (const order of this.misnamed) {
      yield `order ${order.id} of position ${id} has the name ${order.clientOrderId}`;
    }
    for (const order of this.orders) yield `order ${order.id} of position ${id} is of no change`;
    if (orders !== this.ordinal) {
      yield `position ${id} says ${orders} orders, its changes make ${this.ordinal}`;
    }
  }

  private *checkLoss(): Iterable<string> {
    const { position, losses, checked } = this;
    const { loss } = checked;
    if (!loss || losses.began === null) {
      if (loss) yield `loss ${loss.id} is of a position that had none`;
      else if (losses.began !== null)
        yield `position ${position.id} was written off, no loss says so`;
      return;
    }
    const isCredit = position.side === 'long';
    const told = [
      ...[loss.asset, optionalIsoTime(loss.at), optionalIsoTime(loss.settledAt)],
      ...[loss.byTreasury, loss.bought, loss.reserveSpent + loss.treasurySpent],
    ].join(', ');
    const due = [
      ...[isCredit ? 'CREDIT' : 'LCO', optionalIsoTime(losses.began)],
      optionalIsoTime(this.standing.closedAt),
      ...[isCredit ? loss.treasurySpent : 0n, losses.bought, losses.spent],
    ].join(', ');
    if (told !== due) yield `loss ${loss.id} says ${told}; its steps make ${due}`;
    // What nobody paid is the suppliers', but for what the reserve's share of the pool covers.
    const gave = isCredit ? loss.reserveSpent : losses.coins;
    const covered = losses.struck - loss.bySuppliers;
    if (covered < 0n || (loss.byReserve !== gave && loss.byReserve !== gave + covered)) {
      yield `loss ${loss.id} says ${loss.byReserve} by the reserve and ${loss.bySuppliers} by suppliers; the reserve gave ${gave}, nobody paid ${losses.struck}`;
    }
  }
}

function isSameNumber(told: string | null, due: string | null): boolean {
  return told === null || due === null ? told === due : new Exact(told).eq(due);
}

type Figure = keyof Moved | 'lots' | 'credits' | 'scaledDebt';

function* compare(
  name: string,
  change: CheckedChange,
  { walk, before }: { walk: Walk; before: Standing },
): Iterable<string> {
  const due: Readonly<Record<Figure, string | number | bigint | null>> = {
    ...walk.moved,
    lots: walk.lots - before.lots,
    credits: walk.credits - before.credits,
    scaledDebt: walk.scaledDebt - before.scaledDebt,
  };
  for (const figure of Object.keys(due) as Figure[]) {
    if (change[figure] === due[figure]) continue;
    yield `${name} says ${figure} ${change[figure]}, by the rule ${due[figure]}`;
  }
  if (walk.credits < 0n) yield `${name} leaves Credits of ${walk.credits}`;
}

export const marginReplayCheck: AuditCheck = {
  title:
    'margin: each change of a position follows by the rule from the one before and its order, and its row and its loss from all of them',
  async *run({ db, onProgress }) {
    const orphans: string[] = [];
    let positions = 0;
    for await (const checked of readPositions(db, (finding) => orphans.push(finding))) {
      const replay = new PositionReplay(checked);
      for (const change of checked.changes) yield* replay.follow(change);
      yield* replay.finish();
      if (++positions % positionsBetweenProgress === 0) onProgress(`${positions} positions`);
    }
    yield* orphans;
  },
};
