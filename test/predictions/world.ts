// Users with LCO that they mined, and prediction markets that are driven as their workflow drives them, on a clock that a
// test sets.
import { createHash, randomUUID } from 'node:crypto';
import { defaultWindows } from '../../config/windows';
import { formatAmount, parseAmount } from '../../domain/money';
import type { PredictionSide } from '../../domain/predictions/pool';
import { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import type { PredictionWindows } from '../../services/predictions/market-rows';
import type { MarketAct } from '../../services/predictions/operator-act';
import {
  createPredictions,
  type MarketStanding,
  type Predictions,
} from '../../services/predictions/predictions';
import type { MarketProposal } from '../../services/predictions/propose';
import { projections } from '../../services/projections';
import { callerOf } from '../credits/world';
import { createWorld as createStakers } from '../staking/world';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const allOf = { limit: 200 } as const;

export type World = Awaited<ReturnType<typeof createWorld>>;

/** @param windows of all markets @param lotsAtOnce how many lots a commit of a settlement pays */
export async function createWorld(windows: PredictionWindows = defaultWindows, lotsAtOnce = 500) {
  const stakers = await createStakers();
  const { db, database } = stakers;
  const operator = await stakers.addUser('operator');
  const secondOperator = await stakers.addUser('operator');
  // Everything before the test's own time happened at the database's.
  let now = Date.now() + hourMs;
  const committers: Committer[] = [];
  const openCommitter = () => {
    const committer = new Committer({
      databaseUrl: database.url,
      applicationName: 'lx-test-predictions',
      projections,
      clock: () => now,
    });
    committers.push(committer);
    return committer;
  };
  const committer = openCommitter();
  const predictionsOf = (by: Committer) =>
    createPredictions({ db, committer: by, windows, lotsAtOnce });
  const predictions = predictionsOf(committer);

  function caller(userId: string, body: string, key: string = randomUUID()) {
    const fingerprint = createHash('sha256').update(body).digest();
    return { ...callerOf(userId), idempotency: { key, fingerprint } };
  }

  return {
    ...stakers,
    committer,
    openCommitter,
    predictions,
    predictionsOf,
    operator,
    secondOperator,

    now: () => now,
    setNow(at: number): void {
      now = at;
    },
    pass(ms: number): void {
      now += ms;
    },

    /** A user with so many free LCO at least, and so many staked. */
    async addBettor(free = '10000', staked = '0'): Promise<string> {
      const userId = await stakers.addTrader('1', String(Number(staked) + Number(free)));
      if (staked !== '0') {
        await stakers.stakingOf(committer).stake(callerOf(userId), parseAmount(staked));
      }
      return userId;
    },

    stake: (userId: string, lco: string) =>
      stakers.stakingOf(committer).stake(callerOf(userId), parseAmount(lco)),
    unstake: (userId: string, lco: string) =>
      stakers.stakingOf(committer).unstake(callerOf(userId), parseAmount(lco)),

    /** Closes a day from now; its id. */
    async propose(
      userId: string,
      over: Partial<MarketProposal> = {},
      key: string = randomUUID(),
      by: Predictions = predictions,
    ): Promise<string> {
      const proposal = {
        question: 'Will OpenAI release GPT-5 in Q1 2026?',
        rules: 'YES if it answers to everybody by the end of March.\nNO otherwise.',
        source: 'https://openai.com/news',
        tags: ['openai', 'gpt-5'],
        closesAt: now + dayMs,
        seed: parseAmount('1000'),
        ...over,
      };
      return (await by.propose(caller(userId, newId(), key), proposal)).result.id;
    },

    actOf: (marketId: string, over: Partial<MarketAct> = {}): MarketAct => ({
      marketId,
      operatorId: operator,
      reason: 'As the source says',
      decisionKey: newId(),
      requestId: newId(),
      ...over,
    }),

    /** A market that is open; its id. */
    async open(userId: string, over: Partial<MarketProposal> = {}): Promise<string> {
      const id = await this.propose(userId, over);
      await predictions.approve(this.actOf(id));
      return id;
    },

    async bet(
      userId: string,
      marketId: string,
      side: PredictionSide,
      lco: string,
      {
        minShares,
        key,
        by = predictions,
      }: { minShares?: string; key?: string; by?: Predictions } = {},
    ) {
      const request = {
        marketId,
        side,
        stake: parseAmount(lco),
        minShares: minShares === undefined ? null : parseAmount(minShares),
      };
      return (await by.bet(caller(userId, `${marketId} ${side} ${lco}`, key), request)).result;
    },

    /** By the first operator, as of now, or of the close if that is past. */
    async resolve(
      marketId: string,
      outcome: PredictionSide,
      { effectiveAt, ...over }: Partial<MarketAct> & { effectiveAt?: number } = {},
    ): Promise<MarketStanding> {
      const { closesAt } = await predictions.get(marketId);
      const at = effectiveAt ?? Math.min(now, Date.parse(closesAt));
      return predictions.resolve({ ...this.actOf(marketId, over), outcome, effectiveAt: at });
    },

    async dispute(userId: string, marketId: string, key?: string) {
      const evidence = 'The source says otherwise';
      return (await predictions.dispute(caller(userId, marketId, key), marketId, evidence)).result;
    },

    /** By the second operator. */
    rule(
      marketId: string,
      outcome: PredictionSide,
      effectiveAt: number | null,
      over: Partial<MarketAct> = {},
    ): Promise<MarketStanding> {
      const act = this.actOf(marketId, { operatorId: secondOperator, ...over });
      return predictions.rule({ ...act, outcome, effectiveAt });
    },

    /** Takes the steps that are due until one has to wait. */
    async advance(marketId: string, by: Predictions = predictions): Promise<MarketStanding> {
      for (;;) {
        // What is due by the test's clock need not be by that of the database.
        const { next, revision } = await by.read(marketId);
        const due = await takeStep(by, marketId, next.kind);
        if (due.next.kind === 'nothing' || due.revision === revision) return due;
      }
    },

    /** Resolved, not disputed, and paid. */
    async settle(marketId: string, outcome: PredictionSide): Promise<MarketStanding> {
      await this.resolve(marketId, outcome);
      now += windows.predictionDispute;
      return this.advance(marketId);
    },

    /** LCO that a user can spend. */
    async freeOf(userId: string): Promise<string> {
      const [, lco] = await stakers.balances.of(userId);
      return lco?.available ?? '0';
    },

    /** LCO on the market's account. */
    async heldBy(marketId: string, purpose: 'pool' | 'bond' = 'pool'): Promise<string> {
      const row = await db('accounts')
        .first<{ balance: bigint } | undefined>('balance')
        .where('key', `prediction/${marketId}/${purpose}/LCO`);
      return formatAmount(row?.balance ?? 0n);
    },

    async manifestOf(marketId: string): Promise<string> {
      let all = '';
      for await (const piece of (await predictions.manifest(marketId)).text) all += piece;
      return all;
    },

    async close() {
      await Promise.all(committers.map((each) => each.close()));
      await stakers.close();
    },
  };
}

/** What the workflow would do next, were it due. */
function takeStep(
  predictions: Predictions,
  marketId: string,
  kind: MarketStanding['next']['kind'],
): Promise<MarketStanding> {
  switch (kind) {
    case 'expire':
      return predictions.expire(marketId);
    case 'lock':
      return predictions.lock(marketId);
    case 'void_unresolved':
      return predictions.voidUnresolved(marketId);
    case 'finalise':
      return predictions.finalise(marketId);
    case 'let_stand':
      return predictions.letStand(marketId);
    case 'roll_back':
      return predictions.rollBack(marketId);
    case 'pay':
      return predictions.pay(marketId);
    case 'nothing':
      return predictions.read(marketId);
  }
}
