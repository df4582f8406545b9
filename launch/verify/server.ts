// What is verified, asked over its public API. Nothing that it says is believed before its form is checked.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** Nobody answers, or says that it cannot answer now: nothing was verified. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** An answer that is not what the documentation says. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

export interface Server {
  /** Without a slash at its end. */
  readonly url: string;
  /** @param path below /api/v1 */
  text(path: string): Promise<string>;
  /** The very bytes, as many as there are. */
  bytes(path: string): Promise<Buffer>;
  json<Shape extends z.ZodType>(path: string, shape: Shape): Promise<z.output<Shape>>;
  /**
   * All items of a list, newest first as they come; undefined where there is no such list.
   * @param path may have a query
   */
  list<Shape extends z.ZodType>(path: string, shape: Shape): Promise<z.output<Shape>[] | undefined>;
}

const timeoutMs = 30_000;
/** A manifest may have some 25 MB, on a slow line. */
const bytesTimeoutMs = 600_000;
const maxWaits = 20;
const pageSize = 200;
const problem = z.object({ detail: z.string() });

function messageOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  return cause instanceof Error ? `${message}: ${cause.message}` : String(message);
}

async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  withinMs: number,
): Promise<{ status: number; body: Buffer }> {
  for (let waits = 0; ; waits++) {
    try {
      const signal = AbortSignal.timeout(withinMs);
      const response = await fetch(url, { headers, redirect: 'error', signal });
      const body = Buffer.from(await response.arrayBuffer());
      if (response.status !== 429 || waits === maxWaits) return { status: response.status, body };
      await sleep(1_000 * Math.min(60, Number(response.headers.get('retry-after') ?? 1)));
    } catch (error) {
      throw new Unreachable(`${url} cannot be reached: ${messageOf(error)}`);
    }
  }
}

/** The problem's own words, when it has any. */
function detailOf(text: string): string {
  try {
    return problem.parse(JSON.parse(text)).detail;
  } catch {
    return text.slice(0, 200);
  }
}

function parse<Shape extends z.ZodType>(path: string, text: string, shape: Shape): z.output<Shape> {
  try {
    const parsed = shape.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new BadAnswer(`${path} is not as documented: ${z.prettifyError(parsed.error)}`);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadAnswer(`${path} is no JSON`);
    throw error;
  }
}

/** @param apiKey of the user as whom to ask, if any */
export function createServer(address: string, apiKey?: string): Server {
  const url = address.replace(/\/+$/, '');
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

  async function find(
    path: string,
    accept: string,
    withinMs = timeoutMs,
  ): Promise<Buffer | undefined> {
    const headers = { accept, ...authorization };
    const { status, body } = await ask(`${url}/api/v1${path}`, headers, withinMs);
    if (status === 200) return body;
    if (status === 404) return undefined;
    const told = `${path} answers ${status}: ${detailOf(body.toString())}`;
    throw status >= 500 ? new Unreachable(told) : new BadAnswer(told);
  }

  async function get(path: string, accept: string, withinMs?: number): Promise<Buffer> {
    const body = await find(path, accept, withinMs);
    if (body === undefined) throw new BadAnswer(`${path} is not there`);
    return body;
  }

  return {
    url,
    text: async (path) => (await get(path, 'text/plain')).toString(),
    bytes: (path) => get(path, 'application/json', bytesTimeoutMs),

    async json(path, shape) {
      return parse(path, (await get(path, 'application/json')).toString(), shape);
    },

    async list(path, shape) {
      const pageShape = z.object({ items: z.array(shape), nextCursor: z.string().nullable() });
      const items = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = `limit=${pageSize}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
        const body = await find(
          `${path}${path.includes('?') ? '&' : '?'}${query}`,
          'application/json',
        );
        if (body === undefined) return undefined;
        const page = parse(path, body.toString(), pageShape);
        // A page that gives nothing and goes on would never end.
        if (page.items.length === 0 && page.nextCursor !== null) {
          throw new BadAnswer(`${path} has an empty page that is not the last`);
        }
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return items;
    },
  };
}
