// Videos as the relay takes them on (DESIGN 2.2), through OpenAI's own client. Their workflow is tested by
// test/workflows/video.test.ts; here jobs are asked for by the same service without it.
import { APIError, toFile } from 'openai';
import { parseAmount } from '../../domain/money';
import { sweepReservations } from '../../services/calls/relay-release';
import { until } from '../catalog/support';
import { filmerId, hello, modelId, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld();

const film = { model: filmerId, prompt: 'A kitten and a ball of wool' } as const;
/** The shortest; OpenAI's client knows only its own models' lengths. */
const second = '1' as '4';
const png = () => toFile(Buffer.from('not looked at here'), 'kitten.png', { type: 'image/png' });

async function refusalOf(promise: Promise<unknown>): Promise<APIError> {
  const error: unknown = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof APIError)) throw new Error(`it was not refused: ${String(error)}`);
  return error;
}

/** As JSON, which OpenAI's client does not send. */
async function send(user: CallerWithKey, body: Record<string, unknown>) {
  const answer = await fetch(`${world().api.url}/v1/videos`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...film, ...body }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('a video', () => {
  it('is reserved at submission, paid once it is made, and downloaded', async () => {
    const user = await world().addCaller('10');
    const { data: video, response } = await user.openai.videos
      .create({ ...film, seconds: '8', size: '1024x1792' })
      .withResponse();
    expect(video).toMatchObject({
      object: 'video',
      model: filmerId,
      status: 'queued',
      progress: 0,
      seconds: '8',
      size: '1024x1792',
      completed_at: null,
      error: null,
    });
    const requestId = response.headers.get('x-request-id') ?? '';
    expect(video.id).toBe(`video_${requestId.replaceAll('-', '')}`);
    // Eight seconds of five units of 0.1 each.
    expect(await world().balanceOf(user)).toBe('6');
    expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('4');
    expect(await refusalOf(user.openai.videos.downloadContent(video.id))).toMatchObject({
      status: 409,
    });

    await world().videoJobs.poll(requestId);
    expect(await user.openai.videos.retrieve(video.id)).toMatchObject({
      status: 'in_progress',
      progress: 50,
    });
    await world().finishVideos();
    const made = await user.openai.videos.retrieve(video.id);
    expect(made).toMatchObject({ status: 'completed', progress: 100, error: null });
    expect(made.completed_at).toEqual(expect.any(Number));
    expect(made.expires_at).toBeGreaterThan(made.created_at);
    expect(await world().balanceOf(user)).toBe('6');
    expect(await world().balanceOf(user, 'LCO')).toBe('40');
    expect(await world().receiptOf(user, requestId)).toMatchObject({
      endpoint: 'videos',
      unit: 'seconds',
      units: 40,
      tokens: { source: 'upstream' },
      charge: '4',
      ending: 'completed',
    });

    const content = await user.openai.videos.downloadContent(video.id);
    expect(content.headers.get('content-type')).toBe('video/mp4');
    expect(await content.text()).toBe('This film is a mock of 8 s.');
    const thumbnail = await user.openai.videos.downloadContent(video.id, { variant: 'thumbnail' });
    expect(thumbnail.headers.get('content-type')).toBe('image/webp');
    await thumbnail.text();
  });

  it('goes upstream as a form, with the picture that it begins with', async () => {
    const user = await world().addCaller('10');
    await user.openai.videos.create({ ...film, input_reference: await png() });
    const { input_reference: sent, ...fields } = world().mock.requests[0]?.body as unknown as {
      input_reference: File;
    };
    expect(fields).toEqual({ ...film, model: 'mock-video', seconds: '4', size: '720x1280' });
    expect([sent.name, sent.type, await sent.text()]).toEqual([
      'kitten.png',
      'image/png',
      'not looked at here',
    ]);
    await world().finishVideos();
    expect(await world().balanceOf(user)).toBe('9.6');
  });

  it('may be asked for by JSON, too, or begin with a picture at an address', async () => {
    const user = await world().addCaller('10');
    const image_url = 'https://example.com/kitten.png';
    expect(await send(user, { input_reference: { image_url } })).toMatchObject({ status: 200 });
    await user.openai.videos.create({ ...film, input_reference: { image_url } });
    for (const { body } of world().mock.requests) {
      expect(body).toMatchObject({ 'input_reference[image_url]': image_url });
    }
    await world().finishVideos();
  });

  it('that fails costs nothing, and says why', async () => {
    const user = await world().addCaller('10');
    const video = await user.openai.videos.create(film);
    const error = { code: 'moderation_blocked', message: 'Not with key sk-abcdefgh1234.' };
    world().mock.behave('mock-video', { videoError: error });
    await world().finishVideos();
    expect(await user.openai.videos.retrieve(video.id)).toMatchObject({
      status: 'failed',
      completed_at: null,
      error: { code: 'moderation_blocked', message: 'Not with key [redacted].' },
    });
    expect(await world().balanceOf(user)).toBe('10');
    expect(await refusalOf(user.openai.videos.downloadContent(video.id))).toMatchObject({
      status: 409,
    });
  });

  it.each([
    ['missing', 'video_lost'],
    ['overdue', 'video_overdue'],
  ] as const)(
    'that is %s is given up and costs nothing, whatever the upstream says later',
    async (loss, code) => {
      const user = await world().addCaller('10');
      const video = await user.openai.videos.create(film);
      const [{ id } = { id: '' }] = await world().callRows(user.id);
      await world().videoJobs.giveUp(id, loss);
      await world().videoJobs.giveUp(id, loss);
      expect(await world().videoJobs.poll(id)).toMatchObject({
        found: 'failed',
        video: { error: { code } },
      });
      expect(await user.openai.videos.retrieve(video.id)).toMatchObject({
        status: 'failed',
        error: { code },
      });
      expect(await world().balanceOf(user)).toBe('10');
    },
  );

  it('is paid as made, and in no case more than was reserved', async () => {
    const user = await world().addCaller('10');
    await user.openai.videos.create(film);
    world().mock.behave('mock-video', { reportedOutputTokens: 3 });
    await world().finishVideos();
    expect(await world().balanceOf(user)).toBe('9.7');
    await user.openai.videos.create(film);
    world().mock.behave('mock-video', { reportedOutputTokens: 40 });
    await world().finishVideos();
    expect(await world().callRows(user.id)).toMatchObject([
      { charge: parseAmount('0.3'), excess: 0n },
      { charge: parseAmount('0.4'), excess: parseAmount('3.6') },
    ]);
  });

  it('is asked for in vain while its upstream is away or talks nonsense, and goes on afterwards', async () => {
    const user = await world().addCaller('10');
    await user.openai.videos.create(film);
    const [{ id } = { id: '' }] = await world().callRows(user.id);
    for (const behaviour of [
      { failStatus: 500 },
      { failStatus: 401 },
      { answer: '{"status":"odd"}' },
      { answer: 'x' },
    ]) {
      world().mock.behave('mock-video', behaviour);
      expect(await world().videoJobs.poll(id)).toMatchObject({
        found: 'unreachable',
        video: { status: 'queued' },
      });
    }
    await world().mock.refuseConnections();
    expect(await world().videoJobs.poll(id)).toMatchObject({ found: 'unreachable' });
    await world().mock.acceptConnections();
    world().mock.behave('mock-video', { videoLost: true });
    expect(await world().videoJobs.poll(id)).toMatchObject({
      found: 'missing',
      video: { status: 'queued' },
    });
    world().mock.behave('mock-video', {});
    await world().finishVideos();
    expect(await world().balanceOf(user)).toBe('9.6');
  });
});

describe('the reservation of a video', () => {
  it('is left alone by the sweep, and holds its slot until the end', async () => {
    const user = await world().addCaller('10');
    for (let i = 0; i < 5; i++) await user.openai.videos.create({ ...film, seconds: second });
    expect(await sweepReservations(world().context.db, world().context.committer)).toBe(0);
    const chat = () => user.openai.chat.completions.create({ model: modelId, messages: hello });
    expect(await refusalOf(chat())).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0.5');
    await world().finishVideos();
    await chat();
    expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0');
  });

  it('counts against the cap of its key', async () => {
    const user = await world().addCaller('10');
    const { secret } = await world().addKey(user, { spendCap: '0.5' });
    const openai = world().openaiOf(secret);
    await openai.videos.create(film);
    expect(await refusalOf(openai.videos.create(film))).toMatchObject({
      status: 402,
      code: 'api_key_cap_exceeded',
    });
    await world().finishVideos();
    expect(await refusalOf(openai.videos.create(film))).toMatchObject({ status: 402 });
    await openai.videos.create({ ...film, seconds: second });
    await world().finishVideos();
  });

  it('is given back where the upstream refuses, breaks off or names no job', async () => {
    const user = await world().addCaller('10');
    for (const [behaviour, status] of [
      [{ failStatus: 400 }, 400],
      [{ failStatus: 500 }, 502],
      [{ reset: true }, 502],
      [{ answer: '{"id":"../../secrets"}' }, 502],
      [
        {
          answer:
            '{"id":"video_1","status":"failed","error":{"code":"moderation_blocked","message":"No."}}',
        },
        400,
      ],
      [{ malformed: true }, 502],
    ] as const) {
      world().mock.behave('mock-video', behaviour);
      expect(await refusalOf(user.openai.videos.create(film))).toMatchObject({ status });
      world().context.breakers.keep([]);
    }
    expect(await world().balanceOf(user)).toBe('10');
    expect((await user.openai.videos.list()).data).toEqual([]);
  });

  it('goes to another channel where one fails', async () => {
    const user = await world().addCaller('10');
    world().mock.behaveOnce({ failStatus: 503 });
    await world().addChannel('second', world().mock.baseUrl, {
      offers: [{ modelId: filmerId, upstreamId: 'mock-video', cost: null }],
    });
    const video = await user.openai.videos.create({ ...film, input_reference: await png() });
    await world().finishVideos();
    // The channel that took it on is asked, though it takes no calls any more.
    await world().takeOut('second', { enabled: false });
    expect(await (await user.openai.videos.downloadContent(video.id)).text()).toBe(
      'This film is a mock of 4 s.',
    );
  });

  it('keeps its channel from being deleted, and with it the key that it is asked for by', async () => {
    const user = await world().addCaller('10');
    await user.openai.videos.create(film);
    await expect(world().removeChannel('mock')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await world().finishVideos();
  });

  it('of a client that left while the upstream accepted is in their list', async () => {
    const user = await world().addCaller('10');
    world().mock.behave('mock-video', { hold: true });
    const leaving = new AbortController();
    const submitted = user.openai.videos.create(film, { signal: leaving.signal });
    await world().mock.waitForRequests(1);
    leaving.abort();
    await expect(submitted).rejects.toThrow();
    world().mock.release();
    world().mock.behave('mock-video', {});
    await until(async () => (await user.openai.videos.list()).data.length === 1);
    await world().finishVideos();
    expect(await world().balanceOf(user)).toBe('9.6');
  });
});

describe('others', () => {
  it('are not told that it exists', async () => {
    const [ann, bob] = [await world().addCaller('10'), await world().addCaller('10')];
    const video = await ann.openai.videos.create(film);
    await world().finishVideos();
    for (const call of [
      bob.openai.videos.retrieve(video.id),
      bob.openai.videos.downloadContent(video.id),
      bob.openai.videos.list({ after: video.id }),
      ann.openai.videos.retrieve('video_00000000000000000000000000000000'),
      ann.openai.videos.retrieve(video.id.toUpperCase()),
      ann.openai.videos.retrieve('video_mock_1'),
      ann.openai.videos.retrieve("' or 1=1 --"),
    ]) {
      expect(await refusalOf(call)).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect((await bob.openai.videos.list()).data).toEqual([]);
    expect(await refusalOf(world().openaiOf('sk-lx-none').videos.retrieve(video.id))).toMatchObject(
      { status: 401 },
    );
    const reader = await world().addKey(ann, { scopes: ['read'] });
    expect(await refusalOf(world().openaiOf(reader.secret).videos.list())).toMatchObject({
      status: 403,
    });
    // Another key of its owner.
    const other = await world().addKey(ann);
    expect(await world().openaiOf(other.secret).videos.retrieve(video.id)).toMatchObject({
      id: video.id,
    });
  });
});

describe('the list', () => {
  it('goes through all, page by page, either way', async () => {
    const user = await world().addCaller('10');
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.push((await user.openai.videos.create({ ...film, seconds: second })).id);
    await world().finishVideos();
    const listed: string[] = [];
    for await (const { id } of user.openai.videos.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual([...ids].reverse());
    const page = await user.openai.videos.list({ limit: 2, order: 'asc', after: ids[0] ?? '' });
    expect(page.data.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(page.has_more).toBe(false);
    for (const wish of [{ limit: 0 }, { limit: 101 }, { limit: 1.5 }, { order: 'up' as 'asc' }]) {
      expect(await refusalOf(Promise.resolve(user.openai.videos.list(wish)))).toMatchObject({
        status: 400,
      });
    }
  });
});

describe('what is no good never reaches the upstream', () => {
  afterEach(() => expect(world().mock.requests).toHaveLength(0));

  it.each([
    [{ seconds: '0' }, 'seconds'],
    [{ seconds: 4 }, 'seconds'],
    [{ seconds: '61' }, 'seconds'],
    [{ seconds: '13', size: '1024x1792' }, 'seconds'],
    [{ seconds: '1e3' }, 'seconds'],
    [{ size: '1x1' }, 'size'],
    [{ prompt: '' }, 'prompt'],
    [{ prompt: 'x'.repeat(1_001) }, 'prompt'],
    [{ model: modelId }, 'model'],
    [{ model: 'nothing' }, 'model'],
    [{ n: 2 }, 'n'],
    [{ characters: [] }, 'characters'],
    [{ input_reference: 'data:image/png;base64,AAAA' }, 'input_reference'],
    [{ input_reference: { file_id: 'file_1' } }, 'input_reference.image_url'],
    [{ input_reference: { image_url: 'file:///etc/passwd' } }, 'input_reference.image_url'],
  ])('%j', async (body, param) => {
    const user = await world().addCaller('100');
    const answer = await send(user, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).toMatchObject({ error: { param } });
    expect(await world().callRows(user.id)).toEqual([]);
  });

  it('a picture that is none, and funds that are short', async () => {
    const user = await world().addCaller('0.3');
    const text = await toFile(Buffer.from('x'), 'kitten.txt', { type: 'text/plain' });
    expect(
      await refusalOf(user.openai.videos.create({ ...film, input_reference: text })),
    ).toMatchObject({
      status: 400,
      param: 'input_reference',
    });
    expect(await refusalOf(user.openai.videos.create(film))).toMatchObject({
      status: 402,
      code: 'insufficient_quota',
    });
    expect(await world().balanceOf(user)).toBe('0.3');
  });
});

it('is downloaded by few at once, of whom one who leaves holds nothing, and asked for by HEAD without', async () => {
  const user = await world().addCaller('10');
  const video = await user.openai.videos.create(film);
  await world().finishVideos();
  const address = `${world().api.url}/v1/videos/${video.id}/content`;
  const headers = { authorization: `Bearer ${user.key}` };
  world().mock.behave('mock-video', { holdAfterChunks: 1 });
  const leaving = new AbortController();
  const begun = await Promise.all(
    Array.from({ length: 8 }, () => fetch(address, { headers, signal: leaving.signal })),
  );
  expect(begun.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect((await fetch(address, { headers })).status).toBe(429);
  expect((await fetch(address, { headers, method: 'HEAD' })).status).toBe(200);
  leaving.abort();
  world().mock.release();
  world().mock.behave('mock-video', {});
  await until(async () => (await fetch(address, { headers })).status === 200);
});

it('that cannot be downloaded any more, or breaks off, says so', async () => {
  const user = await world().addCaller('10');
  const video = await user.openai.videos.create(film);
  await world().finishVideos();
  world().mock.behave('mock-video', { failStatus: 500 });
  expect(await refusalOf(user.openai.videos.downloadContent(video.id))).toMatchObject({
    status: 502,
  });
  world().mock.behave('mock-video', { videoLost: true });
  expect(await refusalOf(user.openai.videos.downloadContent(video.id))).toMatchObject({
    status: 404,
  });
  world().mock.behave('mock-video', { cutAfterChunks: 1 });
  const content = await user.openai.videos.downloadContent(video.id);
  await expect(content.text()).rejects.toThrow();
  const { status } = await fetch(`${world().api.url}/v1/videos/${video.id}/content?variant=gif`, {
    headers: { authorization: `Bearer ${user.key}` },
  });
  expect(status).toBe(400);
});
