// Requests that nobody has answered yet, by what they ask: sent again, also from a page that was left and opened anew, they keep
// their idempotency key, for they are the same wish.
import type { Middleware } from 'openapi-fetch';

interface Unanswered {
  readonly key: string;
  readonly askedAt: number;
}

/** After that, the same again is meant as another one. */
const keptMs = 10 * 60_000;
const header = 'Idempotency-Key';

const unanswered = new Map<string, Unanswered>();
const wishOf = new Map<string, string>();

let ownerId: string | undefined;

/** @param userId who wishes from now on: what somebody else wished is forgotten */
export function ownUnanswered(userId: string): void {
  if (ownerId !== userId) unanswered.clear();
  ownerId = userId;
}

/** Whoever is refused so has learnt nothing about an earlier attempt, for the key was not looked at. */
const beforeTheKey: readonly number[] = [401, 403, 408, 429];

const isAnswer = (status: number) => status < 500 && !beforeTheKey.includes(status);

interface Keyed {
  readonly key: string;
  /** What it asks, whatever its key is. */
  readonly wish: string;
  readonly withKey: (key: string) => Request;
}

/** Most carry their key in a header, orders in their body. */
async function readKey(request: Request): Promise<Keyed | undefined> {
  const asks = `${request.method} ${request.url}`;
  const text = await request.clone().text();
  const key = request.headers.get(header);
  if (key !== null) {
    const withKey = (other: string) => {
      request.headers.set(header, other);
      return request;
    };
    return { key, wish: `${asks} ${text}`, withKey };
  }
  if (!text.includes('"clientOrderId"')) return undefined;
  const { clientOrderId, ...terms } = JSON.parse(text) as { readonly clientOrderId: string };
  return {
    key: clientOrderId,
    wish: `${asks} ${JSON.stringify(terms)}`,
    withKey: (other) =>
      new Request(request, { body: JSON.stringify({ ...terms, clientOrderId: other }) }),
  };
}

export const keepsKeys: Middleware = {
  async onRequest({ request, id }) {
    if (request.method === 'GET') return undefined;
    const keyed = await readKey(request);
    if (!keyed) return undefined;
    const { key, wish, withKey } = keyed;
    wishOf.set(id, wish);
    const open = unanswered.get(wish);
    if (open && Date.now() - open.askedAt < keptMs) return withKey(open.key);
    unanswered.set(wish, { key, askedAt: Date.now() });
    return request;
  },
  onResponse({ response, id }) {
    if (isAnswer(response.status)) unanswered.delete(wishOf.get(id) ?? '');
    wishOf.delete(id);
  },
  onError({ id }) {
    wishOf.delete(id);
  },
};
