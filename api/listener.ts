// The HTTP server's first step. Express gives each request and response prototypes of its own, which costs a relayed
// call 0.2 of its 1.3 ms on the processor (ADR 0013); the relay's router does without, so the calls that come by the
// hundred go to it directly. Everything else, the same calls with a session's cookie included, goes through the app.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import proxyaddr from 'proxy-addr';
import { jsonCallPaths } from '../relay/router';
import { createApp } from './app';
import type { Context } from './context';
import { assignRequestId } from './locals';

const relayBase = '/v1';
const hotPaths: ReadonlySet<string | undefined> = new Set(
  jsonCallPaths.map((path) => relayBase + path),
);

function isKeyedCall({ method, url, headers }: IncomingMessage): boolean {
  const hasKey = headers.authorization !== undefined || headers['x-api-key'] !== undefined;
  return hasKey && method === 'POST' && hotPaths.has(url);
}

/** Serves what the app serves, with the relay's hot path in front of it. */
export function createListener(context: Context): RequestListener {
  const app = createApp(context);
  const { relay } = context;
  if (!relay) return app;
  const trust = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return (request, response) => {
    if (!isKeyedCall(request)) {
      app(request, response);
      return;
    }
    const [ours, answer] = dress(request, response, proxyaddr(request, trust));
    assignRequestId(ours, answer, () => {
      // The router answers its errors itself.
      void relay(ours, answer, () => response.destroy());
    });
  };
}

/** What Express would have set, as far as a call with a key looks at it. */
function dress(
  request: IncomingMessage,
  response: ServerResponse,
  ip: string,
): readonly [Request, Response] {
  const url = request.url?.slice(relayBase.length);
  return [
    Object.assign(request, { ip, baseUrl: relayBase, url }),
    Object.assign(response, { locals: {} }),
  ] as unknown as readonly [Request, Response];
}
