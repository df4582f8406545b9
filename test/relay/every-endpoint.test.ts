// What every endpoint that bills has to stand, whatever its protocol: odd bytes on the wire, large and strange input, a
// redirect, a crowd that leaves.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Answer } from '../api/harness';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import { until } from '../catalog/support';
import {
  claudeId,
  hello,
  modelId,
  painterId,
  useRelayWorld,
  voiceId,
  type CallerWithKey,
} from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('10');
});

interface Endpoint {
  readonly body: Readonly<Record<string, unknown>>;
  /** The text of an event of its stream; absent: it does not stream. */
  readonly textOf?: (event: Event) => string | undefined;
}

/** Of any of the protocols. */
interface Event {
  readonly type?: string;
  readonly delta?: string | { readonly text?: string };
  readonly choices?: readonly {
    readonly text?: string;
    readonly delta?: { readonly content?: string };
  }[];
}

const asked = { model: modelId, max_tokens: 50 };
const endpoints: Readonly<Record<string, Endpoint>> = {
  'chat/completions': {
    body: { ...asked, messages: hello },
    textOf: ({ choices }) => choices?.[0]?.delta?.content,
  },
  completions: { body: { ...asked, prompt: 'Hello' }, textOf: ({ choices }) => choices?.[0]?.text },
  responses: {
    body: { model: modelId, input: 'Hello', max_output_tokens: 50 },
    textOf: ({ type, delta }) =>
      type === 'response.output_text.delta' && typeof delta === 'string' ? delta : undefined,
  },
  messages: {
    body: { ...asked, model: claudeId, messages: hello },
    textOf: ({ delta }) => (typeof delta === 'object' ? delta.text : undefined),
  },
  embeddings: { body: { model: modelId, input: 'Hello' } },
  'images/generations': { body: { model: painterId, prompt: 'A cat' } },
  'audio/speech': { body: { model: voiceId, voice: 'alloy', input: 'Good morning to you all' } },
};
const all = Object.keys(endpoints);
const streaming = all.filter((name) => endpoints[name]?.textOf);

function call(name: string, over: object = {}, behaviour: MockBehaviour = {}): Promise<Answer> {
  world().mock.behave('*', behaviour);
  const body = { ...endpoints[name]?.body, ...over };
  return world().api.send('POST', `//v1/${name}`, { key: user.key, body });
}

async function receiptOf(answer: Answer) {
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
  await world().untilIdle();
  return world().receiptOf(user, answer.headers.get('x-request-id') ?? '');
}

