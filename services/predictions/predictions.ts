// Prediction markets (whitepaper 4.2, DESIGN 2.8): what the API asks of them, and the steps that a market's workflow takes,
// each of them commits that happen once.
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { requireBetting, type Resolution } from '../../domain/predictions/market';
import { quoteBet, type BetQuote } from '../../domain/predictions/odds';
import type { PredictionSide } from '../../domain/predictions/pool';
import type { Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { originOfDecision } from '../decision-origin';
import { originOf, type Caller } from '../identity/caller';
import type { Page, PageRequest } from '../pages';
import { placePredictionBet, type BetRequest } from './bet';
import {
  disputeMarket,
  letStand,
  ruleOnDispute,
  type DisputeOutcome,
  type Ruling,
} from './dispute';
import {
  countLotsUntil,
  readChart,
  readHistory,
  readOwners,
  readOwnLots,
  readPositions,
  type HistoryPoint,
  type PositionView,
} from './lot-reads';
import { keepManifest, readManifest } from './manifest';
import { progressOf, type MarketProgress, type Step } from './market-progress';
import { listMarkets, readMarket, readStoredMarket, type MarketFilter } from './market-reads';
import { poolOf, type PredictionWindows } from './market-rows';
import { presentBet, type BetOutcome, type LotView } from './lot-views';
import type { PublicMarket } from './market-views';
import type { MarketAct } from './operator-act';
import { proposeMarket, type MarketProposal } from './propose';
import { finaliseMarket, lockMarket, resolveMarket } from './resolve';
import { approveMarket, expireMarket, rejectMarket } from './review';
import { completeSettlement, payLots, rollBack } from './settle';
import { voidMarket, voidUnresolved } from './void';

interface Answered<Result> {
  readonly result: Result;
  readonly replayed: boolean;
}

/** What a step of a market's workflow is answered with: with the market, for people who look at it. */
export interface MarketStanding extends MarketProgress {
  readonly market: PublicMarket;
}

/** Tells how far a step of many commits has come. */
type Progress = (text: string) => void;

export interface Predictions {
  /** @throws DomainError as `proposeMarket` does */
  propose(caller: Caller, proposal: MarketProposal): Promise<Answered<PublicMarket>>;
  /** @throws DomainError INVALID_REQUEST */
  list(filter: MarketFilter, page: PageRequest): Promise<Page<PublicMarket>>;
  /** @throws DomainError PREDICTION_NOT_FOUND; so do all that name a market */
  get(marketId: string): Promise<PublicMarket>;
  /** @param stake base units of LCO @throws DomainError STATE_CONFLICT unless bets are taken */
  quote(marketId: string, side: PredictionSide, stake: bigint): Promise<BetQuote>;
  /** @throws DomainError as `placePredictionBet` does */
  bet(caller: Caller, request: BetRequest): Promise<Answered<BetOutcome>>;
  /** @throws DomainError as `disputeMarket` does */
  dispute(caller: Caller, marketId: string, evidence: string): Promise<Answered<DisputeOutcome>>;
  /** Every bet, newest first. */
  history(marketId: string, page: PageRequest): Promise<Page<HistoryPoint>>;
  /** So many moments of its betting time, oldest first. */
  chart(marketId: string, points: number): Promise<readonly HistoryPoint[]>;
  ownLots(marketId: string, userId: string, page: PageRequest): Promise<Page<LotView>>;
  positions(userId: string, page: PageRequest): Promise<Page<PositionView>>;
  /** Its hash, and its text in pieces. @throws DomainError STATE_CONFLICT until it is settled */
  manifest(marketId: string): Promise<{ hash: Buffer; text: AsyncIterable<string> }>;

  read(marketId: string): Promise<MarketStanding>;
  /** Each step, asked for again or too early, changes nothing and says what comes next. */
  expire(marketId: string): Promise<MarketStanding>;
  lock(marketId: string): Promise<MarketStanding>;
  voidUnresolved(marketId: string): Promise<MarketStanding>;
  finalise(marketId: string): Promise<MarketStanding>;
  letStand(marketId: string): Promise<MarketStanding>;
  rollBack(marketId: string): Promise<MarketStanding>;
  /** Pays all lots, some hundred a commit, burns the rest and publishes the manifest. */
  pay(marketId: string, onProgress?: Progress): Promise<MarketStanding>;
  /** @throws DomainError as the commands do */
  approve(act: MarketAct): Promise<MarketStanding>;
  reject(act: MarketAct): Promise<MarketStanding>;
  resolve(act: MarketAct & Resolution): Promise<MarketStanding>;
  rule(act: MarketAct & Ruling): Promise<MarketStanding>;
  void(act: MarketAct): Promise<MarketStanding>;
}

export interface PredictionsOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** Each market keeps those of its proposal. */
  readonly windows: PredictionWindows;
  /** How many lots a commit of the settlement pays. */
  readonly lotsAtOnce?: number;
}

