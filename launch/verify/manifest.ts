// One settlement manifest (docs/formats/prediction-manifest.md) against what the market publishes: the lots, replayed from
// the seed, make its pool; the pool and the outcome make what each lot was paid, to the last unit that was burned.
import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money';
import { manifestFormat } from '../../domain/predictions/manifest';
import { voidCauses } from '../../domain/predictions/market';
import {
  predictionSides,
  seedPool,
  sharesFor,
  withBet,
  type Pool,
} from '../../domain/predictions/pool';
import { isThin, lotSides, payoutIn, type OthersStakes } from '../../domain/predictions/settlement';
import { tierLevels } from '../../domain/tiers';
import { BadAnswer } from './server';

const amount = z
  .string()
  .regex(/^\d/)
  .transform((text, context) => {
    const units = parseAmount(text);
    if (formatAmount(units) !== text)
      context.addIssue({ code: 'custom', message: 'ends in zeros' });
    return units;
  });
const positive = amount.refine((units) => units > 0n, 'is nothing');
const count = z.int().min(0);
const time = z.iso.datetime({ precision: 3 }).transform(Date.parse);
const outcome = z.enum([...predictionSides, 'void']);
const feeBps = count.max(10_000);

const publishedPool = z
  .object({
    staked: amount,
    yes: z.object({ shares: amount }),
    no: z.object({ shares: amount }),
  })
  .transform(({ staked, yes, no }): Pool => ({ staked, yes: yes.shares, no: no.shares }));

