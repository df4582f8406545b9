import { DomainError } from '../../domain/errors';
import { parseAmount } from '../../domain/money';
import { readImages } from '../../relay/images/images';
import { modelId, painterId, useRelayWorld } from './relay-world';

const world = useRelayWorld();

const prompt = 'A cat';

describe('images', () => {
  it('cost what their size costs, each, and are asked for in it', async () => {
    const user = await world().addCaller('10');
    const { data, response } = await user.openai.images
      .generate({ model: painterId, prompt, n: 3 })
      .withResponse();
    expect(data.data).toHaveLength(3);
    expect(world().mock.requests[0]?.body).toEqual({
      model: 'mock-image',
      prompt,
      n: 3,
      size: '1024x1024',
    });
    const receipt = await world().receiptOf(user, response.headers.get('x-request-id') ?? '');
    expect(receipt).toMatchObject({
      endpoint: 'images/generations',
      unit: 'images',
      // Two for each: the price is that of half of one.
      units: 6,
      tokens: { input: 0, output: 0, source: 'upstream' },
      prices: { list: { perUnit: '0.02' }, cost: { perUnit: '0.01' }, multiplier: '1' },
      charge: '0.12',
    });
    expect(response.headers.get('x-lx-charge')).toBe('0.12');
    expect(await world().balanceOf(user)).toBe('9.88');
    expect(await world().balanceOf(user, 'LCO')).toBe(receipt.mined);
  });

  it('of another quality cost more, and come as base64 if they are to', async () => {
    const user = await world().addCaller('10');
    const { data } = await user.openai.images.generate({
      model: painterId,
      prompt,
      size: '1024x1792',
      quality: 'hd',
      response_format: 'b64_json',
    });
    expect(
      Buffer.from(data?.[0]?.b64_json ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(world().mock.requests[0]?.body).toMatchObject({ size: '1024x1792', quality: 'hd' });
    expect(await world().balanceOf(user)).toBe('9.88');
  });

  it('are paid as far as they came', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-image', { outputTokens: 2 });
    const { data } = await user.openai.images.generate({ model: painterId, prompt, n: 5 });
    expect(data).toHaveLength(2);
    expect(await world().balanceOf(user)).toBe('9.92');
  });

  it('beyond those that were asked for are not paid, but the model is flagged', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-image', { outputTokens: 3 });
    await user.openai.images.generate({ model: painterId, prompt, n: 1 });
    expect(await world().callRows(user.id)).toMatchObject([
      { charge: parseAmount('0.04'), excess: parseAmount('0.08') },
    ]);
  });

  it('that cannot be paid are not asked for', async () => {
    const user = await world().addCaller('0.07');
    await expect(
      user.openai.images.generate({ model: painterId, prompt, n: 2 }),
    ).rejects.toMatchObject({ status: 402, code: 'insufficient_quota' });
    expect(world().mock.requests).toHaveLength(0);
    await user.openai.images.generate({ model: painterId, prompt });
    expect(await world().balanceOf(user)).toBe('0.03');
  });

  it.each([
    [{ n: 11 }, 'n'],
    [{ n: 5, size: '1024x1792', quality: 'hd' }, 'n'],
    [{ size: '512x512' }, 'size'],
    [{ quality: 'low' }, 'quality'],
    [{ prompt: 'x'.repeat(4_001) }, 'prompt'],
    [{ model: modelId }, 'model'],
  ])('are refused for %j by a 400 that names the field', async (over, param) => {
    const user = await world().addCaller('10');
    const body = { model: painterId, prompt, ...over };
    await expect(user.openai.images.generate(body as never)).rejects.toMatchObject({
      status: 400,
      param,
    });
    expect(await world().balanceOf(user)).toBe('10');
  });

  it('without images in the answer are an upstream’s failure', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-image', { answer: '{"created":1,"data":[]}' });
    await expect(user.openai.images.generate({ model: painterId, prompt })).rejects.toMatchObject({
      status: 502,
    });
    expect(await world().balanceOf(user)).toBe('10');
  });

  it('are no chat, and a painter chats not', async () => {
    const user = await world().addCaller('10');
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    await expect(
      user.openai.chat.completions.create({ model: painterId, messages }),
    ).rejects.toMatchObject({ status: 400, param: 'model' });
  });

  it.each([
    [{ stream: true }, 'stream', 'unsupported_parameter'],
    [{ partial_images: 2 }, 'partial_images', 'unsupported_parameter'],
    [{ seed: 1 }, 'seed', 'unknown_parameter'],
    [{ prompt: '' }, 'prompt', 'invalid_value'],
  ])('cannot be asked for by %j', (over, param, code) => {
    const read = () => readImages({ model: painterId, prompt, ...over });
    expect(read).toThrow(DomainError);
    expect(read).toThrow(expect.objectContaining({ details: { param, code } }) as Error);
  });
});
