import { createServer, type RequestListener, type Server } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createMockUpstream } from '../../launch/mock-upstream/server';
import { createUpstreams, type UpstreamCall } from '../../relay/upstream/upstream';
import { UpstreamError } from '../../relay/upstream/upstream-error';

const mock = createMockUpstream();
const upstreams = createUpstreams({ allowPrivate: true, maxAnswerBytes: 100_000 });
const servers: (Server | TcpServer)[] = [];

beforeAll(() => mock.listen());
afterEach(() => mock.reset());
afterAll(async () => {
  await upstreams.close();
  await mock.close();
  for (const server of servers) server.close();
});

const timeouts = {
  connectTimeoutMs: 1_000,
  firstByteTimeoutMs: 5_000,
  idleTimeoutMs: 5_000,
  maxCallMs: 10_000,
};

interface Wish {
  model?: string;
  stream?: boolean;
  baseUrl?: string;
  apiKey?: string | null;
  timeouts?: Partial<typeof timeouts>;
  signal?: AbortSignal;
}

function callOf(wish: Wish): UpstreamCall {
  return {
    baseUrl: wish.baseUrl ?? mock.baseUrl,
    kind: 'openai',
    apiKey: wish.apiKey === undefined ? 'sk-upstream-secret' : wish.apiKey,
    path: '/chat/completions',
    body: JSON.stringify({
      model: wish.model ?? 'mock-mini',
      stream: wish.stream ?? false,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
    timeouts: { ...timeouts, ...wish.timeouts },
    signal: wish.signal ?? new AbortController().signal,
  };
}

async function failureOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamError)) throw new Error('it did not fail as an upstream');
  return error;
}

async function readStream(wish: Wish): Promise<string> {
  const answer = await upstreams.openStream(callOf({ stream: true, ...wish }));
  let text = '';
  await answer.consume((chunk) => (text += chunk.toString()));
  return text;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

it('answers JSON as it came, and parsed', async () => {
  const answer = await upstreams.callJson(callOf({}));
  expect(answer.headers['x-mock-upstream']).toBe('1');
  expect(answer.json).toMatchObject({ object: 'chat.completion' });
  expect(JSON.parse(answer.text)).toEqual(answer.json);
  expect(mock.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer sk-upstream-secret',
    'content-type': 'application/json',
  });
});

it('sends no authorisation without a key', async () => {
  await upstreams.callJson(callOf({ apiKey: null }));
  expect(mock.requests[0]?.headers).not.toHaveProperty('authorization');
});

it('keeps connections for the next call', async () => {
  const ports = new Set<number | undefined>();
  const baseUrl = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  });
  for (let i = 0; i < 5; i++) await upstreams.callJson(callOf({ baseUrl }));
  // A connection is free again just after its answer is.
  expect(ports.size).toBeLessThanOrEqual(2);
});

it('streams bytes and holds the upstream back while it is paused', async () => {
  expect(await readStream({})).toMatch(/data: \[DONE\]\n\n$/);

  let written = 0;
  const block = Buffer.alloc(64 * 1024, 'x');
  const baseUrl = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const more = () => {
      while (!response.closed && written < 64 * 1024 * 1024) {
        written += block.length;
        if (!response.write(block)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const answer = await upstreams.openStream(callOf({ baseUrl, stream: true }));
  let read = 0;
  const done = answer.consume((chunk) => {
    read += chunk.length;
    if (read < 256 * 1024) return;
    answer.pause();
  });
  await sleep(300);
  expect(read).toBeLessThan(1024 * 1024);
  expect(written).toBeLessThan(32 * 1024 * 1024);
  const interval = setInterval(() => answer.resume(), 1);
  await done;
  clearInterval(interval);
  expect(read).toBe(64 * 1024 * 1024);
});

it.each(['gzip', 'br'])('undoes %s', async (encoding) => {
  const compress = encoding === 'gzip' ? gzipSync : brotliCompressSync;
  const baseUrl = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': encoding });
    response.end(compress('{"a":"é"}'));
  });
  expect((await upstreams.callJson(callOf({ baseUrl }))).json).toEqual({ a: 'é' });
  expect(await readStream({ baseUrl })).toBe('{"a":"é"}');
});

it('does not unpack a bomb', async () => {
  const baseUrl = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(50_000_000)));
  });
  const error = await failureOf(upstreams.callJson(callOf({ baseUrl })));
  expect(error).toMatchObject({ kind: 'protocol', accepted: true, retryable: false });
  expect(error.message).toMatch(/too large/);
});

