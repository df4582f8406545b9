import { createMockUpstream } from '../../launch/mock-upstream/server';
import type { Answer } from '../api/harness';
import { prices } from '../catalog/support';
import { hello, modelId, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('1');
});

/** A call whose upstream answers only after `meanwhile`. */
async function callDuring(
  meanwhile: () => Promise<unknown>,
  { key = user.key, mock = world().mock } = {},
): Promise<Answer> {
  mock.behave('*', { hold: true, outputTokens: 10 });
  const answer = world().api.send('POST', '//v1/chat/completions', {
    key,
    body: { model: modelId, messages: hello, max_tokens: 10 },
  });
  await mock.waitForRequests(1);
  await meanwhile();
  mock.release();
  return answer;
}

async function receiptOf(answer: Answer) {
  expect(answer.status).toBe(200);
  return world().receiptOf(user, answer.headers.get('x-request-id') ?? '');
}

it('a call is charged by the price of its reservation, the next by the new one', async () => {
  const dearer = { list: prices('20', '10', '80'), cost: prices('1', '0.5', '4') };
  const answer = await callDuring(() => world().setPrice({ modelId, ...dearer }));
  expect(await receiptOf(answer)).toMatchObject({
    priceVersion: `${modelId}@1`,
    prices: { list: { input: '2', output: '8' }, multiplier: '1' },
    charge: '0.000096',
  });
  world().mock.reset();
  const next = await callDuring(() => Promise.resolve());
  expect(await receiptOf(next)).toMatchObject({
    priceVersion: `${modelId}@2`,
    prices: { list: { input: '20', output: '80' }, cost: { input: '1' }, multiplier: '1' },
    charge: '0.00096',
  });
  await world().setPrice({ modelId });
});

it('a call of a key that is revoked meanwhile is settled', async () => {
  const key = await world().addKey(user);
  const revoke = () => world().api.send('DELETE', `/api-keys/${key.id}`, { key: user.key });
  const answer = await callDuring(revoke, { key: key.secret });
  expect((await receiptOf(answer)).charge).not.toBe('0');
});

it('a call of a user who is frozen meanwhile is settled', async () => {
  const answer = await callDuring(() => world().freeze(user));
  expect(await receiptOf(answer)).toMatchObject({ ending: 'completed' });
});

it('a call whose channel is deleted meanwhile is settled at its cost, and the channel gets no other', async () => {
  const other = createMockUpstream();
  await other.listen();
  const offer = { modelId, upstreamId: 'mock-mini', cost: prices('0.1', '0.1', '0.2') };
  await world().addChannel('other', other.baseUrl, { priority: 1, offers: [offer] });
  const answer = await callDuring(() => world().removeChannel('other'), { mock: other });
  expect(await receiptOf(answer)).toMatchObject({ channel: 'other' });
  // 8 tokens at 0.1 Credits a million, 10 at 0.2
  expect(await world().callRows(user.id)).toMatchObject([{ cost: 280n }]);
  const next = await world().api.send('POST', '//v1/chat/completions', {
    key: user.key,
    body: { model: modelId, messages: hello, max_tokens: 10 },
  });
  expect(await receiptOf(next)).toMatchObject({ channel: 'mock' });
  expect(other.requests).toHaveLength(1);
  await other.close();
});

it('a call whose channel is disabled and whose price changes meanwhile is settled by the old terms', async () => {
  const other = createMockUpstream();
  await other.listen();
  const offer = { modelId, upstreamId: 'mock-mini', cost: prices('0.1', '0.1', '0.2') };
  await world().addChannel('other', other.baseUrl, { priority: 1, offers: [offer] });
  const answer = await callDuring(
    async () => {
      await world().takeOut('other', { enabled: false });
      await world().setPrice({ modelId, list: prices('20', '10', '80') });
    },
    { mock: other },
  );
  expect(await receiptOf(answer)).toMatchObject({ channel: 'other', charge: '0.000096' });
  expect(await world().callRows(user.id)).toMatchObject([{ cost: 280n }]);
  const next = await callDuring(() => Promise.resolve());
  expect(await receiptOf(next)).toMatchObject({ channel: 'mock', charge: '0.00096' });
  expect(other.requests).toHaveLength(1);
  await world().setPrice({ modelId });
  await other.close();
});
