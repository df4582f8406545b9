import { zodTextFormat } from 'openai/helpers/zod';
import type { Responses } from 'openai/resources';
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money';
import { modelId, thinkerId, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('10');
});

const endpoint = 'responses';
const weather: Responses.FunctionTool = {
  type: 'function',
  name: 'weather',
  description: 'The weather of a place',
  parameters: {
    type: 'object',
    properties: { place: { type: 'string' } },
    required: ['place'],
    additionalProperties: false,
  },
  strict: true,
};
const callWeather = { toolCall: { name: 'weather', arguments: '{"place":"Paris"}' } };

/** The receipt of the user's only call, of which the balance must have paid exactly the charge. */
async function paidReceipt() {
  await world().untilIdle();
  const [row, ...others] = await world().callRows(user.id);
  if (!row || others.length > 0) throw new Error('not one call');
  const receipt = await world().receiptOf(user, row.id);
  expect(receipt).toMatchObject({ endpoint });
  expect(await world().balanceOf(user)).toBe(
    formatAmount(parseAmount('10') - parseAmount(receipt.charge)),
  );
  expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0');
  expect(await world().balanceOf(user, 'LCO')).toBe(receipt.mined);
  return receipt;
}

describe('a response in one piece', () => {
  it('answers under the name that was asked for, and charges what its receipt says', async () => {
    const { data, response } = await user.openai.responses
      .create({ model: modelId, input: 'Hello', max_output_tokens: 20 })
      .withResponse();
    expect(data.output_text).toMatch(/^This is a mock;/);
    expect(data).toMatchObject({
      model: modelId,
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { input_tokens: 8, output_tokens: 20 },
    });
    const receipt = await paidReceipt();
    expect(receipt).toMatchObject({
      requestId: response.headers.get('x-request-id'),
      model: modelId,
      tokens: { input: 8, cachedInput: 0, cacheWrite: 0, output: 20, source: 'upstream' },
      ending: 'completed',
      ttftMs: null,
      // 8 tokens at 2 Credits a million and 20 at 8
      charge: '0.000176',
    });
    expect(response.headers.get('x-lx-charge')).toBe(receipt.charge);
    expect(response.headers.get('x-lx-mined')).toBe(receipt.mined);
  });

  it('sends upstream a limit, and nothing that stores', async () => {
    await user.openai.responses.create({ model: modelId, input: 'Hello', metadata: { a: 'b' } });
    const [sent] = world().mock.requests;
    expect(sent?.path).toBe('/v1/responses');
    expect(sent?.body).toEqual({
      model: 'mock-mini',
      input: 'Hello',
      max_output_tokens: 8192,
      store: false,
    });
  });

  it('charges what came from a cache at the price of that', async () => {
    world().mock.behaveOnce({ cachedTokens: 5, outputTokens: 10 });
    await user.openai.responses.create({ model: modelId, input: 'Hello' });
    expect(await paidReceipt()).toMatchObject({
      tokens: { input: 3, cachedInput: 5, output: 10 },
      charge: '0.000091',
    });
  });

  it('passes tools on and their calls back, through a second turn', async () => {
    world().mock.behaveOnce(callWeather);
    const input: Responses.ResponseInput = [{ role: 'user', content: 'How is Paris?' }];
    const asked = { model: modelId, tools: [weather], tool_choice: 'auto' as const };
    const first = await user.openai.responses.parse({ ...asked, input });
    const [call] = first.output;
    expect(call).toMatchObject({
      type: 'function_call',
      name: 'weather',
      parsed_arguments: { place: 'Paris' },
    });
    if (call?.type !== 'function_call') throw new Error('no call');
    input.push(...(first.output as Responses.ResponseInput), {
      type: 'function_call_output',
      call_id: call.call_id,
      output: 'sunny',
    });
    expect((await user.openai.responses.create({ ...asked, input })).output_text).toMatch(/^This/);
    expect(world().mock.requests[1]?.body.input).toEqual([
      input[0],
      {
        type: 'function_call',
        status: 'completed',
        call_id: call.call_id,
        name: 'weather',
        arguments: '{"place":"Paris"}',
      },
      input[2],
    ]);
    expect(world().mock.requests[0]?.body).toMatchObject({ tools: [weather] });
  });

  it('passes reasoning back and forth that only the upstream can read', async () => {
    const asked = { model: thinkerId, include: ['reasoning.encrypted_content' as const] };
    const input: Responses.ResponseInput = [{ role: 'user', content: 'Hello' }];
    const first = await user.openai.responses.create({ ...asked, input });
    expect(first.output[0]).toMatchObject({ type: 'reasoning' });
    expect(first.usage?.output_tokens_details.reasoning_tokens).toBe(64);
    expect(await paidReceipt()).toMatchObject({ tokens: { output: 96, source: 'upstream' } });
    input.push(...(first.output as Responses.ResponseInput), { role: 'user', content: 'Go on' });
    await user.openai.responses.create({ ...asked, input });
    expect(world().mock.requests[1]?.body).toMatchObject({
      include: asked.include,
      input: [{ role: 'user' }, { encrypted_content: expect.any(String) as string }, {}, {}],
    });
  });

  it('answers in the form of a schema', async () => {
    world().mock.behaveOnce({ pieces: ['{"answer"', ':', '42', '}'] });
    const format = zodTextFormat(z.object({ answer: z.number() }), 'answer');
    const response = await user.openai.responses.parse({
      model: modelId,
      input: 'What is the answer?',
      text: { format },
    });
    expect(response.output_parsed).toEqual({ answer: 42 });
    expect(world().mock.requests[0]?.body.text).toMatchObject({
      format: { type: 'json_schema', name: 'answer', strict: true },
    });
    expect(await paidReceipt()).toMatchObject({ tokens: { output: 4 } });
  });

  it('takes an image, for which the most that it can cost is held', async () => {
    await world().setPrice({ modelId, maxPerImage: 1_000 });
    const image = 'data:image/png;base64,iVBORw0KGgo=';
    await user.openai.responses.create({
      model: modelId,
      max_output_tokens: 100,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Hello' },
            { type: 'input_image', image_url: image, detail: 'low' },
          ],
        },
      ],
    });
    expect(world().mock.requests[0]?.body).toMatchObject({
      input: [{ content: [{}, { type: 'input_image', image_url: image, detail: 'low' }] }],
    });
    const [row] = await world().callRows(user.id);
    // 10 tokens of text and 1,000 of image at 2 Credits a million, 100 of output at 8
    expect(row?.reserved).toBe(parseAmount('0.00282'));
    await paidReceipt();
    await world().setPrice({ modelId });
  });
});

