// Calls with a key go to the relay's router directly; the same calls with a query go through the app. Neither client may
// tell which way theirs went.
import { cookieOf, password } from '../api/harness';
import { jsonCallPaths } from '../../relay/router';
import { claudeId, hello, modelId, painterId, useRelayWorld, voiceId } from './relay-world';

const world = useRelayWorld({ env: { TRUST_PROXY: 'loopback' } });

const body = { model: modelId, messages: hello };

async function both(
  options: { key?: string; headers?: Record<string, string>; body?: unknown },
  endpoint = 'chat/completions',
) {
  const answers = [];
  const direct = `//v1/${endpoint}`;
  for (const path of [direct, `${direct}?way=app`]) {
    answers.push(await world().api.send('POST', path, options));
  }
  return answers;
}

/** Names alone, for ids and times differ. */
const headerNames = ({ headers }: { headers: Headers }) => [...headers.keys()].sort();

const bodies: Readonly<Record<string, object>> = {
  'chat/completions': body,
  completions: { model: modelId, prompt: 'Hello' },
  responses: { model: modelId, input: 'Hello' },
  messages: { model: claudeId, messages: hello, max_tokens: 20 },
  embeddings: { model: modelId, input: 'Hello' },
  'images/generations': { model: painterId, prompt: 'A cat' },
  'audio/speech': { model: voiceId, voice: 'alloy', input: 'Hello' },
};

it('are asked of every endpoint that bills', () => {
  expect(Object.keys(bodies).map((endpoint) => `/${endpoint}`)).toEqual(jsonCallPaths);
});

it.each(Object.entries(bodies))(
  'answers, headers, receipts and charges are the same: %s',
  async (endpoint, asked) => {
    const user = await world().addCaller('1');
    const [one, other] = await both({ key: user.key, body: asked }, endpoint);
    if (!one || !other) throw new Error('two answers');
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(headerNames(one)).toEqual(headerNames(other));
    await world().untilIdle();
    const receipts = await Promise.all(
      [one, other].map(({ headers }) => world().receiptOf(user, headers.get('x-request-id') ?? '')),
    );
    expect(receipts).toMatchObject([
      { ending: 'completed', endpoint, charge: receipts[1]?.charge },
      { ending: 'completed', endpoint },
    ]);
  },
);

it.each([
  ['no JSON', { body: '{' }, 400],
  ['an unknown model', { body: { ...body, model: 'none' } }, 404],
  ['a compression that nobody knows', { body, headers: { 'content-encoding': 'zip' } }, 415],
])('%s is refused in the same words', async (_, options, status) => {
  const user = await world().addCaller('1');
  const [one, other] = await both({ key: user.key, ...options });
  expect([one?.status, one?.json]).toEqual([status, other?.json]);
  expect(one && headerNames(one)).toEqual(other && headerNames(other));
});

it("messages are refused in the same words, and in Anthropic's shape", async () => {
  const user = await world().addCaller('1');
  const [one, other] = await both({ key: user.key, body: '{' }, 'messages');
  expect(one && headerNames(one)).toEqual(other && headerNames(other));
  const shape = { status: 400, json: { type: 'error', error: { type: 'invalid_request_error' } } };
  expect([one, other]).toMatchObject([shape, shape]);
});

it('an unknown key is refused in the same words', async () => {
  const [one, other] = await both({ key: 'lx_unknown', body });
  expect([one?.status, one?.json]).toEqual([401, other?.json]);
});

it("the client's address is the one that a trusted proxy tells", async () => {
  const user = await world().addCaller('1');
  const { secret } = await world().addKey(user, { ipAllowList: ['203.0.113.7'] });
  const from = (address: string) =>
    both({ key: secret, body, headers: { 'x-forwarded-for': address } });
  expect((await from('203.0.113.7')).map(({ status }) => status)).toEqual([200, 200]);
  expect((await from('203.0.113.8')).map(({ status }) => status)).toEqual([403, 403]);
  expect((await from('no address')).map(({ status }) => status)).toEqual([403, 403]);
});

it('a key in the header of Anthropic is a key; a session is one too, from our own pages', async () => {
  const user = await world().addCaller('1');
  const withKey = await both({ headers: { 'x-api-key': user.key }, body });
  expect(withKey.map(({ status }) => status)).toEqual([200, 200]);
  const session = await world().api.send('POST', '/sessions', {
    body: { email: user.email, password },
  });
  const cookie = cookieOf(session);
  const own = await both({ headers: { cookie, origin: world().api.url }, body });
  expect(own.map(({ status }) => status)).toEqual([200, 200]);
  const foreign = await both({ headers: { cookie, origin: 'https://elsewhere.example' }, body });
  expect(foreign.map(({ status }) => status)).toEqual([403, 403]);
});
