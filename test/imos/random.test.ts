// IMOs under anything in any order: subscriptions, stakes, calls, their ends, gifts back and every step of the lifecycle,
// several at once and from two processes, on a clock that jumps. A seed decides all of it; afterwards the books hold.
import { DomainError, type DomainErrorCode } from '../../domain/errors';
import { releaseCall } from '../../services/calls/relay-release';
import { createImos } from '../../services/imos/imos';
import { Random } from '../simulation/random';
import { createWorld, hourMs, type World } from './world';

const steps = Number(process.env.LX_IMO_STEPS ?? 250);
const seeds = process.env.LX_IMO_SEED?.split(',').map(Number) ?? [1, 2, Date.now() % 1_000_000];
const minuteMs = 60_000;

type LiveCall = Awaited<ReturnType<World['call']>>;

/** What is asked, and which refusals are an answer to it. */
interface Act {
  readonly what: string;
  readonly refusals: readonly DomainErrorCode[];
  readonly run: () => Promise<unknown>;
}

async function drive(world: World, random: Random) {
  const other = world.openCommitter();
  const processes = [world.committer, other] as const;
  const few = processes.map((committer) =>
    createImos({ db: world.db, committer, subscribersAtOnce: 2 }),
  );
  const users: string[] = [];
  for (const staked of ['10000', '50000', '12000', '9999', '20000', '60000']) {
    users.push(await world.addHolder(staked, '2000'));
  }
  const imos: string[] = [];
  const live: LiveCall[] = [];
  const locked = new Map<string, number>();
  /** From when on nobody subscribes to any of them. */
  let lastCloses = 0;

  async function announce(): Promise<void> {
    const now = world.now();
    const opensAt = now + random.between(-30, 30) * minuteMs;
    const closesAt = Math.max(now, opensAt) + random.between(20, 60) * minuteMs;
    const quota = random.pick([7n, 900n, 5_000n, 40_000n]);
    lastCloses = Math.max(lastCloses, closesAt);
    imos.push(
      await world.announce({
        ...{ quota, opensAt, closesAt, expiresAt: closesAt + random.between(40, 150) * minuteMs },
        capPerUser: random.chance(0.3) ? (quota * 2n) / 5n : null,
        minParticipants: random.chance(0.2) ? random.between(1, 4) : null,
        minLocked: random.chance(0.2) ? BigInt(random.between(1, 300)) * 10n ** 8n : null,
      }),
    );
  }

  /** Mostly one of those that go on. */
  const recent = () => random.pick(random.chance(0.1) ? imos : imos.slice(-3));

  function subscribing(): Act {
    const [user, imo, by] = [random.pick(users), recent(), random.pick(few)];
    const amount = random.between(1, 300);
    return {
      what: `${user} locks ${amount} for ${imo}`,
      refusals: ['STATE_CONFLICT', 'IMO_LEVEL_REQUIRED', 'INSUFFICIENT_FUNDS'],
      run: async () => {
        await world.subscribe(user, imo, String(amount), undefined, by);
        const id = `${imo}/${user}`;
        locked.set(id, (locked.get(id) ?? 0) + amount);
      },
    };
  }

  function staking(): Act {
    const user = random.pick(users);
    const lco = String(random.pick([1, 1, 1, 1_000, 10_000]));
    const isTaken = random.chance(0.4);
    return {
      what: `${user} ${isTaken ? 'takes' : 'stakes'} ${lco}`,
      refusals: ['INSUFFICIENT_FUNDS', 'OPEN_UNSTAKE_LIMIT'],
      run: () => (isTaken ? world.unstake(user, lco) : world.stake(user, lco)),
    };
  }

  function calling(): Act {
    const [user, by] = [random.pick(users), random.pick(processes)];
    const [input, output] = [random.between(0, 60), random.between(1, 200)];
    return {
      what: `${user} calls with ${input} for ${output}`,
      refusals: ['IMO_QUOTA_REQUIRED', 'INSUFFICIENT_FUNDS', 'CONCURRENCY_LIMIT'],
      run: async () => void live.push(await world.call(user, input, output, by)),
    };
  }

  /** A call is settled, with as much as it may take or less, or given back; undefined when none is live. */
  function ending(): Act | undefined {
    const call = live.splice(random.between(0, live.length - 1), 1)[0];
    if (!call) return undefined;
    const { callId, userId, textTokens } = call.input;
    const by = random.pick(processes);
    if (random.chance(0.2)) {
      const name = { callId, userId, keyId: null, ending: 'no_answer' };
      return {
        what: `release ${callId}`,
        refusals: [],
        run: () => by.submit(releaseCall, name, { actor: userId }),
      };
    }
    const output = random.chance(0.5) ? call.outputLimit : random.between(0, call.outputLimit);
    return {
      what: `settle ${callId} with ${output}`,
      refusals: [],
      run: () => world.settleCall(call, textTokens, output, by),
    };
  }

  function givingUp(): Act {
    const [user, imo] = [random.pick(users), recent()];
    return {
      what: `${user} gives up ${imo}`,
      refusals: ['NOT_FOUND', 'STATE_CONFLICT'],
      run: () => world.giveUp(user, imo),
    };
  }

  function cancelling(): Act {
    const imo = recent();
    return {
      what: `cancel ${imo}`,
      refusals: ['STATE_CONFLICT'],
      run: () => world.imos.cancel(world.actOf(imo)),
    };
  }

  function advancing(): Act {
    const [imo, by] = [recent(), random.pick(few)];
    return { what: `advance ${imo}`, refusals: [], run: () => world.advance(imo, by) };
  }

  const drawn = (): Act | undefined =>
    random.weighted<() => Act | undefined>([
      [8, subscribing],
      [1, staking],
      [10, calling],
      [8, ending],
      [0.4, givingUp],
      [0.15, cancelling],
      [5, advancing],
    ])();

  async function perform({ what, refusals, run }: Act): Promise<void> {
    try {
      await run();
    } catch (error) {
      const isAnswer = error instanceof DomainError && refusals.includes(error.code);
      if (!isAnswer) throw new Error(`${what}: ${String(error)}`, { cause: error });
    }
  }

  await announce();
  for (let step = 0; step < steps; step++) {
    if (world.now() > lastCloses || random.chance(0.03)) await announce();
    if (random.chance(0.5)) world.setNow(world.now() + random.between(1, 15) * minuteMs);
    const acts = Array.from({ length: random.between(1, 8) }, drawn);
    await Promise.all(acts.flatMap((act) => (act ? [perform(act)] : [])));
  }
  return { few, users, imos, live, locked };
}

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
// Proves the books.
afterEach(() => world.close());

