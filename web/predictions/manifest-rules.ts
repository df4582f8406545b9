// The rules of docs/formats/prediction-manifest.md, by which a manifest is computed again from its own lots: whole base units
// and nothing else.
import type { AnswerOf } from '../api/types';
import { unitsOf } from '../proofs/units';
import type { Side } from './market-words';

export type Manifest = AnswerOf<'/api/v1/predictions/{id}/manifest'>;
type Lot = Manifest['lots'][number];

interface Pool {
  staked: bigint;
  yes: bigint;
  no: bigint;
}

function isqrt(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

const otherOf: Readonly<Record<Side, Side>> = { yes: 'no', no: 'yes' };

/** @returns shares that it bought, as the pool was before it */
function sharesOf(pool: Pool, side: Lot['side'], stake: bigint): bigint {
  if (side === 'seed') return isqrt((stake * stake) / 2n);
  const after = pool.staked + stake;
  return isqrt(after * after - pool[otherOf[side]] ** 2n) - pool[side];
}

function add(pool: Pool, side: Lot['side'], stake: bigint, shares: bigint): void {
  pool.staked += stake;
  if (side !== 'no') pool.yes += shares;
  if (side !== 'yes') pool.no += shares;
}

/** What is not as the rules make it; null: all is. */
export function faultOf(manifest: Manifest): string | null {
  try {
    return lotFault(manifest) ?? poolFault(manifest) ?? payoutFault(manifest);
  } catch {
    return 'It has not the form of a manifest.';
  }
}

function lotFault({ lots }: Manifest): string | null {
  const pool: Pool = { staked: 0n, yes: 0n, no: 0n };
  for (const [index, { number, at, side, stake, shares }] of lots.entries()) {
    if (number !== index) return `Lot ${index} has the number ${number}.`;
    if ((side === 'seed') !== (index === 0)) return `Lot ${index} is no ${side}.`;
    if (at < (lots[index - 1]?.at ?? at)) return `Lot ${index} is earlier than the one before.`;
    const bought = sharesOf(pool, side, unitsOf(stake));
    if (bought !== unitsOf(shares)) return `Lot ${index} did not buy ${shares} shares.`;
    add(pool, side, unitsOf(stake), bought);
  }
  return null;
}

function poolFault({ lots, effectiveAt, outcome, keptLots, pool }: Manifest): string | null {
  const inTime = lots.filter(({ at }) => effectiveAt === null || at <= effectiveAt);
  const made: Pool = { staked: 0n, yes: 0n, no: 0n };
  const others = { yes: 0n, no: 0n };
  for (const { side, stake, shares, byProposer } of inTime) {
    add(made, side, unitsOf(stake), unitsOf(shares));
    if (side !== 'seed' && !byProposer) others[side] += unitsOf(stake);
  }
  const isPool = (['staked', 'yes', 'no'] as const).every(
    (name) => made[name] === unitsOf(pool[name]),
  );
  if (!isPool) return 'The lots in time do not make its pool.';
  const isThin = others.yes * 100n < made.staked || others.no * 100n < made.staked;
  const isVoid = effectiveAt === null || isThin;
  // An operator may void what is not thin.
  if (isVoid !== (outcome === 'void') && outcome !== 'void') return 'It should be void.';
  if (keptLots !== (outcome === 'void' ? 0 : inTime.length)) {
    return `${keptLots} lots are not those that count.`;
  }
  return null;
}

function payoutFault(manifest: Manifest): string | null {
  const { lots, totals, pool, outcome } = manifest;
  const sums = { paid: 0n, refunded: 0n, fees: 0n };
  for (const lot of lots) {
    const { gross, fee, isVoided } = payoutOf(manifest, lot);
    const net = gross - fee;
    const isPaid =
      gross === unitsOf(lot.gross) &&
      fee === unitsOf(lot.fee) &&
      net === unitsOf(lot.net) &&
      isVoided === lot.voided;
    if (!isPaid) return `Lot ${lot.number} is to be paid otherwise.`;
    sums[isVoided ? 'refunded' : 'paid'] += net;
    sums.fees += fee;
  }
  const dust = outcome === 'void' ? 0n : unitsOf(pool.staked) - sums.paid - sums.fees;
  const made = { ...sums, dust, burned: sums.fees + dust };
  const names = ['paid', 'refunded', 'fees', 'dust', 'burned'] as const;
  const wrong = names.find((name) => made[name] !== unitsOf(totals[name]));
  return wrong === undefined ? null : `The lots do not make the sum ${wrong}.`;
}

const freeTiers: readonly Lot['tier'][] = ['Lv4', 'Whale'];

function payoutOf({ outcome, keptLots, pool, feeBps }: Manifest, lot: Lot) {
  const stake = unitsOf(lot.stake);
  if (outcome === 'void' || lot.number >= keptLots) {
    return { gross: stake, fee: 0n, isVoided: true };
  }
  const isWinner = lot.side === 'seed' || lot.side === outcome;
  const shares = isWinner ? unitsOf(lot.shares) : 0n;
  const gross = (unitsOf(pool.staked) * shares) / unitsOf(pool[outcome]);
  const profit = gross > stake ? gross - stake : 0n;
  const fee = freeTiers.includes(lot.tier) ? 0n : (profit * BigInt(feeBps)) / 10_000n;
  return { gross, fee, isVoided: false };
}
