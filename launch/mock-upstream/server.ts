// A local upstream that speaks OpenAI's and Anthropic's protocol and says everywhere that it is a mock (DESIGN 7): what `npm start`
// relays to without a real upstream, what tests tell to misbehave, and the benchmark's upstream, so plain node:http.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatEndpoint } from './chat';
import { completionsEndpoint } from './completions';
import { embeddingsEndpoint } from './embeddings';
import type { MockEndpoint, MockRequest } from './endpoint';
import { errorBody } from './error-body';
import { imagesEndpoint } from './images';
import { speechEndpoint } from './speech';
import { countTokensEndpoint, messagesEndpoint } from './messages';
import { mockModels, type MockBehaviour } from './behaviour';
import { MockVideos } from './videos';
import { mockHeader, reset, sendBytes, sendCompletion, sendJson, stream } from './send';
import { responsesEndpoint } from './responses';
import { isForm, readForm } from '../../relay/forms/form-body';
import { transcriptionsEndpoint } from './transcriptions';

export interface MockUpstreamOptions {
  /** Models that are served beside `mockModels`, and how they behave. */
  models?: Readonly<Record<string, MockBehaviour>>;
  /** How many requests to remember; default 1,000, the newest. */
  recordLimit?: number;
  /** How long an idle connection is kept; default a minute. */
  keepAliveMs?: number;
}

export interface RecordedRequest {
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  readonly body: MockRequest & Record<string, unknown>;
  /** The caller hung up before the answer was complete. */
  aborted: boolean;
  /** The answer left whole. */
  finished: boolean;
}

export interface MockUpstream {
  /** Listens on loopback; 0 (the default) lets the system choose. Answers the port. */
  listen(port?: number): Promise<number>;
  close(): Promise<void>;
  /** With `/v1`, as an OpenAI SDK takes it. */
  readonly baseUrl: string;
  /** The calls so far. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves once `count` calls have come in. */
  waitForRequests(count: number): Promise<void>;
  /** From now on `model` ('*' = every one) behaves so. */
  behave(model: string, behaviour: MockBehaviour): void;
  /** The next call that no earlier `behaveOnce` takes behaves so, whatever its model. */
  behaveOnce(behaviour: MockBehaviour): void;
  /** Lets the oldest `count` held answers go (default: all), and answers how many went. */
  release(count?: number): number;
  /** Answers that wait for `release`. */
  readonly held: number;
  /** Stops listening and drops every connection: callers get ECONNREFUSED until `acceptConnections`. */
  refuseConnections(): Promise<void>;
  acceptConnections(): Promise<void>;
  /** Forgets told behaviours and recorded requests, and releases what is held. */
  reset(): void;
}

const endpoints = new Map<string, MockEndpoint>([
  ['/v1/chat/completions', chatEndpoint],
  ['/v1/completions', completionsEndpoint],
  ['/v1/embeddings', embeddingsEndpoint],
  ['/v1/images/generations', imagesEndpoint],
  ['/v1/audio/speech', speechEndpoint],
  ['/v1/audio/transcriptions', transcriptionsEndpoint],
  ['/v1/responses', responsesEndpoint],
  ['/v1/messages', messagesEndpoint],
  ['/v1/messages/count_tokens', countTokensEndpoint],
]);

const maxBodyLength = 64 * 1024 * 1024;

