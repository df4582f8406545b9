import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import OpenAI from 'openai';
import { createMockUpstream } from '../../launch/mock-upstream/server';

const mock = createMockUpstream({ models: { 'mock-sixty': { outputTokens: 60 } } });
let client: OpenAI;

beforeAll(async () => {
  await mock.listen();
  client = new OpenAI({ baseURL: mock.baseUrl, apiKey: 'sk-test', maxRetries: 0 });
});
afterEach(() => mock.reset());
afterAll(() => mock.close());

const messages = [{ role: 'user' as const, content: 'Who are you?' }];

async function readStream(model: string, options: { include_usage?: boolean } = {}) {
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: options,
  });
  let text = '';
  const usages: (OpenAI.CompletionUsage | null | undefined)[] = [];
  let finish: string | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    if (chunk.choices.length === 0) usages.push(chunk.usage);
  }
  return { text, usages, finish };
}

it('lists its models as mocks', async () => {
  const { data, response } = await client.models.list().withResponse();
  expect(response.headers.get('x-mock-upstream')).toBe('1');
  expect(data.data.length).toBeGreaterThan(5);
  expect(new Set(data.data.map((model) => model.owned_by))).toEqual(new Set(['mock']));
});

it('answers a chat whose usage is what a tokenizer counts in its text', async () => {
  const answer = await client.chat.completions.create({ model: 'mock-sixty', messages, n: 2 });
  const text = answer.choices[1]?.message.content ?? '';
  expect(text).toMatch(/^This is a mock; no model was called/);
  expect(answer.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 120 });
  expect(countO200k(text)).toBe(60);
  expect(countCl100k(text)).toBe(60);
});

it('stops at max_tokens and says so', async () => {
  const answer = await client.chat.completions.create({
    model: 'mock-mini',
    messages,
    max_completion_tokens: 5,
  });
  expect(answer.choices[0]).toMatchObject({
    message: { content: 'This is a mock;' },
    finish_reason: 'length',
  });
  expect(answer.usage?.completion_tokens).toBe(5);
});

it('streams, with usage only for those who ask', async () => {
  const asked = await readStream('mock-mini', { include_usage: true });
  expect(asked).toMatchObject({ finish: 'stop', usages: [{ completion_tokens: 32 }] });
  expect(countO200k(asked.text)).toBe(32);
  expect((await readStream('mock-mini')).usages).toEqual([]);
});

it('behaves as told: per model, once, or for all', async () => {
  mock.behave('mock-mini', { toolCall: { name: 'look_up', arguments: '{"q":"é"}' } });
  const called = await client.chat.completions.create({ model: 'mock-mini', messages });
  expect(called.choices[0]?.message.tool_calls?.[0]).toMatchObject({
    function: { name: 'look_up', arguments: '{"q":"é"}' },
  });
  mock.behaveOnce({ failStatus: 429, retryAfterSeconds: 3 });
  await expect(client.chat.completions.create({ model: 'mock-mini', messages })).rejects.toThrow(
    /429/,
  );
  mock.behave('mock-mini', { repeatUsage: true, reportedOutputTokens: 999, cachedTokens: 4 });
  const { usages } = await readStream('mock-mini', { include_usage: true });
  expect(usages).toHaveLength(2);
  expect(usages[0]).toMatchObject({
    completion_tokens: 999,
    prompt_tokens_details: { cached_tokens: 4 },
  });
});

it.each([
  ['mock-400', /told to fail with 400/],
  ['mock-401', /sk-test/],
  ['mock-500', /500/],
  ['mock-reset', /Connection error/],
  ['mock-malformed', /JSON/],
  ['unheard-of', /404/],
])('%s fails in its way', async (model, message) => {
  await expect(client.chat.completions.create({ model, messages })).rejects.toThrow(message);
});

it('cuts a stream after some chunks, and writes one in odd pieces', async () => {
  await expect(readStream('mock-cut', {})).rejects.toThrow();
  mock.behave('mock-mini', { oddBytes: 3, pieces: ['né', ' 🙂', ' end'] });
  expect(await readStream('mock-mini')).toMatchObject({ text: 'né 🙂 end' });
});

it('holds answers until they are released, and knows who hung up', async () => {
  mock.behave('*', { hold: true });
  const calls = [1, 2, 3].map(() =>
    client.chat.completions.create({ model: 'mock-mini', messages }),
  );
  await mock.waitForRequests(3);
  expect(mock.held).toBe(3);
  expect(mock.release(2)).toBe(2);
  await Promise.race(calls);
  mock.release();
  await Promise.all(calls);

  const controller = new AbortController();
  const gone = client.chat.completions.create(
    { model: 'mock-mini', messages },
    { signal: controller.signal },
  );
  await mock.waitForRequests(4);
  controller.abort();
  await expect(gone).rejects.toThrow(/abort/i);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(mock.requests.map((request) => request.aborted)).toEqual([false, false, false, true]);
});

it('refuses connections and takes them again on the same port', async () => {
  await mock.refuseConnections();
  await expect(client.models.list()).rejects.toThrow(/Connection error/);
  await mock.acceptConnections();
  await expect(client.models.list()).resolves.toBeDefined();
});

it('is steered over HTTP too', async () => {
  const control = mock.baseUrl.replace('/v1', '/__control');
  await fetch(control, {
    method: 'POST',
    body: JSON.stringify({ model: 'mock-mini', behaviour: { failStatus: 500 } }),
  });
  await expect(client.chat.completions.create({ model: 'mock-mini', messages })).rejects.toThrow(
    /500/,
  );
  const state = (await (await fetch(control)).json()) as { requests: { body: unknown }[] };
  expect(state.requests).toMatchObject([{ body: { model: 'mock-mini' } }]);
  await fetch(control, { method: 'DELETE' });
  await expect(
    client.chat.completions.create({ model: 'mock-mini', messages }),
  ).resolves.toBeDefined();
});

it('runs as a process of its own and ends with its parent', async () => {
  const child = fork(join(__dirname, '../../dist/launch/mock-upstream/main.js'));
  const [message] = (await once(child, 'message')) as [{ type: string; port: number }];
  expect(message.type).toBe('ready');
  expect((await fetch(`http://127.0.0.1:${message.port}/v1/models`)).status).toBe(200);
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
