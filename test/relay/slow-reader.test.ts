import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { until } from '../catalog/support';
import { hello, modelId, useRelayWorld, voiceId, type CallerWithKey } from './relay-world';

const world = useRelayWorld({ times: { idleWriteTimeoutMs: 500 } });

const clientHost = 'slow.example';
const megabyte = 1024 * 1024;
const words = 'some words and more of them '.repeat(600);
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** An upstream that says as much as it is let, as fast as it is read. */
let firehose: Server;
let sent = 0;
let hangsUp = false;
let total = 0;

function pour(response: ServerResponse): void {
  const event = chunk({ content: words });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.once('close', () => (hangsUp = !response.writableFinished));
  const more = () => {
    while (sent < total && !response.closed) {
      sent += event.length;
      if (!response.write(event)) return void response.once('drain', more);
    }
    const usage = { prompt_tokens: 8, completion_tokens: 50 };
    response.end(
      `${chunk({}, 'stop')}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
    );
  };
  more();
}

let user: CallerWithKey;
/** The answers to calls, oldest first. */
const answers: ServerResponse[] = [];

beforeAll(async () => {
  firehose = createServer((_request, response) => pour(response));
  await new Promise<void>((resolve) => firehose.listen(0, '127.0.0.1', resolve));
  const { port } = firehose.address() as AddressInfo;
  await world().addChannel('firehose', `http://127.0.0.1:${port}/v1`, { priority: 1 });
  world().api.server.on('request', ({ headers }, response) => {
    if (headers.host === clientHost) answers.push(response);
  });
  user = await world().addCaller('1');
});
beforeEach(() => {
  sent = 0;
  hangsUp = false;
});
afterAll(() => {
  firehose.closeAllConnections();
  firehose.close();
});

/** A client that reads only when it is told to. */
function openClient(stream: boolean): Socket {
  return openClientOf('chat/completions', {
    model: modelId,
    messages: hello,
    max_tokens: 50,
    stream,
  });
}

function openClientOf(endpoint: string, asked: object): Socket {
  const socket = connect(Number(new URL(world().api.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  const body = JSON.stringify(asked);
  socket.write(
    `POST /v1/${endpoint} HTTP/1.1\r\nhost: ${clientHost}\r\nauthorization: Bearer ${user.key}\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

async function lastCall() {
  await world().untilIdle();
  return (await world().callRows(user.id)).at(-1);
}

it('a client that reads nothing holds the upstream back, and is let go', async () => {
  total = 200 * megabyte;
  const client = openClient(true);
  let most = 0;
  await until(() => {
    most = Math.max(most, answers.at(-1)?.writableLength ?? 0);
    return hangsUp;
  });
  // What one reading of the upstream's socket brings, more or less.
  expect(most).toBeLessThan(megabyte);
  // The rest of what was sent waits in the buffers of the system.
  expect(sent).toBeLessThan(50 * megabyte);
  expect(await lastCall()).toMatchObject({ status: 'settled', ending: 'client_left' });
  client.destroy();
});

it('a client that reads slowly, but reads, gets everything', async () => {
  total = 12 * megabyte;
  const client = openClient(true);
  let received = '';
  let bytes = 0;
  client.on('data', (piece) => {
    bytes += piece.length;
    received = (received + piece.toString()).slice(-100);
    client.pause();
  });
  const reading = setInterval(() => client.resume(), 4);
  await until(() => received.includes('[DONE]'));
  clearInterval(reading);
  expect(bytes).toBeGreaterThan(total);
  expect(await lastCall()).toMatchObject({
    status: 'settled',
    ending: 'completed',
    outputTokens: 50n,
  });
  client.destroy();
});

it('a client that does not listen holds speech back, is let go, and pays', async () => {
  const { port } = firehose.address() as AddressInfo;
  await world().addChannel('loud', `http://127.0.0.1:${port}/v1`, {
    priority: 1,
    offers: [{ modelId: voiceId, upstreamId: 'x', cost: null }],
  });
  total = 200 * megabyte;
  const chunkBytes = Buffer.alloc(16_384, 7);
  firehose.removeAllListeners('request');
  firehose.on('request', (_request, response) => {
    response.writeHead(200, { 'content-type': 'audio/wav' });
    response.once('close', () => (hangsUp = !response.writableFinished));
    const more = () => {
      while (sent < total && !response.closed) {
        sent += chunkBytes.length;
        if (!response.write(chunkBytes)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const client = openClientOf('audio/speech', { model: voiceId, voice: 'alloy', input: 'Hello' });
  let most = 0;
  await until(() => {
    most = Math.max(most, answers.at(-1)?.writableLength ?? 0);
    return hangsUp;
  });
  expect(most).toBeLessThan(megabyte);
  expect(sent).toBeLessThan(50 * megabyte);
  expect(await lastCall()).toMatchObject({ status: 'settled', ending: 'client_left' });
  expect(await world().healthOf('loud')).toMatchObject({ state: 'closed', lastFailure: null });
  client.destroy();
});

it('a client that does not take an answer in one piece is let go, and pays', async () => {
  const content = 'x'.repeat(30 * megabyte);
  const completion = JSON.stringify({
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 8, completion_tokens: 50 },
  });
  firehose.removeAllListeners('request');
  firehose.on('request', (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(completion);
  });
  const before = await world().balanceOf(user);
  const client = openClient(false);
  await until(() => answers.length === 4 && answers[3]?.headersSent === true);
  const given = answers[3];
  await until(() => given?.destroyed ?? false);
  let received = 0;
  client.on('data', (piece) => (received += piece.length)).resume();
  await until(() => client.destroyed);
  expect(received).toBeLessThan(content.length);
  expect(await lastCall()).toMatchObject({ status: 'settled', ending: 'completed' });
  expect(await world().balanceOf(user)).not.toBe(before);
  client.destroy();
});