describe('before any byte of an answer', () => {
  it.each([
    ['nobody listens', { baseUrl: 'http://127.0.0.1:9/v1' }, 'connect', /ECONNREFUSED/],
    [
      'the name does not exist',
      { baseUrl: 'http://nobody.invalid/v1' },
      'connect',
      /ENOTFOUND|EAI_AGAIN/,
    ],
    ['the connection is reset', { model: 'mock-reset' }, 'connect', /ECONNRESET|other side closed/],
    [
      'it hangs',
      { model: 'mock-hang', timeouts: { firstByteTimeoutMs: 100 } },
      'timeout',
      /did not begin/,
    ],
  ])('when %s another channel may be tried', async (_what, wish, kind, message) => {
    const error = await failureOf(upstreams.callJson(callOf(wish)));
    expect(error).toMatchObject({ kind, retryable: true, accepted: false });
    expect(error.message).toMatch(message);
    expect(await failureOf(readStream(wish))).toMatchObject({ kind, retryable: true });
  });

  it('gives up connecting in time', async () => {
    const accepted: Socket[] = [];
    const server = createTcpServer((socket) => accepted.push(socket));
    servers.push(server);
    // A full backlog drops further connection attempts.
    await new Promise<void>((resolve) =>
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, resolve),
    );
    const { port } = server.address() as AddressInfo;
    const tls = `https://127.0.0.1:${port}/v1`;
    const wish = { baseUrl: tls, timeouts: { connectTimeoutMs: 100 } };
    const error = await failureOf(upstreams.callJson(callOf(wish)));
    expect(error).toMatchObject({ kind: 'connect', retryable: true });
    expect(error.message).toMatch(/[Tt]imeout/);
    for (const socket of accepted) socket.destroy();
  });

  it('does not take garbage for HTTP', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await failureOf(upstreams.callJson(callOf({ baseUrl })))).toMatchObject({
      kind: 'protocol',
      retryable: true,
      accepted: false,
    });
  });
});

describe('statuses', () => {
  it.each([
    ['mock-401', 401, true],
    ['mock-429', 429, true],
    ['mock-500', 500, true],
    ['mock-400', 400, false],
    ['unheard-of', 404, true],
  ])('%s is an error of the status', async (model, status, retryable) => {
    const error = await failureOf(upstreams.callJson(callOf({ model })));
    expect(error).toMatchObject({ kind: 'status', status, retryable, accepted: false });
    expect(await failureOf(readStream({ model }))).toMatchObject({ status });
  });

  it('says how long a limit lasts and never what a 401 quotes', async () => {
    const limited = await failureOf(upstreams.callJson(callOf({ model: 'mock-429' })));
    expect(limited.retryAfterSeconds).toBe(2);
    const refused = await failureOf(upstreams.callJson(callOf({ model: 'mock-401' })));
    expect(refused.complaint).toBeUndefined();
    expect(refused.message).not.toMatch(/sk-/);
  });

  it('passes on a complaint about the request, cleaned of what is ours', async () => {
    const message =
      'Bad\u0000 schema for sk-upstream-secret in org-AbCdEfGh123 (see https://10.0.0.7/internal).';
    const baseUrl = await serve((_request, response) => {
      response
        .writeHead(422)
        .end(JSON.stringify({ error: { message, type: 'x', param: 'tools', code: 7 } }));
    });
    const error = await failureOf(upstreams.callJson(callOf({ baseUrl })));
    expect(error.complaint).toEqual({
      message: 'Bad  schema for [redacted] in [redacted] (see [address]).',
      type: 'x',
      param: 'tools',
      code: '7',
    });
  });

  it('does not read an endless error to its end', async () => {
    const baseUrl = await serve((_request, response) => {
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'.repeat(20_000)), 1);
      response.once('close', () => clearInterval(timer));
    });
    expect(await failureOf(upstreams.callJson(callOf({ baseUrl })))).toMatchObject({ status: 500 });
  });

  it('does not follow redirects', async () => {
    mock.behave('*', { redirectTo: `${mock.baseUrl}/models` });
    expect(await failureOf(upstreams.callJson(callOf({})))).toMatchObject({ kind: 'protocol' });
    expect(mock.requests).toHaveLength(1);
  });
});

