import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { emission } from '../../domain/mining';
import { parseAmount } from '../../domain/money';
import { until } from '../catalog/support';
import { claudeId, hello, modelId, upstreamKey, useRelayWorld } from './relay-world';

const world = useRelayWorld();

const ask = { model: claudeId, max_tokens: 20, messages: hello };
const weatherTool: Anthropic.Tool = {
  name: 'weather',
  description: 'The weather of a place',
  input_schema: { type: 'object', properties: { place: { type: 'string' } } },
};

async function chargedInAll(): Promise<bigint> {
  const { charged } = (await world().api.send('GET', '/supply')).as<{ charged: string }>();
  return parseAmount(charged);
}

describe('a message in one piece', () => {
  it('answers, charges what its receipt says and mines by the emission function', async () => {
    const user = await world().addCaller('10');
    const before = await chargedInAll();
    const { data, response } = await user.anthropic.messages.create(ask).withResponse();
    expect(data).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: claudeId,
      stop_reason: 'max_tokens',
      usage: { input_tokens: 8, output_tokens: 20 },
    });
    expect(data.content[0]).toMatchObject({
      text: expect.stringMatching(/^This is a mock;/) as string,
    });

    const requestId = response.headers.get('x-request-id') ?? '';
    expect(data).toHaveProperty('_request_id', requestId);
    const receipt = await world().receiptOf(user, requestId);
    expect(receipt).toMatchObject({
      model: claudeId,
      tokens: { input: 8, cachedInput: 0, cacheWrite: 0, output: 20, source: 'upstream' },
      channel: 'claude',
      ending: 'completed',
      // 8 tokens at 3 Credits a million and 20 at 15
      charge: '0.000324',
    });
    expect(response.headers.get('x-lx-charge')).toBe(receipt.charge);
    expect(await world().balanceOf(user)).toBe('9.999676');
    expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0');
    const charge = parseAmount(receipt.charge);
    expect(parseAmount(receipt.mined)).toBe(emission(before + charge) - emission(before));
    expect(await world().balanceOf(user, 'LCO')).toBe(receipt.mined);
  });

  it('sends upstream the key of the channel, its version, and the standard tier', async () => {
    const user = await world().addCaller('1');
    await user.anthropic.messages.create(ask, {
      headers: { 'anthropic-beta': 'interleaved-thinking-2025-05-14,context-1m-2025-08-07' },
    });
    const [sent] = world().mock.requests;
    expect(sent?.path).toBe('/v1/messages');
    expect(sent?.headers).toMatchObject({
      'x-api-key': upstreamKey,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'interleaved-thinking-2025-05-14',
    });
    expect(sent?.headers.authorization).toBeUndefined();
    expect(sent?.body).toEqual({
      model: 'mock-mini',
      messages: hello,
      max_tokens: 20,
      service_tier: 'standard_only',
    });
  });

  it('takes a key as bearer, too, and the query of betas', async () => {
    const user = await world().addCaller('1');
    const bearer = world().anthropicOf(user.key, { apiKey: null, authToken: user.key });
    const answer = await bearer.beta.messages.create({ ...ask, betas: ['files-api-2025-04-14'] });
    expect(answer.usage.output_tokens).toBe(20);
    expect(world().mock.requests[0]?.headers['anthropic-beta']).toBeUndefined();
  });

  it('prices what was read from the cache and written to it', async () => {
    world().mock.behaveOnce({ reportedInputTokens: 12, cachedTokens: 6, cacheWriteTokens: 4 });
    const user = await world().addCaller('1');
    const { usage, _request_id } = await user.anthropic.messages.create({
      ...ask,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    });
    expect(usage).toMatchObject({
      input_tokens: 2,
      cache_read_input_tokens: 6,
      cache_creation_input_tokens: 4,
    });
    const receipt = await world().receiptOf(user, _request_id ?? '');
    expect(receipt.tokens).toMatchObject({ input: 2, cachedInput: 6, cacheWrite: 4, output: 20 });
    // 2 tokens at 3 Credits a million, 6 at 0.3, 4 at 3.75 and 20 at 15
    expect(receipt.charge).toBe('0.0003228');
    expect(await world().balanceOf(user)).toBe('0.9996772');
  });

  it('passes tools on, their calls back, and their results on again', async () => {
    world().mock.behaveOnce({ toolCall: { name: 'weather', arguments: '{"place":"Paris"}' } });
    const user = await world().addCaller('1');
    const tools = [weatherTool];
    const called = await user.anthropic.messages.create({ ...ask, max_tokens: 100, tools });
    expect(called.stop_reason).toBe('tool_use');
    const [use] = called.content;
    if (use?.type !== 'tool_use') throw new Error('no call of a tool');
    expect(use).toMatchObject({ name: 'weather', input: { place: 'Paris' } });
    const answer = await user.anthropic.messages.create({
      ...ask,
      tools,
      messages: [
        ...hello,
        { role: 'assistant', content: called.content },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: use.id, content: 'Sunny.' }],
        },
      ],
    });
    expect(answer.content[0]?.type).toBe('text');
    expect(world().mock.requests[1]?.body).toMatchObject({ tools });
  });

  it('bills thinking whole, though a summary is all that is shown', async () => {
    world().mock.behaveOnce({ reasoningTokens: 500, outputTokens: 10 });
    const user = await world().addCaller('1');
    const answer = await user.anthropic.messages.create({
      ...ask,
      max_tokens: 3_000,
      thinking: { type: 'enabled', budget_tokens: 2_000 },
    });
    expect(answer.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    const receipt = await world().receiptOf(user, answer._request_id ?? '');
    expect(receipt.tokens).toMatchObject({ output: 510, source: 'upstream' });
  });

  it('is shortened where funds are short, thinking with it', async () => {
    const user = await world().addCaller('0.03');
    const { data, response } = await user.anthropic.messages
      .create({
        ...ask,
        max_tokens: 3_000,
        thinking: { type: 'enabled', budget_tokens: 2_500 },
      })
      .withResponse();
    const clamped = Number(response.headers.get('x-lx-clamped-max-tokens'));
    expect(clamped).toBeLessThan(2_000);
    expect(world().mock.requests[0]?.body).toMatchObject({
      max_tokens: clamped,
      thinking: { type: 'enabled', budget_tokens: clamped - 1 },
    });
    expect(data.type).toBe('message');
  });

  it('is 402 where not even the least thinking is affordable, and costs nothing', async () => {
    const user = await world().addCaller('0.01');
    const thinking = { type: 'enabled' as const, budget_tokens: 2_000 };
    await expect(
      user.anthropic.messages.create({ ...ask, max_tokens: 3_000, thinking }),
    ).rejects.toMatchObject({ status: 402, type: 'billing_error' });
    expect(world().mock.requests).toHaveLength(0);
    expect(await world().balanceOf(user)).toBe('0.01');
  });
});

