// What the stream does not put up with: garbage, floods, clients that do not read or are gone.
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { eventually, refusedUpgrade, type StreamClient } from './stream-client';
import { createStreamWorld, type StreamApi, type StreamWorld } from './world';

let world: StreamWorld;
beforeAll(async () => {
  world = await createStreamWorld();
});
afterAll(() => world.close());

async function metric(api: StreamApi | StreamWorld, line: string): Promise<boolean> {
  return (await api.api.send('GET', '//metrics')).text.includes(line);
}

describe('a message', () => {
  let client: StreamClient;
  beforeAll(async () => {
    client = await world.connect();
  });
  afterAll(() => client.close());

  it.each([
    ['that is no JSON', '{"op":', undefined],
    ['that is no object', '"subscribe"', undefined],
    ['without an op', '{"id":1}', 1],
    ['with an unknown op', '{"op":"order","id":"a"}', 'a'],
    ['with an unknown channel', '{"op":"subscribe","channels":["orders"],"id":2}', 2],
    ['without channels', '{"op":"subscribe","channels":[],"id":3}', 3],
    ['with members that nobody knows', '{"op":"ping","depth":5,"id":4}', 4],
    ['that asks for a snapshot of nothing', '{"op":"resync","channel":"book","id":5}', 5],
    ['with a mark that is none', '{"op":"ping","id":{"a":1}}', undefined],
  ])('%s is refused, and the connection goes on', async (_, text, id) => {
    const from = client.messages.length;
    client.socket.send(text);
    const error = await client.waitFor('error', undefined, from);
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.any(String) as unknown,
    });
    expect(error.id).toBe(id);
    client.say({ op: 'ping', id: 'still here' });
    expect(await client.waitFor('pong', undefined, from)).toEqual({
      type: 'pong',
      id: 'still here',
    });
  });
});

it.each([
  ['that is too large', 'x'.repeat(4_097), 1009],
  ['in binary', Buffer.from('{"op":"ping"}'), 1003],
])('a message %s ends the connection', async (_, data, code) => {
  const client = await world.connect();
  client.socket.send(data);
  expect(await client.waitForClose()).toBe(code);
});

it('a flood of messages is refused, then ended', async () => {
  const client = await world.connect();
  for (let i = 0; i < 70; i++) client.say({ op: 'ping' });
  await client.waitFor('error', ({ code }) => code === 'RATE_LIMITED');
  await eventually(() => client.ofType('pong').length === 60 || undefined);
  for (let i = 0; i < 80; i++) client.say({ op: 'ping' });
  expect(await client.waitForClose()).toBe(1008);
  expect(client.ofType('pong')).toHaveLength(60);
});

it.each(['ping', 'pong'] as const)('a flood of %s frames is refused, then ended', async (frame) => {
  const client = await world.connect();
  let pongs = 0;
  client.socket.on('pong', () => pongs++);
  const flood = setInterval(() => {
    for (let i = 0; i < 200; i++) client.socket[frame]('x'.repeat(100));
  }, 1);
  expect(await client.waitForClose()).toBe(1008);
  clearInterval(flood);
  expect(client.ofType('error')[0]).toMatchObject({ code: 'RATE_LIMITED' });
  expect(pongs).toBe(frame === 'ping' ? 60 : 0);
});

it('takes so many connections of a client, and in all', async () => {
  const few = await world.openApi({ maxConnectionsPerClient: 2 });
  const url = `${few.api.url}/api/v1/stream`;
  const [first] = [await few.connect(), await few.connect()];
  expect(await refusedUpgrade(url)).toEqual([429, 'RATE_LIMITED']);
  await first.close();
  await eventually(async () => (await few.connect().catch(() => undefined)) && true);
  const none = await world.openApi({ maxConnections: 0 });
  expect(await refusedUpgrade(`${none.api.url}/api/v1/stream`)).toEqual([
    503,
    'ENGINE_UNAVAILABLE',
  ]);
});

it('lets go a client that reads too slowly, and no other', async () => {
  const narrow = await world.openApi({ maxBufferedBytes: 2_000 });
  const slow = await narrow.connect();
  const quick = await narrow.connect();
  for (const client of [slow, quick]) await client.subscribe('book');
  slow.socket.pause();
  // What the system's own buffers take is some megabytes: large snapshots fill them.
  const trader = await world.addTrader('2000');
  await Promise.all(
    Array.from({ length: 150 }, (_, i) =>
      world.place(trader, { side: 'buy', price: String((10_000 + i) / 1e6), quantity: '1000' }),
    ),
  );
  const view = await narrow.api.context.liveMarket.current();
  for (let i = 0; i < 300_000; i++) {
    const id = `filler-${i}`;
    view.state.book.add({ id, ownerId: 'x', side: 'buy', ticks: 1 + i, number: i, lots: 1 });
  }
  await world.cancelAll(trader);
  const asked = setInterval(() => slow.say({ op: 'resync', channel: 'book' }), 100);
  await eventually(
    async () => (await metric(narrow, 'lx_stream_dropped_total{reason="slow"} 1')) || undefined,
  );
  clearInterval(asked);
  slow.socket.resume();
  expect([4008, 1006]).toContain(await slow.waitForClose());
  expect(quick.closeCode).toBeUndefined();
  expect(await metric(narrow, 'lx_stream_connections 1')).toBe(true);
});

it('drops a client that is gone without a word', async () => {
  const brisk = await world.openApi({ heartbeatMs: 50 });
  const { hostname, port } = new URL(brisk.api.url);
  const socket = createConnection(Number(port), hostname);
  socket.write(
    'GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const beganAt = performance.now();
  socket.resume();
  const alive = await brisk.connect();
  await once(socket, 'close');
  expect(performance.now() - beganAt).toBeGreaterThan(90);
  expect(await metric(brisk, 'lx_stream_dropped_total{reason="dead"} 1')).toBe(true);
  alive.say({ op: 'ping' });
  await alive.waitFor('pong');
});

it('says goodbye when the server ends', async () => {
  const ending = await world.openApi();
  const client = await ending.connect();
  await client.subscribe('book');
  await ending.stream.close();
  expect(await client.waitForClose()).toBe(1001);
  expect(await refusedUpgrade(`${ending.api.url}/api/v1/stream`)).toEqual([
    503,
    'ENGINE_UNAVAILABLE',
  ]);
});
