import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import {
  createEventReader,
  createStreamWriter,
  type StreamWriter,
  type Pausable,
} from '../../relay/sse';

function eventsIn(bytes: Buffer, pieceLength: number): string[] {
  const events: string[] = [];
  const reader = createEventReader((data) => events.push(data));
  for (let at = 0; at < bytes.length; at += pieceLength) {
    reader.push(bytes.subarray(at, at + pieceLength));
  }
  return events;
}

describe('reading', () => {
  const wire = Buffer.from(
    ': hello\r\n\r\ndata: {"a":"né 🙂"}\r\n\r\nevent: x\nid: 7\ndata: two\ndata: lines\n\ndata:[DONE]\n\ndata: torso',
  );

  it.each([1, 2, 3, 7, 1_000])('finds the events in pieces of %i bytes', (pieceLength) => {
    expect(eventsIn(wire, pieceLength)).toEqual(['{"a":"né 🙂"}', 'two\nlines', '[DONE]']);
  });

  it('gives up on an event without end', () => {
    const reader = createEventReader(() => undefined);
    const piece = Buffer.alloc(1024 * 1024, 'x');
    expect(() => {
      for (let i = 0; i < 20; i++) reader.push(piece);
    }).toThrow(/event without end/);
  });

  it('takes events beyond that size in all', () => {
    let events = 0;
    const reader = createEventReader(() => events++);
    const piece = Buffer.from(`data: ${'x'.repeat(1024 * 1024)}\n\n`);
    for (let i = 0; i < 20; i++) reader.push(piece);
    expect(events).toBe(20);
  });
});

describe('writing', () => {
  let server: Server;
  let socket: Socket;
  const source = { pause: jest.fn(), resume: jest.fn() } satisfies Pausable;

  /** A response to write to, and the socket of a client that reads only when it is told to. */
  async function open(
    idleTimeoutMs: number,
  ): Promise<{ writer: StreamWriter; response: ServerResponse }> {
    const requested = new Promise<ServerResponse>((resolve) => {
      server = createServer((_request, response) => resolve(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const response = await requested;
    return { writer: createStreamWriter(response, source, idleTimeoutMs), response };
  }

  beforeEach(() => jest.clearAllMocks());
  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const event = `data: ${'x'.repeat(16_000)}\n\n`;

  it('sends headers with the first event and everything until its end', async () => {
    const { writer } = await open(1_000);
    expect(writer.hasBegun).toBe(false);
    writer.write('data: 1\n\n');
    expect(writer.hasBegun).toBe(true);
    writer.end('data: [DONE]\n\n');
    let received = '';
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.includes('\r\n0\r\n')) break;
    }
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\ncontent-type: text\/event-stream/);
    expect(received).toMatch(/data: 1\n\n[^]*data: \[DONE\]\n\n/);
  });

  it('holds the source back for a slow client and lets it go on afterwards', async () => {
    const { writer, response } = await open(10_000);
    let written = 0;
    while (source.pause.mock.calls.length === 0) {
      writer.write(event);
      written++;
    }
    expect(response.writableLength).toBeLessThan(1024 * 1024);
    expect(source.resume).not.toHaveBeenCalled();
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    await once(response, 'drain');
    expect(source.resume).toHaveBeenCalledTimes(1);
    writer.end('');
    while (received < written * event.length) await once(socket, 'data');
  });

  it('lets a client go that takes nothing', async () => {
    const { writer, response } = await open(100);
    while (source.pause.mock.calls.length === 0) writer.write(event);
    // What the system buffers for the two ends.
    for (let i = 0; i < 2_000 && !response.destroyed; i++) response.write(event);
    await once(response, 'close');
    expect(response.writableFinished).toBe(false);
    expect(source.resume).toHaveBeenCalled();
    writer.write(event);
    writer.end(event);
  });

  it('lets a client go that does not take the end', async () => {
    const { writer, response } = await open(100);
    const whole = event.repeat(1_000);
    writer.end(whole);
    await once(response, 'close');
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    await once(socket, 'close');
    expect(received).toBeLessThan(whole.length);
  });
});
