import OpenAI, { APIError } from 'openai';
import { emission } from '../../domain/mining';
import { parseAmount } from '../../domain/money';
import { hello, modelId, unsoldId, upstreamKey, useRelayWorld } from './relay-world';

const world = useRelayWorld();

const weatherTool = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather of a place',
    parameters: { type: 'object', properties: { place: { type: 'string' } } },
  },
};

/** All base units of Credits that were ever charged for calls, and of LCO that were minted. */
async function totals() {
  const { charged, minted } = (await world().api.send('GET', '/supply')).as<{
    charged: string;
    minted: string;
  }>();
  return { charged: parseAmount(charged), minted: parseAmount(minted) };
}

describe('a chat call in one piece', () => {
  it('answers, charges what its receipt says and mines by the emission function', async () => {
    const user = await world().addCaller('10');
    const before = await totals();
    const { data, response } = await user.openai.chat.completions
      .create({ model: modelId, messages: hello, max_tokens: 20 })
      .withResponse();
    expect(data.choices[0]?.message.content).toMatch(/^This is a mock;/);
    expect(data.choices[0]?.finish_reason).toBe('length');
    expect(data.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 20 });

    const requestId = response.headers.get('x-request-id') ?? '';
    const receipt = await world().receiptOf(user, requestId);
    expect(receipt).toMatchObject({
      model: modelId,
      tokens: { input: 8, cachedInput: 0, cacheWrite: 0, output: 20, source: 'upstream' },
      priceVersion: `${modelId}@1`,
      tier: 'Lv1',
      channel: 'mock',
      ending: 'completed',
      ttftMs: null,
      // 8 tokens at 2 Credits a million and 20 at 8
      charge: '0.000176',
    });
    expect(response.headers.get('x-lx-charge')).toBe(receipt.charge);
    expect(response.headers.get('x-lx-mined')).toBe(receipt.mined);
    expect(await world().balanceOf(user)).toBe('9.999824');
    expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0');
    expect(await world().balanceOf(user, 'LCO')).toBe(receipt.mined);

    const after = await totals();
    const charge = parseAmount(receipt.charge);
    expect(after.charged - before.charged).toBe(charge);
    expect(parseAmount(receipt.mined)).toBe(
      emission(before.charged + charge) - emission(before.charged),
    );
    expect(after.minted).toBe(emission(after.charged));
  });

  it('sends upstream the key of the channel, a limit, and nothing that stores', async () => {
    const user = await world().addCaller('1');
    await user.openai.chat.completions.create({
      model: modelId,
      messages: hello,
      metadata: { a: 'b' },
    });
    const [sent] = world().mock.requests;
    expect(sent?.headers.authorization).toBe(`Bearer ${upstreamKey}`);
    expect(sent?.body).toEqual({
      model: 'mock-mini',
      messages: hello,
      max_tokens: 8192,
      store: false,
    });
  });

  it('answers n choices and charges all of them', async () => {
    const user = await world().addCaller('1');
    const answer = await user.openai.chat.completions.create({
      model: modelId,
      messages: hello,
      n: 3,
      max_completion_tokens: 10,
    });
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    const receipt = await world().receiptOf(user, answer._request_id ?? '');
    expect(receipt.tokens.output).toBe(30);
  });

  it('passes tools on and their calls back', async () => {
    world().mock.behaveOnce({ toolCall: { name: 'weather', arguments: '{"place":"Paris"}' } });
    const user = await world().addCaller('1');
    const answer = await user.openai.chat.completions.create({
      model: modelId,
      messages: hello,
      tools: [weatherTool],
      tool_choice: 'auto',
    });
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
    expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'weather', arguments: '{"place":"Paris"}' },
    });
    expect(world().mock.requests[0]?.body).toMatchObject({ tools: [weatherTool] });
  });
});

