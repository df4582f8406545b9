// A real API on a database of its own, in this process, and a client for it.
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import { createListener } from '../../api/listener';
import { createContext, type Context } from '../../api/context';
import type { Relay } from '../../api/relay';
import { problemSchema } from '../../api/problem';
import { readConfig } from '../../config/config';
import { createLogger } from '../../services/logger';
import { createTestDatabase } from '../support/engines';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; fails the test when it is none. */
  json: unknown;
  /** The same, believed to be of a type. */
  as<T>(): T;
  /** The same, believed to be a problem document. */
  problem: z.infer<typeof problemSchema>;
}

interface RequestOptions {
  key?: string;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
}

export interface SignedUp {
  id: string;
  email: string;
  handle: string;
  password: string;
  key: string;
  keyId: string;
}

export interface TestApi {
  url: string;
  /** Of the test's database itself. */
  databaseUrl: string;
  context: Context;
  server: Server;
  /** What is mounted under /v1, if anything is. */
  relay: Relay | undefined;
  /** `path` is below /api/v1 unless it begins with two slashes. */
  send(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  signUp(over?: Record<string, unknown>): Promise<SignedUp>;
  /** A new user with the operator's role and a key that has the scope `admin`. */
  appoint(): Promise<SignedUp>;
  close(): Promise<void>;
}

export const password = 'a long enough secret';

/** What a workflow on a busy machine may take to answer. */
const answerMs = 60_000;

interface Parts {
  /** Opens what is mounted under /v1. */
  readonly openRelay?: (context: Context) => Promise<Relay>;
  /** Where the API finds its database, given where it is. */
  readonly reach?: (databaseUrl: string) => Promise<string>;
}

export async function startApi(
  env: Record<string, string> = {},
  overrides: Parameters<typeof createContext>[1] = {},
  parts: Parts = {},
): Promise<TestApi> {
  const database = await createTestDatabase();
  const databaseUrl = (await parts.reach?.(database.url)) ?? database.url;
  const config = readConfig({ DATABASE_URL: databaseUrl, DEMO: '0', ...env });
  const context = createContext(config, {
    logger: createLogger('api', 'silent'),
    checkAnswers: true,
    updateTimeoutMs: answerMs,
    ...overrides,
  });
  const relay = await parts.openRelay?.(context);
  const server = createServer(
    createListener(relay ? { ...context, relay: relay.handler } : context),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function send(method: string, path: string, options: RequestOptions = {}) {
    const { key, headers = {}, body } = options;
    const response = await fetch(
      path.startsWith('//') ? url + path.slice(1) : `${url}/api/v1${path}`,
      {
        method,
        headers: {
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      },
    );
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      as: <T>() => JSON.parse(text) as T,
      get json() {
        return JSON.parse(text) as unknown;
      },
      get problem() {
        return problemSchema.parse(JSON.parse(text));
      },
    };
  }

  async function signUp(over: Record<string, unknown> = {}): Promise<SignedUp> {
    const name = `u${randomBytes(6).toString('hex')}`;
    const body = { email: `${name}@example.com`, password, handle: name, ...over };
    const answer = await send('POST', '/users', { body });
    if (answer.status !== 201) throw new Error(answer.text);
    const { user, apiKey } = answer.as<{
      user: { id: string; email: string; handle: string };
      apiKey: { id: string; secret: string };
    }>();
    return { ...user, password: body.password, key: apiKey.secret, keyId: apiKey.id };
  }

  async function appoint(): Promise<SignedUp> {
    const user = await signUp();
    await context.services.operators.appointFirst(user.id, `appoint-${user.id}`);
    const session = await send('POST', '/sessions', {
      body: { email: user.email, password: user.password },
    });
    const key = await send('POST', '/api-keys', {
      headers: { cookie: cookieOf(session) },
      body: { name: 'operator', scopes: ['read', 'account', 'admin'] },
    });
    const { id, secret } = key.as<{ id: string; secret: string }>();
    return { ...user, key: secret, keyId: id };
  }

  return {
    url,
    databaseUrl: database.url,
    context,
    server,
    relay,
    send,
    signUp,
    appoint,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await relay?.close();
      await context.close();
      await database.drop();
    },
  };
}

/** The cookie that an answer sets, as a request sends it. */
export function cookieOf(answer: Pick<Answer, 'headers'>): string {
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}
