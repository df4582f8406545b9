// Compute Wars over HTTP (DESIGN 6): what anybody may read, one's own place with a key, and the live ranking.
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import express from 'express';
import { createWarsStream } from '../../api/wars-stream';
import { Registry } from 'prom-client';
import { createLogger } from '../../services/logger';
import type { WarBoard } from '../../services/wars/wars';
import { hello, modelId, useRelayWorld, type CallerWithKey } from '../relay/relay-world';
import { until } from '../catalog/support';

const world = useRelayWorld();

const call = (user: CallerWithKey, tokens: number) =>
  user.openai.chat.completions.create({ model: modelId, messages: hello, max_tokens: tokens });

interface Board extends WarBoard {
  readonly own: { rank: number; score: string; gap: string | null } | null;
}

const read = async (path: string, key?: string) =>
  (await world().api.send('GET', path, key === undefined ? {} : { key })).as<Board>();

interface Stream {
  readonly response: IncomingMessage;
  readonly boards: WarBoard[];
  text(): string;
  isEnded(): boolean;
}

function openStream(): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = get(`${world().api.url}/api/v1/wars/current/stream`, (response) => {
      let text = '';
      let isEnded = false;
      const boards: WarBoard[] = [];
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        const events = text.split('\n\n').slice(0, -1);
        boards.splice(
          0,
          boards.length,
          ...events
            .filter((event) => event.startsWith('event: board\n'))
            .map((event) => JSON.parse(event.split('\ndata: ')[1] ?? '') as WarBoard),
        );
      });
      response.on('end', () => (isEnded = true));
      response.on('error', () => (isEnded = true));
      resolve({ response, boards, text: () => text, isEnded: () => isEnded });
    });
    request.on('error', reject);
  });
}

/** A connection whose reader may stop reading. */
function fakeResponse() {
  const listeners = new Map<string, () => void>();
  const written: string[] = [];
  let isFull = false;
  const leave = () => listeners.get('close')?.();
  const response = {
    on: (event: string, listener: () => void) => void listeners.set(event, listener),
    once: (event: string, listener: () => void) => {
      const before = listeners.get(event);
      listeners.set(event, () => {
        before?.();
        listener();
      });
    },
    status: () => response,
    set: () => response,
    flushHeaders: () => undefined,
    get writableNeedDrain() {
      return isFull;
    },
    write: (text: string) => {
      written.push(text);
      return !isFull;
    },
    end: leave,
    destroy: leave,
  };
  return {
    response: response as never,
    written,
    fill: (full: boolean) => (isFull = full),
    tell: (event: string) => listeners.get(event)?.(),
  };
}

/** Boards that change with every look, quickly. */
function fakeStream(lookAt?: () => unknown[]) {
  let score = 0;
  const board = lookAt ?? (() => [score++]);
  const stream = createWarsStream({
    wars: { current: () => Promise.resolve({ round: {}, board: board() } as never) },
    logger: createLogger('api', 'silent'),
    metrics: new Registry(),
    limits: {
      maxConnectionsPerClient: 2,
      boardEveryMs: 10,
      heartbeatMs: 20,
      idleWriteTimeoutMs: 60,
    },
  });
  return { stream, score: () => score };
}

it('shows the week before anybody has called, and who called since', async () => {
  const before = await read('/wars/current');
  expect(before).toMatchObject({
    round: { status: 'live', prizeCapBps: 2_000 },
    board: [],
    own: null,
  });
  expect(before.round.id).toMatch(/^\d{4}-W\d{2}$/);
  const user = await world().addCaller('10');
  await call(user, 20);
  const board = await read('/wars/current', user.key);
  expect(board).toMatchObject({
    round: { id: before.round.id },
    board: [{ rank: 1, handle: user.handle, score: '0.000176', gap: null, prize: null }],
    own: { rank: 1, score: '0.000176', gap: null },
  });
  expect(await read(`/wars/${before.round.id}`)).toEqual({ ...board, own: null });
  const list = await world().api.send('GET', '/wars?limit=1');
  expect(list.as<{ items: object[] }>().items).toEqual([board.round]);
});

