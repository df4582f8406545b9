// 10,000 mixed commands of 50 users from two processes at once, each of them killed again and again: afterwards the
// books hold, and the cached book is the one rebuilt from rows and the one replayed from the feed.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../launch/paths';
import { Random } from '../simulation/random';
import { picturesOf } from './picture';
import type { TraderAnswer, TraderTask } from './trader-process';
import { createWorld, type World } from './world';

const seed = Number(process.env.LX_STORM_SEED ?? Date.now() % 1_000_000);
const requestsEach = 5_000;

interface Run {
  /** null: it was killed. */
  readonly picture: string | null;
  readonly done: number;
  readonly refusals: Record<string, number>;
}

/** Runs a process on a task; kills it once it has answered so many requests. */
function trade(task: TraderTask, killAfter: number): Promise<Run> {
  const child = fork(join(projectRoot(), 'dist/test/exchange/trader-process.js'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let run: Run = { picture: null, done: task.from, refusals: {} };
  return new Promise((resolve, reject) => {
    child.on('message', (answer: TraderAnswer) => {
      if (answer.type === 'ended') {
        run = { picture: answer.picture, done: task.to, refusals: answer.refusals };
        return;
      }
      run = { ...run, done: Math.max(run.done, answer.done) };
      if (answer.done - task.from >= killAfter) child.kill('SIGKILL');
    });
    // What it said last may be read after it has ended.
    const heard = new Promise((told) => child.once('disconnect', told));
    child.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') void heard.then(() => resolve(run));
      else reject(new Error(`a trader ended with ${code}`));
    });
    child.send(task);
  });
}

async function tradeWithKills(task: TraderTask, random: Random) {
  let kills = 0;
  for (let from = task.from; ;) {
    const run = await trade({ ...task, from }, random.between(400, 1_500));
    if (run.picture !== null) return { kills, picture: run.picture, refusals: run.refusals };
    kills++;
    from = run.done;
  }
}

/** A book is too long to be shown whole. */
function requireSame(who: string, picture: string, rebuilt: string): void {
  const expected = rebuilt.split('\n');
  const actual = picture.split('\n');
  const at = expected.findIndex((line, i) => line !== actual[i]);
  expect([who, at < 0 ? undefined : actual[at], actual.length]).toEqual([
    who,
    at < 0 ? undefined : expected[at],
    expected.length,
  ]);
}

async function fundTraders(world: World): Promise<string[]> {
  const rich = await Promise.all(Array.from({ length: 25 }, () => world.addTrader('300', '10000')));
  const poor = await Promise.all(Array.from({ length: 25 }, () => world.addTrader('20')));
  return [...rich, ...poor];
}

it(`leaves the books whole (seed ${seed})`, async () => {
  const world = await createWorld();
  try {
    const users = await fundTraders(world);
    await world.setMark('0.05');
    const random = new Random(seed);
    const task = {
      databaseUrl: world.database.url,
      users,
      from: 0,
      to: requestsEach,
      inFlight: 24,
    };
    const runs = await Promise.all([
      tradeWithKills({ ...task, seed }, random),
      tradeWithKills({ ...task, seed: seed + 1 }, random),
    ]);
    expect(runs.every(({ kills }) => kills >= 2)).toBe(true);

    // The last word is that of one process alone: what it has in memory is what the rows and the feed say.
    const last = { ...task, seed, from: requestsEach, to: requestsEach + 300 };
    const { picture } = await trade(last, Infinity);
    const { rebuilt, replayed } = await picturesOf(world.database.url);
    requireSame('the feed', replayed, rebuilt);
    requireSame('a process that traded', picture ?? '', rebuilt);
    const trades = await world.db('trades').count<{ count: bigint }[]>('id as count');
    expect(Number(trades[0]?.count)).toBeGreaterThan(1_000);
  } finally {
    await world.close();
  }
});
