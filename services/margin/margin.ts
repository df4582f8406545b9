// Margin trading and the lending pools (whitepaper 3.3, DESIGN 2.6): what the API asks of them, and the steps that positions'
// monitors take, each a commit.
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import type { PositionSide } from '../../domain/margin/position';
import { assets, type Asset } from '../../domain/money';
import type { Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { deriveId, newId } from '../../ledger/ids';
import { originOf, type Caller } from '../identity/caller';
import { readPage, type Page, type PageRequest } from '../pages';
import { adjustCollateral } from './adjust-collateral';
import {
  closePosition,
  closeTriggered,
  type ClosedPosition,
  type ClosePosition,
} from './close-position';
import { collectInterest } from './collect-interest';
import { liquidatePosition } from './liquidate';
import {
  listChanges,
  listLiquidations,
  listPositions,
  presentNow,
  presentPools,
  readMarginNow,
  readPosition,
  readReserve,
  readSupplies,
  type Liquidation,
} from './margin-reads';
import { openPosition, type OpenPosition } from './open-position';
import { readOpeningTerms, type OpeningTerms } from './opening-terms';
import { positionNotFound } from './own-position';
import { lossColumns, type LossRow } from './pool-rows';
import { presentLoss, type Loss, type PoolView, type Supply } from './pool-views';
import { progressAt, type MonitoredStep, type PositionProgress } from './position-progress';
import type { PositionRow } from './position-rows';
import { presentChange, type Position, type PositionChange } from './position-views';
import { readNeglected, type NeglectedPosition } from './neglected';
import { quotePosition, type PositionQuote } from './quote-position';
import { seedPool, supplyPool, withdrawFromPool } from './supply';
import { setTriggers, type SetTriggers } from './triggers';
import { workOffPosition } from './work-off';

interface Answered<Result> {
  readonly result: Result;
  readonly replayed: boolean;
}

/** What the reconciliation of a minute did. */
export interface Reconciled {
  readonly liquidations: number;
  readonly workedOff: number;
  readonly closed: number;
  /** Base units that the risk reserve was paid of each pool's interest. */
  readonly interest: Readonly<Record<Asset, bigint>>;
}

export interface MarginPools {
  readonly items: readonly PoolView[];
  /** Base units of what the risk reserve has. */
  readonly reserve: Readonly<Record<Asset, bigint>>;
}

export interface Margin {
  /** @throws DomainError as the command `openPosition` does */
  open(
    caller: Caller,
    request: Omit<OpenPosition, 'positionId' | 'userId'>,
  ): Promise<Answered<{ position: Position }>>;
  /**
   * What opening would give now; nothing is done. It waits its turn among what is committed, so that it stands on the same state.
   * @throws DomainError as the command `openPosition` does
   */
  quote(
    caller: Caller,
    request: Omit<OpenPosition, 'positionId' | 'userId'>,
  ): Promise<PositionQuote>;
  openingTerms(): Promise<OpeningTerms>;
  /** Base units of CREDIT; below 0: taken out. @throws DomainError as the command `adjustCollateral` does */
  adjust(
    caller: Caller,
    positionId: string,
    amount: bigint,
  ): Promise<Answered<{ position: Position }>>;
  /** @throws DomainError as the command `closePosition` does */
  close(
    caller: Caller,
    positionId: string,
    terms: Pick<ClosePosition, 'fraction' | 'maxSlippageBps'>,
  ): Promise<Answered<ClosedPosition>>;
  /** @throws DomainError as the command `setTriggers` does */
  setTriggers(
    caller: Caller,
    positionId: string,
    triggers: Pick<SetTriggers, 'stopLossTicks' | 'takeProfitTicks'>,
  ): Promise<Position>;
  /** The user's own, newest first; open ones only, or closed ones only, if it is said. */
  list(userId: string, isOpen: boolean | undefined, page: PageRequest): Promise<Page<Position>>;
  /** @throws DomainError POSITION_NOT_FOUND, also for another user's */
  get(userId: string, positionId: string): Promise<Position>;
  /** Newest first. @throws DomainError POSITION_NOT_FOUND */
  history(userId: string, positionId: string, page: PageRequest): Promise<Page<PositionChange>>;

  pools(): Promise<MarginPools>;
  /** The user's own. */
  supplies(userId: string): Promise<readonly Supply[]>;
  /** @throws DomainError as the command `supplyPool` does */
  supply(caller: Caller, asset: Asset, amount: bigint): Promise<Answered<{ supply: Supply }>>;
  /** @param amount null: all of it. @throws DomainError as the command `withdrawFromPool` does */
  withdraw(
    caller: Caller,
    asset: Asset,
    amount: bigint | null,
  ): Promise<Answered<{ supply: Supply }>>;
  /** Of the treasury's Credits; below 0: taken back. @throws DomainError as the command `seedPool` does */
  seed(caller: Caller, amount: bigint, reason: string): Promise<Answered<{ supply: Supply }>>;
  /** Everybody's, newest first. */
  liquidations(page: PageRequest): Promise<Page<Liquidation>>;
  losses(page: PageRequest): Promise<Page<Loss>>;

  /** Where a position stands. @throws DomainError POSITION_NOT_FOUND */
  read(positionId: string): Promise<PositionProgress>;
  /** The next order of a liquidation; asked for at another time it changes nothing. */
  liquidate(positionId: string): Promise<PositionProgress>;
  /** The next order of a position that was taken over; likewise. */
  workOff(positionId: string): Promise<PositionProgress>;
  /**
   * Does what monitors and the ticker have left undone for longer than they take, and counts interest. Rejects at the end with
   * what the first position failed by that could not be helped.
   */
  reconcile(onProgress?: (text: string) => void): Promise<Reconciled>;
}

export interface MarginOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** What was left undone for so long is done by the reconciliation. */
  readonly neglectedAfterMs?: number;
}

