import { DomainError } from '../../domain/errors';
import { parseAmount } from '../../domain/money';
import { readEmbedding } from '../../relay/embeddings/embeddings';
import { createTokenCounter } from '../../relay/tokens/token-counter';
import { modelId, useRelayWorld } from './relay-world';

const world = useRelayWorld();

const tokens = createTokenCounter();

async function countOf(input: unknown): Promise<number> {
  const request = readEmbedding({ model: modelId, input });
  const model = { tokenizer: 'o200k_base', maxInput: 1_000_000 };
  const counted = await tokens.countInput((isKnown) => request.tallyInput(isKnown), model);
  return counted.textTokens;
}

/** More than there may be. */
const many = Array<string>(2_049).fill('x');

function paramOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    if (error instanceof DomainError) return error.details['param'];
    throw error;
  }
  throw new Error('it was accepted');
}

describe('embeddings', () => {
  it('are charged for their input alone', async () => {
    const user = await world().addCaller('10');
    const { data, response } = await user.openai.embeddings
      .create({ model: modelId, input: ['one two', 'three'], dimensions: 8 })
      .withResponse();
    expect(data.model).toBe(modelId);
    expect(data.data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    // The SDK asks for base64 and decodes it.
    expect(world().mock.requests[0]?.body).toMatchObject({
      model: 'mock-mini',
      encoding_format: 'base64',
    });
    const length = Math.hypot(...(data.data[0]?.embedding ?? []));
    expect(length).toBeCloseTo(1, 5);
    const receipt = await world().receiptOf(user, response.headers.get('x-request-id') ?? '');
    expect(receipt).toMatchObject({
      endpoint: 'embeddings',
      tokens: { input: 3, cachedInput: 0, cacheWrite: 0, output: 0, source: 'upstream' },
      charge: '0.000006',
    });
    expect(response.headers.get('x-lx-charge')).toBe(receipt.charge);
    expect(await world().balanceOf(user)).toBe('9.999994');
  });

  it('come as numbers, too', async () => {
    const user = await world().addCaller('1');
    const { data } = await user.openai.embeddings.create({
      model: modelId,
      input: 'Hello',
      encoding_format: 'float',
      dimensions: 4,
    });
    expect(data[0]?.embedding).toHaveLength(4);
  });

  it('without a usage are charged as they were counted', async () => {
    const user = await world().addCaller('1');
    world().mock.behaveOnce({ omitUsage: true });
    await user.openai.embeddings.create({ model: modelId, input: 'one two' });
    expect(await world().callRows(user.id)).toMatchObject([
      {
        charge: parseAmount('0.000008'),
        tokenSource: 'tokenizer',
      },
    ]);
  });

  it('that nobody can pay never reach the upstream, and nor is there anything to clamp', async () => {
    const user = await world().addCaller('0.000001');
    const call = user.openai.embeddings.create({ model: modelId, input: 'one two three four' });
    await expect(call).rejects.toMatchObject({ status: 402, code: 'insufficient_quota' });
    expect(world().mock.requests).toHaveLength(0);
  });

  it('that fail are not charged', async () => {
    const user = await world().addCaller('1');
    world().mock.behave('mock-mini', { answer: '{"error":"none"}' });
    await expect(
      user.openai.embeddings.create({ model: modelId, input: 'one' }),
    ).rejects.toMatchObject({ status: 502 });
    expect(await world().balanceOf(user)).toBe('1');
  });

  it('take as many tokens that were counted already as the model does', async () => {
    const inputs = Array.from({ length: 120 }, () => Array<number>(500).fill(7));
    expect(await countOf(inputs)).toBe(120 * 502);
  });

  it('leave out what is null', () => {
    const request = readEmbedding({ model: modelId, input: 'x', dimensions: null, user: null });
    const variant = { size: null, quality: null, units: 1 };
    const terms = { model: 'theirs', outputLimit: 0, hidesOutput: false, variant };
    expect(JSON.parse(request.bodyFor(terms) as string)).toEqual({ model: 'theirs', input: 'x' });
  });

  it('count texts, and tokens as they are', async () => {
    expect(await countOf('one two')).toBe(4);
    expect(await countOf(['one', 'two'])).toBe(6);
    expect(await countOf([1, 2, 3])).toBe(3);
    expect(await countOf([[1, 2], [3]])).toBe(7);
  });

  it.each([
    [{ input: '' }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: ['x', ''] }, 'input[1]'],
    [{ input: many }, 'input'],
    [{ input: 'x', dimensions: 0 }, 'dimensions'],
    [{ input: 'x', encoding_format: 'hex' }, 'encoding_format'],
    [{ input: 'x', stream: true }, 'stream'],
    [{}, 'input'],
  ])('refuse what is wrong (%#), naming the field', (body, param) => {
    expect(paramOf(() => readEmbedding({ model: modelId, ...body }))).toBe(param);
  });
});
