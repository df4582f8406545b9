// The settlement of a prediction market (DESIGN 2.8), in three kinds of commits: bets after the fact are cut off, or the
// market is void; some hundred lots at a time are paid, in their order; and what is left, fees and dust, is burned with the
// manifest's hash published. What each lot gets follows from rows that cannot change any more; the settlement's row says
// which lot is next, so that a chunk asked for again changes nothing.
import { assert } from '../../domain/errors';
import type { ManifestSubject } from '../../domain/predictions/manifest';
import { isThin, payoutIn } from '../../domain/predictions/settlement';
import { predictionAccount, userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command, type View } from '../../ledger/command';
import { burnKeys, planBurn } from '../proofs/burn-log';
import { lotIdsFrom, predictionLots, type LotRow } from './lot-rows';
import {
  changed,
  isDue,
  progressOf,
  readPool,
  requireMarket,
  type MarketProgress,
} from './market-progress';
import {
  marketKeys,
  othersOf,
  poolOf,
  predictionMarkets,
  type Figures,
  type MarketRow,
} from './market-rows';
import { outcomeOf } from './market-views';
import {
  dustOf,
  openedSettlement,
  predictionSettlements,
  settlementKey,
  type SettlementRow,
} from './settlement-rows';

interface RollBack {
  readonly marketId: string;
  /** How many lots are not later than the outcome took effect. */
  readonly cut: number;
}

function figuresAfter(lot: LotRow): Figures {
  return {
    staked: lot.stakedAfter,
    yesShares: lot.yesAfter,
    noShares: lot.noAfter,
    othersYes: lot.othersYesAfter,
    othersNo: lot.othersNoAfter,
  };
}

/** The last lot in time; lots are placed in order, so that those after it are all later. */
function requireCut(view: View, { marketId, cut }: RollBack, effectiveAt: number): LotRow {
  const [last, next] = view.rows(predictionLots, lotIdsFrom(marketId, cut - 1, 2));
  assert(
    last && last.placedAt <= effectiveAt && (!next || next.placedAt > effectiveAt),
    `lot ${cut - 1} of ${marketId} is the last one in time`,
  );
  assert(next ?? readPool(view, marketId).lots === cut, 'the lots in time are all there are');
  return last;
}

/**
 * Cuts off the bets after the fact, exactly: the figures are those after the last lot in time. Where a side has hardly been
 * bet on then, the market is void. Asked again it changes nothing and says what comes next; so do the two after it.
 */
export const rollBack: Command<RollBack, MarketProgress> = {
  kind: 'roll_back_prediction',
  keys: ({ marketId, cut }) => ({
    rows: [
      ...marketKeys(marketId),
      ...lotIdsFrom(marketId, cut - 1, 2).map((id) => rowKey(predictionLots, id)),
    ],
  }),
  decide(view, input) {
    const { marketId, cut } = input;
    const market = requireMarket(view, marketId);
    if (!isDue(view.at, market, 'roll_back')) return { result: progressOf(view.at, market) };
    const { effectiveAt } = market;
    assert(effectiveAt !== null, 'an outcome that is final has a time');
    const figures = { ...figuresAfter(requireCut(view, input, effectiveAt)), lots: cut };
    const isVoid = isThin(figures, othersOf(figures));
    const after = changed(
      market,
      isVoid ? { status: 'voiding', voidCause: 'thin', voidedAt: view.at } : { status: 'settling' },
    );
    const settlement = openedSettlement(readPool(view, marketId), figures, isVoid ? 'none' : 'cut');
    return {
      rows: [putRow(predictionMarkets, after), putRow(predictionSettlements, settlement)],
      feed: isVoid ? [{ type: 'prediction.void', id: marketId, cause: 'thin' }] : [],
      result: progressOf(view.at, after),
    };
  },
};

/** What the payouts follow from. */
export function manifestSubjectOf(market: MarketRow, settlement: SettlementRow): ManifestSubject {
  const outcome = outcomeOf(market);
  assert(outcome !== null && market.feeBps !== null, `the outcome of ${market.id} stands`);
  return {
    marketId: market.id,
    question: market.question,
    outcome,
    effectiveAt: market.effectiveAt,
    feeBps: market.feeBps,
    keptLots: settlement.kept,
    pool: poolOf(settlement),
  };
}

export function readSettlement(view: View, marketId: string): SettlementRow {
  const settlement = view.row(predictionSettlements, marketId);
  assert(settlement, `the settlement of ${marketId} has begun`);
  return settlement;
}

