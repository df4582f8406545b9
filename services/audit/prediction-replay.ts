// Prediction markets by the rule (DESIGN 2.8 and 8, invariant 8): the lots of each, replayed from its seed, make the figures
// of its pool and of its settlement, what each was paid, and the manifest whose hash was published.
import { createHash, type Hash } from 'node:crypto';
import { InvariantError } from '../../domain/errors';
import {
  manifestFrame,
  manifestLot,
  type ManifestSubject,
} from '../../domain/predictions/manifest';
import { seedPool, sharesFor, withBet, withoutBet, type Pool } from '../../domain/predictions/pool';
import { isThin, payoutIn, type OthersStakes } from '../../domain/predictions/settlement';
import { isoTime, optionalIsoTime } from '../../domain/time';
import { lotIdOf, type LotRow } from '../predictions/lot-rows';
import { othersOf, poolOf, type Figures, type MarketRow } from '../predictions/market-rows';
import { manifestSubjectOf } from '../predictions/settle';
import { dustOf, type SettlementRow } from '../predictions/settlement-rows';
import type { AuditCheck } from './check';
import { checkLife } from './prediction-life';
import { LotRuns, readMarkets, type CheckedMarket } from './prediction-rows';

const lotsBetweenProgress = 100_000;

/** The manifest as its rows make it, in the making. */
interface Manifest {
  readonly hash: Hash;
  readonly after: string;
}

/** One market, replayed so far. */
interface Replay {
  next: number;
  seed: bigint;
  pool: Pool;
  others: OthersStakes;
  /** How many lots were in time, and the figures after the last of them. */
  cut: number;
  atCut: { readonly pool: Pool; readonly others: OthersStakes };
  /** The pool's row without the lots that were not in time. */
  unwound: Pool | undefined;
  paid: bigint;
  refunded: bigint;
  fees: bigint;
  readonly subject: ManifestSubject | undefined;
  readonly manifest: Manifest | undefined;
}

const paying = ['settling', 'settled', 'voiding', 'void'];

function beginReplay({ market, pool, settlement }: CheckedMarket): Replay {
  const empty = { pool: { staked: 0n, yes: 0n, no: 0n }, others: { yes: 0n, no: 0n } };
  const subject =
    settlement && paying.includes(market.status)
      ? manifestSubjectOf(market, settlement)
      : undefined;
  return {
    ...empty,
    ...{ next: 0, seed: 0n },
    cut: 0,
    atCut: empty,
    unwound: pool && poolOf(pool),
    ...{ paid: 0n, refunded: 0n, fees: 0n },
    subject,
    manifest: beginManifest(subject, settlement),
  };
}

function beginManifest(
  subject: ManifestSubject | undefined,
  settlement: SettlementRow | undefined,
): Manifest | undefined {
  if (!subject || !settlement || settlement.dust === null) return undefined;
  const { paid, refunded, fees, dust } = settlement;
  const [before, after] = manifestFrame(subject, { paid, refunded, fees, dust });
  return { hash: createHash('sha256').update(before), after };
}

/** Takes a lot in by the rule, whatever its row says that came of it; how many shares it buys. */
function place(replay: Replay, market: MarketRow, { side, stake, userId }: LotRow): bigint {
  if (side === 'seed') {
    replay.seed = stake;
    replay.pool = seedPool(stake);
    return replay.pool.yes;
  }
  const shares = sharesFor(replay.pool, side, stake);
  replay.pool = withBet(replay.pool, { side, stake, shares });
  if (userId !== market.proposerId) {
    replay.others = { ...replay.others, [side]: replay.others[side] + stake };
  }
  return shares;
}

function listFigures(pool: Pool, others: OthersStakes): string {
  return [pool.staked, pool.yes, pool.no, others.yes, others.no].join(', ');
}

function listRow(row: Figures): string {
  return listFigures(poolOf(row), othersOf(row));
}

