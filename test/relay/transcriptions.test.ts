// POST /v1/audio/transcriptions (DESIGN 2.2), through OpenAI's own client.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { toFile } from 'openai';
import { parseAmount } from '../../domain/money';
import { until } from '../catalog/support';
import { bytesPerSecond, wav } from './recording';
import {
  modelId,
  painterId,
  transcriberId,
  useRelayWorld,
  whisperId,
  type CallerWithKey,
} from './relay-world';

const world = useRelayWorld();

const recorded = (name: string) => readFileSync(join(__dirname, 'recordings', name));
const hello = () => toFile(wav(2.3), 'hello.wav', { type: 'audio/wav' });

async function send(user: CallerWithKey, form: FormData | string, headers = {}) {
  const answer = await fetch(`${world().api.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}`, ...headers },
    body: form,
  });
  const body = (await answer.json()) as { error?: Record<string, unknown> };
  return { status: answer.status, error: body.error };
}

function formOf(fields: Record<string, string | Blob | undefined>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) form.append(name, value);
  return form;
}
const blob = () => new File([new Uint8Array(wav(2.3))], 'hello.wav', { type: 'audio/wav' });

describe('a transcript', () => {
  it('costs the seconds that were begun, by the receipt and the balance', async () => {
    const user = await world().addCaller('10');
    const { data, response } = await user.openai.audio.transcriptions
      .create({ model: whisperId, file: await hello(), language: 'en', temperature: 0.2 })
      .withResponse();
    expect(data.text).toBe('This is a mock transcript.');
    expect(response.headers.get('x-lx-charge')).toBe('0.0003');
    const receipt = await world().receiptOf(user, response.headers.get('x-request-id') ?? '');
    expect(receipt).toMatchObject({
      endpoint: 'audio/transcriptions',
      unit: 'seconds',
      units: 3,
      tokens: { input: 0, output: 0, source: 'tokenizer' },
      charge: '0.0003',
      ending: 'completed',
    });
    expect(await world().balanceOf(user)).toBe('9.9997');
  });

  it('goes upstream as a form with the file as it came, under the upstream’s name of the model', async () => {
    const user = await world().addCaller('10');
    const file = await hello();
    await user.openai.audio.transcriptions.create({
      model: whisperId,
      file,
      prompt: 'Ångström',
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    });
    const [request] = world().mock.requests;
    expect(request?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    const { file: sent, ...fields } = request?.body as unknown as { file: File };
    expect(fields).toEqual({
      model: 'mock-whisper',
      prompt: 'Ångström',
      response_format: 'verbose_json',
      'timestamp_granularities[]': ['word', 'segment'],
    });
    expect([sent.name, sent.type]).toEqual(['hello.wav', 'audio/wav']);
    expect(Buffer.from(await sent.arrayBuffer()).equals(wav(2.3))).toBe(true);
  });

  it.each(['tone.mp3', 'tone.ogg', 'tone.flac', 'tone.m4a', 'tone.webm'])(
    'of %s has its 2.3 seconds read from it',
    async (name) => {
      const user = await world().addCaller('10');
      const file = await toFile(recorded(name), name);
      await user.openai.audio.transcriptions.create({ model: whisperId, file });
      expect(await world().balanceOf(user)).toBe('9.9997');
    },
  );

  it.each(['hurried.m4a', 'hurried.webm'])(
    'of %s, which says that it is a thousand times shorter, costs what its packets come to',
    async (name) => {
      const user = await world().addCaller('10');
      const file = await toFile(recorded(name), name);
      await user.openai.audio.transcriptions.create({ model: whisperId, file });
      expect(await world().balanceOf(user)).toBe('9.9997');
    },
  );

  it('costs what the upstream says where it says seconds, as the reservation allows', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-whisper', { reportedOutputTokens: 2 });
    await user.openai.audio.transcriptions.create({ model: whisperId, file: await hello() });
    world().mock.behave('mock-whisper', { reportedOutputTokens: 40 });
    await user.openai.audio.transcriptions.create({ model: whisperId, file: await hello() });
    expect(await world().callRows(user.id)).toMatchObject([
      { tokenSource: 'upstream', charge: parseAmount('0.0002'), excess: 0n },
      { tokenSource: 'upstream', charge: parseAmount('0.0003'), excess: parseAmount('0.0037') },
    ]);
  });

  it.each([
    ['text', 'This is a mock transcript.\n'],
    ['srt', '1\n00:00:00,000 --> 00:00:01,000\nThis is a mock transcript.\n\n'],
    ['vtt', 'WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nThis is a mock transcript.\n\n'],
  ] as const)('is answered as %s', async (response_format, text) => {
    const user = await world().addCaller('10');
    const { data, response } = await user.openai.audio.transcriptions
      .create({ model: whisperId, file: await hello(), response_format })
      .withResponse();
    expect(data).toBe(text);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('x-lx-charge')).toBe('0.0003');
    expect(await world().balanceOf(user)).toBe('9.9997');
  });
});

