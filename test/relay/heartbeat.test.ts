import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../catalog/support';
import { hello, modelId, thinkerId, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld({ times: { heartbeat: { everyMs: 100, giveUpAfterMs: 500 } } });

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('1');
});

function call(stream: boolean) {
  return world().api.send('POST', '//v1/chat/completions', {
    key: user.key,
    body: { model: modelId, messages: hello, max_tokens: 10, stream },
  });
}

/** Keeps the process from beating. */
async function holdHeart(): Promise<() => Promise<void>> {
  const lock = await world().context.db.transaction();
  await lock.raw('select 1 from relay_processes for update');
  return () => lock.commit().then(() => undefined);
}

it('a process that cannot beat ends its calls, takes none, and goes on when it can', async () => {
  world().mock.behave('*', { holdAfterChunks: 4 });
  const streaming = call(true);
  await until(() => world().mock.held === 1);
  world().mock.behave('*', { hold: true });
  const waiting = call(false);
  await until(() => world().mock.held === 2);
  // What was sent has passed through.
  await sleep(200);

  const letGo = await holdHeart();
  const [streamed, whole] = await Promise.all([streaming, waiting]);
  expect(streamed.text).toMatch(/data: \{"error":\{[^}]*"code":"call_aborted"\}\}\n\n$/);
  expect(whole.status).toBe(503);
  expect(whole.as<{ error: object }>().error).toMatchObject({ code: 'call_aborted' });
  expect(world().mock.requests.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect((await call(false)).status).toBe(503);
  expect(world().mock.requests).toHaveLength(2);
  await letGo();

  await world().untilIdle();
  const rows = await world().callRows(user.id);
  expect(rows.map(({ status, ending }) => `${status} ${ending}`).sort()).toEqual([
    'released upstream_aborted',
    'settled aborted',
  ]);
  expect(rows.find(({ status }) => status === 'settled')).toMatchObject({ outputTokens: 3n });
  world().mock.behave('*', {});
  await until(async () => (await call(false)).status === 200);
});

it('what is ended by us is billed for what was delivered, also for a client who left and hidden output', async () => {
  world().mock.behave('*', { reasoningTokens: 4, holdAfterChunks: 4 });
  const leaving = new AbortController();
  const answer = await fetch(`${world().api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: thinkerId, messages: hello, max_tokens: 10, stream: true }),
    signal: leaving.signal,
  });
  expect(answer.status).toBe(200);
  await sleep(200);
  leaving.abort();
  await sleep(100);
  const letGo = await holdHeart();
  await until(() => world().mock.requests[0]?.aborted ?? false);
  await letGo();
  await world().untilIdle();
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'settled', ending: 'aborted', tokenSource: 'tokenizer', outputTokens: 3n },
  ]);
  world().mock.behave('*', {});
  await until(async () => (await call(false)).status === 200);
});

it('a process whose row was swept while it was suspended lives again', async () => {
  const { db } = world().context;
  await db('relay_processes').delete();
  await until(async () => (await db('relay_processes').select('id')).length === 1);
  expect((await call(false)).status).toBe(200);
});

it('calls that are ended because the process ends are told so and billed for what was delivered', async () => {
  world().mock.behave('*', { holdAfterChunks: 6 });
  const streaming = call(true);
  await until(() => world().mock.held === 1);
  await sleep(200);
  world().api.relay?.endCalls();
  expect((await streaming).text).toMatch(/"code":"call_aborted"\}\}\n\n$/);
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'settled', ending: 'aborted', outputTokens: 5n },
  ]);
  expect((await call(false)).status).toBe(503);
});
