// Whole markets under anything: stakes and levels of several, times, outcomes, disputes, rulings and voids, from two
// processes. A seed decides all of it; each market ends with what the rule says, to the unit, and nothing left.
import { createHash } from 'node:crypto';
import { defaultWindows } from '../../config/windows';
import { DomainError, type DomainErrorCode } from '../../domain/errors';
import { formatAmount, parseAmount, unit } from '../../domain/money';
import { bondOf, overturns, type BondFate } from '../../domain/predictions/market';
import { predictionSides, seedPool, withBet } from '../../domain/predictions/pool';
import { payoutOf, refundOf, type Payout } from '../../domain/predictions/settlement';
import { lotColumns, type LotRow } from '../../services/predictions/lot-rows';
import type { PublicMarket } from '../../services/predictions/market-views';
import type { Predictions } from '../../services/predictions/predictions';
import { Random } from '../simulation/random';
import { createWorld, dayMs, hourMs, type World } from './world';

const markets = Number(process.env.LX_PREDICTION_MARKETS ?? 10);
const seeds = process.env.LX_PREDICTION_SEED?.split(',').map(Number) ?? [1, Date.now() % 1_000_000];

/** Whether it was done; a refusal with one of these codes is an answer too. */
async function attempt(codes: DomainErrorCode[], act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof DomainError && codes.includes(error.code)) return false;
    throw error;
  }
}

async function readLots(world: World, id: string): Promise<LotRow[]> {
  const query = world.db({ l: 'prediction_lots' }).select(lotColumns).where('l.market_id', id);
  return (await query.orderBy('l.number')) as LotRow[];
}

async function burned(world: World, id: string, kind: 'prediction_fee' | 'bond'): Promise<bigint> {
  const burns = await world.db('burns').where({ source_ref: id, kind }).pluck<bigint[]>('amount');
  expect(burns.length).toBeLessThanOrEqual(1);
  return burns[0] ?? 0n;
}

interface Played {
  readonly id: string;
  /** What is to become of the bond; null: nobody disputed. */
  readonly bondFate: BondFate | null;
}

/** Plays one market to where only time and its steps are left. */
async function playMarket(
  world: World,
  random: Random,
  users: readonly string[],
  services: readonly Predictions[],
): Promise<Played> {
  const seed = unit * BigInt(random.between(100, 1_500)) + BigInt(random.between(0, 99));
  const closesAt = world.now() + random.between(1, 48) * hourMs;
  const id = await world.propose(random.pick(users), { closesAt, seed });
  const undisputed = { id, bondFate: null };
  if (random.chance(0.08)) {
    await world.predictions.reject(world.actOf(id));
    return undisputed;
  }
  if (random.chance(0.08)) {
    world.setNow(closesAt + random.between(0, 1));
    return undisputed;
  }
  world.pass(random.between(0, 1));
  await world.predictions.approve(world.actOf(id));
  const openedAt = world.now();
  await betAtRandom(world, random, users, services, id);

  const voiding = () =>
    world.predictions.void(world.actOf(id, { operatorId: world.secondOperator }));
  if (random.chance(0.1)) {
    await voiding();
    return undisputed;
  }
  if (random.chance(0.6)) world.setNow(closesAt + random.between(0, 13 * 24) * hourMs);
  if (random.chance(0.3)) await random.pick(services).lock(id);
  if (random.chance(0.1)) {
    world.setNow(closesAt + 14 * dayMs);
    return undisputed;
  }

  const lockedAt = Math.min(world.now(), closesAt);
  const lots = await readLots(world, id);
  /** Anywhere, or just about a bet. */
  const drawEffect = () => {
    const about = random.pick(lots).placedAt + random.between(-1, 1);
    const anywhere = random.pick([openedAt, lockedAt, random.between(openedAt, lockedAt)]);
    return Math.min(Math.max(random.chance(0.5) ? about : anywhere, openedAt), lockedAt);
  };
  const proposed = { outcome: random.pick(predictionSides), effectiveAt: drawEffect() };
  const { outcome, effectiveAt } = proposed;
  await world.resolve(id, outcome, { effectiveAt });
  const holder = random.pick(lots).userId;
  const isDisputed =
    random.chance(0.5) && (await attempt(['INSUFFICIENT_FUNDS'], () => world.dispute(holder, id)));
  if (!isDisputed) {
    if (random.chance(0.1)) await voiding();
    world.pass(dayMs);
    return undisputed;
  }
  if (random.chance(0.3)) {
    if (random.chance(0.5)) await voiding();
    else world.pass(7 * dayMs);
    return { id, bondFate: 'returned' };
  }
  const ruling = {
    outcome: random.pick(predictionSides),
    effectiveAt: random.chance(0.5) ? effectiveAt : drawEffect(),
  };
  await world.rule(id, ruling.outcome, ruling.effectiveAt);
  return { id, bondFate: overturns(ruling, proposed) ? 'returned' : 'burned' };
}

