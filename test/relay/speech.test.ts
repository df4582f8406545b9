import { parseAmount } from '../../domain/money';
import { readSpeech } from '../../relay/speech/speech';
import { refusal } from '../support/refusals';
import { until } from '../catalog/support';
import { useRelayWorld, voiceId } from './relay-world';

const world = useRelayWorld();

const input = 'Good morning, and welcome to the market.';

describe('speech', () => {
  it('is passed as it comes, and its characters are paid', async () => {
    const user = await world().addCaller('10');
    const answer = await user.openai.audio.speech.create({ model: voiceId, voice: 'alloy', input });
    expect(answer.headers.get('content-type')).toBe('audio/wav');
    const audio = Buffer.from(await answer.arrayBuffer());
    expect(audio.subarray(0, 4).toString()).toBe('RIFF');
    // A header, and 20 ms of 24,000 samples of two bytes a second for each character.
    expect(audio).toHaveLength(44 + input.length * 960);
    const receipt = await world().receiptOf(user, answer.headers.get('x-request-id') ?? '');
    expect(receipt).toMatchObject({
      endpoint: 'audio/speech',
      unit: 'characters',
      units: 40,
      tokens: { output: 0, source: 'tokenizer' },
      charge: '0.0006',
      ending: 'completed',
    });
    expect(receipt.ttftMs).toEqual(expect.any(Number));
    expect(await world().balanceOf(user)).toBe('9.9994');
  });

  it('counts what stands for one character as one', async () => {
    const user = await world().addCaller('10');
    await user.openai.audio.speech.create({ model: voiceId, voice: 'alloy', input: '👋é日' });
    expect(await world().balanceOf(user)).toBe('9.999955');
  });

  it('that breaks off is paid, for the upstream has said it, and the client sees that it is not whole', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-voice', { cutAfterChunks: 4 });
    const answer = await user.openai.audio.speech.create({ model: voiceId, voice: 'alloy', input });
    await expect(answer.arrayBuffer()).rejects.toThrow();
    await until(async () => (await world().callRows(user.id))[0]?.status === 'settled');
    expect(await world().callRows(user.id)).toMatchObject([
      { ending: 'upstream_cut', charge: parseAmount('0.0006') },
    ]);
  });

  it.each([0, 1])(
    'that breaks off after %i chunks, of which none had left, is not',
    async (cut) => {
      const user = await world().addCaller('10');
      world().mock.behave('mock-voice', { cutAfterChunks: cut });
      await expect(
        user.openai.audio.speech.create({ model: voiceId, voice: 'alloy', input }),
      ).rejects.toMatchObject({ status: 502 });
      expect(await world().balanceOf(user)).toBe('10');
    },
  );

  it('that is an error in JSON is no speech, and is not paid', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-voice', { answer: '{"error":{"message":"No voice today."}}' });
    await expect(
      user.openai.audio.speech.create({ model: voiceId, voice: 'alloy', input }),
    ).rejects.toMatchObject({ status: 502 });
    expect(await world().balanceOf(user)).toBe('10');
  });

  it('that nobody waits for any more is ended at the upstream', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-voice', { delayFirstByteMs: 300, delayBetweenChunksMs: 200 });
    const controller = new AbortController();
    const call = user.openai.audio.speech.create(
      { model: voiceId, voice: 'alloy', input },
      { signal: controller.signal },
    );
    await world().mock.waitForRequests(1);
    controller.abort();
    await expect(call).rejects.toThrow();
    await until(async () => (await world().callRows(user.id))[0]?.status === 'settled');
    await until(() => Promise.resolve(world().mock.requests[0]?.aborted ?? false));
  });

  it('is paid by a client that leaves in the middle, and ended at the upstream', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-voice', { holdAfterChunks: 3 });
    const controller = new AbortController();
    const answer = await user.openai.audio.speech.create(
      { model: voiceId, voice: 'alloy', input },
      { signal: controller.signal },
    );
    expect(answer.status).toBe(200);
    controller.abort();
    await until(async () => (await world().callRows(user.id))[0]?.status === 'settled');
    expect(await world().callRows(user.id)).toMatchObject([
      { ending: 'client_left', charge: parseAmount('0.0006') },
    ]);
    await until(() => Promise.resolve(world().mock.requests[0]?.aborted ?? false));
  });

  it('longer than the model takes, or than the funds, is refused', async () => {
    const user = await world().addCaller('0.0005');
    const create = (text: string) =>
      user.openai.audio.speech.create({ model: voiceId, voice: 'alloy', input: text });
    await expect(create('x'.repeat(4_097))).rejects.toMatchObject({ status: 400, param: 'input' });
    await expect(create(input)).rejects.toMatchObject({ status: 402 });
    expect(world().mock.requests).toHaveLength(0);
  });

  it.each([
    [{ instructions: 'Whisper' }, 'instructions', 'unsupported_parameter'],
    [{ stream_format: 'sse' }, 'stream_format', 'unsupported_parameter'],
    [{ speed: 5 }, 'speed', 'integer_above_max_value'],
    [{ response_format: 'ogg' }, 'response_format', 'invalid_value'],
    [{ voice: '' }, 'voice', 'invalid_value'],
    [{ input: '' }, 'input', 'invalid_value'],
  ])('cannot be asked for by %j', (over, param, code) => {
    expect(() => readSpeech({ model: voiceId, voice: 'alloy', input, ...over })).toThrow(
      refusal('INVALID_REQUEST', { param, code }),
    );
  });
});
