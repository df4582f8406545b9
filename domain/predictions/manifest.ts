// The settlement manifest of a prediction market (DESIGN 2.8): RFC 8785 JSON of its pool, outcome, lots and what each was
// paid, so that a stranger can compute it again. It may be long: it is made piece by piece, lots one at a time.
import canonicalize from 'canonicalize';
import { assert } from '../errors';
import { formatAmount } from '../money';
import type { TierLevel } from '../tiers';
import { isoTime } from '../time';
import type { PredictionOutcome } from './market';
import type { Pool } from './pool';
import { refundOf, payoutOf, type Lot, type LotSide, type Payout } from './settlement';

/** Names the form that docs/formats/prediction-manifest.md describes. */
export const manifestFormat = 'l-exchange/prediction-manifest/v1';

/** Base units of LCO. */
export interface ManifestTotals {
  /** For lots in time, net. */
  readonly paid: bigint;
  /** At cost, for what was voided. */
  readonly refunded: bigint;
  readonly fees: bigint;
  /** What rounding left in the pool, burned with the fees. */
  readonly dust: bigint;
}

export interface ManifestSubject {
  readonly marketId: string;
  readonly question: string;
  readonly outcome: PredictionOutcome;
  /** Milliseconds since 1970; null: the market was void before an outcome was final. */
  readonly effectiveAt: number | null;
  readonly feeBps: number;
  /** How many lots count: the first ones, by number. Of a void market none does. */
  readonly keptLots: number;
  /** After the last bet that was in time. */
  readonly pool: Pool;
}

export interface ManifestLot extends Lot {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly placedAt: number;
  readonly byProposer: boolean;
}

function canonical(value: object): string {
  const text = canonicalize(value);
  assert(text !== undefined, 'a manifest is JSON');
  return text;
}

/** What stands before the lots and what stands after them; between them the lots, with commas. */
export function manifestFrame(
  { marketId, question, outcome, effectiveAt, feeBps, keptLots, pool }: ManifestSubject,
  totals: ManifestTotals,
): readonly [before: string, after: string] {
  const empty = canonical({
    format: manifestFormat,
    marketId,
    question,
    outcome,
    effectiveAt: effectiveAt === null ? null : isoTime(effectiveAt),
    feeBps,
    keptLots,
    pool: {
      staked: formatAmount(pool.staked),
      yes: formatAmount(pool.yes),
      no: formatAmount(pool.no),
    },
    totals: {
      paid: formatAmount(totals.paid),
      refunded: formatAmount(totals.refunded),
      fees: formatAmount(totals.fees),
      dust: formatAmount(totals.dust),
      burned: formatAmount(totals.fees + totals.dust),
    },
    lots: [],
  });
  // Quotation marks within texts are escaped, so this stands there once.
  const opening = '"lots":[';
  const at = empty.indexOf(`${opening}]`) + opening.length;
  return [empty.slice(0, at), empty.slice(at)];
}

/** A lot's payout by the rule. */
export function payoutIn(
  {
    outcome,
    pool,
    feeBps,
    keptLots,
  }: Omit<ManifestSubject, 'marketId' | 'question' | 'effectiveAt'>,
  lot: Lot & { readonly number: number },
): Payout & { readonly isVoided: boolean } {
  if (outcome === 'void' || lot.number >= keptLots) return { ...refundOf(lot), isVoided: true };
  return { ...payoutOf(lot, { outcome, pool, feeBps }), isVoided: false };
}

export function manifestLot(subject: ManifestSubject, lot: ManifestLot): string {
  const { gross, fee, net, isVoided } = payoutIn(subject, lot);
  return canonical({
    number: lot.number,
    at: isoTime(lot.placedAt),
    side: lot.side satisfies LotSide,
    stake: formatAmount(lot.stake),
    shares: formatAmount(lot.shares),
    tier: lot.tier satisfies TierLevel,
    byProposer: lot.byProposer,
    voided: isVoided,
    gross: formatAmount(gross),
    fee: formatAmount(fee),
    net: formatAmount(net),
  });
}
