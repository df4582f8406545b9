// Calling upstreams (DESIGN 2.2 "Upstreams"): kept-alive connections per origin, timeouts for connecting, the first
// byte, silence and the whole call, no redirects, no private addresses unless they are allowed.
import { type IncomingHttpHeaders } from 'node:http';
import { Pool, type FormData } from 'undici';
import type { ChannelKind } from '../../services/catalog/channels';
import { createConnector } from './guarded-connector';
import { answerFault } from './upstream-error';
import { Exchange, type OpenedAnswer } from './upstream-exchange';

export type { OpenedAnswer };

/** As a channel's row has them. */
export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number;
  /** From the request's last byte to the answer's first; in one piece it begins when it is complete. */
  readonly firstByteTimeoutMs: number;
  /** Between two bytes of the answer. */
  readonly idleTimeoutMs: number;
  readonly maxCallMs: number;
}

/** Serialised JSON, or a form. */
export type UpstreamBody = string | FormData;

export interface UpstreamCall {
  /** Such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Whose protocol it speaks: how it is shown the key. */
  readonly kind: ChannelKind;
  readonly apiKey: string | null;
  /** Below the base URL: `/chat/completions`. */
  readonly path: string;
  /** Beside those that every call has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** null: it is a GET. */
  readonly body: UpstreamBody | null;
  readonly timeouts: UpstreamTimeouts;
  /** Ends the call. */
  readonly signal: AbortSignal;
}

export interface TextAnswer {
  readonly headers: IncomingHttpHeaders;
  /** The body as it came. */
  readonly text: string;
}

export interface JsonAnswer extends TextAnswer {
  /** The same, parsed: always an object. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Upstreams {
  /** Calls for an answer in one piece. @throws UpstreamError */
  callJson(call: UpstreamCall): Promise<JsonAnswer>;
  /** Calls for a text in one piece, of whatever form. @throws UpstreamError */
  callText(call: UpstreamCall): Promise<TextAnswer>;
  /** Calls for a stream of events; resolves when the upstream has accepted. @throws UpstreamError */
  openStream(call: UpstreamCall): Promise<OpenedAnswer>;
  /** Calls for a stream of events of an upstream that may answer in one piece all the same. @throws UpstreamError */
  openStreamOrJson(call: UpstreamCall): Promise<OpenedAnswer | JsonAnswer>;
  /** Calls for bytes; resolves when the upstream has accepted. @throws UpstreamError */
  openBytes(call: UpstreamCall): Promise<OpenedAnswer>;
  /** Closes the connections; calls that are under way fail. */
  close(): Promise<void>;
}

export interface UpstreamsOptions {
  readonly allowPrivate: boolean;
  /** Of an answer that is not a stream; default 64 MB. */
  readonly maxAnswerBytes?: number;
}

/**
 * Shorter than the 5 s after which many servers (uvicorn, Node's own) close an idle connection without a hint; a hint
 * of theirs wins, less undici's threshold of 2 s. A call that meets a closing connection all the same is not sent to
 * that upstream again: undici's errors count the bytes of a connection, if any, not those of an answer, so one that had
 * begun could not be told.
 */
const keepAliveTimeoutMs = 4_000;

export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const maxAnswerBytes = options.maxAnswerBytes ?? 64 * 1024 * 1024;
  const pools = new Map<string, { readonly pool: Pool; readonly prefix: string }>();

  function poolOf(baseUrl: string, connectTimeoutMs: number) {
    const key = `${connectTimeoutMs} ${baseUrl}`;
    const known = pools.get(key);
    if (known) return known;
    const { origin, pathname } = new URL(baseUrl);
    const pool = new Pool(origin, {
      connect: createConnector(connectTimeoutMs, options.allowPrivate),
      keepAliveTimeout: keepAliveTimeoutMs,
    });
    const made = { pool, prefix: pathname.replace(/\/$/, '') };
    pools.set(key, made);
    return made;
  }

  function dispatch(call: UpstreamCall, accept: string): Exchange {
    const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, maxCallMs } = call.timeouts;
    const { pool, prefix } = poolOf(call.baseUrl, connectTimeoutMs);
    const exchange = new Exchange(call.apiKey, maxCallMs, call.signal);
    if (exchange.isOver) return exchange;
    const headers = ['accept', accept, ...keyHeadersOf(call)];
    // Of a form undici writes it, with its boundary.
    if (typeof call.body === 'string') headers.push('content-type', 'application/json');
    for (const header of Object.entries(call.headers ?? {})) headers.push(...header);
    pool.dispatch(
      {
        method: call.body === null ? 'GET' : 'POST',
        path: prefix + call.path,
        headers,
        body: call.body,
        headersTimeout: firstByteTimeoutMs,
        bodyTimeout: idleTimeoutMs,
      },
      exchange,
    );
    return exchange;
  }

  async function takeWhole(exchange: Exchange): Promise<TextAnswer> {
    const chunks: Buffer[] = [];
    let size = 0;
    await exchange.consume((chunk) => {
      size += chunk.length;
      if (size > maxAnswerBytes) exchange.stop('protocol', 'its answer is too large');
      else chunks.push(chunk);
    });
    const [first] = chunks;
    const body = chunks.length === 1 && first ? first : Buffer.concat(chunks, size);
    return { headers: exchange.headers, text: body.toString() };
  }

  async function takeJson(exchange: Exchange): Promise<JsonAnswer> {
    const answer = await takeWhole(exchange);
    return { ...answer, json: parseObject(answer.text) };
  }

  return {
    callJson: (call) => takeJson(dispatch(call, 'application/json')),

    callText: (call) => takeWhole(dispatch(call, '*/*')),

    async openStream(call) {
      const exchange = dispatch(call, 'text/event-stream');
      const answer = await exchange.opened();
      if (isJson(answer)) {
        throw exchange.stop('protocol', 'it answered a stream with plain JSON');
      }
      return answer;
    },

    async openStreamOrJson(call) {
      const exchange = dispatch(call, 'text/event-stream');
      const answer = await exchange.opened();
      return isJson(answer) ? takeJson(exchange) : answer;
    },

    async openBytes(call) {
      const exchange = dispatch(call, '*/*');
      const answer = await exchange.opened();
      if (/^(?:application\/json|text\/)/i.test(answer.headers['content-type'] ?? '')) {
        throw exchange.stop('protocol', 'it answered a request for bytes with text');
      }
      return answer;
    },

    async close() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
      pools.clear();
    },
  };
}

/** Anthropic's API is versioned by a header. */
const anthropicVersion = '2023-06-01';

function keyHeadersOf({ kind, apiKey }: UpstreamCall): string[] {
  if (kind === 'anthropic') {
    const version = ['anthropic-version', anthropicVersion];
    return apiKey === null ? version : [...version, 'x-api-key', apiKey];
  }
  return apiKey === null ? [] : ['authorization', `Bearer ${apiKey}`];
}

function isJson({ headers }: OpenedAnswer): boolean {
  return /^application\/json\b/i.test(headers['content-type'] ?? '');
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Told below, like every other answer that is no object.
  }
  throw answerFault('protocol', 'its answer is no JSON object');
}
