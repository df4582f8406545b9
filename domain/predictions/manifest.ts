// The settlement manifest of a prediction market (DESIGN 2.8): RFC 8785 JSON of its pool, outcome, lots and what each was
// paid, so that a stranger can compute it again. It may be long: it is made piece by piece, lots one at a time.
import canonicalize from 'canonicalize';
import { assert } from '../errors';
import { formatAmount } from '../money';
import { isoTime } from '../time';
import { payoutIn, type Lot, type SettlementTerms } from './settlement';

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

export interface ManifestSubject extends SettlementTerms {
  readonly marketId: string;
  readonly question: string;
  /** Milliseconds since 1970; null: the market was void before an outcome was final. */
  readonly effectiveAt: number | null;
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

/** One lot. Its members stand in the order of RFC 8785, and nothing in them has to be escaped: JSON is its canonical form. */
export function manifestLot(subject: ManifestSubject, lot: ManifestLot): string {
  const { gross, fee, net, isVoided } = payoutIn(subject, lot);
  return JSON.stringify({
    at: isoTime(lot.placedAt),
    byProposer: lot.byProposer,
    fee: formatAmount(fee),
    gross: formatAmount(gross),
    net: formatAmount(net),
    number: lot.number,
    shares: formatAmount(lot.shares),
    side: lot.side,
    stake: formatAmount(lot.stake),
    tier: lot.tier,
    voided: isVoided,
  });
}