describe('a streamed chat call', () => {
  it('passes the text on without the usage that nobody asked for', async () => {
    const user = await world().addCaller('1');
    const { data: stream, response } = await user.openai.chat.completions
      .create({ model: modelId, messages: hello, max_tokens: 12, stream: true })
      .withResponse();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let text = '';
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      expect(chunk.usage ?? null).toBeNull();
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toMatch(/^This is a mock; no model was called/);
    expect(world().mock.requests[0]?.body.stream_options).toEqual({ include_usage: true });

    const receipt = await world().receiptOf(user, response.headers.get('x-request-id') ?? '');
    expect(receipt).toMatchObject({
      tokens: { input: 8, output: 12, source: 'upstream' },
      ending: 'completed',
      ttftMs: expect.any(Number) as number,
    });
    expect(await world().balanceOf(user)).toBe('0.999888');
  });

  it('tells the usage, once, to a client that asked', async () => {
    world().mock.behaveOnce({ repeatUsage: true });
    const user = await world().addCaller('1');
    const stream = await user.openai.chat.completions.create({
      model: modelId,
      messages: hello,
      max_tokens: 5,
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages = [];
    for await (const chunk of stream) if (chunk.usage) usages.push(chunk);
    expect(usages).toHaveLength(1);
    expect(usages[0]).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 8, completion_tokens: 5 },
    });
  });

  it('streams n choices and tool calls', async () => {
    world().mock.behaveOnce({ toolCall: { name: 'weather', arguments: '{"place":"Rome"}' } });
    const user = await world().addCaller('1');
    const runner = user.openai.chat.completions.stream({
      model: modelId,
      messages: hello,
      n: 2,
      tools: [weatherTool],
    });
    const { choices } = await runner.finalChatCompletion();
    expect(choices.map(({ message }) => message.tool_calls?.[0])).toMatchObject([
      { function: { name: 'weather', arguments: '{"place":"Rome"}' } },
      { function: { name: 'weather', arguments: '{"place":"Rome"}' } },
    ]);
  });

  it('is settled before its last byte leaves', async () => {
    const user = await world().addCaller('1');
    const response = await fetch(`${world().api.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.key}` },
      body: JSON.stringify({ model: modelId, messages: hello, max_tokens: 5, stream: true }),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('[DONE]')) {
      const { value } = await reader.read();
      text += Buffer.from(value ?? []).toString();
    }
    expect(await world().balanceOf(user)).toBe('0.999944');
    await reader.cancel();
  });
});

describe('models', () => {
  it('lists those that somebody answers for, and shows each', async () => {
    const { openai } = await world().addCaller('0');
    const list = await openai.models.list();
    const ids = list.data.map(({ id }) => id);
    expect(ids).toContain(modelId);
    expect(ids).not.toContain(unsoldId);
    expect(await openai.models.retrieve(modelId)).toMatchObject({
      id: modelId,
      object: 'model',
      owned_by: 'l-exchange',
      created: expect.any(Number) as number,
    });
    await expect(openai.models.retrieve('nobody/knows it')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

describe("the SDK's errors, and how often it tried", () => {
  /** A client that retries as it comes, at once, and counts. */
  async function attempt(
    key: string,
    ask: (openai: OpenAI) => Promise<unknown>,
  ): Promise<{ error: APIError; attempts: number }> {
    let attempts = 0;
    const openai = world().openaiOf(key, {
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
    try {
      await ask(openai);
    } catch (error) {
      if (error instanceof APIError) return { error: error as APIError, attempts };
      throw error;
    }
    throw new Error('it was not refused');
  }

  const chat = (openai: OpenAI) =>
    openai.chat.completions.create({ model: modelId, messages: hello });

  it('401 is an AuthenticationError, tried once', async () => {
    const { error, attempts } = await attempt('lx_nobody', chat);
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/);
    expect(attempts).toBe(1);
  });

  it('402 is insufficient_quota, tried once', async () => {
    const user = await world().addCaller('0');
    const { error, attempts } = await attempt(user.key, chat);
    expect(error).toMatchObject({
      status: 402,
      code: 'insufficient_quota',
      type: 'insufficient_quota',
    });
    expect(attempts).toBe(1);
    expect(world().mock.requests).toHaveLength(0);
  });

  it('403 is a PermissionDeniedError, tried once', async () => {
    const user = await world().addCaller('1');
    const key = await world().addKey(user, { models: ['another'] });
    const { error, attempts } = await attempt(key.secret, chat);
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(error).toMatchObject({ code: 'model_not_allowed', param: 'model' });
    expect(attempts).toBe(1);
  });

  it('404 is a NotFoundError, tried once', async () => {
    const user = await world().addCaller('1');
    const { error, attempts } = await attempt(user.key, (openai) =>
      openai.chat.completions.create({ model: 'gpt-9', messages: hello }),
    );
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
    expect(attempts).toBe(1);
  });

  it('429 is a RateLimitError, tried three times', async () => {
    await world().setParameter('relay.requestsPerMinute', 10);
    try {
      const user = await world().addCaller('1');
      for (let i = 0; i < 10; i++) await chat(user.openai);
      const { error, attempts } = await attempt(user.key, chat);
      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      expect(error).toMatchObject({ code: 'rate_limit_exceeded' });
      expect(attempts).toBe(3);
      const refused = await world().api.send('POST', '//v1/chat/completions', {
        key: user.key,
        body: {},
      });
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
      expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    } finally {
      await world().setParameter('relay.requestsPerMinute', 600);
    }
  });

  it('an upstream that fails after failover is an InternalServerError, tried once', async () => {
    const user = await world().addCaller('1');
    world().mock.behave('*', { failStatus: 500 });
    const { error, attempts } = await attempt(user.key, chat);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 502, code: 'upstream_error' });
    expect(attempts).toBe(1);
    expect(await world().balanceOf(user)).toBe('1');
  });
});