it.each(seeds)('holds with seed %d', async (seed) => {
  const { few, users, imos, live, locked } = await drive(world, new Random(seed));
  const [by] = few;

  // Every IMO to its end, with calls that outlive it.
  world.setNow(world.now() + 10 * hourMs);
  for (const imo of imos) expect((await world.advance(imo, by)).next.kind).toBe('nothing');
  for (const call of live) await world.settleCall(call, call.input.textTokens, 0);

  let calls = 0;
  for (const id of imos) {
    const imo = await world.imos.get(id);
    const own = await Promise.all(
      users.map((user) => world.imos.subscriptionOf(id, user).catch(() => null)),
    );
    const subscriptions = own.filter((one) => one !== null);
    expect(subscriptions).toHaveLength(imo.subscriptions);
    for (const [i, one] of own.entries()) {
      expect(Number(one?.locked ?? 0)).toBe(locked.get(`${id}/${users[i]}`) ?? 0);
    }
    expect(subscriptions.every(({ returnedAt, held }) => returnedAt !== null && held === 0)).toBe(
      true,
    );
    const shares = subscriptions.map(({ allocation }) => allocation ?? 0);
    const given = shares.reduce((sum, share) => sum + share, 0);
    expect(given).toBe(imo.allocatedQuota ?? 0);
    if (imo.activatedAt !== null && imo.capPerUser === null) expect(given).toBe(imo.quota);
    if (imo.capPerUser !== null) expect(Math.max(0, ...shares)).toBeLessThanOrEqual(imo.capPerUser);
    calls += subscriptions.reduce((sum, { used }) => sum + used, 0);
  }
  for (const user of users) expect((await world.lcoOf(user)).locked).toBe('0');
  // It was about something.
  expect(locked.size).toBeGreaterThan(3);
  expect(calls).toBeGreaterThan(0);
});