function* checkPlace(replay: Replay, market: MarketRow, lot: LotRow): Iterable<string> {
  const { id, number, placedAt } = lot;
  if (number !== replay.next) yield `lot ${id} stands where lot ${replay.next} should`;
  if (id !== lotIdOf(market.id, number)) yield `lot ${id} is number ${number} of ${market.id}`;
  replay.next = number + 1;
  if (number === 0) {
    if (placedAt === market.proposedAt && lot.userId === market.proposerId) return;
    yield `lot ${id} is a seed of user ${lot.userId} at ${isoTime(placedAt)}, the market was proposed by ${market.proposerId} at ${isoTime(market.proposedAt)}`;
    return;
  }
  const { openedAt, closesAt, lockedAt } = market;
  if (
    openedAt === null ||
    placedAt < openedAt ||
    placedAt >= closesAt ||
    placedAt > (lockedAt ?? closesAt)
  ) {
    yield `lot ${id} is of ${isoTime(placedAt)}, bets were taken from ${optionalIsoTime(openedAt) ?? 'no time'} to ${isoTime(lockedAt ?? closesAt)}`;
  }
}

function* checkLot(
  replay: Replay,
  { market, settlement }: CheckedMarket,
  lot: LotRow,
): Iterable<string> {
  yield* checkPlace(replay, market, lot);
  const shares = place(replay, market, lot);
  const told = `${lot.stakedAfter}, ${lot.yesAfter}, ${lot.noAfter}, ${lot.othersYesAfter}, ${lot.othersNoAfter}`;
  const due = listFigures(replay.pool, replay.others);
  if (lot.shares !== shares || told !== due) {
    yield `lot ${lot.id} bought ${lot.shares} shares and left the pool at ${told}; by the rule ${shares} and ${due}`;
  }
  if (lot.placedAt <= (market.effectiveAt ?? Infinity)) {
    replay.cut = lot.number + 1;
    replay.atCut = { pool: replay.pool, others: replay.others };
  } else if (replay.unwound && lot.side !== 'seed') {
    replay.unwound = withoutBet(replay.unwound, { ...lot, side: lot.side });
  }
  yield* checkPayout(replay, { market, settlement }, lot);
}

/** What a lot should have been paid by now. */
function dueFor(
  replay: Replay,
  { market: { status }, settlement }: Omit<CheckedMarket, 'pool'>,
  lot: LotRow,
): { readonly net: bigint; readonly fee: bigint } | undefined {
  if (status === 'rejected' || status === 'expired') return { net: lot.stake, fee: 0n };
  if (!replay.subject || !settlement || lot.number >= settlement.settled) return undefined;
  const { isVoided, net, fee } = payoutIn(replay.subject, lot);
  if (isVoided) replay.refunded += net;
  else replay.paid += net;
  replay.fees += fee;
  return { net, fee };
}

function* checkPayout(
  replay: Replay,
  checked: Omit<CheckedMarket, 'pool'>,
  lot: LotRow,
): Iterable<string> {
  try {
    const due = dueFor(replay, checked, lot);
    if (lot.paid !== (due?.net ?? null) || lot.fee !== (due?.fee ?? null)) {
      yield `lot ${lot.id} was paid ${lot.paid ?? 'nothing yet'} less a fee of ${lot.fee ?? 'nothing yet'}, by the rule ${due?.net ?? 'nothing yet'} and ${due?.fee ?? 'nothing yet'}`;
    }
    if (!replay.manifest || !replay.subject) return;
    const byProposer = lot.userId === checked.market.proposerId;
    const text = manifestLot(replay.subject, { ...lot, byProposer });
    replay.manifest.hash.update(lot.number === 0 ? text : `,${text}`);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    yield `lot ${lot.id} cannot be paid by the figures of its settlement: ${error.message}`;
  }
}

function* checkPool(replay: Replay, { market: { id }, pool }: CheckedMarket): Iterable<string> {
  if (!pool) {
    yield `market ${id} has no pool`;
    return;
  }
  const { next, seed } = replay;
  const told = `${pool.lots} lots, a seed of ${pool.seed}, a volume of ${pool.volume} and ${listRow(pool)}`;
  const due = `${next} lots, a seed of ${seed}, a volume of ${replay.pool.staked - seed} and ${listFigures(replay.pool, replay.others)}`;
  if (told !== due) yield `market ${id} says ${told}; its lots come to ${due}`;
}