describe('a streamed transcript', () => {
  async function stream(user: CallerWithKey, model = transcriberId) {
    const events = await user.openai.audio.transcriptions.create({
      model,
      file: await hello(),
      stream: true,
    });
    let text = '';
    for await (const event of events) {
      if (event.type === 'transcript.text.delta') text += event.delta;
      if (event.type === 'transcript.text.done') text += `|${event.text}`;
    }
    return text;
  }

  it.each([{}, { oddBytes: 1 }])(
    'is passed as it comes and paid before its end (%j)',
    async (how) => {
      const user = await world().addCaller('10');
      world().mock.behave('mock-transcribe', how);
      expect(await stream(user)).toBe('This is a mock transcript.|This is a mock transcript.');
      expect(await world().balanceOf(user)).toBe('9.9997');
      expect(world().mock.requests[0]?.body).toMatchObject({ stream: 'true' });
    },
  );

  it('of a model that does not stream is answered in one piece, as OpenAI does', async () => {
    const user = await world().addCaller('10');
    const form = formOf({ model: whisperId, file: blob(), stream: 'true' });
    const answer = await fetch(`${world().api.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.key}` },
      body: form,
    });
    expect(answer.headers.get('x-lx-charge')).toBe('0.0003');
    expect(await answer.json()).toEqual({ text: 'This is a mock transcript.' });
    expect(await world().balanceOf(user)).toBe('9.9997');
    expect(await world().healthOf('mock')).toMatchObject({ consecutiveFailures: 0 });
  });

  it('that breaks off after its first byte is paid, and says so', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-transcribe', { cutAfterChunks: 2 });
    await expect(stream(user)).rejects.toThrow('broke off');
    await until(async () => (await world().callRows(user.id))[0]?.status === 'settled');
    expect(await world().callRows(user.id)).toMatchObject([
      { ending: 'upstream_cut', charge: parseAmount('0.0003') },
    ]);
  });

  it('that begins with what the upstream finds wrong with the recording is a refusal, and no fault of its channel', async () => {
    const user = await world().addCaller('10');
    const error = { type: 'invalid_request_error', message: 'Audio file might be corrupted.' };
    const errorData = JSON.stringify({ type: 'error', error });
    for (let i = 0; i < 3; i++) {
      world().mock.behaveOnce({ errorAfterChunks: 0, errorData });
      await expect(stream(user)).rejects.toMatchObject({
        status: 400,
        error: { message: error.message },
      });
    }
    expect(await world().balanceOf(user)).toBe('10');
    expect(await world().healthOf('mock')).toMatchObject({ state: 'closed' });
  });

  it('that begins with an error costs nothing', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-transcribe', { errorAfterChunks: 0 });
    await expect(stream(user)).rejects.toMatchObject({ status: 502 });
    expect(await world().balanceOf(user)).toBe('10');
  });

  it('whose client leaves is paid', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-transcribe', { holdAfterChunks: 1 });
    const events = await user.openai.audio.transcriptions.create({
      model: transcriberId,
      file: await hello(),
      stream: true,
    });
    for await (const event of events) if (event.type === 'transcript.text.delta') break;
    await until(async () => (await world().callRows(user.id))[0]?.status === 'settled');
    expect(await world().callRows(user.id)).toMatchObject([
      { ending: 'client_left', charge: parseAmount('0.0003') },
    ]);
  });
});

