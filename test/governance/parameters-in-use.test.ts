// A parameter that Whales changed is in force on the very next use, and leaves alone what keeps the value of its creation
// (DESIGN 2.11). Requests a minute: test/relay/sdk.test.ts; buybacks: test/buybacks/openings.test.ts.
import { defaultWindows } from '../../config/windows';
import { newId } from '../../ledger/ids';
import { openWarRound } from '../../services/wars/open-round';
import { hintAt } from '../../services/wars/scoring';
import { refusal } from '../support/refusals';
import { aChange, createWorld, dayMs, type World } from './world';

let world: World;
let whales: string[];

beforeEach(async () => {
  world = await createWorld();
  whales = [];
  for (let i = 0; i < 3; i++) whales.push(await world.addWhale());
});
afterEach(() => world.close());

/** Proposed, voted on and executed. */
async function enact(...changes: readonly (readonly [name: string, value: unknown])[]) {
  const ids: string[] = [];
  for (const [i, [name, value]] of changes.entries()) {
    ids.push((await world.propose(whales[i] ?? '', aChange(value, name))).id);
  }
  world.pass(dayMs);
  for (const id of ids) for (const whale of whales) await world.vote(whale, id, 'for');
  world.pass(3 * dayMs);
  for (const id of ids) await world.advance(id);
  world.pass(2 * dayMs);
  for (const id of ids) {
    expect(await world.advance(id)).toMatchObject({ proposal: { status: 'executed' } });
  }
}

/** A process whose heart beats by the test's clock. */
async function livingProcess(): Promise<string> {
  const id = newId();
  await world.db('relay_processes').insert({ id, beat_at: new Date(world.now() + dayMs) });
  return id;
}

it('exchange.takerFeeBps and makerFeeBps: the next order pays them, one that rests keeps its own', async () => {
  const [maker, taker] = [await world.addTrader('100', '1000'), await world.addTrader('1000')];
  const sell = { side: 'sell', price: '1', quantity: '100' } as const;
  const buy = { side: 'buy', price: '1', quantity: '50' } as const;
  const { order: rests } = await world.place(maker, sell);
  const before = await world.place(taker, buy);
  expect(before.order).toMatchObject({ filledNotional: '50', fee: '0.05' });
  await enact(['exchange.takerFeeBps', 30], ['exchange.makerFeeBps', 20]);
  const after = await world.place(taker, buy);
  expect(after.order).toMatchObject({ filledNotional: '50', fee: '0.15' });
  expect(await world.orders.get(maker, rests.id)).toMatchObject({ status: 'filled', fee: '0' });
  const { order: later } = await world.place(maker, sell);
  await world.place(taker, buy);
  expect(await world.orders.get(maker, later.id)).toMatchObject({ fee: '0.1' });
});

it('exchange.marketBandBps: the next market order', async () => {
  const [maker, taker] = [await world.addTrader('1', '1000'), await world.addTrader('1000')];
  await world.setMark('1');
  await world.place(maker, { side: 'sell', price: '1.2', quantity: '100' });
  const buy = { side: 'buy', quoteQuantity: '10' } as const;
  expect((await world.place(taker, buy)).order).toMatchObject({ filledQuantity: '0' });
  await enact(['exchange.marketBandBps', 3_000]);
  await world.setMark('1');
  expect((await world.place(taker, buy)).order).toMatchObject({ averagePrice: '1.2' });
});

it('relay.defaultMaxOutput: the next call that names no limit', async () => {
  const user = await world.addCaller('1000');
  const unlimited = { askedOutput: null };
  const before = await world.reserve(user, 0, unlimited);
  expect(before.outputLimit).toBe(8_192);
  await world.settle(before, 10);
  await enact(['relay.defaultMaxOutput', 300]);
  const after = await world.reserve(user, 0, { ...unlimited, processId: await livingProcess() });
  expect(after.outputLimit).toBe(300);
  await world.settle(after, 10);
});

it('tiers.concurrency: the next call, of a user whose calls are under way as well', async () => {
  const user = await world.addCaller('1000');
  await enact(['tiers.concurrency', { Lv1: 2, Lv2: 50, Lv3: 50, Lv4: 100, Whale: 200 }]);
  const over = { processId: await livingProcess() };
  await world.reserve(user, 10, over);
  await world.reserve(user, 10, over);
  await expect(world.reserve(user, 10, over)).rejects.toEqual(
    refusal('CONCURRENCY_LIMIT', { limit: 2, tier: 'Lv1' }),
  );
  expect((await world.tiers.list())[0]).toMatchObject({ concurrency: 2 });
});

it('wars.prizeCapBps: rounds that are opened later', async () => {
  const open = async () => {
    const hint = hintAt(world.now(), defaultWindows);
    const { result } = await world.committer.submit(openWarRound, hint, { actor: 'test' });
    const row = await world
      .db('war_rounds')
      .first<{ cap: number }>({ cap: 'prize_cap_bps' })
      .where('id', result.roundId);
    return { id: result.roundId, cap: row.cap };
  };
  world.pass(14 * dayMs);
  const before = await open();
  await enact(['wars.prizeCapBps', 100]);
  const capOf = async (id: string) =>
    (await world.db('war_rounds').first<{ cap: number }>({ cap: 'prize_cap_bps' }).where({ id }))
      .cap;
  expect(before.cap).toBe(2_000);
  world.pass(7 * dayMs);
  expect((await open()).cap).toBe(100);
  expect(await capOf(before.id)).toBe(2_000);
});
