import { setTimeout as sleep } from 'node:timers/promises';
import { openRelay } from '../../api/relay';
import { Committer } from '../../ledger/committer';
import { projections } from '../../services/projections';
import { until } from '../catalog/support';
import { startDatabaseProxy, type DatabaseProxy } from '../support/database-proxy';
import { filmerId, hello, modelId, useRelayWorld, type CallerWithKey } from './relay-world';

let proxy: DatabaseProxy;
const committers: Committer[] = [];

const world = useRelayWorld({
  async reach(databaseUrl) {
    proxy = await startDatabaseProxy(databaseUrl);
    return proxy.url;
  },
  open(context, times) {
    // Sooner out of patience than usual.
    const committer = new Committer({
      databaseUrl: proxy.url,
      applicationName: 'lx-test-relay',
      projections,
      patienceMs: 1_000,
    });
    committers.push(committer);
    return openRelay({ ...context, committer }, times);
  },
});
afterAll(async () => {
  await Promise.all(committers.map((committer) => committer.close()));
  await proxy.close();
});

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

it('a stream whose database is away at its end is settled once it is back, and once', async () => {
  world().mock.behave('*', { holdAfterChunks: 11 });
  const answering = call(true);
  await until(() => world().mock.held === 1);
  await sleep(200);
  proxy.cut();
  world().mock.release();
  const answer = await answering;
  expect(answer.status).toBe(200);
  expect(answer.text).toContain(' mock');
  // What is not settled is not told to be complete.
  expect(answer.text).not.toContain('[DONE]');
  expect(answer.text).toMatch(/data: \{"error":\{.*"code":"(engine_unavailable|outcome_unknown)"/);
  proxy.restore();
  await world().untilIdle();
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'settled', ending: 'completed', outputTokens: 10n, charge: 9_600n },
  ]);
});

it('an answer in one piece that could not be settled is not given, and not billed', async () => {
  world().mock.behave('*', { hold: true });
  const answering = call(false);
  await until(() => world().mock.held === 1);
  proxy.cut();
  world().mock.release();
  const answer = await answering;
  expect(answer.status).toBe(503);
  proxy.restore();
  await world().untilIdle();
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'released', ending: 'not_delivered' },
  ]);
  expect(await world().balanceOf(user)).toBe('1');
});

it('a call that failed upstream while the database was away is released once it is back', async () => {
  world().mock.behave('*', { hold: true, failStatus: 500 });
  const answering = call(false);
  await until(() => world().mock.held === 1);
  proxy.cut();
  world().mock.release();
  expect((await answering).status).toBe(502);
  // Longer than a committer is patient, and than a background try waits.
  await sleep(2_500);
  proxy.restore();
  await world().untilIdle();
  expect(await world().callRows(user.id)).toMatchObject([
    { status: 'released', ending: 'upstream_status' },
  ]);
});

it('no call is sent upstream that could not be reserved', async () => {
  await call(false);
  world().mock.reset();
  proxy.cut();
  expect((await call(false)).status).toBe(503);
  expect(world().mock.requests).toHaveLength(0);
  proxy.restore();
});

it('a video that was accepted while the database was away is handed over once it is back, and SDKs are not to submit another', async () => {
  world().mock.behave('mock-video', { hold: true });
  const submitting = world().api.send('POST', '//v1/videos', {
    key: user.key,
    body: { model: filmerId, prompt: 'A kitten' },
  });
  await until(() => world().mock.held === 1);
  proxy.cut();
  world().mock.release();
  const answer = await submitting;
  expect(answer.status).toBe(503);
  expect(answer.headers.get('x-should-retry')).toBe('false');
  proxy.restore();
  const id = answer.headers.get('x-request-id') ?? '';
  const rows = () => world().context.db('videos').where({ id }).pluck<string[]>('status');
  await until(async () => (await rows()).length === 1);
  world().mock.behave('mock-video', {});
  await world().finishVideos();
  expect(await world().callRows(user.id)).toMatchObject([{ status: 'settled' }]);
  expect(await world().balanceOf(user)).toBe('0.6');
});
