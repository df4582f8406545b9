// The demo's prediction market (DESIGN 7): the whale proposes it on the last day of the history, an operator approves it,
// and those who have mined bet on both sides, so that a visitor finds an open market with a history of its odds.
import type { Knex } from 'knex';
import { lotSize } from '../../domain/exchange/market';
import { unit } from '../../domain/money';
import { deriveId } from '../../ledger/ids';
import { placePredictionBet } from '../../services/predictions/bet';
import { approveMarket } from '../../services/predictions/review';
import type { PredictionWindows } from '../../services/predictions/market-rows';
import { proposeMarket } from '../../services/predictions/propose';
import type { CastMember } from './cast';
import type { CommandRunner } from './history-batch';
import { Random } from './random';
import type { Moment } from './timeline';
import type { Wallets } from './wallets';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Before the end of the history. */
const opensBeforeMs = 20 * hourMs;
const closesAfterMs = 30 * dayMs;
const seed = 1_000n * unit;
/** On average. */
const betEveryMs = 20 * 60_000;

const proposalKey = 'demo-prediction';

function lotsOf(amount: bigint): number {
  return Number(amount / lotSize);
}

interface HistoryPredictionsOptions {
  readonly proposer: CastMember | undefined;
  readonly bettors: readonly CastMember[];
  readonly operatorId: string | undefined;
  readonly wallets: Wallets;
  /** The end of the history. */
  readonly to: number;
  readonly seed: number;
  readonly windows: PredictionWindows;
}

export class HistoryPredictions {
  private constructor(
    private readonly options: HistoryPredictionsOptions,
    /** Of its own: what others draw does not change with it. */
    private readonly random: Random,
    private isOpen: boolean,
  ) {}

  /** As an attempt left it that was killed. */
  static async read(db: Knex, options: HistoryPredictionsOptions): Promise<HistoryPredictions> {
    const { proposer } = options;
    const market: unknown =
      proposer &&
      (await db('prediction_markets')
        .first('id')
        .where({ id: marketIdOf(proposer.userId) }));
    return new HistoryPredictions(options, new Random(options.seed), market !== undefined);
  }

  step(run: CommandRunner, { at, ms }: Moment): void {
    const { proposer, operatorId, wallets, to } = this.options;
    if (!proposer || operatorId === undefined) return;
    if (this.isOpen) {
      if (this.random.chance(ms / betEveryMs)) this.bet(run, marketIdOf(proposer.userId));
    } else if (to - at <= opensBeforeMs && wallets.of(proposer.userId) >= 2 * lotsOf(seed)) {
      this.isOpen = true;
      this.open(run, proposer.userId, operatorId);
    }
  }

  private open(run: CommandRunner, userId: string, operatorId: string): void {
    const { to, wallets, windows } = this.options;
    wallets.add(userId, -lotsOf(seed));
    const proposal = {
      question: 'Will OpenAI release a new flagship model within a month?',
      rules:
        'YES if OpenAI makes a new flagship model available to everybody by its API before this market closes.\nNO otherwise.',
      source: 'https://openai.com/news',
      tags: ['openai', 'models'],
      closesAt: to + closesAfterMs,
      seed,
    };
    const key = { idempotencyKey: proposalKey, requestId: proposalKey };
    run(proposeMarket, { ...proposal, ...key, userId, windows }, userId);
    const marketId = marketIdOf(userId);
    const act = { decisionKey: proposalKey, requestId: proposalKey, operatorId };
    const reason = 'The market of the demonstration.';
    run(approveMarket, { marketId, reason, ...act }, operatorId);
  }

  private bet(run: CommandRunner, marketId: string): void {
    const { bettors, wallets } = this.options;
    const { random } = this;
    const { userId } = random.pick(bettors);
    const lots = lotsOf(BigInt(random.whole(5, 60)) * unit);
    const side = random.chance(0.6) ? 'yes' : 'no';
    if (wallets.of(userId) < 4 * lots) return;
    wallets.add(userId, -lots);
    const stake = BigInt(lots) * lotSize;
    run(placePredictionBet, { marketId, userId, side, stake, minShares: null }, userId);
  }
}

function marketIdOf(proposerId: string): string {
  return deriveId('prediction', proposerId, proposalKey);
}