function textOf(name: string, { text }: Answer): string {
  const datas = text.split('\n').flatMap((line) => /^data: (\{.*)$/.exec(line)?.[1] ?? []);
  return datas.map((data) => endpoints[name]?.textOf?.(JSON.parse(data) as Event) ?? '').join('');
}

describe.each(streaming)('a stream of %s', (name) => {
  const pieces = ['né', ' 🙂', '\n\ndata: x', ' end'];

  it.each([1, 7, 100])(
    'may come in pieces of %i bytes, with CRLF and comments',
    async (oddBytes) => {
      const answer = await call(name, { stream: true }, { oddBytes, pieces });
      expect(textOf(name, answer)).toBe(pieces.join(''));
      expect(answer.text).not.toContain('\r');
      expect(await receiptOf(answer)).toMatchObject({
        ending: 'completed',
        tokens: { output: 4, source: 'upstream' },
      });
    },
  );

  it.each<MockBehaviour>([{ repeatUsage: true }, { gzip: true }, { neverEnds: true }])(
    'is read and charged as usual: %j',
    async (behaviour) => {
      const usual = await call(name, { stream: true }, { outputTokens: 9 });
      const odd = await call(name, { stream: true }, { outputTokens: 9, ...behaviour });
      expect(textOf(name, odd)).toBe(textOf(name, usual));
      expect(odd.text.split('\n\n')).toHaveLength(usual.text.split('\n\n').length);
      expect((await receiptOf(odd)).charge).toBe((await receiptOf(usual)).charge);
      expect(await world().callRows(user.id)).toHaveLength(2);
    },
  );
});

it.each(all.filter((name) => name !== 'audio/speech'))(
  'an answer of %s may be compressed',
  async (name) => {
    const plain = await receiptOf(await call(name));
    const answer = await call(name, {}, { gzip: true });
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(answer.json).toEqual(expect.any(Object));
    expect((await receiptOf(answer)).charge).toBe(plain.charge);
  },
);

it.each(all)('a redirect of %s is not followed, and costs nothing', async (name) => {
  let visits = 0;
  const inside = createServer((_request, response) => {
    visits++;
    response.end('{}');
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  const { port } = inside.address() as AddressInfo;
  const answer = await call(name, {}, { redirectTo: `http://127.0.0.1:${port}/` });
  inside.close();
  expect(answer.status).toBe(502);
  expect(visits).toBe(0);
  await world().untilIdle();
  expect(await world().balanceOf(user)).toBe('10');
});

/** What the upstream was sent. */
const sentBody = (): Readonly<Record<string, unknown>> => ({ ...world().mock.requests[0]?.body });

describe('forty images, by address and as data,', () => {
  const png = Buffer.alloc(20_000, 7).toString('base64');
  const urls = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? `https://192.168.0.${i}/cat.png` : `data:image/png;base64,${png}`,
  );
  const sources = urls.map((url) =>
    url.startsWith('data:')
      ? { type: 'base64', media_type: 'image/png', data: png }
      : { type: 'url', url },
  );

  beforeAll(() => world().setPrice({ modelId, maxPerImage: 1_000 }));
  afterAll(() => world().setPrice({ modelId }));

  it.each<[string, string, object[], string]>([
    [
      'chat/completions',
      'messages',
      [
        {
          role: 'user',
          content: urls.map((url) => ({ type: 'image_url', image_url: { url } })),
        },
      ],
      // 40 times 1,000 tokens at 2 Credits a million, and 50 at 8
      '0.0804',
    ],
    [
      'responses',
      'input',
      [
        {
          role: 'user',
          content: urls.map((url) => ({ type: 'input_image', image_url: url, detail: 'auto' })),
        },
      ],
      '0.0804',
    ],
    [
      'messages',
      'messages',
      [{ role: 'user', content: sources.map((source) => ({ type: 'image', source })) }],
      // 40 times 1,600 tokens at 3.75 Credits a million
      '0.24',
    ],
  ])('are passed on by %s as they are, and held at the most', async (name, field, value, least) => {
    const answering = call(name, { [field]: value }, { hold: true });
    await world().mock.waitForRequests(1);
    const held = await world().balanceOf(user, 'CREDIT', 'relay');
    world().mock.release();
    expect((await answering).status).toBe(200);
    expect(sentBody()[field]).toEqual(value);
    expect(Number(held)).toBeGreaterThan(Number(least));
    expect(Number(held)).toBeLessThan(Number(least) * 1.05);
  });
});

describe('a tool with a schema of 100 kB', () => {
  const fields = Array.from({ length: 1_000 }, (_, i) => [
    `field_${i}`,
    {
      type: 'string',
      description: `What the ${i}. field is for, at some length: ${'x'.repeat(40)}.`,
    },
  ]);
  const schema = { type: 'object', properties: Object.fromEntries(fields) as object };

  it.each<[string, object]>([
    [
      'chat/completions',
      {
        type: 'function',
        function: { name: 'fill', description: 'Fills a form', parameters: schema },
      },
    ],
    ['responses', { type: 'function', name: 'fill', parameters: schema, strict: false }],
    ['messages', { name: 'fill', input_schema: schema }],
  ])('is passed on by %s as it is, and counted', async (name, tool) => {
    expect(JSON.stringify(tool).length).toBeGreaterThan(100_000);
    const answering = call(name, { tools: [tool] }, { hold: true });
    await world().mock.waitForRequests(1);
    const held = await world().balanceOf(user, 'CREDIT', 'relay');
    world().mock.release();
    expect((await answering).status).toBe(200);
    expect(sentBody().tools).toEqual([tool]);
    // More than 20,000 tokens at 2 Credits a million, or more.
    expect(Number(held)).toBeGreaterThan(0.04);
  });
});

describe.each(['chat/completions', 'completions'])('128 answers of %s', (name) => {
  it.each([true, false])('are charged as they came (stream: %p)', async (stream) => {
    const answer = await call(name, { n: 128, max_tokens: 2, stream });
    const receipt = await receiptOf(answer);
    expect(receipt).toMatchObject({ ending: 'completed', tokens: { output: 256 } });
    if (stream) expect(textOf(name, answer).match(/This is/g)).toHaveLength(128);
    else expect(answer.as<{ choices: unknown[] }>().choices).toHaveLength(128);
  });
});

it('a hundred clients that leave in the middle leave nothing behind', async () => {
  const kinds = [...streaming, 'audio/speech'];
  const each = 100 / kinds.length;
  const slots = { Lv1: 200, Lv2: 200, Lv3: 200, Lv4: 200, Whale: 200 };
  await world().setParameter('tiers.concurrency', slots);
  world().mock.behave('*', { holdAfterChunks: 6 });
  world().mock.behave('mock-voice', { holdAfterChunks: 3 });
  const leaving = new AbortController();
  const opened = kinds.flatMap((name) =>
    Array.from({ length: each }, async () => {
      const answer = await fetch(`${world().api.url}/v1/${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${user.key}` },
        body: JSON.stringify({
          ...endpoints[name]?.body,
          ...(name === 'audio/speech' ? {} : { stream: true }),
        }),
        signal: leaving.signal,
      });
      await (answer.body as ReadableStream<Uint8Array>).getReader().read();
    }),
  );
  await Promise.all(opened);
  expect(world().mock.held).toBe(100);
  leaving.abort();
  await world().untilIdle();
  const rows = await world().callRows(user.id);
  expect(rows).toHaveLength(100);
  for (const row of rows) expect(row).toMatchObject({ status: 'settled', ending: 'client_left' });
  expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0');
  await until(() => world().mock.requests.every(({ aborted }) => aborted));
  const live: unknown = await world().context.db('users').first('live_calls').where('id', user.id);
  expect(live).toEqual({ live_calls: 0 });
  const countConnections = promisify(world().api.server.getConnections.bind(world().api.server));
  await until(async () => (await countConnections()) < 10);
});
