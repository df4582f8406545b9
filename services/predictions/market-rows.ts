// The tables of a prediction market itself (DESIGN 2.8): its terms and its life, which few write, and its pool, which every
// bet does.
import type { BondFate, PredictionStatus, VoidCause } from '../../domain/predictions/market';
import type { Pool, PredictionSide } from '../../domain/predictions/pool';
import type { OthersStakes } from '../../domain/predictions/settlement';
import { rowKey, type OutboxMessage, type RowKey } from '../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

/** The lengths that markets are proposed with, in milliseconds; each keeps its own. */
export interface PredictionWindows {
  readonly predictionExpiry: number;
  readonly predictionDispute: number;
  readonly predictionRuling: number;
  readonly predictionAutoVoid: number;
}

const marketTable = defineTable({
  name: 'prediction_markets',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    proposerId: 'uuid',
    question: 'text',
    rules: 'text',
    source: 'text',
    tags: 'text',
    words: 'text',
    status: 'text',
    revision: 'int',
    proposedAt: 'timestamptz',
    expiresAt: 'timestamptz',
    closesAt: 'timestamptz',
    disputeMs: 'bigint',
    rulingMs: 'bigint',
    autoVoidMs: 'bigint',
    reviewedBy: 'uuid?',
    reviewReason: 'text?',
    openedAt: 'timestamptz?',
    feeBps: 'int?',
    lockedAt: 'timestamptz?',
    proposedOutcome: 'text?',
    proposedEffectiveAt: 'timestamptz?',
    evidence: 'text?',
    resolvedBy: 'uuid?',
    resolvedAt: 'timestamptz?',
    disputableUntil: 'timestamptz?',
    disputedBy: 'uuid?',
    disputedAt: 'timestamptz?',
    disputeEvidence: 'text?',
    bond: 'bigint?',
    bondFate: 'text?',
    bondBurnSeq: 'bigint?',
    rulingUntil: 'timestamptz?',
    ruledBy: 'uuid?',
    ruledAt: 'timestamptz?',
    rulingReason: 'text?',
    outcome: 'text?',
    effectiveAt: 'timestamptz?',
    finalAt: 'timestamptz?',
    voidCause: 'text?',
    voidedAt: 'timestamptz?',
    voidedBy: 'uuid?',
    voidReason: 'text?',
    endedAt: 'timestamptz?',
  },
});

type Parsed = 'status' | 'proposedOutcome' | 'bondFate' | 'outcome' | 'voidCause';
export type MarketRow = Omit<RowOf<typeof marketTable>, Parsed> & {
  readonly status: PredictionStatus;
  readonly proposedOutcome: PredictionSide | null;
  readonly bondFate: BondFate | null;
  readonly outcome: PredictionSide | null;
  readonly voidCause: VoidCause | null;
};
export const predictionMarkets = marketTable as unknown as Table<MarketRow>;

/** For reads outside the committer, with the table as `m`. */
export const marketColumns = {
  id: 'm.id',
  proposerId: 'm.proposer_id',
  question: 'm.question',
  rules: 'm.rules',
  source: 'm.source',
  tags: 'm.tags',
  words: 'm.words',
  status: 'm.status',
  revision: 'm.revision',
  proposedAt: 'm.proposed_at',
  expiresAt: 'm.expires_at',
  closesAt: 'm.closes_at',
  disputeMs: 'm.dispute_ms',
  rulingMs: 'm.ruling_ms',
  autoVoidMs: 'm.auto_void_ms',
  reviewedBy: 'm.reviewed_by',
  reviewReason: 'm.review_reason',
  openedAt: 'm.opened_at',
  feeBps: 'm.fee_bps',
  lockedAt: 'm.locked_at',
  proposedOutcome: 'm.proposed_outcome',
  proposedEffectiveAt: 'm.proposed_effective_at',
  evidence: 'm.evidence',
  resolvedBy: 'm.resolved_by',
  resolvedAt: 'm.resolved_at',
  disputableUntil: 'm.disputable_until',
  disputedBy: 'm.disputed_by',
  disputedAt: 'm.disputed_at',
  disputeEvidence: 'm.dispute_evidence',
  bond: 'm.bond',
  bondFate: 'm.bond_fate',
  bondBurnSeq: 'm.bond_burn_seq',
  rulingUntil: 'm.ruling_until',
  ruledBy: 'm.ruled_by',
  ruledAt: 'm.ruled_at',
  rulingReason: 'm.ruling_reason',
  outcome: 'm.outcome',
  effectiveAt: 'm.effective_at',
  finalAt: 'm.final_at',
  voidCause: 'm.void_cause',
  voidedAt: 'm.voided_at',
  voidedBy: 'm.voided_by',
  voidReason: 'm.void_reason',
  endedAt: 'm.ended_at',
} satisfies Record<keyof MarketRow, string>;

export const predictionPools = defineTable({
  name: 'prediction_pools',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    seed: 'bigint',
    staked: 'bigint',
    yesShares: 'bigint',
    noShares: 'bigint',
    othersYes: 'bigint',
    othersNo: 'bigint',
    volume: 'bigint',
    lots: 'int',
    holders: 'int',
  },
});
export type PoolRow = RowOf<typeof predictionPools>;

/** For reads outside the committer, with the table as `p`. */
export const poolColumns = {
  id: 'p.id',
  seed: 'p.seed',
  staked: 'p.staked',
  yesShares: 'p.yes_shares',
  noShares: 'p.no_shares',
  othersYes: 'p.others_yes',
  othersNo: 'p.others_no',
  volume: 'p.volume',
  lots: 'p.lots',
  holders: 'p.holders',
} satisfies Record<keyof PoolRow, string>;

/** The figures of a market, now or after a lot: the pool, and what users other than the proposer staked. */
export type Figures = Pick<PoolRow, 'staked' | 'yesShares' | 'noShares' | 'othersYes' | 'othersNo'>;

export function poolOf({
  staked,
  yesShares,
  noShares,
}: Pick<Figures, 'staked' | 'yesShares' | 'noShares'>): Pool {
  return { staked, yes: yesShares, no: noShares };
}

export function othersOf({ othersYes, othersNo }: Figures): OthersStakes {
  return { yes: othersYes, no: othersNo };
}

export function marketKeys(marketId: string): RowKey[] {
  return [rowKey(predictionMarkets, marketId), rowKey(predictionPools, marketId)];
}

/** What its workflow is started with. */
export interface MarketTerms {
  readonly marketId: string;
  readonly proposerId: string;
  readonly question: string;
}

type Subject = Pick<MarketRow, 'id' | 'proposerId' | 'question'>;

/** Tells the worker of a market that was proposed. @param requestId not known when it is told of again */
export function proposedMessage(
  { id, proposerId, question }: Subject,
  requestId?: string,
): OutboxMessage {
  const terms: MarketTerms = { marketId: id, proposerId, question };
  return { kind: 'prediction.proposed', entityId: id, payload: { ...terms, requestId } };
}

/** Tells the market's workflow that its resolution was disputed. */
export function disputedMessage(market: Subject, requestId: string): OutboxMessage {
  return { ...proposedMessage(market, requestId), kind: 'prediction.disputed' };
}