/** Several at once, from both processes; time passes in between, or does not. */
async function betAtRandom(
  world: World,
  random: Random,
  users: readonly string[],
  services: readonly Predictions[],
  id: string,
): Promise<void> {
  for (let round = random.between(0, 12); round > 0; round--) {
    const betting = Array.from({ length: random.between(1, 4) }, () => {
      const [user, side] = [random.pick(users), random.pick(predictionSides)];
      const stake = random.magnitude(8, 11) + BigInt(random.between(0, 9_999));
      const by = random.pick(services);
      return attempt(['INSUFFICIENT_FUNDS', 'AMOUNT_OUT_OF_RANGE'], () =>
        world.bet(user, id, side, formatAmount(stake), { by }),
      );
    });
    await Promise.all(betting);
    // Levels change between bets.
    const [user, isTaken] = [random.pick(users), random.chance(0.5)];
    if (random.chance(0.3)) {
      await attempt(['INSUFFICIENT_FUNDS', 'OPEN_UNSTAKE_LIMIT'], () =>
        isTaken ? world.unstake(user, '1') : world.stake(user, '1'),
      );
    }
    world.pass(random.between(0, 2));
  }
}

/** What the rule gives each lot, by the lots as they were bought. */
function payoutsOf({ outcome, effectiveAt }: PublicMarket, lots: readonly LotRow[]): Payout[] {
  if (effectiveAt === null) return lots.map(refundOf);
  const inTime = lots.filter(({ placedAt }) => placedAt <= Date.parse(effectiveAt));
  const [seed, ...bets] = inTime;
  let pool = seedPool(seed!.stake);
  const others = { yes: 0n, no: 0n };
  for (const { side, stake, shares, userId } of bets) {
    if (side === 'seed') throw new Error('a market has one seed');
    pool = withBet(pool, { side, stake, shares });
    if (userId !== seed!.userId) others[side] += stake;
  }
  const isThin = others.yes * 100n < pool.staked || others.no * 100n < pool.staked;
  expect(outcome === 'void').toBe(isThin);
  if (outcome !== 'yes' && outcome !== 'no') return lots.map(refundOf);
  const result = { outcome, pool, feeBps: 500 };
  return lots.map((lot) => (inTime.includes(lot) ? payoutOf(lot, result) : refundOf(lot)));
}

const sumOf = (amounts: readonly (bigint | null)[]) =>
  amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n);

/** Holds a market that ended against the rule; what its users have gained, all together. */
async function requireEnded(world: World, { id, bondFate }: Played): Promise<bigint> {
  const lots = await readLots(world, id);
  const market = await world.predictions.get(id);
  const payouts = payoutsOf(market, lots);
  expect(lots.map(({ paid }) => paid)).toEqual(payouts.map(({ net }) => net));
  expect(lots.map(({ fee }) => fee)).toEqual(payouts.map(({ fee }) => fee));

  const [paid, staked] = [sumOf(lots.map((lot) => lot.paid)), sumOf(lots.map((lot) => lot.stake))];
  const fees = await burned(world, id, 'prediction_fee');
  expect(paid + fees).toBe(staked);
  expect(fees >= sumOf(payouts.map(({ fee }) => fee))).toBe(true);
  expect([await world.heldBy(id), await world.heldBy(id, 'bond')]).toEqual(['0', '0']);

  const bond = bondFate === 'burned' ? bondOf(staked) : 0n;
  expect(market.dispute?.bondFate ?? null).toBe(bondFate);
  expect(await burned(world, id, 'bond')).toBe(bond);
  if (market.settlement) {
    const hash = createHash('sha256')
      .update(await world.manifestOf(id))
      .digest('hex');
    expect(market.settlement.manifestHash).toBe(hash);
  }
  return paid - staked - bond;
}

/** Of all together, whatever for; base units of LCO. */
async function ownedBy(world: World, users: readonly string[]): Promise<bigint> {
  const all = await Promise.all(users.map((user) => world.balances.of(user)));
  const amounts = all.flatMap(([, lco]) => [lco?.available, lco?.staked, lco?.unbonding]);
  return sumOf(amounts.map((amount) => parseAmount(amount ?? '0')));
}

let world: World;
const ends = new Set<string>();

// Proves the books.
afterEach(() => world.close());

it.each(seeds)('pays what the rule says with seed %d', async (seed) => {
  const random = new Random(seed);
  world = await createWorld(defaultWindows, random.between(1, 9));
  const services = [world.predictions, world.predictionsOf(world.openCommitter())];
  const users: string[] = [];
  for (const staked of ['0', '0', '49999', '50000', '1000']) {
    users.push(await world.addBettor('8000', staked));
  }
  for (let i = 0; i < markets; i++) {
    const before = await ownedBy(world, users);
    const played = await playMarket(world, random, users, services);
    const ended = await Promise.all(services.map((by) => world.advance(played.id, by)));
    for (const { next } of ended) expect(next.kind).toBe('nothing');
    const gained = await requireEnded(world, played);
    expect((await ownedBy(world, users)) - before).toBe(gained);
    ends.add(ended[0]!.market.status);
  }
});

afterAll(() => {
  // It was about something.
  expect([...ends]).toEqual(expect.arrayContaining(['settled', 'void']));
});
