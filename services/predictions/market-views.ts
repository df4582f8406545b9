// Prediction markets as they are shown: LCO and shares as decimal strings, times in ISO 8601, people by handle.
import { assert } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import {
  bondOf,
  statusAt,
  type BondFate,
  type PredictionOutcome,
  type PredictionStatus,
  type VoidCause,
} from '../../domain/predictions/market';
import { oddsOf, type Odds } from '../../domain/predictions/odds';
import type { PredictionSide } from '../../domain/predictions/pool';
import { isoTime, optionalIsoTime } from '../../domain/time';
import { poolOf, type Figures, type MarketRow, type PoolRow } from './market-rows';
import type { SettlementRow } from './settlement-rows';

/** What a pool's odds follow from. */
export type PoolFigures = Pick<Figures, 'staked' | 'yesShares' | 'noShares'>;

export interface SideView extends Odds {
  readonly shares: string;
}

export interface PoolView {
  /** M. */
  readonly staked: string;
  readonly yes: SideView;
  readonly no: SideView;
}

export interface PublicMarket {
  readonly id: string;
  readonly question: string;
  readonly rules: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly proposer: string;
  readonly status: PredictionStatus;
  readonly proposedAt: string;
  /** Unless an operator approves it before. */
  readonly expiresAt: string;
  readonly openedAt: string | null;
  readonly closesAt: string;
  readonly lockedAt: string | null;
  /** Of a winner's profit; null until it is approved. */
  readonly feeBps: number | null;
  readonly review: { readonly operator: string; readonly reason: string } | null;
  readonly seed: string;
  readonly volume: string;
  readonly bets: number;
  readonly holders: number;
  readonly pool: PoolView;
  /** While it is locked: when it is void, unless somebody proposes an outcome. */
  readonly voidsAt: string | null;
  readonly resolution: {
    readonly outcome: PredictionSide;
    /** Bets later than this are voided. */
    readonly effectiveAt: string;
    /** After the last bet that was in time. */
    readonly pool: PoolView;
    readonly evidence: string;
    readonly operator: string;
    readonly at: string;
    readonly disputableUntil: string;
    /** LCO that a dispute takes. */
    readonly bond: string;
  } | null;
  readonly dispute: {
    readonly handle: string;
    readonly evidence: string;
    readonly at: string;
    readonly bond: string;
    readonly bondFate: BondFate;
    /** Of the burn log. */
    readonly burnSeq: number | null;
    readonly rulingUntil: string;
    readonly ruling: {
      readonly operator: string;
      readonly reason: string;
      readonly at: string;
    } | null;
  } | null;
  /** null until it is final. */
  readonly outcome: PredictionOutcome | null;
  readonly effectiveAt: string | null;
  readonly finalAt: string | null;
  readonly voided: {
    readonly cause: VoidCause;
    readonly at: string;
    readonly operator: string | null;
    readonly reason: string | null;
  } | null;
  readonly settlement: SettlementView | null;
  readonly endedAt: string | null;
}

export interface SettlementView {
  /** Lots that count, and those that come back at cost. */
  readonly keptLots: number;
  readonly voidedLots: number;
  readonly settledLots: number;
  /** After the last bet that was in time. */
  readonly pool: PoolView;
  readonly paid: string;
  readonly refunded: string;
  readonly fees: string;
  readonly dust: string | null;
  readonly burned: string | null;
  readonly burnSeq: number | null;
  /** SHA-256 of the manifest, in hex. */
  readonly manifestHash: string | null;
  readonly completedAt: string | null;
}

/** Names a user to others. */
export type NameOf = (userId: string | null) => string;

export function presentPool(figures: PoolFigures): PoolView {
  const pool = poolOf(figures);
  const side = (name: PredictionSide) => ({
    shares: formatAmount(pool[name]),
    ...oddsOf(pool, name),
  });
  return { staked: formatAmount(pool.staked), yes: side('yes'), no: side('no') };
}

export function presentSettlement(row: SettlementRow): SettlementView {
  const { kept, lots, settled, fees, dust } = row;
  return {
    keptLots: kept,
    voidedLots: lots - kept,
    settledLots: settled,
    pool: presentPool(row),
    paid: formatAmount(row.paid),
    refunded: formatAmount(row.refunded),
    fees: formatAmount(fees),
    dust: dust === null ? null : formatAmount(dust),
    burned: dust === null ? null : formatAmount(fees + dust),
    burnSeq: row.burnSeq === null ? null : Number(row.burnSeq),
    manifestHash: row.manifestHash?.toString('hex') ?? null,
    completedAt: optionalIsoTime(row.completedAt),
  };
}