/** What the list says of a market that is settled or void. */
export const settledMarketShape = z.object({
  id: z.uuid(),
  question: z.string(),
  proposedAt: time,
  openedAt: time,
  closesAt: time,
  lockedAt: time,
  feeBps,
  seed: positive,
  bets: count,
  pool: publishedPool,
  outcome,
  effectiveAt: time.nullable(),
  voided: z.object({ cause: z.enum(voidCauses) }).nullable(),
  settlement: z.object({
    keptLots: count,
    voidedLots: count,
    pool: publishedPool,
    paid: amount,
    refunded: amount,
    fees: amount,
    dust: amount,
    burned: amount,
    burnSeq: count.nullable(),
    manifestHash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
export type SettledMarket = z.output<typeof settledMarketShape>;

const manifestShape = z.strictObject({
  format: z.literal(manifestFormat),
  marketId: z.string(),
  question: z.string(),
  outcome,
  effectiveAt: time.nullable(),
  feeBps,
  keptLots: count,
  pool: z.strictObject({ staked: positive, yes: positive, no: positive }),
  totals: z.strictObject({
    paid: amount,
    refunded: amount,
    fees: amount,
    dust: amount,
    burned: amount,
  }),
  lots: z.array(
    z.strictObject({
      number: count,
      at: time,
      side: z.enum(lotSides),
      stake: positive,
      shares: positive,
      tier: z.enum(tierLevels),
      byProposer: z.boolean(),
      voided: z.boolean(),
      gross: amount,
      fee: amount,
      net: amount,
    }),
  ),
});
type Manifest = z.output<typeof manifestShape>;
type ManifestLot = Manifest['lots'][number];

/** @throws BadAnswer when the bytes are no manifest in its canonical form */
function readManifest(bytes: Buffer): Manifest {
  let raw: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    raw = JSON.parse(text);
  } catch {
    throw new BadAnswer('the manifest is no JSON');
  }
  if (canonicalize(raw) !== text) throw new BadAnswer('the manifest is not in canonical form');
  const parsed = manifestShape.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new BadAnswer(`the manifest is not as documented: ${z.prettifyError(parsed.error)}`);
}

function isSamePool(a: Pool, b: Pool): boolean {
  return a.staked === b.staked && a.yes === b.yes && a.no === b.no;
}

/** What the market and its manifest both say. */
function compareTerms(market: SettledMarket, manifest: Manifest): string | undefined {
  const { settlement } = market;
  const { totals, lots } = manifest;
  const same = {
    id: manifest.marketId === market.id,
    question: manifest.question === market.question,
    outcome: manifest.outcome === market.outcome,
    effectiveAt: manifest.effectiveAt === market.effectiveAt,
    feeBps: manifest.feeBps === market.feeBps,
    keptLots: manifest.keptLots === settlement.keptLots,
    lots:
      lots.length === market.bets + 1 &&
      lots.length === settlement.keptLots + settlement.voidedLots,
    seed: lots[0]?.stake === market.seed,
    pool: isSamePool(manifest.pool, settlement.pool),
    paid: totals.paid === settlement.paid,
    refunded: totals.refunded === settlement.refunded,
    fees: totals.fees === settlement.fees,
    dust: totals.dust === settlement.dust,
    burned: totals.burned === settlement.burned,
  };
  const other = Object.entries(same).find(([, isSame]) => !isSame);
  return other && `the manifest has another ${other[0]} than the market`;
}

interface Replayed {
  readonly pool: Pool;
  readonly others: OthersStakes;
}

/** When a lot was to be bought, and of whom the first one is. */
function findMisplaced(market: SettledMarket, lot: ManifestLot, index: number, last: number) {
  const { number, at } = lot;
  if (number !== index) return `lot ${number} stands where lot ${index} should`;
  if ((lot.side === 'seed') !== (index === 0)) return `lot ${index} is of the side ${lot.side}`;
  if (index === 0) {
    return lot.byProposer && at === market.proposedAt
      ? undefined
      : 'the seed is not that of the proposal';
  }
  if (at < last) return `lot ${index} is earlier than the one before`;
  return at >= market.openedAt && at < market.closesAt && at <= market.lockedAt
    ? undefined
    : `lot ${index} is not of the betting time`;
}

/** The lots from the seed on; `atCut` is what it comes to with those in time. @throws BadAnswer */
function replay(market: SettledMarket, lots: readonly ManifestLot[]) {
  let now: Replayed = { pool: { staked: 0n, yes: 0n, no: 0n }, others: { yes: 0n, no: 0n } };
  let atCut = now;
  let cut = 0;
  let last = 0;
  for (const [index, lot] of lots.entries()) {
    const wrong = findMisplaced(market, lot, index, last);
    if (wrong !== undefined) throw new BadAnswer(wrong);
    const { stake, at } = lot;
    last = at;
    const shares = lot.side === 'seed' ? seedPool(stake).yes : sharesFor(now.pool, lot.side, stake);
    if (lot.shares !== shares) {
      throw new BadAnswer(
        `lot ${index} has ${formatAmount(lot.shares)} shares, by the rule ${formatAmount(shares)}`,
      );
    }
    now = after(now, lot);
    if (at > (market.effectiveAt ?? Infinity)) continue;
    cut = index + 1;
    atCut = now;
  }
  return { ...now, atCut, cut };
}

function after({ pool, others }: Replayed, lot: ManifestLot): Replayed {
  if (lot.side === 'seed') return { pool: seedPool(lot.stake), others };
  const bet = { ...lot, side: lot.side };
  const stakes = lot.byProposer ? others : { ...others, [bet.side]: others[bet.side] + lot.stake };
  return { pool: withBet(pool, bet), others: stakes };
}

/** Whether the lots make the pool, and leave the outcome as it is. */
function checkPools(market: SettledMarket, manifest: Manifest): string | undefined {
  const { pool, atCut, cut } = replay(market, manifest.lots);
  if (!isSamePool(pool, market.pool)) return "the lots do not make the market's pool";
  if (!isSamePool(atCut.pool, manifest.pool)) return 'the lots in time do not make the pool';
  const { effectiveAt, voided } = market;
  const cause = voided?.cause ?? null;
  if ((market.outcome === 'void') !== (cause !== null)) return 'the outcome is void, or it is not';
  const isVoidByRule = effectiveAt !== null && isThin(atCut.pool, atCut.others);
  if (isVoidByRule !== (cause === 'thin') || (effectiveAt === null && cause === null)) {
    return isVoidByRule
      ? 'a side was hardly bet on, and the market is not void for that'
      : 'the market is void for want of bets that there were';
  }
  const kept = cause === null ? cut : 0;
  return manifest.keptLots === kept
    ? undefined
    : `${manifest.keptLots} lots count, by the rule ${kept}`;
}

/** Whether each lot was paid what the rule gives it, and all of them what the totals say. */
function checkPayouts({ lots, totals, ...subject }: Manifest): string | undefined {
  const sums = { paid: 0n, refunded: 0n, fees: 0n };
  for (const lot of lots) {
    const { gross, fee, net, isVoided } = payoutIn(subject, lot);
    if (lot.voided !== isVoided) return `lot ${lot.number} is voided, or it is not`;
    if (lot.gross !== gross || lot.fee !== fee || lot.net !== net) {
      const told = `${formatAmount(lot.gross)} - ${formatAmount(lot.fee)} = ${formatAmount(lot.net)}`;
      return `lot ${lot.number} was paid ${told} LCO, by the rule ${formatAmount(gross)} - ${formatAmount(fee)}`;
    }
    sums[isVoided ? 'refunded' : 'paid'] += net;
    sums.fees += fee;
  }
  const { paid, refunded, fees, dust, burned } = totals;
  if (paid !== sums.paid || refunded !== sums.refunded || fees !== sums.fees) {
    return 'the payouts do not come to the totals';
  }
  const rest = subject.keptLots === 0 ? 0n : subject.pool.staked - paid - fees;
  return dust === rest && burned === fees + dust
    ? undefined
    : `${formatAmount(burned)} LCO were burned, ${formatAmount(fees + rest)} were left`;
}

/** What is wrong with a manifest, if anything is. @throws BadAnswer for what is no manifest */
export function findWrongManifest(market: SettledMarket, bytes: Buffer): string | undefined {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const { manifestHash } = market.settlement;
  if (hash !== manifestHash) return `the manifest has the hash ${hash}, not ${manifestHash}`;
  const manifest = readManifest(bytes);
  return compareTerms(market, manifest) ?? checkPools(market, manifest) ?? checkPayouts(manifest);
}
