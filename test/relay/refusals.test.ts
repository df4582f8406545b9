import { cookieOf, password, type Answer } from '../api/harness';
import {
  claudeId,
  hello,
  modelId,
  unsoldId,
  useRelayWorld,
  type CallerWithKey,
} from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeAll(async () => {
  user = await world().addCaller('10');
});

interface OpenAIErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

const wellFormed = { model: modelId, messages: hello };

function chat(
  body: unknown,
  { key = user.key, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return world().api.send('POST', '//v1/chat/completions', { key, headers, body });
}

/** The error of a refusal that cost nobody anything. */
function refusedAs(answer: Answer, status: number): OpenAIErrorBody['error'] {
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  const { error } = answer.as<OpenAIErrorBody>();
  expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
  expect(world().mock.requests).toHaveLength(0);
  return error;
}

describe('who may call', () => {
  it('nobody without a key, and no key that is not known', async () => {
    const none = await world().api.send('POST', '//v1/chat/completions', { body: wellFormed });
    expect(refusedAs(none, 401).code).toBe('invalid_api_key');
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(refusedAs(await chat(wellFormed, { key: 'lx_unknown' }), 401).code).toBe(
      'invalid_api_key',
    );
    expect(refusedAs(await chat(wellFormed, { key: 'two words' }), 401).code).toBe(
      'invalid_api_key',
    );
  });

  it('is asked before a body is looked at', async () => {
    const answer = await chat('{ this is no JSON', { key: 'lx_unknown' });
    refusedAs(answer, 401);
  });

  it('not with a key that was revoked, even if it was used a moment ago', async () => {
    const key = await world().addKey(user);
    expect((await chat(wellFormed, { key: key.secret })).status).toBe(200);
    world().mock.reset();
    await world().api.send('DELETE', `/api-keys/${key.id}`, { key: user.key });
    const error = refusedAs(await chat(wellFormed, { key: key.secret }), 401);
    expect(error).toMatchObject({ code: 'invalid_api_key', message: 'This key was revoked.' });
  });

  it('not with a key that has expired meanwhile', async () => {
    const expiresAt = new Date(Date.now() + 700).toISOString();
    const key = await world().addKey(user, { expiresAt });
    expect((await chat(wellFormed, { key: key.secret })).status).toBe(200);
    world().mock.reset();
    await new Promise((resolve) => setTimeout(resolve, 750));
    const error = refusedAs(await chat(wellFormed, { key: key.secret }), 401);
    expect(error.message).toBe('This key has expired.');
  });

  it('not with a key that may only read', async () => {
    const key = await world().addKey(user, { scopes: ['read'] });
    expect(refusedAs(await chat(wellFormed, { key: key.secret }), 403).code).toBe('scope_required');
    const models = await world().api.send('GET', '//v1/models', { key: key.secret });
    expect(refusedAs(models, 403).code).toBe('scope_required');
  });

  it('not a model that is not on the list of the key', async () => {
    const key = await world().addKey(user, { models: ['another'] });
    expect(refusedAs(await chat(wellFormed, { key: key.secret }), 403)).toMatchObject({
      code: 'model_not_allowed',
      param: 'model',
      type: 'permission_error',
    });
  });

  it('not from an address that is not on the list of the key', async () => {
    const key = await world().addKey(user, { ipAllowList: ['192.0.2.0/24'] });
    const error = refusedAs(await chat(wellFormed, { key: key.secret }), 403);
    expect(error.code).toBe('address_not_allowed');
  });

  it('not beyond the spending cap of the key', async () => {
    const key = await world().addKey(user, { spendCap: '0.00001' });
    const error = refusedAs(await chat(wellFormed, { key: key.secret }), 402);
    expect(error.code).toBe('api_key_cap_exceeded');
  });

  it('not without Credits, and the upstream hears nothing of it', async () => {
    const poor = await world().addCaller('0');
    const answer = await chat(wellFormed, { key: poor.key });
    expect(refusedAs(answer, 402)).toMatchObject({
      code: 'insufficient_quota',
      type: 'insufficient_quota',
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(await world().callRows(poor.id)).toEqual([]);
  });

  it('not while frozen, but the models may be read', async () => {
    const frozen = await world().addCaller('1');
    await world().freeze(frozen);
    expect(refusedAs(await chat(wellFormed, { key: frozen.key }), 403).code).toBe('user_frozen');
    expect((await world().api.send('GET', '//v1/models', { key: frozen.key })).status).toBe(200);
  });

  it('the console with its cookie, unless another site sends it', async () => {
    const session = await world().api.send('POST', '/sessions', {
      body: { email: user.email, password },
    });
    const cookie = cookieOf(session);
    const send = (headers: Record<string, string>) =>
      world().api.send('POST', '//v1/chat/completions', {
        headers: { cookie, ...headers },
        body: wellFormed,
      });
    const foreign = await send({ origin: 'https://evil.example' });
    expect(refusedAs(foreign, 403).code).toBe('origin_refused');
    expect((await send({ origin: world().api.url })).status).toBe(200);
  });

  it('an SDK of Anthropic with its own header', async () => {
    const answer = await world().api.send('POST', '//v1/chat/completions', {
      headers: { 'x-api-key': user.key },
      body: wellFormed,
    });
    expect(answer.status).toBe(200);
  });
});

describe('what is no request', () => {
  it.each([
    ['not JSON', '{"model": '],
    ['a string', '"hello"'],
    ['null', 'null'],
    ['NaN', '{"model": NaN}'],
  ])('%s is 400', async (_what, body) => {
    expect(refusedAs(await chat(body), 400).type).toBe('invalid_request_error');
  });

  it('nothing at all is 400', async () => {
    const answer = await world().api.send('POST', '//v1/chat/completions', { key: user.key });
    refusedAs(answer, 400);
  });

  it('a body over the limit is 413', async () => {
    const content = 'x'.repeat(33 * 1024 * 1024);
    const answer = await chat({ model: modelId, messages: [{ role: 'user', content }] });
    expect(refusedAs(answer, 413).code).toBe('body_too_large');
  });

  it('a charset that JSON does not come in is 415', async () => {
    const headers = { 'content-type': 'application/json; charset=latin1' };
    refusedAs(await chat(wellFormed, { headers }), 415);
  });

  it('nesting of any depth is 400', async () => {
    const levels = 200_000;
    const deep = '['.repeat(levels) + ']'.repeat(levels);
    refusedAs(await chat(`{"model":"${modelId}","messages":${deep}}`), 400);
    const schema = '{"a":'.repeat(100) + '1' + '}'.repeat(100);
    const body = `{"model":"${modelId}","messages":${JSON.stringify(hello)},"response_format":
      {"type":"json_schema","json_schema":{"name":"x","schema":${schema}}}}`;
    const error = refusedAs(await chat(body), 400);
    expect(error.message).toMatch(/nested more than/);
  });

  it.each([
    ['max_tokens', -1],
    ['max_tokens', 0],
    ['max_tokens', 1.5],
    ['max_tokens', '10'],
    ['max_tokens', 10_001],
    ['max_tokens', 1e300],
    ['max_tokens', Number.MAX_SAFE_INTEGER],
    ['max_completion_tokens', -1],
    ['max_completion_tokens', 1e9],
    ['n', -1],
    ['n', 0],
    ['n', 1.5],
    ['n', 129],
    ['n', 1e15],
    ['previous_response_id', 'resp_1'],
    ['conversation', 'conv_1'],
    ['background', true],
    ['store', true],
    ['prompt', { id: 'pmpt_1' }],
    ['web_search_options', {}],
    ['prediction', { type: 'content', content: 'x' }],
    ['nonsense', 1],
    ['stream_options', { include_usage: true }],
    ['temperature', 3],
    ['stream', 'yes'],
  ])('%s = %p is 400 and names the parameter', async (param, value) => {
    const error = refusedAs(await chat({ ...wellFormed, [param]: value }), 400);
    expect(error.param).toBe(param);
    expect(error.message).toContain(param);
  });

  it('a model that nobody has heard of is 404, one that nobody serves 502', async () => {
    expect(refusedAs(await chat({ ...wellFormed, model: 'gpt-9' }), 404)).toMatchObject({
      code: 'model_not_found',
      param: 'model',
    });
    const answer = await chat({ ...wellFormed, model: unsoldId });
    expect(refusedAs(answer, 502).code).toBe('upstream_unreachable');
  });

  it('more input than the model takes is 400', async () => {
    const content = 'word '.repeat(110_000);
    const answer = await chat({ model: modelId, messages: [{ role: 'user', content }] });
    expect(refusedAs(answer, 400)).toMatchObject({ param: 'messages' });
  });
});

describe('what is not there', () => {
  it.each([
    ['POST', '//v1/fine_tuning/jobs'],
    ['GET', '//v1/chat/completions'],
    ['DELETE', '//v1/models/chat'],
    ['OPTIONS', '//v1/chat/completions'],
    ['GET', '//v1/'],
    ['GET', '//v1/models/chat/permissions'],
  ])('%s %s is 404 in the shape of OpenAI', async (method, path) => {
    const answer = await world().api.send(method, path, { key: user.key });
    const error = refusedAs(answer, 404);
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'not_found' });
    expect(error.message).toContain(`${method} ${path.slice(1)}`);
  });

  it('a path that is none is 400', async () => {
    const answer = await world().api.send('GET', '//v1/models/%zz', { key: user.key });
    expect(refusedAs(answer, 400).message).toBe('The path is not properly percent-encoded.');
  });

  it('a model that no channel serves is not shown', async () => {
    const answer = await world().api.send('GET', `//v1/models/${unsoldId}`, { key: user.key });
    expect(refusedAs(answer, 404).code).toBe('model_not_found');
  });

  it('a model of the other protocol is 404, and says where it is served', async () => {
    const { data } = await user.openai.models.list();
    expect(data.map(({ id }) => id)).toContain(claudeId);
    const asChat = refusedAs(await chat({ model: claudeId, messages: hello }), 404);
    expect(asChat).toMatchObject({ code: 'model_not_found', param: 'model' });
    expect(asChat.message).toMatch(/Did you mean \/v1\/messages\?$/);
    const asMessage = await world().api.send('POST', '//v1/messages', {
      key: user.key,
      body: { ...wellFormed, max_tokens: 5 },
    });
    expect(asMessage.status).toBe(404);
    expect(asMessage.text).toMatch(/Did you mean \/v1\/chat\/completions\?/);
  });

  it('HEAD of the models answers headers alone', async () => {
    const answer = await world().api.send('HEAD', '//v1/models', { key: user.key });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });
});

it('names a call by an id of its own, whatever the client says', async () => {
  const headers = { 'x-request-id': '00000000-0000-0000-0000-000000000000' };
  const [first, second] = [
    await chat(wellFormed, { headers }),
    await chat(wellFormed, { headers }),
  ];
  const ids = [first, second].map((answer) => answer.headers.get('x-request-id'));
  expect(new Set([...ids, headers['x-request-id']]).size).toBe(3);
});
