// The public HTTP API as the demo's traders use it (DESIGN 7): with a key of their own, like anybody.
import { z } from 'zod';

/** The API answered, and refused. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  constructor(
    readonly status: number,
    readonly code: string,
    /** What it asks to wait for. */
    readonly retryAfterMs: number,
  ) {
    super(`${status} ${code}`);
  }
}

/** Nobody answered, or somebody who could not. */
export class ApiAway extends Error {
  override readonly name = 'ApiAway';
}

export interface ApiClient {
  /**
   * @param path below the API's address
   * @throws ApiRefusal for 4xx, ApiAway otherwise (of a write it is unknown then whether it happened)
   */
  send(method: string, path: string, body?: unknown): Promise<unknown>;
}

const timeoutMs = 20_000;

const problem = z.object({ code: z.string().optional() }).catch({});

/** @param stopped aborts what is under way */
export function createApiClient(baseUrl: string, key: string, stopped: AbortSignal): ApiClient {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return {
    async send(method, path, body) {
      let response: Response;
      let text: string;
      try {
        response = await fetch(baseUrl + path, {
          method,
          headers,
          signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        text = await response.text();
      } catch (error) {
        throw new ApiAway(`${method} ${path} was not answered`, { cause: error });
      }
      if (response.status >= 500) throw new ApiAway(`${method} ${path}: ${response.status}`);
      const json = parse(text);
      if (response.ok) return json;
      const seconds = Number(response.headers.get('retry-after') ?? 0);
      const { code = 'UNKNOWN' } = problem.parse(json);
      throw new ApiRefusal(response.status, code, Number.isFinite(seconds) ? seconds * 1_000 : 0);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
