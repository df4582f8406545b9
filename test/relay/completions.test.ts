import { parseAmount } from '../../domain/money';
import { readCompletion } from '../../relay/completions/completions';
import { createTokenCounter } from '../../relay/tokens/token-counter';
import { refusal } from '../support/refusals';
import { modelId, useRelayWorld } from './relay-world';

const world = useRelayWorld();

const tokens = createTokenCounter();
const model = { tokenizer: 'o200k_base', maxInput: 1_000_000 };

async function countOf(prompt: unknown, rest: object = {}): Promise<number> {
  const request = readCompletion({ model: modelId, prompt, ...rest });
  const counted = await tokens.countInput((isKnown) => request.tallyInput(isKnown), model);
  return counted.textTokens;
}

describe('a completion', () => {
  it('in one piece is charged as its receipt says', async () => {
    const user = await world().addCaller('10');
    const { data, response } = await user.openai.completions
      .create({ model: modelId, prompt: 'Once upon a time', max_tokens: 20 })
      .withResponse();
    expect(data).toMatchObject({ object: 'text_completion', model: modelId });
    expect(data.choices[0]?.text).toMatch(/^This is a mock;/);
    const receipt = await world().receiptOf(user, response.headers.get('x-request-id') ?? '');
    expect(receipt).toMatchObject({
      endpoint: 'completions',
      tokens: { input: 4, output: 20, source: 'upstream' },
      // 4 tokens at 2 Credits a million and 20 at 8
      charge: '0.000168',
    });
    expect(response.headers.get('x-lx-charge')).toBe(receipt.charge);
    expect(await world().balanceOf(user)).toBe('9.999832');
  });

  it('generates 16 tokens unless it is told how many, for each prompt and each of n', async () => {
    const user = await world().addCaller('10');
    const { data, response } = await user.openai.completions
      .create({ model: modelId, prompt: ['one', 'two'], n: 3 })
      .withResponse();
    expect(data.choices).toHaveLength(6);
    const receipt = await world().receiptOf(user, response.headers.get('x-request-id') ?? '');
    expect(receipt.tokens).toMatchObject({ input: 2, output: 96 });
  });

  it('is reserved and charged for all of best_of', async () => {
    const user = await world().addCaller('10');
    const { data, response } = await user.openai.completions
      .create({ model: modelId, prompt: 'one', n: 1, best_of: 5, max_tokens: 10 })
      .withResponse();
    expect(data.choices).toHaveLength(1);
    const receipt = await world().receiptOf(user, response.headers.get('x-request-id') ?? '');
    expect(receipt.tokens).toMatchObject({ output: 50 });
  });

  it('without a usage is charged what may have been generated for best_of', async () => {
    const user = await world().addCaller('10');
    world().mock.behaveOnce({ omitUsage: true });
    await user.openai.completions.create({
      model: modelId,
      prompt: 'one',
      best_of: 5,
      max_tokens: 10,
    });
    // One token and what starts the prompt at 2 Credits a million, 50 at 8.
    expect(await world().callRows(user.id)).toMatchObject([
      { tokenSource: 'reservation', charge: parseAmount('0.000404') },
    ]);
  });

  it('streams, with its usage for a client that asks', async () => {
    const user = await world().addCaller('10');
    const create = { model: modelId, prompt: 'Hello', max_tokens: 8, stream: true } as const;
    const asked = await user.openai.completions.create({
      ...create,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: unknown;
    for await (const chunk of asked) {
      expect(chunk.model).toBe(modelId);
      text += chunk.choices[0]?.text ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toMatch(/^This is a mock;/);
    expect(usage).toMatchObject({ prompt_tokens: 1, completion_tokens: 8 });
    const silent = await user.openai.completions.create(create);
    for await (const chunk of silent) expect(chunk.usage ?? null).toBeNull();
    // Twice 1 token at 2 and 8 at 8 a million.
    expect(await world().balanceOf(user)).toBe('9.999868');
  });

  it('that breaks off is charged for what was delivered, and the client is told', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-mini', { cutAfterChunks: 4 });
    const stream = await user.openai.completions.create({
      model: modelId,
      prompt: 'Hello',
      max_tokens: 30,
      stream: true,
    });
    const read = async () => {
      for await (const chunk of stream) void chunk;
    };
    await expect(read()).rejects.toThrow('The upstream broke off its answer.');
    expect(await world().callRows(user.id)).toMatchObject([
      { charge: parseAmount('0.000036'), ending: 'upstream_cut' },
    ]);
  });

  it('is sent with a limit, the upstream’s name of the model and its usage asked for', () => {
    const variant = { size: null, quality: null, units: 1 };
    const terms = { model: 'their-model', outputLimit: 12, hidesOutput: false, variant };
    const bodyFor = (body: object) =>
      JSON.parse(
        readCompletion({ model: modelId, prompt: 'x', ...body }).bodyFor(terms) as string,
      ) as object;
    expect(bodyFor({ echo: false, suffix: '.' })).toEqual({
      model: 'their-model',
      prompt: 'x',
      suffix: '.',
      max_tokens: 12,
    });
    expect(bodyFor({ stream: true })).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('counts texts, and tokens as they are', async () => {
    expect(await countOf('one two')).toBe(3);
    expect(await countOf(['one two', 'three'])).toBe(5);
    expect(await countOf([1, 2, 3, 4])).toBe(5);
    expect(await countOf([[1, 2], [3]])).toBe(5);
    expect(await countOf('one', { suffix: ' two' })).toBe(4);
  });

  it.each([
    [{ prompt: 'x', echo: true }, 'echo', 'unsupported_parameter'],
    [{ prompt: 'x', n: 129 }, 'n', 'integer_above_max_value'],
    [{ prompt: 'x', n: 3, best_of: 2 }, 'best_of', 'invalid_value'],
    [{ prompt: 'x', n: 1, best_of: 2, stream: true }, 'best_of', 'invalid_value'],
    [{ prompt: Array(200).fill('x'), n: 20 }, 'n', 'invalid_value'],
    [{ prompt: [] }, 'prompt', 'invalid_value'],
    [{ prompt: [-1] }, 'prompt[0]', 'integer_below_min_value'],
    [{ prompt: 'x', max_tokens: 0 }, 'max_tokens', 'integer_below_min_value'],
    [{ prompt: 'x', logprobs: 5, n: 100, max_tokens: 1_000 }, 'max_tokens', 'invalid_value'],
    [{ prompt: 'x', stream_options: {} }, 'stream_options', 'invalid_value'],
    [{ prompt: 'x', user_id: 'x' }, 'user_id', 'unknown_parameter'],
    [{}, 'prompt', 'missing_required_parameter'],
  ])('refuses what is wrong (%#), naming the field', (body, param, code) => {
    expect(() => readCompletion({ model: modelId, ...body })).toThrow(
      refusal('INVALID_REQUEST', { param, code }),
    );
  });
});