describe('once the upstream has accepted', () => {
  it.each([
    ['a cut stream', { model: 'mock-cut', stream: true }, 'cut'],
    ['a cut answer', { model: 'mock-cut' }, 'cut'],
    ['an answer that is no JSON', { model: 'mock-malformed' }, 'protocol'],
  ])('%s is not tried again', async (_what, wish: Wish, kind) => {
    const call = wish.stream ? readStream(wish) : upstreams.callJson(callOf(wish));
    expect(await failureOf(call)).toMatchObject({ kind, retryable: false, accepted: true });
  });

  it('silence ends it', async () => {
    const baseUrl = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {}\n\n');
    });
    const wish = { baseUrl, timeouts: { idleTimeoutMs: 100 } };
    expect(await failureOf(readStream(wish))).toMatchObject({ kind: 'timeout', accepted: true });
  });

  it('a call that takes too long is ended, though bytes come', async () => {
    mock.behave('*', { delayBetweenChunksMs: 20 });
    const wish = { timeouts: { maxCallMs: 150 } };
    const error = await failureOf(readStream(wish));
    expect(error).toMatchObject({ kind: 'timeout', accepted: true, retryable: false });
    await sleep(50);
    expect(mock.requests[0]?.aborted).toBe(true);
  });

  it('plain JSON is no stream', async () => {
    const baseUrl = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{}');
    });
    expect(await failureOf(readStream({ baseUrl }))).toMatchObject({ kind: 'protocol' });
  });
});

describe('ended from our side', () => {
  it('hangs up on the upstream at once, at every stage', async () => {
    const before = new AbortController();
    before.abort();
    const none = await failureOf(upstreams.callJson(callOf({ signal: before.signal })));
    expect(none).toMatchObject({ kind: 'aborted', retryable: false, accepted: false });
    expect(mock.requests).toHaveLength(0);

    const waiting = new AbortController();
    const call = failureOf(
      upstreams.callJson(callOf({ model: 'mock-hang', signal: waiting.signal })),
    );
    await mock.waitForRequests(1);
    waiting.abort();
    expect(await call).toMatchObject({ kind: 'aborted', accepted: false });

    mock.behave('mock-mini', { delayBetweenChunksMs: 50 });
    const reading = new AbortController();
    const stream = failureOf(readStream({ signal: reading.signal }));
    await mock.waitForRequests(2);
    await sleep(80);
    reading.abort();
    expect(await stream).toMatchObject({ kind: 'aborted', accepted: true });
    await sleep(50);
    expect(mock.requests.map((request) => request.aborted)).toEqual([true, true]);
  });

  it('fails calls that are under way when it is closed', async () => {
    const closing = createUpstreams({ allowPrivate: true });
    const call = failureOf(closing.callJson(callOf({ model: 'mock-hang' })));
    await mock.waitForRequests(1);
    await closing.close();
    expect(await call).toMatchObject({ accepted: false });
  });
});

describe('private addresses', () => {
  const guarded = createUpstreams({ allowPrivate: false });
  afterAll(() => guarded.close());

  it.each([
    'http://127.0.0.1',
    'http://localhost',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://10.1.2.3',
    'http://192.168.0.1',
    'http://169.254.169.254',
    'http://100.64.0.1',
    'http://[fd00::1]',
    'http://[fe80::1]',
    'http://0.0.0.0',
    'http://2130706433',
  ])('are refused at connect: %s', async (origin) => {
    const { port } = new URL(mock.baseUrl);
    const error = await failureOf(guarded.callJson(callOf({ baseUrl: `${origin}:${port}/v1` })));
    expect(error).toMatchObject({ kind: 'connect', accepted: false });
    expect(error.message).toMatch(/no public address/);
    expect(mock.requests).toHaveLength(0);
  });
});