describe('what is no good never reaches the upstream', () => {
  afterEach(() => expect(world().mock.requests).toHaveLength(0));

  it.each([
    ['noise', Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 251))],
    ['nothing', Buffer.alloc(0)],
    ['a recording without its beginning', recorded('tone.ogg').subarray(200)],
    ['an m4a that was cut before its index', recorded('tone.m4a').subarray(0, 1_500)],
    ['text', Buffer.from('RIFF, said the WAVE')],
    ['two recordings in one Ogg', recorded('chained.ogg')],
    ['two in one FLAC', Buffer.concat([recorded('tone.flac'), recorded('tone.flac')])],
    ['two in one WebM', Buffer.concat([recorded('tone.webm'), recorded('tone.webm')])],
  ])('a corrupt file: %s', async (_what, bytes) => {
    const user = await world().addCaller('10');
    const file = new File([new Uint8Array(bytes)], 'corrupt.mp3', { type: 'audio/mpeg' });
    expect(await send(user, formOf({ model: whisperId, file }))).toMatchObject({
      status: 400,
      error: { param: 'file', code: 'invalid_value' },
    });
    expect(await world().callRows(user.id)).toEqual([]);
  });

  it('25 MB on a balance for 1 MB', async () => {
    await world().setPrice({ modelId: whisperId, maxOutput: 10_000 });
    const user = await world().addCaller('0.02');
    const bytes = wav((25 * 1024 * 1024 - 44) / bytesPerSecond);
    const file = new File([new Uint8Array(bytes)], 'long.wav');
    expect(await send(user, formOf({ model: whisperId, file }))).toMatchObject({
      status: 402,
      error: { code: 'insufficient_quota' },
    });
    expect(await world().balanceOf(user)).toBe('0.02');
  });

  it('a body that says it is larger than any may be, of which nothing is read', async () => {
    const user = await world().addCaller('10');
    const { port } = new URL(world().api.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /v1/audio/transcriptions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${user.key}\r\n` +
        'content-type: multipart/form-data; boundary=b\r\ncontent-length: 40000000\r\n\r\n--b\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });

  it('a file of more than 25 MB, however the body is sent', async () => {
    const user = await world().addCaller('10');
    const file = new File([new Uint8Array(25 * 1024 * 1024 + 1)], 'long.wav');
    expect(await send(user, formOf({ model: whisperId, file }))).toMatchObject({
      status: 413,
      error: { param: 'file' },
    });
  });

  it('more seconds than the model takes', async () => {
    const user = await world().addCaller('10');
    await world().setPrice({ modelId: whisperId, maxOutput: 600 });
    const file = new File([new Uint8Array(wav(601))], 'long.wav');
    expect(await send(user, formOf({ model: whisperId, file }))).toMatchObject({
      status: 400,
      error: { param: 'file' },
    });
  });

  it.each([
    ['unknown', { loudness: '11' }, 'loudness', 'unknown_parameter'],
    [
      'known and not relayed',
      { 'known_speaker_names[]': 'Bob' },
      'known_speaker_names[]',
      'unsupported_parameter',
    ],
    ['a model that is a file', { model: new Blob(['x']) }, 'model', 'invalid_type'],
    ['no file', { file: undefined }, 'file', 'missing_required_parameter'],
    ['a file that is a text', { file: 'hello.wav' }, 'file', 'invalid_type'],
    ['no model', { model: undefined }, 'model', 'missing_required_parameter'],
    ['a format', { response_format: 'docx' }, 'response_format', 'invalid_value'],
    ['a stream of text', { stream: 'true', response_format: 'srt' }, 'stream', 'invalid_value'],
    ['a temperature', { temperature: '2' }, 'temperature', 'invalid_value'],
    ['a stream', { stream: 'yes' }, 'stream', 'invalid_value'],
    ['a second file', { recording: new Blob(['x']) }, 'recording', 'unknown_parameter'],
    ['a prototype', { __proto__x: '1' }, '__proto__x', 'unknown_parameter'],
  ])('a field: %s', async (_what, over, param, code) => {
    const user = await world().addCaller('10');
    const form = formOf({ model: whisperId, file: blob(), ...over });
    expect(await send(user, form)).toMatchObject({ status: 400, error: { param, code } });
  });

  it.each([
    'content-disposition: form-data; filename="x.mp3"',
    'content-disposition: form-data',
    `content-disposition: form-data; name="${'x'.repeat(101)}"`,
  ])('a part with the header %s', async (header) => {
    const user = await world().addCaller('10');
    const body = `--b\r\n${header}\r\n\r\nv\r\n--b--\r\n`;
    const type = { 'content-type': 'multipart/form-data; boundary=b' };
    expect(await send(user, body, type)).toMatchObject({ status: 400 });
  });

  it('anything of who has no Credits, before it is measured', async () => {
    const user = await world().addCaller('0');
    expect(await send(user, formOf({ model: whisperId, file: new Blob(['x']) }))).toMatchObject({
      status: 402,
      error: { code: 'insufficient_quota' },
    });
  });

  it('a field that is given twice, or has the name of a prototype', async () => {
    const user = await world().addCaller('10');
    const twice = formOf({ model: whisperId, file: blob() });
    twice.append('language', 'en');
    twice.append('language', 'fr');
    expect(await send(user, twice)).toMatchObject({ status: 400, error: { param: 'language' } });
    const poisoned = formOf({ model: whisperId, file: blob() });
    poisoned.append('__proto__', 'x');
    expect(await send(user, poisoned)).toMatchObject({
      status: 400,
      error: { param: '__proto__' },
    });
  });

  it('a body that is no form, or no whole one', async () => {
    const user = await world().addCaller('10');
    const type = 'content-type';
    const json = await send(user, '{"model":"whisper"}', { [type]: 'application/json' });
    expect(json).toMatchObject({
      status: 415,
      error: { message: 'Send the request as multipart/form-data.' },
    });
    const form = { [type]: 'multipart/form-data' };
    expect(await send(user, 'x', form)).toMatchObject({ status: 400 });
    const bound = { [type]: 'multipart/form-data; boundary=b' };
    expect(await send(user, 'x', bound)).toMatchObject({ status: 400 });
    const cut = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc';
    expect(await send(user, cut, bound)).toMatchObject({ status: 400 });
    expect(await send(user, cut, { ...bound, 'content-encoding': 'gzip' })).toMatchObject({
      status: 415,
    });
  });

  it('many fields, and long ones', async () => {
    const user = await world().addCaller('10');
    const many = formOf({ model: whisperId, file: blob() });
    for (let at = 0; at < 200; at++) many.append('include[]', 'logprobs');
    expect(await send(user, many)).toMatchObject({ status: 400 });
    const long = formOf({ model: whisperId, prompt: 'x'.repeat(1024 * 1024 + 1), file: blob() });
    expect(await send(user, long)).toMatchObject({ status: 413, error: { param: 'prompt' } });
    const longer = formOf({ model: whisperId, prompt: 'x'.repeat(1_001), file: blob() });
    expect(await send(user, longer)).toMatchObject({ status: 400, error: { param: 'prompt' } });
  });

  it('a model of another unit', async () => {
    const user = await world().addCaller('10');
    for (const model of [modelId, painterId]) {
      expect(await send(user, formOf({ model, file: blob() }))).toMatchObject({
        status: 400,
        error: { param: 'model' },
      });
    }
  });
});

it('is sent again, whole, to another channel where the first fails', async () => {
  const user = await world().addCaller('10');
  world().mock.behaveOnce({ failStatus: 500 });
  await world().addChannel('second', world().mock.baseUrl, {
    offers: [{ modelId: whisperId, upstreamId: 'mock-whisper', cost: null }],
  });
  await user.openai.audio.transcriptions.create({ model: whisperId, file: await hello() });
  const sizes = world().mock.requests.map(
    ({ body }) => (body as unknown as { file: File }).file.size,
  );
  expect(sizes).toEqual([wav(2.3).length, wav(2.3).length]);
  expect(await world().balanceOf(user)).toBe('9.9997');
  await world().removeChannel('second');
});
