// Answers in pieces: sent as fast as they are read, to so many at once, and not for ever to nobody.
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import express from 'express';
import { Downloads } from '../../api/downloads';
import { createProblemHandler } from '../../api/problem';
import { createLogger } from '../../services/logger';

const limits = { maxConnections: 3, maxConnectionsPerClient: 2, idleWriteTimeoutMs: 2_000 };
const headers = { etag: '"one"', 'cache-control': 'public, immutable' };

/** More than the buffers of a connection hold. */
const longText = 'x'.repeat(1_000_000);
const pieceCount = 30;

let server: Server;
let port: number;
let begun = 0;
let made = 0;
let ended = 0;
let fails = false;
let pauseMs = 0;

async function* makePieces(): AsyncGenerator<string> {
  begun++;
  try {
    for (let i = 0; i < pieceCount; i++) {
      // As long as a query takes.
      await new Promise((done) => setTimeout(done, pauseMs));
      if (fails) throw new Error('the database is away');
      made++;
      yield longText;
    }
  } finally {
    ended++;
  }
}

beforeAll(async () => {
  const downloads = new Downloads(limits);
  const app = express();
  app.set('etag', false);
  app.use((request, response) =>
    downloads.send(request, response, { pieces: makePieces(), headers }),
  );
  app.use(createProblemHandler(createLogger('test', 'silent')));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  begun = 0;
  made = 0;
  ended = 0;
  fails = false;
  pauseMs = 0;
});

const get = (init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}/`, init);

/** Asks, and reads nothing. */
function askOnly() {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  socket.on('error', () => undefined);
  return socket;
}

const until = async (isThere: () => boolean) => {
  for (let i = 0; i < 800 && !isThere(); i++) await new Promise((done) => setTimeout(done, 10));
  expect(isThere()).toBe(true);
};

describe('a download', () => {
  it('comes whole, and not again to who has it', async () => {
    const answer = await get();
    expect((await answer.text()).length).toBe(pieceCount * longText.length);
    expect(answer.headers.get('content-type')).toContain('application/json');
    const again = await get({ headers: { 'if-none-match': 'W/"zero", "one"' } });
    expect([again.status, (await again.text()).length]).toEqual([304, 0]);
    expect([made, ended]).toEqual([pieceCount, 1]);
  });

  it('is made no faster than it is read, given up when nobody reads, and holds a place until then', async () => {
    const idle = [askOnly(), askOnly()];
    await until(() => begun === 2 && made > 2);
    const third = await get();
    expect(third.status).toBe(429);
    expect(third.headers.get('cache-control')).toBeNull();
    expect(third.headers.get('etag')).toBeNull();
    await until(() => ended === 2);
    expect(made).toBeLessThan(2 * pieceCount);
    for (const socket of idle) socket.destroy();
    expect((await (await get()).text()).length).toBe(pieceCount * longText.length);
  });

  it('gives its place back when the client leaves, also while a piece is being made', async () => {
    pauseMs = 30;
    for (const leaveAfterMs of [0, 1, 5, 15, 40, 45, 75, 100]) {
      const socket = askOnly();
      await new Promise((done) => setTimeout(done, leaveAfterMs));
      socket.destroy();
    }
    await new Promise((done) => setTimeout(done, 200));
    await until(() => ended === begun);
    pauseMs = 0;
    for (let i = 0; i < 2; i++) {
      const answer = await get();
      expect(answer.status).toBe(200);
      await answer.text();
    }
    expect(made).toBeLessThan(3 * pieceCount);
  });

  it('is not made for who asks for its head alone', async () => {
    const answer = await get({ method: 'HEAD' });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"one"']);
    expect(made).toBe(0);
  });

  it('that cannot be made is a problem like any other', async () => {
    fails = true;
    const answer = await get();
    expect(answer.status).toBe(500);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('cache-control')).toBeNull();
  });
});
