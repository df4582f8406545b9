// What the log says of answers that were taken whole, and of those that were not.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import express from 'express';
import { Registry } from 'prom-client';
import { createRequestLog } from '../../api/request-log';
import { createLogger } from '../../services/logger';
import { waitUntil } from '../../launch/processes/processes';

/** More than the buffers between two sockets of one machine hold. */
const longAnswer = 'x'.repeat(64 * 1024 * 1024);

it.each([
  ['is taken whole', '/short', false, 200],
  ['is cut in the middle, though it was handed on as one piece', '/long', true, 499],
])('an answer that %s', async (_, path, cuts, status) => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const app = express();
  app.use(createRequestLog(createLogger('test', 'info', sink), new Registry()));
  app.get('/short', (_request, response) => response.json({}));
  app.get('/long', (_request, response) => response.send(longAnswer));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await once(client, 'data');
  if (cuts) client.destroy();
  await waitUntil(() => lines.length > 0, 60_000);
  client.destroy();
  server.close();
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ path, status });
});