describe('a streamed message', () => {
  it('passes its events, and is settled', async () => {
    const user = await world().addCaller('1');
    const { data: stream, response } = await user.anthropic.messages
      .create({ ...ask, max_tokens: 12, stream: true })
      .withResponse();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const types: string[] = [];
    let text = '';
    for await (const event of stream) {
      if (types.at(-1) !== event.type) types.push(event.type);
      if (event.type === 'message_start') expect(event.message.model).toBe(claudeId);
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
        text += event.delta.text;
      }
    }
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(text).toMatch(/^This is a mock; no model was called/);
    const receipt = await world().receiptOf(user, response.headers.get('request-id') ?? '');
    expect(receipt).toMatchObject({
      tokens: { input: 8, output: 12, source: 'upstream' },
      ending: 'completed',
      ttftMs: expect.any(Number) as number,
      charge: '0.000204',
    });
    expect(await world().balanceOf(user)).toBe('0.999796');
  });

  it('is what the helper of the SDK makes a message of: thinking, a tool, cache, usage', async () => {
    world().mock.behaveOnce({
      reasoningTokens: 40,
      outputTokens: 10,
      toolCall: { name: 'weather', arguments: '{"place":"Rome"}' },
      cachedTokens: 5,
      repeatUsage: true,
    });
    const user = await world().addCaller('1');
    const stream = user.anthropic.messages.stream({
      ...ask,
      max_tokens: 2_000,
      tools: [weatherTool],
      thinking: { type: 'adaptive' },
    });
    const message = await stream.finalMessage();
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Mock thinking.', signature: 'mock-signature' },
      { type: 'tool_use', name: 'weather', input: { place: 'Rome' } },
    ]);
    expect(message.usage).toMatchObject({
      input_tokens: 3,
      cache_read_input_tokens: 5,
      output_tokens: 50,
    });
    const receipt = await world().receiptOf(user, stream.request_id ?? '');
    expect(receipt.tokens).toMatchObject({ input: 3, cachedInput: 5, output: 50 });
  });

  it('is settled before its end leaves', async () => {
    const user = await world().addCaller('1');
    const stream = await user.anthropic.messages.create({ ...ask, stream: true });
    for await (const event of stream) {
      if (event.type !== 'message_delta') continue;
      expect(await world().balanceOf(user)).toBe('0.999676');
    }
  });
});

