// Prediction markets on a whole small product: users who mined their LCO by calls through the official SDK, operators, and
// markets that are proposed, bet on and decided by HTTP. When one closes stands in its proposal, a second or two ahead.
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { WindowName } from '../../config/windows';
import { formatAmount, parseAmount } from '../../domain/money';
import type { PredictionSide } from '../../domain/predictions/pool';
import type { PredictionWindows } from '../../services/predictions/market-rows';
import type { LotView } from '../../services/predictions/lot-views';
import type { PoolView, PublicMarket } from '../../services/predictions/market-views';
import { createPredictions } from '../../services/predictions/predictions';
import type { Answer, SignedUp } from '../api/harness';
import { prices } from '../catalog/support';
import { callerOf } from '../credits/world';
import { createRelayWorld, hello, modelId, type CallerWithKey } from '../relay/relay-world';
import { testEngines } from '../support/engines';
import { paced, pacedWindows } from '../support/pace';
import { eventually, expectStatus, newKey } from './support';

type PredictionWindow = Extract<WindowName, `prediction${string}`>;
export type PredictionTestWindows = Readonly<Record<PredictionWindow, string>>;

/** Long enough to act within, short enough to wait for. */
export const shortWindows: PredictionTestWindows = {
  predictionExpiry: '60s',
  predictionDispute: '2s',
  predictionRuling: '2s',
  predictionAutoVoid: '60s',
};

/** A proposal; it closes so many milliseconds from now. */
export interface ProposalOver {
  readonly question?: string;
  readonly tags?: readonly string[];
  readonly seed?: string;
  readonly closesInMs?: number;
}

interface Act {
  readonly by?: SignedUp;
  readonly key?: string;
}

interface ResolutionAct extends Act {
  /** ISO 8601; without it as of now, or of the close. */
  readonly effectiveAt?: string;
}

export type PredictionWorld = Awaited<ReturnType<typeof createPredictionWorld>>;

/** LCO that a call mines. */
const minedLco = 20_000;

export function proposalOf({ closesInMs = 600_000, seed = '1000', ...over }: ProposalOver = {}) {
  return {
    seed,
    question: 'Will OpenAI release GPT-5 in Q1 2026?',
    rules: 'YES if everybody can call it by the end of March.\nNO otherwise.',
    source: 'https://openai.com/news',
    closesAt: new Date(Date.now() + paced(closesInMs)).toISOString(),
    ...over,
  };
}