export interface PayLots {
  readonly marketId: string;
  /** The first of them. */
  readonly from: number;
  /** Their owners, in the order of the lots. */
  readonly userIds: readonly string[];
}

/** Pays the next lots, each what the rule gives it. */
export const payLots: Command<PayLots, MarketProgress> = {
  kind: 'pay_prediction',
  keys: ({ marketId, from, userIds }) => ({
    accounts: [
      predictionAccount(marketId, 'pool'),
      ...userIds.map((userId) => userAccount(userId, 'available', 'LCO')),
    ],
    rows: [
      ...marketKeys(marketId),
      settlementKey(marketId),
      ...lotIdsFrom(marketId, from, userIds.length).map((id) => rowKey(predictionLots, id)),
    ],
  }),
  decide(view, { marketId, from, userIds }) {
    const market = requireMarket(view, marketId);
    const unchanged = { result: progressOf(view.at, market) };
    if (!isDue(view.at, market, 'pay')) return unchanged;
    const settlement = readSettlement(view, marketId);
    if (settlement.settled !== from) return unchanged;

    const subject = manifestSubjectOf(market, settlement);
    const pool = predictionAccount(marketId, 'pool');
    const paid = view
      .rows(predictionLots, lotIdsFrom(marketId, from, userIds.length))
      .map((lot) => {
        assert(lot && lot.paid === null, 'a lot is paid once');
        return { lot, ...payoutIn(subject, lot) };
      });
    const sum = (of: (payout: (typeof paid)[number]) => bigint) =>
      paid.reduce((total, payout) => total + of(payout), 0n);
    const after = {
      ...settlement,
      settled: from + paid.length,
      paid: settlement.paid + sum(({ net, isVoided }) => (isVoided ? 0n : net)),
      refunded: settlement.refunded + sum(({ net, isVoided }) => (isVoided ? net : 0n)),
      fees: settlement.fees + sum(({ fee }) => fee),
    };
    return {
      transfers: paid.flatMap(({ lot, net, isVoided }) => {
        if (net === 0n) return [];
        const owner = userAccount(lot.userId, 'available', 'LCO');
        const kind = isVoided ? 'prediction_refund' : 'prediction_payout';
        return [moveBetween(kind, pool, owner, net, lot.id)];
      }),
      rows: [
        putRow(predictionSettlements, after),
        ...paid.map(({ lot, net, fee }) => putRow(predictionLots, { ...lot, paid: net, fee })),
      ],
      ...unchanged,
    };
  },
};

interface CompleteSettlement {
  readonly marketId: string;
  /** SHA-256 of the manifest's text. */
  readonly manifestHash: Buffer;
}

/** Burns what is left once every lot is paid, so that the pool ends at zero, and publishes the manifest's hash. */
export const completeSettlement: Command<CompleteSettlement, MarketProgress> = {
  kind: 'complete_prediction',
  keys: ({ marketId }) => {
    const burn = burnKeys(predictionAccount(marketId, 'pool'));
    return {
      accounts: burn.accounts,
      rows: [...marketKeys(marketId), settlementKey(marketId), ...burn.rows],
    };
  },
  decide(view, { marketId, manifestHash }) {
    const market = requireMarket(view, marketId);
    if (!isDue(view.at, market, 'pay')) return { result: progressOf(view.at, market) };
    const settlement = readSettlement(view, marketId);
    assert(settlement.settled === settlement.lots, 'every lot is paid before the rest is burned');
    const from = predictionAccount(marketId, 'pool');
    const rest = view.balance(from);
    const dust = dustOf(settlement);
    assert(dust >= 0n && rest === settlement.fees + dust, 'fees and dust are what is left');
    const request = { kind: 'prediction_fee', from, amount: rest, sourceRef: marketId } as const;
    const burn = rest > 0n ? planBurn(view, request) : undefined;
    const ended = changed(market, {
      status: market.status === 'voiding' ? 'void' : 'settled',
      endedAt: view.at,
    });
    const completed = {
      ...settlement,
      dust,
      burnSeq: burn?.record.seq ?? null,
      manifestHash,
      completedAt: view.at,
    };
    return {
      transfers: burn?.transfers ?? [],
      rows: [
        putRow(predictionMarkets, ended),
        putRow(predictionSettlements, completed),
        ...(burn?.rows ?? []),
      ],
      feed: [
        ...(burn?.feed ?? []),
        { type: 'prediction.settled', id: marketId, manifestHash: manifestHash.toString('hex') },
      ],
      result: progressOf(view.at, ended),
    };
  },
};
