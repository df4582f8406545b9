// How the quota of an IMO is divided (whitepaper 4.1, DESIGN 2.7 and 2.13): in proportion to weighted locks, nobody
// above the cap, whole units by the largest remainder.
import { assert } from './errors';
import { mulDivDown } from './money';

/** A subscriber as far as their share goes. */
export interface WeightedLock {
  /** Locked base units of LCO x the weight of the level; more than zero. */
  readonly weight: bigint;
}

export interface AllocationPlan {
  /** Units of the model's price; more than zero. */
  readonly quota: bigint;
  /** Units that one subscriber gets at most; null: no cap. */
  readonly capPerUser: bigint | null;
  /** In the order that breaks ties: the earlier subscription first, then by user id. */
  readonly locks: readonly WeightedLock[];
}

interface Shares {
  /** What is left to be divided among those below the cap, and their weights together. */
  readonly quota: bigint;
  readonly weight: bigint;
}

/**
 * Which exact shares reach the cap: Q W / ΣW >= cap, repeated with what is left until nobody new does. To cap one of
 * them never lowers the share of another, so they can be taken one by one, the heaviest first.
 */
function capHeaviest(
  quota: bigint,
  cap: bigint,
  weights: readonly bigint[],
): { readonly capped: ReadonlySet<number>; readonly rest: Shares } {
  const heaviestFirst = weights
    .map((weight, index) => ({ weight, index }))
    .sort((a, b) => (a.weight === b.weight ? 0 : a.weight > b.weight ? -1 : 1));
  const capped = new Set<number>();
  const rest = { quota, weight: weights.reduce((sum, weight) => sum + weight, 0n) };
  for (const { weight, index } of heaviestFirst) {
    if (rest.quota * weight < cap * rest.weight) break;
    capped.add(index);
    rest.quota -= cap;
    rest.weight -= weight;
  }
  return { capped, rest };
}

/**
 * Allocation_i = Q x W_i / ΣW in whole units, in the order of `locks`. ΣA = Q, unless all are capped: then the remainder
 * is nobody's. Rounded down and completed by the largest remainder, the earlier subscriber first among equals; by that
 * nobody passes the cap, for shares below a whole cap round up to it at most.
 */
export function allocateQuota({ quota, capPerUser, locks }: AllocationPlan): bigint[] {
  assert(quota > 0n && (capPerUser === null || capPerUser > 0n), 'there is something to allocate');
  const weights = locks.map(({ weight }) => weight);
  assert(
    weights.every((weight) => weight > 0n),
    'whoever has no weight is not among them',
  );
  // A cap of the whole quota caps nobody but who is alone.
  const { capped, rest } = capHeaviest(quota, capPerUser ?? quota, weights);
  const shares = weights.map((weight, index) =>
    capped.has(index) ? (capPerUser ?? quota) : mulDivDown(rest.quota, weight, rest.weight),
  );
  const left = quota - shares.reduce((sum, share) => sum + share, 0n);
  if (capped.size === locks.length) return shares;
  for (const index of largestRemainders(weights, capped, rest).slice(0, Number(left))) {
    shares[index] = (shares[index] ?? 0n) + 1n;
  }
  return shares;
}

/** The indices of those below the cap, of whom there are some: the largest remainder first; a stable sort keeps the order among equals. */
function largestRemainders(
  weights: readonly bigint[],
  capped: ReadonlySet<number>,
  { quota, weight: sum }: Shares,
): number[] {
  return weights
    .map((weight, index) => ({ index, remainder: (quota * weight) % sum }))
    .filter(({ index }) => !capped.has(index))
    .sort((a, b) => (a.remainder === b.remainder ? 0 : a.remainder > b.remainder ? -1 : 1))
    .map(({ index }) => index);
}