/** Its figures, and how they were cut. */
function* checkCut(
  replay: Replay,
  { market, pool }: CheckedMarket,
  settlement: SettlementRow,
): Iterable<string> {
  const { id, effectiveAt, voidCause } = market;
  const kept = voidCause === null ? replay.cut : 0;
  if (settlement.cut !== replay.cut || settlement.kept !== kept || settlement.lots !== pool?.lots) {
    yield `market ${id} settles ${settlement.kept} of ${settlement.lots} lots, ${settlement.cut} of them in time; by the rule ${kept} of ${pool?.lots}, ${replay.cut} of them in time`;
  }
  const { atCut, unwound } = replay;
  const due = listFigures(atCut.pool, atCut.others);
  if (listRow(settlement) !== due) {
    yield `market ${id} is settled by ${listRow(settlement)}, its lots in time come to ${due}`;
  }
  const told = poolOf(settlement);
  if (
    unwound &&
    (unwound.staked !== told.staked || unwound.yes !== told.yes || unwound.no !== told.no)
  ) {
    yield `market ${id} is settled by a pool of ${told.staked}, ${told.yes}, ${told.no}; without the lots that were not in time it is ${unwound.staked}, ${unwound.yes}, ${unwound.no}`;
  }
  const isVoid = effectiveAt !== null && isThin(atCut.pool, atCut.others);
  if (effectiveAt !== null && isVoid !== (voidCause === 'thin')) {
    yield `market ${id} is ${market.status}; by the rule a side of it was ${isVoid ? '' : 'not '}hardly bet on`;
  }
}

function* checkSettlement(replay: Replay, checked: CheckedMarket): Iterable<string> {
  const { market, settlement } = checked;
  const { id, status } = market;
  if ((settlement !== undefined) !== paying.includes(status)) {
    yield `market ${id} is ${status}, its settlement has ${settlement ? 'begun' : 'not begun'}`;
  }
  if (!settlement) return;
  yield* checkCut(replay, checked, settlement);
  const { paid, refunded, fees, dust, completedAt } = settlement;
  if (paid !== replay.paid || refunded !== replay.refunded || fees !== replay.fees) {
    yield `market ${id} says it paid ${paid}, refunded ${refunded} and kept ${fees} in fees; its lots come to ${replay.paid}, ${replay.refunded} and ${replay.fees}`;
  }
  if (completedAt === null && market.endedAt === null) return;
  if (completedAt !== market.endedAt) {
    yield `market ${id} ended at ${optionalIsoTime(market.endedAt)}, its settlement at ${optionalIsoTime(completedAt)}`;
  }
  const dueDust = dustOf(settlement);
  if (dust !== dueDust) yield `market ${id} has dust of ${dust}, ${dueDust} were left`;
  const hash = replay.manifest?.hash.update(replay.manifest.after).digest();
  if (hash?.equals(settlement.manifestHash ?? Buffer.alloc(0)) !== true) {
    yield `market ${id} published the manifest ${settlement.manifestHash?.toString('hex')}, its rows make ${hash?.toString('hex')}`;
  }
}

function* endReplay(replay: Replay, checked: CheckedMarket): Iterable<string> {
  yield* checkLife(checked.market, checked.pool);
  yield* checkPool(replay, checked);
  yield* checkSettlement(replay, checked);
}

function* findOrphans(lots: readonly LotRow[]): Iterable<string> {
  for (const { id, marketId } of lots)
    yield `lot ${id} is of the market ${marketId}, which is missing`;
}

export const predictionReplayCheck: AuditCheck = {
  title:
    'predictions: pools, settlements, payouts, bonds and manifests follow by the rule from the lots and what was decided',
  async *run({ db, onProgress }) {
    const runs = new LotRuns(db);
    let run = await runs.next();
    let told = 0;
    for await (const checked of readMarkets(db)) {
      const { id } = checked.market;
      for (; run[0] && run[0].marketId < id; run = await runs.next()) yield* findOrphans(run);
      const replay = beginReplay(checked);
      for (; run[0]?.marketId === id; run = await runs.next()) {
        for (const lot of run) yield* checkLot(replay, checked, lot);
        if (runs.count - told >= lotsBetweenProgress) onProgress(`${(told = runs.count)} lots`);
      }
      yield* endReplay(replay, checked);
    }
    for (; run.length > 0; run = await runs.next()) yield* findOrphans(run);
  },
};
