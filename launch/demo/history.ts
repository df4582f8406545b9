// The week before the first start (DESIGN 7): the demo's users are funded, call, mine and trade through the services'
// own commands, with journal time beginning seven days ago, so that a visitor finds charts, a book, a mark price and
// a relay that has earned something. Nothing here writes but the committer.
//
// It can be killed at any moment: whoever goes on begins at the journal's own time. Names of orders and calls carry
// their moment, so none is used twice; reservations that were left are those of a dead process, which others release.
import type { Knex } from 'knex';
import { newId } from '../../ledger/ids';
import { startHeartbeat } from '../../services/calls/relay-processes';
import { tickMark } from '../../services/exchange/mark/mark';
import type { GovernanceWindows } from '../../services/governance/proposal-rows';
import type { PredictionWindows } from '../../services/predictions/market-rows';
import type { WarWindows } from '../../services/wars/war-rows';
import type { CastMember } from './cast';
import { commitTogether, type BatchPlace } from './history-batch';
import { HistoryBuyback } from './history-buyback';
import { HistoryCalls } from './history-calls';
import { HistoryGovernance } from './history-governance';
import { HistoryHoldings } from './history-holdings';
import { HistoryMargin } from './history-margin';
import { HistoryMarket } from './history-market';
import { HistoryPredictions } from './history-predictions';
import { HistoryWars } from './history-wars';
import { levelTicks, PriceWalk } from './price-walk';
import { Random } from './random';
import { timeline } from './timeline';
import { Wallets } from './wallets';

export interface HistoryOptions extends BatchPlace {
  readonly db: Knex;
  readonly cast: readonly CastMember[];
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  /** How long the mark price warms up. */
  readonly markWarmUpMs: number;
  /**
   * Of rounds of Compute Wars; null: the history has none, for a week of short ones would be thousands, and one of a
   * week would keep short ones waiting for its end.
   */
  readonly warWindows: WarWindows | null;
  readonly predictionWindows: PredictionWindows;
  readonly governanceWindows: GovernanceWindows;
  /** The channel that answered, by its name. */
  readonly channelName: string;
}

export async function makeHistory(options: HistoryOptions): Promise<void> {
  const { db, cast, from, to } = options;
  const random = new Random(options.seed);
  const wallets = await Wallets.read(
    db,
    cast.map(({ userId }) => userId),
  );
  const heartbeat = await startHeartbeat(db, newId());
  try {
    const place = {
      ...(await readCatalogue(db, options.channelName)),
      processId: heartbeat.processId,
      warWindows: options.warWindows,
    };
    const callers = cast.filter(({ role }) => role === 'caller' || role === 'whale');
    const calls = new HistoryCalls(callers, place, wallets, random);
    const walk = new PriceWalk(random, (await lastTicks(db)) ?? levelTicks * 0.88);
    const holdings = await HistoryHoldings.read(db, cast, wallets, to);
    const governance = await HistoryGovernance.read(db, cast, options.governanceWindows);
    const margin = await HistoryMargin.read(db, cast, wallets);
    const predictions = await HistoryPredictions.read(db, {
      proposer: cast.find(({ role }) => role === 'whale'),
      bettors: callers,
      operatorId: await readOperator(db),
      wallets,
      to,
      seed: options.seed + 1,
      windows: options.predictionWindows,
    });
    const buyback = new HistoryBuyback({
      to,
      seed: options.seed + 2,
      markWarmUpMs: options.markWarmUpMs,
    });
    const { warWindows } = options;
    const wars = warWindows && new HistoryWars(from, to, warWindows);
    const market = new HistoryMarket(cast, wallets, walk, random);
    for (const moment of timeline(from, to, random)) {
      const isLast = moment.at >= to;
      await commitTogether(options, moment.at, (run) => {
        calls.step(run, moment, isLast);
        wars?.step(run, moment);
        governance.step(run, holdings.isWhale);
        holdings.step(run, moment);
        predictions.step(run, moment);
        market.step(run, moment, (moment.at - from) / (to - from));
        margin.step(run);
        buyback.step(run, moment);
        if (isLast) market.finish(run, moment);
        if (moment.isTicked) run(tickMark, { warmUpMs: options.markWarmUpMs }, 'ticker');
        if (isLast) margin.finish(run);
      });
    }
    if (warWindows === null) await scoreFromNow(db);
  } finally {
    await heartbeat.stop();
  }
}

async function readOperator(db: Knex): Promise<string | undefined> {
  const operators = db('users').where({ role: 'operator' }).orderBy('created_at');
  return (await operators.first<{ id: string } | undefined>('id'))?.id;
}

/** No process serves yet: what was settled so far counts in no round. */
async function scoreFromNow(db: Knex): Promise<void> {
  await db.raw('update war_state set scored_from = (select settled_calls from relay_totals)');
}

async function readCatalogue(db: Knex, channelName: string) {
  const channel = await db('channels')
    .first<{ id: string } | undefined>('id')
    .where({ name: channelName });
  if (!channel) throw new Error(`the demo's channel ${channelName} is missing`);
  const models = await db('models').select<{ id: string; versionId: string }[]>({
    id: 'id',
    versionId: 'current_version_id',
  });
  const priceVersionIds = new Map(models.map(({ id, versionId }) => [id, versionId]));
  return { channelId: channel.id, priceVersionIds };
}

/** Where an earlier attempt left the price. */
async function lastTicks(db: Knex): Promise<number | undefined> {
  const trade = await db('trades')
    .first<{ ticks: number | bigint } | undefined>('ticks')
    .orderBy('id', 'desc');
  return trade && Number(trade.ticks);
}