it('refuses what it does not know', async () => {
  const { api } = world();
  expect((await api.send('GET', '/wars/2020-W01')).status).toBe(404);
  expect((await api.send('GET', '/wars/current', { key: 'lx_nobody' })).status).toBe(401);
  const user = await world().addCaller('1');
  const choose = (id: string, body: object, headers = {}) =>
    api.send('POST', `/wars/${id}/perk`, { key: user.key, body, headers });
  const key = { 'idempotency-key': 'one' };
  const { round } = await read('/wars/current');
  expect((await choose(round.id, { choice: 'free_calls' })).problem.code).toBe(
    'IDEMPOTENCY_KEY_REQUIRED',
  );
  expect((await choose(round.id, { choice: 'a car' }, key)).status).toBe(400);
  expect((await choose('2020-W01', { choice: 'free_calls' }, key)).status).toBe(404);
  expect((await choose(round.id, { choice: 'free_calls' }, key)).status).toBe(409);
  const act = { body: { userId: user.id, reason: 'x' }, headers: key };
  expect(
    (await api.send('POST', `/admin/wars/${round.id}/disqualify`, { key: user.key, ...act }))
      .status,
  ).toBe(403);
});

describe('the live ranking', () => {
  it('comes at once, and then when it changed, at most once a second', async () => {
    const user = await world().addCaller('10');
    const stream = await openStream();
    expect(stream.response.headers['content-type']).toMatch(/^text\/event-stream/);
    await until(() => Promise.resolve(stream.boards.length === 1));
    for (let i = 0; i < 5; i++) await call(user, 20);
    await until(() =>
      Promise.resolve(
        stream.boards
          .at(-1)
          ?.board.some((e) => e.handle === user.handle && e.score === '0.00088') ?? false,
      ),
    );
    expect(stream.boards.length).toBeLessThanOrEqual(4);
    const count = stream.boards.length;
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect(stream.boards).toHaveLength(count);
    stream.response.destroy();
  });

  it('tells of a hundred settlements in a few events, and whoever comes back what was missed', async () => {
    const user = await world().addCaller('10');
    const first = await openStream();
    await until(() => Promise.resolve(first.boards.length === 1));
    const scoreOf = (stream: Stream) =>
      stream.boards.at(-1)?.board.find(({ handle }) => handle === user.handle)?.score;
    const startedAt = performance.now();
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 5 }, () => call(user, 20)));
    await until(() => Promise.resolve(scoreOf(first) === '0.0176'));
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(first.boards.length).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
    expect(first.text().startsWith('retry: 2000\n\n')).toBe(true);
    first.response.destroy();
    await call(user, 20);
    const again = await openStream();
    await until(() => Promise.resolve(again.boards.length > 0));
    expect(again.boards[0]?.board.find(({ handle }) => handle === user.handle)?.score).toBe(
      '0.017776',
    );
    again.response.destroy();
  });

  it('keeps one board at most for a client that takes nothing, and lets it go', async () => {
    const handle = 'x'.repeat(1_000_000);
    let score = 0;
    const { stream } = fakeStream(() => [{ handle, score: score++ }]);
    const responses: ServerResponse[] = [];
    const app = express().get('/', (_, response) => {
      responses.push(response);
      stream.join(response, 'a');
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const join = () => {
      const socket = connect(port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      return socket;
    };
    const reader = join().resume();
    await until(() => responses.length === 1);
    // Nobody listens to its data: the kernel's buffers fill, then the server's.
    const silent = join();
    let most = 0;
    await until(() => {
      most = Math.max(most, responses[1]?.writableLength ?? 0);
      return responses[1]?.destroyed ?? false;
    });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(2_200_000);
    expect(responses[0]?.destroyed).toBe(false);
    // Its place is another's.
    const next = join().resume();
    await until(() => responses.length === 3);
    expect(responses[2]?.statusCode).toBe(200);
    for (const socket of [reader, silent, next]) socket.destroy();
    stream.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('has room for a hundred connections of an address; one more is told so', async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, openStream));
    const refused = await world().api.send('GET', '/wars/current/stream');
    expect(refused.problem).toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
      detail: 'At most 100 connections.',
    });
    for (const { response } of streams) response.destroy();
    await until(async () => {
      const stream = await openStream();
      stream.response.destroy();
      return stream.response.statusCode === 200;
    });
  });

  it('takes as many connections as a client may have, and ends them with the server', async () => {
    const { stream, score } = fakeStream();
    const [reader, slow, third] = [fakeResponse(), fakeResponse(), fakeResponse()];
    stream.join(reader.response, 'a');
    stream.join(slow.response, 'a');
    expect(() => stream.join(third.response, 'a')).toThrow('At most 2 connections');
    await until(() => Promise.resolve(reader.written.length > 5));
    slow.fill(true);
    const stuckAt = slow.written.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(slow.written.length - stuckAt).toBeLessThanOrEqual(1);
    slow.fill(false);
    slow.tell('drain');
    // The newest board, and none of those in between.
    const told = slow.written.at(-1) ?? '';
    expect(Number(/\[(\d+)\]/.exec(told)?.[1])).toBeGreaterThan(score() - 4);
    stream.close();
    expect(() => stream.join(third.response, 'b')).toThrow('takes no more');
  });
});