/** Its proposer, two who bet, and two operators; more may be added. */
export async function createPredictionWorld(
  windows: PredictionTestWindows = shortWindows,
  temporalAddress?: string,
) {
  const address = temporalAddress ?? testEngines().temporal.address;
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const relay = await createRelayWorld({
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      WINDOWS: pacedWindows(windows),
      OPS_FOUR_EYES_ABOVE: '1000000',
    },
  });
  const { api, context, mock } = relay;
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });
  // A token of output is a Credit, which mines ten LCO at first.
  await relay.setPrice({
    ...{ modelId, list: prices('0', '0', '1000000'), cost: prices('0', '0', '500000') },
  });
  mock.behave('*', { reportedInputTokens: 0, reportedOutputTokens: minedLco / 10 });

  const post = (path: string, by: SignedUp, body?: unknown, key = newKey()): Promise<Answer> =>
    api.send('POST', path, { key: by.key, body, headers: { 'idempotency-key': key } });

  /** A user with 20,000 LCO to spend, and so many staked. */
  async function addBettor(staked = 0): Promise<CallerWithKey> {
    const calls = Math.ceil(staked / minedLco) + 1;
    const user = await relay.addCaller(String(calls * (minedLco / 10) + 1));
    for (let i = 0; i < calls; i++) {
      await user.openai.chat.completions.create({
        ...{ model: modelId, messages: hello, max_tokens: minedLco / 10 },
      });
    }
    if (staked > 0) {
      expectStatus(await post('/staking/stakes', user, { amount: String(staked) }), 201);
    }
    return user;
  }

  const operators = [await api.appoint(), await api.appoint()] as const;
  const proposer = await addBettor();
  const bettors = [await addBettor(), await addBettor()] as const;
  const service = context.services.predictions;

  /** As of now, or of the close where that is past. */
  async function effectiveNow(id: string): Promise<string> {
    const { closesAt, lockedAt } = await service.get(id);
    const latest = Date.parse(lockedAt ?? closesAt);
    return new Date(Math.min(Date.now(), latest)).toISOString();
  }

  return {
    ...relay,
    config: context.config,
    temporal,
    operators,
    proposer,
    /** Ann and Bob. */
    bettors,
    service,
    post,
    addBettor,
    handleOf: (id: string) => temporal.workflow.getHandle(`prediction/${id}`),

    async propose(over: ProposalOver = {}, by: SignedUp = proposer): Promise<string> {
      const answer = expectStatus(await post('/predictions', by, proposalOf(over)), 201);
      return marketOf(answer).id;
    },

    /** As an API with other windows would, in milliseconds. */
    async proposeWith(windows: Partial<PredictionWindows>, over: ProposalOver = {}) {
      const { db, committer, config } = context;
      const all = { ...config.windows, ...windows };
      const { seed, closesAt, tags = [], ...text } = proposalOf(over);
      const { result } = await createPredictions({ db, committer, windows: all }).propose(
        callerOf(proposer.id),
        { ...text, tags, seed: parseAmount(seed), closesAt: Date.parse(closesAt) },
      );
      return result.id;
    },

    approve: (id: string, { by = operators[0], key }: Act = {}) =>
      post(`/admin/predictions/${id}/approve`, by, { reason: 'A clear question' }, key),
    reject: (id: string, { by = operators[0], key }: Act = {}) =>
      post(`/admin/predictions/${id}/reject`, by, { reason: 'Nobody can tell' }, key),
    void: (id: string, { by = operators[1], key }: Act = {}) =>
      post(`/admin/predictions/${id}/void`, by, { reason: 'The source is gone' }, key),

    /** Proposed and approved; its id. @param own windows of its own, in milliseconds */
    async open(over: ProposalOver = {}, own?: Partial<PredictionWindows>): Promise<string> {
      const id = await (own ? this.proposeWith(own, over) : this.propose(over));
      expectStatus(await this.approve(id), 200);
      return id;
    },

    /** Approved as its workflow would have it, which need not have begun. */
    async openUnheard(over: ProposalOver = {}, own: Partial<PredictionWindows> = {}) {
      const marketId = await this.proposeWith(own, over);
      await service.approve({
        ...{ marketId, operatorId: operators[0].id, reason: 'A clear question' },
        ...{ decisionKey: newKey(), requestId: newKey() },
      });
      return marketId;
    },

    tryBet: (id: string, by: SignedUp, side: PredictionSide, stake: string, key?: string) =>
      post(`/predictions/${id}/bets`, by, { side, stake }, key),
    async bet(id: string, by: SignedUp, side: PredictionSide, stake: string) {
      const answer = expectStatus(await this.tryBet(id, by, side, stake), 201);
      return answer.as<{ lot: LotView; pool: PoolView }>();
    },
    /** 500 on YES by Ann, 500 on NO by Bob: the worked example of DESIGN 2.8. */
    async betExample(id: string): Promise<void> {
      await this.bet(id, bettors[0], 'yes', '500');
      await this.bet(id, bettors[1], 'no', '500');
    },

    async resolve(id: string, outcome: PredictionSide, over: ResolutionAct = {}): Promise<Answer> {
      const { by = operators[0], key, effectiveAt = await effectiveNow(id) } = over;
      const body = { outcome, effectiveAt, evidence: 'As the source says' };
      return post(`/admin/predictions/${id}/resolve`, by, body, key);
    },
    dispute: (id: string, { by = bettors[0], key }: Act = {}) =>
      post(`/predictions/${id}/disputes`, by, { evidence: 'It says otherwise' }, key),
    async rule(id: string, outcome: PredictionSide, over: ResolutionAct = {}): Promise<Answer> {
      const { by = operators[1], key, effectiveAt = await effectiveNow(id) } = over;
      const body = { outcome, effectiveAt, reason: 'I looked myself' };
      return post(`/admin/predictions/${id}/rule`, by, body, key);
    },

    /** By the service: as often as this asks, HTTP would refuse. */
    reaches: (id: string, isThere: (market: PublicMarket) => boolean, timeoutMs = 120_000) =>
      eventually(async () => {
        const market = await service.get(id);
        return isThere(market) && market;
      }, timeoutMs),
    ends(id: string): Promise<PublicMarket> {
      return this.reaches(id, ({ endedAt }) => endedAt !== null, 60_000);
    },

    /** LCO on the market's account. */
    async heldBy(id: string, purpose: 'pool' | 'bond' = 'pool'): Promise<string> {
      const row = await context
        .db('accounts')
        .first<{ balance: bigint } | undefined>('balance')
        .where('key', `prediction/${id}/${purpose}/LCO`);
      return formatAmount(row?.balance ?? 0n);
    },

    /** What moved a lot's LCO, in the order of the lots: [number, kinds]. */
    async movesOf(id: string): Promise<[number, string[]][]> {
      const { db } = context;
      const numbers = await db('prediction_lots')
        .where('market_id', id)
        .orderBy('number')
        .pluck<number[]>('number');
      return Promise.all(
        numbers.map(async (number) => [
          number,
          await db('journal_transfers')
            .where('reference', `${id}/${number}`)
            .orderBy('sequence')
            .pluck<string[]>('kind'),
        ]),
      );
    },

    /** [kind, LCO] of what was burned for it. */
    async burnsOf(id: string): Promise<[string, string][]> {
      const rows = await context
        .db('burns')
        .select<{ kind: string; amount: bigint }[]>('kind', 'amount')
        .where('source_ref', id)
        .orderBy('seq');
      return rows.map(({ kind, amount }) => [kind, formatAmount(amount)]);
    },

    async actionsOn(id: string) {
      const { items } = await context.services.auditLog.list({ subjectId: id }, { limit: 10 });
      return items;
    },

    /** Proves the books, too. */
    async close() {
      try {
        await relay.untilIdle();
        await relay.assertBooksBalance();
      } finally {
        await connection.close();
        await relay.close();
      }
    },
  };
}

export function marketOf(answer: Answer): PublicMarket {
  return answer.as<{ prediction: PublicMarket }>().prediction;
}