export function outcomeOf({
  voidCause,
  outcome,
}: Pick<MarketRow, 'voidCause' | 'outcome'>): PredictionOutcome | null {
  return voidCause === null ? outcome : 'void';
}

function presentResolution(
  { market: row, pool: { staked }, timelyPool }: PresentedMarket,
  nameOf: NameOf,
): PublicMarket['resolution'] {
  const { proposedOutcome, proposedEffectiveAt, evidence, resolvedAt, disputableUntil } = row;
  if (
    proposedOutcome === null ||
    proposedEffectiveAt === null ||
    evidence === null ||
    resolvedAt === null ||
    disputableUntil === null
  ) {
    return null;
  }
  assert(timelyPool, 'an outcome is proposed of what has a seed');
  return {
    outcome: proposedOutcome,
    effectiveAt: isoTime(proposedEffectiveAt),
    pool: presentPool(timelyPool),
    evidence,
    operator: nameOf(row.resolvedBy),
    at: isoTime(resolvedAt),
    disputableUntil: isoTime(disputableUntil),
    bond: formatAmount(bondOf(staked)),
  };
}

function presentDispute(row: MarketRow, nameOf: NameOf): PublicMarket['dispute'] {
  const { disputedAt, disputeEvidence, bond, bondFate, bondBurnSeq, rulingUntil } = row;
  if (
    disputedAt === null ||
    disputeEvidence === null ||
    bond === null ||
    bondFate === null ||
    rulingUntil === null
  ) {
    return null;
  }
  const { ruledAt, rulingReason } = row;
  return {
    handle: nameOf(row.disputedBy),
    evidence: disputeEvidence,
    at: isoTime(disputedAt),
    bond: formatAmount(bond),
    bondFate,
    burnSeq: bondBurnSeq === null ? null : Number(bondBurnSeq),
    rulingUntil: isoTime(rulingUntil),
    ruling:
      ruledAt === null
        ? null
        : { operator: nameOf(row.ruledBy), reason: rulingReason ?? '', at: isoTime(ruledAt) },
  };
}

export interface StoredMarket {
  readonly market: MarketRow;
  readonly pool: PoolRow;
  readonly settlement: SettlementRow | null;
}

interface PresentedMarket extends StoredMarket {
  /** After the last bet in time; null until an outcome is proposed. */
  readonly timelyPool: PoolFigures | null;
}

/** @param at milliseconds: what time alone locks is told by it */
export function presentMarket(
  presented: PresentedMarket,
  at: number,
  nameOf: NameOf,
): PublicMarket {
  const { market, pool, settlement } = presented;
  const status = statusAt(at, market);
  const lockedAt = market.lockedAt ?? (status === 'locked' ? market.closesAt : null);
  const { voidCause, voidedAt, reviewedBy, reviewReason } = market;
  return {
    id: market.id,
    question: market.question,
    rules: market.rules,
    source: market.source,
    tags: tagsOf(market),
    proposer: nameOf(market.proposerId),
    status,
    proposedAt: isoTime(market.proposedAt),
    expiresAt: isoTime(market.expiresAt),
    openedAt: optionalIsoTime(market.openedAt),
    closesAt: isoTime(market.closesAt),
    lockedAt: optionalIsoTime(lockedAt),
    feeBps: market.feeBps,
    review:
      reviewedBy === null ? null : { operator: nameOf(reviewedBy), reason: reviewReason ?? '' },
    seed: formatAmount(pool.seed),
    volume: formatAmount(pool.volume),
    bets: pool.lots - 1,
    holders: pool.holders,
    pool: presentPool(pool),
    voidsAt: status === 'locked' ? isoTime((lockedAt ?? 0) + Number(market.autoVoidMs)) : null,
    resolution: presentResolution(presented, nameOf),
    dispute: presentDispute(market, nameOf),
    outcome: outcomeOf(market),
    effectiveAt: optionalIsoTime(market.effectiveAt),
    finalAt: optionalIsoTime(market.finalAt),
    voided:
      voidCause === null || voidedAt === null
        ? null
        : {
            cause: voidCause,
            at: isoTime(voidedAt),
            operator: market.voidedBy === null ? null : nameOf(market.voidedBy),
            reason: market.voidReason,
          },
    settlement: settlement && presentSettlement(settlement),
    endedAt: optionalIsoTime(market.endedAt),
  };
}

export function tagsOf({ tags }: Pick<MarketRow, 'tags'>): string[] {
  return tags === '' ? [] : tags.split(' ');
}

/** Whom a market names. */
export function peopleOf(market: MarketRow): (string | null)[] {
  const { proposerId, reviewedBy, resolvedBy, disputedBy, ruledBy, voidedBy } = market;
  return [proposerId, reviewedBy, resolvedBy, disputedBy, ruledBy, voidedBy];
}
