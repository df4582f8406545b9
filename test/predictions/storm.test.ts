// A thousand bets race the closing instant from two processes, which lock the market meanwhile (DESIGN 2.8): journal time
// alone decides which are in, each is in once, and what was sold is what the formula says, in one order.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAmount } from '../../domain/money';
import { predictionSides, seedPool, sharesFor, withBet } from '../../domain/predictions/pool';
import type { LotRow } from '../../services/predictions/lot-rows';
import { refusal } from '../support/refusals';
import { createWorld, dayMs, hourMs, type World } from './world';

const betCount = 1_000;

type Answer = PromiseSettledResult<Awaited<ReturnType<World['bet']>>>;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

it('takes what was committed before the closing, once each, and nothing after it', async () => {
  const processes = [world.predictions, world.predictionsOf(world.openCommitter())] as const;
  const proposer = await world.addBettor();
  const users: string[] = [];
  for (let i = 0; i < 10; i++) users.push(await world.addBettor());
  const closesAt = world.now() + hourMs;
  const id = await world.open(proposer, { closesAt });
  world.setNow(closesAt - betCount / 2);

  const locking = processes.map(async (by) => {
    while ((await by.lock(id)).next.kind === 'lock') await sleep(5);
  });
  /** Of each bet, what its one or two requests were answered. */
  const answers: Promise<Answer[]>[] = [];
  for (let i = 0; i < betCount; i++) {
    world.setNow(closesAt - betCount / 2 + i);
    const key = randomUUID();
    const bet = (by: (typeof processes)[number]) =>
      world.bet(users[i % 10]!, id, predictionSides[i % 2]!, `${1 + (i % 17)}.${i}`, { key, by });
    const requests = i % 5 === 0 ? processes.map(bet) : [bet(processes[i % 2]!)];
    answers.push(Promise.allSettled(requests));
    await sleep(1);
  }
  const answered = await Promise.all(answers);
  await Promise.all(locking);

  const taken = answered.filter(([first]) => first?.status === 'fulfilled');
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.length).toBeLessThan(betCount);
  for (const [first, second = first] of answered) {
    expect(second).toEqual(first);
    if (first?.status === 'rejected') {
      expect(first.reason).toEqual(refusal('STATE_CONFLICT', { status: 'locked' }));
    }
  }

  type Lot = Omit<LotRow, 'placedAt'> & { readonly placedAt: number };
  const lots = await world
    .db('prediction_lots')
    .select<Lot[]>({
      number: 'number',
      side: 'side',
      stake: 'stake',
      shares: 'shares',
      placedAt: 'placed_at',
      placedIn: 'placed_in',
      stakedAfter: 'staked_after',
      yesAfter: 'yes_after',
      noAfter: 'no_after',
    })
    .where('market_id', id)
    .orderBy('number');
  expect(lots.map(({ number }) => number)).toEqual([...Array(taken.length + 1).keys()]);
  expect(lots.every(({ placedAt }) => placedAt < closesAt)).toBe(true);
  let pool = seedPool(parseAmount('1000'));
  for (const [i, { side, stake, shares, ...lot }] of lots.entries()) {
    if (side !== 'seed') {
      expect(shares).toBe(sharesFor(pool, side, stake));
      pool = withBet(pool, { side, stake, shares });
      const before = lots[i - 1]!;
      expect(lot.placedAt).toBeGreaterThanOrEqual(before.placedAt);
      expect(lot.placedIn >= before.placedIn).toBe(true);
    }
    expect({ staked: lot.stakedAfter, yes: lot.yesAfter, no: lot.noAfter }).toEqual(pool);
  }
  // What they were answered is what there is.
  const told = answered.flatMap(([first]) =>
    first?.status === 'fulfilled' ? [first.value.lot.number] : [],
  );
  expect(told.sort((a, b) => a - b)).toEqual(lots.slice(1).map(({ number }) => number));

  await world.resolve(id, 'yes', { effectiveAt: closesAt });
  world.pass(dayMs);
  const ended = await Promise.all(processes.map((by) => world.advance(id, by)));
  expect(ended.map(({ market: { status } }) => status)).toEqual(['settled', 'settled']);
  expect(await world.heldBy(id)).toBe('0');
});
