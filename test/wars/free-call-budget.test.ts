// Storms on the set-aside of a champion's free calls (DESIGN 2.9), from two processes: what it affords is free, to the
// last unit, what it does not is paid, and at every moment what is left, held and taken is what was set aside.
import { formatAmount } from '../../domain/money';
import type { Committer } from '../../ledger/committer';
import { releaseCall } from '../../services/calls/relay-release';
import { Random } from '../simulation/random';
import { createWorld, dayMs, weekMs, type World } from './world';

let world: World;
let champion: string;
let committers: readonly [Committer, Committer];

/** A champion with a score of 5.6 Credits, whose 1.4 are seven calls of 40 tokens; at Lv2, with 100 Credits. */
beforeEach(async () => {
  world = await createWorld();
  committers = [world.committer, world.openCommitter()];
  await world.endow('free_calls', '500');
  champion = await world.addPlayer(12_000);
  world.setNow(world.startsAt);
  await world.deposit(champion, '105.6');
  await world.call(champion, 560);
  await world.stake(champion, '1000');
  world.setNow(world.startsAt + weekMs);
  await world.advance();
  world.setNow(world.startsAt + 8 * dayMs);
  await world.advance();
  await world.choose(champion, 'free_calls');
});
afterEach(() => world.close());

const by = (i: number) => committers[i % 2] ?? world.committer;

async function reserve(tokens: number, committer: Committer) {
  const processId = await world.livingProcess();
  return world.reserve(champion, tokens, { processId }, committer);
}
type Reserved = Awaited<ReturnType<typeof reserve>>;

const settle = (call: Reserved, tokens: number, committer: Committer) =>
  world.settle(call, tokens, { wars: world.hint() }, committer);

async function freeOf(calls: readonly Reserved[]): Promise<Set<string>> {
  const ids = await world
    .db('relay_calls')
    .whereIn(
      'id',
      calls.map(({ input }) => input.callId),
    )
    .whereNotNull('war_round_id')
    .pluck<string[]>('id');
  return new Set(ids);
}

/** What is taken, left and held are what was set aside. */
async function expectWhole(): Promise<void> {
  const { rows } = await world.db.raw<{ rows: [{ taken: bigint }] }>(
    `select coalesce(sum(free_charge), 0)::bigint as taken from relay_calls where war_round_id = ?`,
    [world.roundId],
  );
  const parts = [
    Number(formatAmount(rows[0].taken)),
    Number(await world.freeCallsOf()),
    Number(await world.freeCallsOf('relay')),
  ];
  for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
  expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1.4, 8);
}

it('gives fifty calls at once the seven that it affords, and the others are paid', async () => {
  const calls = await Promise.all(Array.from({ length: 50 }, (_, i) => reserve(40, by(i))));
  const free = await freeOf(calls);
  expect(free.size).toBe(7);
  expect(calls.every(({ clamped, outputLimit }) => !clamped && outputLimit === 40)).toBe(true);
  expect([await world.freeCallsOf(), await world.freeCallsOf('relay')]).toEqual(['0', '1.4']);
  // 43 at 95% of 0.4
  expect(await world.creditsOf(champion)).toBe('83.66');
  await Promise.all(calls.map((call, i) => settle(call, 40, by(i + 1))));
  expect([await world.freeCallsOf(), await world.freeCallsOf('relay')]).toEqual(['0', '0']);
  expect(await world.creditsOf(champion)).toBe('83.66');
  const [next] = (await world.wars.list({ limit: 1 })).items;
  expect(await world.wars.standingOf(next?.id ?? '', champion)).toMatchObject({ score: '16.34' });
  await expectWhole();
});

it('affords another call with what the ones before gave back', async () => {
  const first = await Promise.all(Array.from({ length: 7 }, (_, i) => reserve(40, by(i))));
  const paid = await reserve(40, by(0));
  expect((await freeOf([...first, paid])).size).toBe(7);
  // Seven times 0.1 come back: three calls, and one of 20 tokens that is shortened to what is left.
  await Promise.all(first.map((call, i) => settle(call, 20, by(i))));
  const second = await Promise.all(Array.from({ length: 5 }, (_, i) => reserve(40, by(i))));
  expect((await freeOf(second)).size).toBe(4);
  expect(second.map(({ outputLimit }) => outputLimit).sort((a, b) => a - b)).toEqual([
    20, 40, 40, 40, 40,
  ]);
  await Promise.all([...second, paid].map((call, i) => settle(call, 10, by(i))));
  await expectWhole();
});

it('is held and used by models of another unit as by those of tokens', async () => {
  // Of a second the upstream costs 0.005: 1.4 Credits are 280 of them.
  const perUnit = { list: '0.01', cost: '0.005' };
  const speech = { modelId: 'scribe', unit: 'seconds', endpoint: 'audio/transcriptions' } as const;
  await world.sell(speech.modelId, speech.unit, perUnit);
  const processId = await world.livingProcess();
  const reserveSpeech = (seconds: number) =>
    world.reserve(champion, 1, { ...speech, processId, choices: seconds }, world.committer);
  const first = await reserveSpeech(200);
  const second = await reserveSpeech(100);
  expect(await freeOf([first, second])).toEqual(new Set([first.input.callId]));
  expect([await world.freeCallsOf(), await world.freeCallsOf('relay')]).toEqual(['0.4', '1']);
  await settle(first, 150, world.committer);
  await settle(second, 100, world.committer);
  expect([await world.freeCallsOf(), await world.freeCallsOf('relay')]).toEqual(['0.65', '0']);
  // A hundred seconds at 95% of 0.01.
  expect(await world.creditsOf(champion)).toBe('99.05');
  await expectWhole();
});

it.each([1, 2, 3, 4])(
  'is never less than nothing, whatever is reserved, settled and given back at once (seed %s)',
  async (seed) => {
    const random = new Random(seed);
    const live: Reserved[] = [];
    for (let round = 0; round < 6; round++) {
      const begun = Array.from({ length: 8 }, (_, i) => reserve(random.between(1, 90), by(i)));
      const ended = live.splice(0, random.between(0, live.length)).map((call, i) => {
        const { callId, keyId } = call.input;
        const release = { callId, keyId, userId: champion, ending: 'upstream_failed' };
        return random.between(0, 3) === 0
          ? by(i).submit(releaseCall, release, { actor: champion })
          : settle(call, random.between(0, 120), by(i));
      });
      live.push(...(await Promise.all(begun)));
      await Promise.all(ended);
      await expectWhole();
    }
    await Promise.all(live.map((call, i) => settle(call, random.between(0, 90), by(i))));
    await expectWhole();
    world.setNow(world.startsAt + 16 * dayMs);
    expect(await world.advance()).toMatchObject({ next: { kind: 'nothing' } });
    expect([await world.freeCallsOf(), await world.freeCallsOf('relay')]).toEqual(['0', '0']);
  },
);