/** Who liquidates, and who reconciles. */
const monitor = { actor: 'margin-monitor' };
const reconciler = { actor: 'margin-reconcile' };

export function createMargin({ db, committer, neglectedAfterMs = 15_000 }: MarginOptions): Margin {
  async function find(positionId: string): Promise<PositionRow> {
    const row = await readPosition(db, positionId);
    if (!row) throw positionNotFound();
    return row;
  }

  async function findOwn(userId: string, positionId: string): Promise<PositionRow> {
    const row = await find(positionId);
    if (row.userId !== userId) throw positionNotFound();
    return row;
  }

  /** The side never changes: what to read for a command follows from it. */
  async function own<Terms extends object>(caller: Caller, positionId: string, terms: Terms) {
    const { side } = await findOwn(caller.userId, positionId);
    return { ...terms, positionId, userId: caller.userId, side };
  }

  async function step(
    command: Command<MonitoredStep, PositionProgress>,
    positionId: string,
    isMonitor: boolean,
  ): Promise<PositionProgress> {
    const { userId, side } = await find(positionId);
    const input = { positionId, userId, side, isMonitor };
    const origin = { ...(isMonitor ? monitor : reconciler), requestId: `margin:${positionId}` };
    return (await committer.submit(command, input, origin)).result;
  }

  return {
    async open(caller, request) {
      const { userId, idempotency } = caller;
      assert(idempotency, 'an opening has an idempotency key');
      const positionId = deriveId('position', userId, idempotency.key);
      return committer.submit(openPosition, { ...request, positionId, userId }, originOf(caller));
    },

    async quote({ userId, requestId }, request) {
      const input = { ...request, positionId: newId(), userId };
      return (await committer.submit(quotePosition, input, { actor: userId, requestId })).result;
    },

    openingTerms: () => readOpeningTerms(db),

    async adjust(caller, positionId, amount) {
      const input = await own(caller, positionId, { amount });
      return committer.submit(adjustCollateral, input, originOf(caller));
    },

    async close(caller, positionId, terms) {
      const input = await own(caller, positionId, terms);
      return committer.submit(closePosition, input, originOf(caller));
    },

    async setTriggers(caller, positionId, triggers) {
      const input = await own(caller, positionId, triggers);
      return (await committer.submit(setTriggers, input, originOf(caller))).result.position;
    },

    list: (userId, isOpen, page) => listPositions(db, userId, isOpen, page),
    get: async (userId, positionId) =>
      presentNow(await findOwn(userId, positionId), await readMarginNow(db)),

    async history(userId, positionId, page) {
      await findOwn(userId, positionId);
      const { items, nextCursor } = await listChanges(db, positionId, page);
      return { items: items.map(presentChange), nextCursor };
    },

    async pools() {
      const [now, reserve] = await Promise.all([readMarginNow(db), readReserve(db)]);
      return { items: presentPools(now), reserve };
    },

    supplies: (userId) => readSupplies(db, userId),

    supply: (caller, asset, amount) =>
      committer.submit(supplyPool, { userId: caller.userId, asset, amount }, originOf(caller)),

    withdraw: (caller, asset, amount) =>
      committer.submit(
        withdrawFromPool,
        { userId: caller.userId, asset, amount },
        originOf(caller),
      ),

    seed: (caller, amount, reason) => {
      const { userId: operatorId, requestId } = caller;
      return committer.submit(
        seedPool,
        { operatorId, requestId, amount, reason },
        originOf(caller),
      );
    },

    liquidations: (page) => listLiquidations(db, page),

    async losses(page) {
      const query = db({ l: 'lending_losses' }).select(lossColumns);
      const { items, nextCursor } = await readPage<LossRow>(query, page, [
        { column: 'l.at', type: 'time', of: ({ at }) => at },
        { column: 'l.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map(presentLoss), nextCursor };
    },

    async read(positionId) {
      const row = await find(positionId);
      const now = await readMarginNow(db);
      return progressAt(now.at, row, { position: presentNow(row, now), pace: 'at_once' });
    },

    liquidate: (positionId) => step(liquidatePosition, positionId, true),
    workOff: (positionId) => step(workOffPosition, positionId, true),

    async reconcile(onProgress) {
      const { liquidating, takenOver, triggered } = await readNeglected(db, neglectedAfterMs);
      const hasChanged =
        (command: Command<MonitoredStep, PositionProgress>) =>
        async ({ id, revision }: NeglectedPosition) =>
          (await step(command, id, false)).revision > revision;
      const liquidated = await eachOf(liquidating, hasChanged(liquidatePosition), onProgress);
      const workedOff = await eachOf(takenOver, hasChanged(workOffPosition), onProgress);
      const closed = await eachOf(triggered, ({ id }) => closeByTrigger(id), onProgress);
      const interest = { CREDIT: 0n, LCO: 0n };
      for (const asset of assets) {
        interest[asset] = (await committer.submit(collectInterest, { asset }, reconciler)).result;
      }
      const [failure] = [liquidated, workedOff, closed].flatMap(({ failures }) => failures);
      if (failure) throw failure;
      return {
        liquidations: liquidated.count,
        workedOff: workedOff.count,
        closed: closed.count,
        interest,
      };
    },
  };

  async function closeByTrigger(positionId: string): Promise<boolean> {
    const { userId, side }: { userId: string; side: PositionSide } = await find(positionId);
    const input = { positionId, userId, side };
    return (await committer.submit(closeTriggered, input, reconciler)).result;
  }
}

/** Some at a time, so that they share commits and nobody waits long behind them. */
const atOnce = 50;

/** How many changed, and what went wrong: one position that cannot be helped keeps back no other. */
async function eachOf(
  positions: readonly NeglectedPosition[],
  act: (position: NeglectedPosition) => Promise<boolean>,
  onProgress?: (text: string) => void,
): Promise<{ readonly count: number; readonly failures: readonly Error[] }> {
  const failures: Error[] = [];
  let count = 0;
  for (let i = 0; i < positions.length; i += atOnce) {
    const outcomes = await Promise.allSettled(positions.slice(i, i + atOnce).map(act));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') failures.push(outcome.reason as Error);
      else if (outcome.value) count++;
    }
    onProgress?.(`${Math.min(i + atOnce, positions.length)} of ${positions.length} positions`);
  }
  return { count, failures };
}