describe('a streamed response', () => {
  it("passes OpenAI's events, named, and ends with the usage", async () => {
    const { data: stream, response } = await user.openai.responses
      .create({ model: modelId, input: 'Hello', max_output_tokens: 16, stream: true })
      .withResponse();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      ...new Array<string>(16).fill('response.output_text.delta'),
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.incomplete',
    ]);
    expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
    const responses = events.flatMap((event) => ('response' in event ? [event.response] : []));
    expect(responses.map(({ model }) => model)).toEqual([modelId, modelId, modelId]);
    expect(responses.at(-1)).toMatchObject({
      status: 'incomplete',
      usage: { input_tokens: 8, output_tokens: 16 },
    });
    expect(await paidReceipt()).toMatchObject({
      tokens: { input: 8, output: 16, source: 'upstream' },
      ending: 'completed',
      ttftMs: expect.any(Number) as number,
      charge: '0.000144',
    });
  });

  it('is put together by the SDK: text', async () => {
    const runner = user.openai.responses.stream({ model: modelId, input: 'Hello' });
    let text = '';
    runner.on('response.output_text.delta', ({ delta }) => (text += delta));
    const response = await runner.finalResponse();
    expect(response).toMatchObject({ status: 'completed', model: modelId, output_text: text });
    await paidReceipt();
  });

  it('is put together by the SDK: a call of a function', async () => {
    world().mock.behaveOnce(callWeather);
    const asked = { model: modelId, input: 'How is Paris?', tools: [weather] };
    const { output } = await user.openai.responses.stream(asked).finalResponse();
    expect(output).toMatchObject([
      { type: 'function_call', name: 'weather', parsed_arguments: { place: 'Paris' } },
    ]);
    await paidReceipt();
  });

  it('is put together by the SDK: a call of a custom tool', async () => {
    world().mock.behaveOnce({ toolCall: { name: 'run', arguments: 'print(1)' } });
    const tools = [{ type: 'custom' as const, name: 'run' }];
    const asked = { model: modelId, input: 'Run it', tools };
    const { output } = await user.openai.responses.stream(asked).finalResponse();
    expect(output).toMatchObject([{ type: 'custom_tool_call', name: 'run', input: 'print(1)' }]);
    await paidReceipt();
  });

  it('is put together by the SDK: hidden reasoning and a schema', async () => {
    world().mock.behaveOnce({ reasoningTokens: 7, pieces: ['{"answer"', ':', '42', '}'] });
    const format = zodTextFormat(z.object({ answer: z.number() }), 'answer');
    const runner = user.openai.responses.stream({
      model: thinkerId,
      input: 'Hello',
      text: { format },
    });
    expect((await runner.finalResponse()).output_parsed).toEqual({ answer: 42 });
    expect(await paidReceipt()).toMatchObject({ tokens: { output: 11, source: 'upstream' } });
  });

  it('ends once though its end is repeated, and is settled before that leaves', async () => {
    world().mock.behaveOnce({ repeatUsage: true, outputTokens: 5, neverEnds: true });
    const stream = await user.openai.responses.create({
      model: modelId,
      input: 'Hello',
      stream: true,
    });
    let ends = 0;
    for await (const event of stream) {
      if (event.type !== 'response.completed') continue;
      ends++;
      expect(await world().balanceOf(user)).toBe('9.999944');
    }
    expect(ends).toBe(1);
    await paidReceipt();
  });
});