describe('a count of tokens', () => {
  const isRefused = (error: unknown) => error instanceof Anthropic.PermissionDeniedError;
  const counted = { model: claudeId, messages: hello };

  it('is the upstream’s, costs nothing and leaves no record', async () => {
    world().mock.behaveOnce({ reportedInputTokens: 1_234 });
    const user = await world().addCaller('0');
    const { data, response } = await user.anthropic.messages.countTokens(counted).withResponse();
    expect(data).toEqual({ input_tokens: 1_234 });
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('600');
    const [sent] = world().mock.requests;
    expect(sent).toMatchObject({
      path: '/v1/messages/count_tokens',
      headers: { 'x-api-key': upstreamKey, 'anthropic-version': '2023-06-01' },
      body: { model: 'mock-mini', messages: hello },
    });
    expect(await world().callRows(user.id)).toEqual([]);
  });

  it('is refused to the frozen, for models that the key may not call, and for others', async () => {
    const user = await world().addCaller('1');
    const { secret } = await world().addKey(user, { models: [modelId] });
    await expect(world().anthropicOf(secret).messages.countTokens(counted)).rejects.toMatchObject({
      status: 403,
      type: 'permission_error',
    });
    const count = (model: string) => user.anthropic.messages.countTokens({ ...counted, model });
    await expect(count('nobody-knows')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    await expect(count(modelId)).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('/v1/chat/completions') as string,
    });
    expect(world().mock.requests).toHaveLength(0);
    await world().freeze(user);
    // A key is known for a second, and no reservation looks again.
    await until(() => count(claudeId).then(() => false, isRefused));
  });

  it('of an upstream that answers something else is 502', async () => {
    const user = await world().addCaller('0');
    world().mock.behaveOnce({ answer: '{"input_tokens":"many"}' });
    await expect(user.anthropic.messages.countTokens(counted)).rejects.toMatchObject({
      status: 502,
      type: 'api_error',
    });
  });
});

describe("the SDK's errors, and how often it tried", () => {
  /** A client that retries as it comes, at once, and counts. */
  async function attempt(
    key: string,
    body: Anthropic.MessageCreateParamsNonStreaming = ask,
  ): Promise<{ error: APIError; attempts: number }> {
    let attempts = 0;
    const anthropic = world().anthropicOf(key, {
      maxRetries: 2,
      fetch: async (url, init) => {
        attempts++;
        const answer = await fetch(url, init);
        // Only the waiting is left out.
        const headers = new Headers(answer.headers);
        headers.delete('retry-after');
        headers.set('retry-after-ms', '1');
        return new Response(answer.body, { status: answer.status, headers });
      },
    });
    const error: unknown = await anthropic.messages.create(body).then(
      () => new Error('it was not refused'),
      (refusal: unknown) => refusal,
    );
    if (!(error instanceof APIError)) throw error;
    expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/);
    expect(error.error).toEqual({
      type: 'error',
      error: { type: error.type, message: expect.any(String) as string },
      request_id: error.requestID,
    });
    return { error: error as APIError, attempts };
  }

  it('400 names the field', async () => {
    const user = await world().addCaller('1');
    const tools = [{ type: 'web_search_20250305', name: 'web_search' }] as never;
    const { error } = await attempt(user.key, { ...ask, tools });
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error.type).toBe('invalid_request_error');
    expect(error.apiMessage).toMatch(/'web_search_20250305' is not supported here/);
  });

  it('401 is an AuthenticationError, tried once', async () => {
    const { error, attempts } = await attempt('lx_nobody');
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error.type).toBe('authentication_error');
    expect(attempts).toBe(1);
  });

  it('402 is a billing_error, tried once', async () => {
    const user = await world().addCaller('0');
    const { error, attempts } = await attempt(user.key);
    expect(error).toBeInstanceOf(Anthropic.PaymentRequiredError);
    expect(error.type).toBe('billing_error');
    expect(attempts).toBe(1);
  });

  it('403 is a PermissionDeniedError', async () => {
    const user = await world().addCaller('1');
    const key = await world().addKey(user, { models: ['another'] });
    const { error } = await attempt(key.secret);
    expect(error).toBeInstanceOf(Anthropic.PermissionDeniedError);
    expect(error.type).toBe('permission_error');
  });

  it('404 is a NotFoundError', async () => {
    const user = await world().addCaller('1');
    const { error } = await attempt(user.key, { ...ask, model: 'claude-9' });
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error.type).toBe('not_found_error');
  });

  it('429 is a RateLimitError, tried three times', async () => {
    await world().setParameter('relay.requestsPerMinute', 10);
    try {
      const user = await world().addCaller('1');
      for (let i = 0; i < 10; i++)
        await user.anthropic.messages.countTokens({ model: claudeId, messages: hello });
      const { error, attempts } = await attempt(user.key);
      expect(error).toBeInstanceOf(Anthropic.RateLimitError);
      expect(error.type).toBe('rate_limit_error');
      expect(attempts).toBe(3);
    } finally {
      await world().setParameter('relay.requestsPerMinute', 600);
    }
  });

  it('an upstream that fails is an InternalServerError, tried once', async () => {
    const user = await world().addCaller('1');
    world().mock.behave('*', { failStatus: 500 });
    const { error, attempts } = await attempt(user.key);
    expect(error).toBeInstanceOf(Anthropic.InternalServerError);
    expect(error).toMatchObject({ status: 502, type: 'api_error' });
    expect(attempts).toBe(1);
    expect(await world().balanceOf(user)).toBe('1');
  });
});
