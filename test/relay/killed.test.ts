// kill -9 of the API between reserve and settle, and its orderly end with calls under way (DESIGN 2.2 "Crash", 7).
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { builtEntry } from '../../launch/paths';
import { sweepReservations } from '../../services/calls/relay-release';
import { until } from '../catalog/support';
import { hello, modelId, upstreamKey, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
const children: ChildProcess[] = [];
beforeEach(async () => {
  // What one call of 10 tokens reserves, and a little.
  user = await world().addCaller('0.0001');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Another API process on the same database. */
async function startProcess() {
  const child = fork(builtEntry('api/main'), [], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: 'silent',
      DATABASE_URL: world().api.databaseUrl,
      ALLOW_PRIVATE_UPSTREAMS: '1',
      UPSTREAM_API_KEY: upstreamKey,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return {
    call: (stream: boolean) =>
      fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${user.key}` },
        body: JSON.stringify({ model: modelId, messages: hello, max_tokens: 10, stream }),
      }),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    /** SIGTERM; its exit code. */
    async end() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

/** Makes the silence of every process but this one's as long as that of a dead one. */
async function letTimePass(): Promise<void> {
  await world().context.db.raw(
    `update relay_processes p set beat_at = beat_at - interval '21 seconds'
     where exists (select 1 from relay_calls c where c.process_id = p.id and c.user_id = ?)`,
    [user.id],
  );
}

async function killBetweenReserveAndSettle(): Promise<void> {
  const doomed = await startProcess();
  world().mock.behave('*', { hold: true });
  const lost = Promise.allSettled([doomed.call(false)]);
  await until(() => world().mock.held === 1);
  await doomed.kill();
  expect(await lost).toMatchObject([{ status: 'rejected' }]);
  world().mock.reset();
  expect(await world().callRows(user.id)).toMatchObject([{ status: 'live' }]);
  await world().assertBooksBalance();
}

it('what a killed process had reserved is given back by the sweep', async () => {
  await killBetweenReserveAndSettle();
  const { db, committer } = world().context;
  expect(await sweepReservations(db, committer)).toBe(0);
  await letTimePass();
  const swept = await Promise.all([
    sweepReservations(db, committer),
    sweepReservations(db, committer),
  ]);
  expect(swept[0] + swept[1]).toBe(1);
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'released', ending: 'process_died' },
  ]);
  expect(await world().balanceOf(user)).toBe('0.0001');
  const next = await startProcess();
  expect((await next.call(false)).status).toBe(200);
});

it("what a killed process had reserved is given back by the user's next call that needs it", async () => {
  await killBetweenReserveAndSettle();
  const next = await startProcess();
  expect((await next.call(false)).status).toBe(402);
  await letTimePass();
  expect((await next.call(false)).status).toBe(200);
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'released', ending: 'process_died' },
    { status: 'settled', charge: 9_600n },
  ]);
  await next.end();
});

it('a process that ends in order lets its streams end first', async () => {
  const ending = await startProcess();
  world().mock.behave('*', { holdAfterChunks: 3 });
  const answer = await ending.call(true);
  const code = ending.end();
  // The signal is on its way before the rest of the answer is.
  await new Promise((resolve) => setTimeout(resolve, 300));
  world().mock.release();
  expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/);
  expect(await code).toBe(0);
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'settled', ending: 'completed' },
  ]);
  const left: unknown = await world()
    .context.db({ p: 'relay_processes' })
    .join({ c: 'relay_calls' }, 'c.process_id', 'p.id')
    .first('p.id')
    .where('c.user_id', user.id);
  expect(left).toBeUndefined();
});