it('shortens an answer to what the funds afford, and says so', async () => {
  // 8 tokens of input and 17 of output
  const poor = await world().addCaller('0.000152');
  const { data, response } = await poor.openai.responses
    .create({ model: modelId, input: 'Hello', max_output_tokens: 1_000 })
    .withResponse();
  expect(response.headers.get('x-lx-clamped-max-tokens')).toBe('17');
  expect(world().mock.requests[0]?.body.max_output_tokens).toBe(17);
  expect(data).toMatchObject({ status: 'incomplete', max_output_tokens: 17 });
  expect(await world().balanceOf(poor)).toBe('0');
});

it('refuses with 402 what the funds do not afford, upstream untouched', async () => {
  const poor = await world().addCaller('0.000143');
  await expect(
    poor.openai.responses.create({ model: modelId, input: 'Hello', stream: true }),
  ).rejects.toMatchObject({ status: 402, code: 'insufficient_quota' });
  expect(world().mock.requests).toHaveLength(0);
  expect(await world().balanceOf(poor)).toBe('0.000143');
});

it('refuses what names state at the upstream with 400, as an SDK shows it', async () => {
  await expect(
    user.openai.responses.create({ model: modelId, input: 'x', previous_response_id: 'resp_1' }),
  ).rejects.toMatchObject({
    status: 400,
    param: 'previous_response_id',
    code: 'unsupported_parameter',
  });
  await expect(user.openai.responses.retrieve('resp_1')).rejects.toMatchObject({ status: 404 });
  expect(world().mock.requests).toHaveLength(0);
});