export function createMockUpstream(options: MockUpstreamOptions = {}): MockUpstream {
  const presets: Readonly<Record<string, MockBehaviour>> = { ...mockModels, ...options.models };
  const { recordLimit = 1_000, keepAliveMs = 60_000 } = options;
  const told = new Map<string, MockBehaviour>();
  const once: MockBehaviour[] = [];
  const heldAnswers: (() => void)[] = [];
  const requests: RecordedRequest[] = [];
  const waiters: { count: number; resolve: () => void }[] = [];
  const sockets = new Set<Socket>();
  let sequence = 0;
  let port = 0;
  let server: Server | undefined;

  const held = () => new Promise<void>((resolve) => heldAnswers.push(resolve));
  const videos = new MockVideos();

  function behaviourOf(model: string): MockBehaviour | undefined {
    return once.shift() ?? told.get(model) ?? told.get('*') ?? presets[model];
  }

  function record(request: IncomingMessage, response: ServerResponse, body: MockRequest) {
    const { headers, url: path = '' } = request;
    const entry = { path, headers, body: { ...body }, aborted: false, finished: false };
    requests.push(entry);
    if (requests.length > recordLimit) requests.shift();
    response.once('close', () => {
      entry.finished = response.writableFinished;
      entry.aborted = !response.writableFinished;
    });
    for (const waiter of waiters.filter(({ count }) => sequence >= count)) {
      waiters.splice(waiters.indexOf(waiter), 1);
      waiter.resolve();
    }
  }

  async function answer(
    endpoint: MockEndpoint,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { errorBody } = endpoint;
    const body = isForm(request)
      ? await readFields(request)
      : parseRequest(await readBody(request));
    if (!body) return sendJson(response, 400, errorBody(400, undefined));
    sequence++;
    record(request, response, body);
    const number = sequence;
    const behaviour = behaviourOf(body.model);
    if (!behaviour) return sendJson(response, 404, errorBody(404, undefined));
    if (behaviour.hold) await held();
    if (behaviour.delayFirstByteMs) await sleep(behaviour.delayFirstByteMs);
    if (behaviour.hang) return;
    if (behaviour.reset) return reset(response);
    if (behaviour.redirectTo) {
      response.writeHead(302, { ...mockHeader, location: behaviour.redirectTo }).end();
      return;
    }
    if (behaviour.failStatus) {
      if (behaviour.retryAfterSeconds !== undefined) {
        response.setHeader('retry-after', behaviour.retryAfterSeconds);
      }
      return sendJson(
        response,
        behaviour.failStatus,
        errorBody(behaviour.failStatus, keyOf(request), behaviour.failMessage),
      );
    }
    if (behaviour.answer !== undefined) return sendJson(response, 200, behaviour.answer);
    const isStreamed = isAsked(body.stream) && !behaviour.ignoresStream;
    const events = isStreamed ? endpoint.events?.(body, behaviour, number) : undefined;
    if (!events) {
      const text = endpoint.answer(body, behaviour, number);
      if (typeof text !== 'string') return sendBytes(response, text, behaviour, held);
      return sendCompletion(response, behaviour.malformed ? text.slice(0, 40) : text, behaviour);
    }
    await stream(response, events, endpoint, behaviour, held);
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Anthropic's SDK marks its betas by a query.
    const [path = ''] = (request.url ?? '').split('?', 1);
    const endpoint = path === '/v1/videos' ? videos.endpoint : endpoints.get(path);
    if (request.method === 'POST' && endpoint) return answer(endpoint, request, response);
    if (request.method === 'GET' && path === '/v1/models') {
      const data = Object.keys(presets).map((id) => ({
        id,
        object: 'model',
        created: 0,
        owned_by: 'mock',
      }));
      return sendJson(response, 200, JSON.stringify({ object: 'list', data }));
    }
    if (request.method === 'GET' && (await videos.route(request, response, behaviourOf, held)))
      return;
    if (path === '/__control' || path === '/__control/release') {
      return control(request, response, path);
    }
    return sendJson(response, 404, errorBody(404, undefined));
  }

  /** The same steering for another process: `POST {model?, behaviour, once?}`, `POST …/release {count?}`, `GET`, `DELETE`. */
  async function control(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> {
    if (request.method === 'DELETE') mock.reset();
    if (request.method === 'POST') {
      const order = JSON.parse((await readBody(request)) || '{}') as {
        model?: string;
        behaviour?: MockBehaviour;
        once?: boolean;
        count?: number;
      };
      if (path.endsWith('/release')) mock.release(order.count);
      else if (order.once) mock.behaveOnce(order.behaviour ?? {});
      else mock.behave(order.model ?? '*', order.behaviour ?? {});
    }
    sendJson(response, 200, JSON.stringify({ held: heldAnswers.length, sequence, requests }));
  }

  async function open(at: number): Promise<void> {
    server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
      route(request, response).catch(() => reset(response));
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    const opened = server;
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject);
      opened.listen(at, '127.0.0.1', resolve);
    });
    port = (opened.address() as AddressInfo).port;
  }

  async function shut(): Promise<void> {
    const closing = server;
    server = undefined;
    if (!closing) return;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const mock: MockUpstream = {
    async listen(at = 0) {
      await open(at);
      return port;
    },
    async close() {
      mock.release();
      await shut();
    },
    get baseUrl() {
      return `http://127.0.0.1:${port}/v1`;
    },
    requests,
    waitForRequests(count) {
      if (sequence >= count) return Promise.resolve();
      return new Promise((resolve) => waiters.push({ count, resolve }));
    },
    behave(model, behaviour) {
      told.set(model, behaviour);
    },
    behaveOnce(behaviour) {
      once.push(behaviour);
    },
    release(count = heldAnswers.length) {
      const released = heldAnswers.splice(0, count);
      for (const go of released) go();
      return released.length;
    },
    get held() {
      return heldAnswers.length;
    },
    refuseConnections: shut,
    acceptConnections: () => open(port),
    reset() {
      told.clear();
      once.length = 0;
      mock.release();
      requests.length = 0;
      sequence = 0;
    },
  };
  return mock;
}

/** Reads by events: an async iterator costs a third of a whole answer. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
      if (text.length > maxBodyLength) request.destroy();
    });
    request.once('end', () => resolve(text));
    request.once('error', reject);
  });
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  return headers['x-api-key']?.toString() ?? headers.authorization?.replace(/^Bearer /, '');
}

const formLimits = { maxBytes: maxBodyLength, maxFileBytes: maxBodyLength };

async function readFields(request: IncomingMessage): Promise<MockRequest | undefined> {
  const { fields } = await readForm(request, formLimits);
  return typeof fields.model === 'string' ? { ...fields, model: fields.model } : undefined;
}

/** In a form everything is text. */
function isAsked(stream: unknown): boolean {
  return stream === true || stream === 'true';
}

function parseRequest(text: string): MockRequest | undefined {
  try {
    const body = JSON.parse(text) as MockRequest | null;
    return typeof body?.model === 'string' ? body : undefined;
  } catch {
    return undefined;
  }
}