export function createPredictions(options: PredictionsOptions): Predictions {
  const { db, committer, windows, lotsAtOnce = 500 } = options;

  async function withMarket(marketId: string, progress: MarketProgress): Promise<MarketStanding> {
    return { ...progress, market: await readMarket(db, marketId) };
  }

  async function submit<Input extends Step>(
    command: Command<Input, MarketProgress>,
    input: Input,
  ): Promise<MarketProgress> {
    const origin = { actor: 'prediction', requestId: `prediction:${input.marketId}` };
    return (await committer.submit(command, input, origin)).result;
  }

  const step =
    (command: Command<Step, MarketProgress>) =>
    async (marketId: string): Promise<MarketStanding> =>
      withMarket(marketId, await submit(command, { marketId }));

  const act =
    <Act extends MarketAct>(command: Command<Act, MarketProgress>) =>
    async (input: Act): Promise<MarketStanding> => {
      const { marketId, reason, ...rest } = input;
      const { outcome = '', effectiveAt = '' } = rest as Partial<Resolution>;
      const content = [reason, outcome, String(effectiveAt)];
      const origin = originOfDecision(command.kind, marketId, rest, ...content);
      return withMarket(marketId, (await committer.submit(command, input, origin)).result);
    };

  async function read(marketId: string): Promise<MarketStanding> {
    const { market, now } = await readStoredMarket(db, marketId);
    return withMarket(marketId, progressOf(now, market));
  }

  /** Pays the next lots, and says whether there were any. */
  async function payNext(marketId: string, onProgress?: Progress): Promise<boolean> {
    const { settlement, market } = await readStoredMarket(db, marketId);
    const isPaying = market.status === 'settling' || market.status === 'voiding';
    if (!settlement || !isPaying || settlement.settled === settlement.lots) return false;
    const { settled: from, lots } = settlement;
    const count = Math.min(lotsAtOnce, lots - from);
    const userIds = await readOwners(db, marketId, from, count);
    assert(userIds.length === count, `the lots of ${marketId} are numbered without a gap`);
    await submit(payLots, { marketId, from, userIds });
    onProgress?.(`${from + userIds.length} of ${lots} lots paid`);
    return true;
  }

  return {
    async propose(caller, proposal) {
      const { userId, requestId, idempotency } = caller;
      assert(idempotency, 'a proposal has an idempotency key');
      const key = { userId, requestId, idempotencyKey: idempotency.key };
      return committer.submit(proposeMarket, { ...proposal, ...key, windows }, originOf(caller));
    },

    list: (filter, page) => listMarkets(db, filter, page),
    get: (marketId) => readMarket(db, marketId),

    async quote(marketId, side, stake) {
      const { market, pool, now } = await readStoredMarket(db, marketId);
      requireBetting(now, market);
      return quoteBet(poolOf(pool), side, stake);
    },

    async bet(caller, request) {
      assert(caller.idempotency, 'a bet has an idempotency key');
      const input = { ...request, userId: caller.userId };
      const { result, replayed } = await committer.submit(
        placePredictionBet,
        input,
        originOf(caller),
      );
      return { result: presentBet(request, result), replayed };
    },

    async dispute(caller, marketId, evidence) {
      assert(caller.idempotency, 'a dispute has an idempotency key');
      const { userId, requestId } = caller;
      const input = { marketId, userId, evidence, requestId };
      return committer.submit(disputeMarket, input, originOf(caller));
    },

    async history(marketId, page) {
      await readStoredMarket(db, marketId);
      return readHistory(db, marketId, page);
    },
    chart: async (marketId, points) => readChart(db, await readStoredMarket(db, marketId), points),
    ownLots: async (marketId, userId, page) =>
      readOwnLots(db, await readStoredMarket(db, marketId), userId, page),
    positions: (userId, page) => readPositions(db, userId, page),

    async manifest(marketId) {
      const stored = await readStoredMarket(db, marketId);
      const hash = stored.settlement?.manifestHash;
      if (!hash) {
        const { status } = stored.market;
        const message = `A market that is ${status} has no manifest: it lists what a settlement paid.`;
        throw new DomainError('STATE_CONFLICT', message, { status });
      }
      return { hash, text: readManifest(db, marketId) };
    },

    read,
    expire: step(expireMarket),
    lock: step(lockMarket),
    voidUnresolved: step(voidUnresolved),
    finalise: step(finaliseMarket),
    letStand: step(letStand),

    async rollBack(marketId) {
      const { market } = await readStoredMarket(db, marketId);
      const { effectiveAt } = market;
      if (effectiveAt === null) return read(marketId);
      const cut = await countLotsUntil(db, marketId, effectiveAt);
      return withMarket(marketId, await submit(rollBack, { marketId, cut }));
    },

    async pay(marketId, onProgress) {
      while (await payNext(marketId, onProgress));
      const stored = await readStoredMarket(db, marketId);
      const { settlement } = stored;
      // Not begun, or over.
      if (!settlement || settlement.completedAt !== null) return read(marketId);
      onProgress?.('writing the manifest');
      const manifestHash = await keepManifest(db, stored);
      return withMarket(marketId, await submit(completeSettlement, { marketId, manifestHash }));
    },

    approve: act(approveMarket),
    reject: act(rejectMarket),
    resolve: act(resolveMarket),
    rule: act(ruleOnDispute),
    void: act(voidMarket),
  };
}
