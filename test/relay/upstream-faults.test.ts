import { APIError } from 'openai';
import type { Answer } from '../api/harness';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import {
  hello,
  modelId,
  thinkerId,
  upstreamKey,
  useRelayWorld,
  type CallerWithKey,
  type Receipt,
} from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('1');
});

interface Asked {
  readonly stream?: boolean;
  readonly model?: string;
  readonly max_tokens?: number;
  readonly stream_options?: object;
}

async function call(behaviour: MockBehaviour, asked: Asked = {}): Promise<Answer> {
  world().mock.behave('*', behaviour);
  const body = { model: modelId, messages: hello, max_tokens: 50, ...asked };
  return world().api.send('POST', '//v1/chat/completions', { key: user.key, body });
}

function errorOf(answer: Answer, status: number) {
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
  return answer.as<{ error: { message: string; code: string; type: string } }>().error;
}

async function expectNothingBilled(ending: string): Promise<void> {
  await world().untilIdle();
  expect(await world().callRows(user.id)).toMatchObject([{ status: 'released', ending }]);
  expect(await world().balanceOf(user)).toBe('1');
}

function receiptOf(answer: Answer): Promise<Receipt> {
  return world().receiptOf(user, answer.headers.get('x-request-id') ?? '');
}

/** The data of the events of a stream's text. */
function eventsOf({ text }: Answer): string[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      expect(event.startsWith('data: ')).toBe(true);
      return event.slice('data: '.length);
    });
}

/** The text that a stream delivered, and how it ended. */
function heardOf(answer: Answer): { text: string; last: string } {
  const events = eventsOf(answer);
  const last = events.at(-1) ?? '';
  let text = '';
  for (const event of events) {
    if (event === '[DONE]') continue;
    const chunk = JSON.parse(event) as { choices?: { delta: { content?: string } }[] };
    text += chunk.choices?.[0]?.delta.content ?? '';
  }
  return { text, last };
}

describe.each([false, true])('before any byte of an answer (stream: %p)', (stream) => {
  it('an upstream that refuses connections is 502 and costs nothing', async () => {
    await world().mock.refuseConnections();
    const answer = await call({}, { stream });
    await world().mock.acceptConnections();
    expect(errorOf(answer, 502).code).toBe('upstream_unreachable');
    expect(answer.headers.get('x-should-retry')).toBe('false');
    await expectNothingBilled('upstream_connect');
  });

  it.each<[string, MockBehaviour, number, string, string]>([
    ['resets', { reset: true }, 502, 'upstream_unreachable', 'upstream_connect'],
    ['answers 500', { failStatus: 500 }, 502, 'upstream_error', 'upstream_status'],
    ['redirects', { redirectTo: '/v1/models' }, 502, 'upstream_error', 'upstream_protocol'],
    ['answers 400', { failStatus: 400 }, 400, '', 'upstream_status'],
  ])('an upstream that %s costs nothing', async (_what, behaviour, status, code, ending) => {
    const answer = await call(behaviour, { stream });
    const error = errorOf(answer, status);
    if (code !== '') expect(error.code).toBe(code);
    else expect(error.message).toBe('The mock upstream was told to fail with 400.');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(world().mock.requests).toHaveLength(1);
    await expectNothingBilled(ending);
  });

  it('an upstream at its limit is 503, with its own delay', async () => {
    const answer = await call({ failStatus: 429, retryAfterSeconds: 7 }, { stream });
    expect(errorOf(answer, 503).code).toBe('upstream_overloaded');
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.headers.get('x-should-retry')).toBeNull();
    await expectNothingBilled('upstream_status');
  });

  it('an upstream that does not take our key is 502, and the key stays with us', async () => {
    const answer = await call({ failStatus: 401 }, { stream });
    expect(errorOf(answer, 502).code).toBe('upstream_error');
    expect(answer.text).not.toContain(upstreamKey.slice(3));
    expect(JSON.stringify([...answer.headers])).not.toContain(upstreamKey.slice(3));
    await expectNothingBilled('upstream_status');
  });
});

describe('an answer in one piece', () => {
  it('that is no JSON is 502 and costs nothing', async () => {
    expect(errorOf(await call({ malformed: true }), 502).code).toBe('upstream_error');
    await expectNothingBilled('upstream_protocol');
  });

  it('that breaks off is 502 and costs nothing', async () => {
    expect(errorOf(await call({ cutAfterChunks: 1 }), 502).code).toBe('upstream_cut');
    await expectNothingBilled('upstream_cut');
  });

  it('that is an error with the status 200 is 502 and costs nothing', async () => {
    const answer = await call({ answer: '{"error":{"message":"overloaded"}}' });
    expect(errorOf(answer, 502).code).toBe('upstream_error');
    await expectNothingBilled('upstream_protocol');
  });

  it('without usage is billed by the tokenizer', async () => {
    const answer = await call({ omitUsage: true, outputTokens: 9 });
    expect(answer.status).toBe(200);
    expect(await receiptOf(answer)).toMatchObject({
      tokens: { input: 8, output: 9, source: 'tokenizer' },
      charge: '0.000088',
    });
  });

  it('of a model that hides output, without usage, is billed its reservation', async () => {
    const answer = await call({ omitUsage: true }, { model: thinkerId });
    expect(await receiptOf(answer)).toMatchObject({
      // 8 tokens at 10 Credits a million, 50 at 20
      tokens: { output: 50, source: 'reservation' },
      charge: '0.00108',
    });
  });

  it('with more usage than was reserved is billed the reservation; the rest is ours and the model flagged', async () => {
    const answer = await call({ reportedOutputTokens: 5_000 });
    expect(await receiptOf(answer)).toMatchObject({
      tokens: { output: 5_000, source: 'upstream' },
      charge: '0.000416',
    });
    const [row] = await world().callRows(user.id);
    expect(row).toMatchObject({ excess: 3_960_000n, charge: 41_600n });
    const model: unknown = await world()
      .context.db('models')
      .first('flagged_reason')
      .where('id', modelId);
    expect(model).toEqual({ flagged_reason: `call ${row?.id} used more than was reserved` });
  });

  it.each([Number.MAX_SAFE_INTEGER, 1e308, -5, 0.5])(
    'with a usage that cannot be (%p) is counted by ourselves',
    async (reportedOutputTokens) => {
      const answer = await call({ reportedOutputTokens, outputTokens: 6 });
      expect(await receiptOf(answer)).toMatchObject({ tokens: { output: 6, source: 'tokenizer' } });
    },
  );

  it('is billed what of its input came from a cache at the price of that', async () => {
    const answer = await call({ cachedTokens: 5, outputTokens: 10 });
    expect(await receiptOf(answer)).toMatchObject({
      tokens: { input: 3, cachedInput: 5, output: 10 },
      // 3 at 2, 5 at 1, 10 at 8
      charge: '0.000091',
    });
  });

  it('may be compressed', async () => {
    const answer = await call({ gzip: true });
    expect(answer.as<{ object: string }>().object).toBe('chat.completion');
    expect(answer.headers.get('content-encoding')).toBeNull();
  });
});

describe('a stream', () => {
  const stream = true;

  it.each(['reset', 'end'] as const)(
    'cut by a %s: the client hears of it, and pays what was delivered',
    async (cut) => {
      const answer = await call({ cutAfterChunks: 6, cut }, { stream });
      expect(answer.status).toBe(200);
      const { text, last } = heardOf(answer);
      expect(text).toBe('This is a mock;');
      expect(JSON.parse(last)).toMatchObject({ error: { code: 'upstream_cut' } });
      expect(answer.text).not.toContain('[DONE]');
      expect(await receiptOf(answer)).toMatchObject({
        ending: 'upstream_cut',
        tokens: { input: 8, output: 5, source: 'tokenizer' },
        charge: '0.000056',
      });
    },
  );

  it('cut mid-way is an error to the SDK', async () => {
    world().mock.behave('*', { cutAfterChunks: 4 });
    const events = await user.openai.chat.completions.create({
      model: modelId,
      messages: hello,
      stream,
    });
    const read = async () => {
      for await (const event of events) expect(event.object).toBe('chat.completion.chunk');
    };
    await expect(read()).rejects.toBeInstanceOf(APIError);
  });

  it.each(['reset', 'end'] as const)(
    'cut by a %s before any event is an error in JSON and costs nothing',
    async (cut) => {
      const answer = await call({ cutAfterChunks: 0, cut }, { stream });
      expect(errorOf(answer, 502).code).toBe('upstream_cut');
      await expectNothingBilled('upstream_cut');
    },
  );

  it('with an error among its events ends with one of ours, and pays what was delivered', async () => {
    const answer = await call({ errorAfterChunks: 3 }, { stream });
    const { text, last } = heardOf(answer);
    expect(text).toBe('This is');
    expect(JSON.parse(last)).toEqual({
      error: {
        message: 'The upstream broke off its answer.',
        type: 'server_error',
        param: null,
        code: 'upstream_cut',
      },
    });
    expect(answer.text).not.toContain('told to fail');
    expect(await receiptOf(answer)).toMatchObject({
      ending: 'upstream_cut',
      tokens: { output: 2 },
    });
  });

  it('with an event that is no JSON ends there', async () => {
    const answer = await call({ malformed: true, outputTokens: 6 }, { stream });
    expect(JSON.parse(heardOf(answer).last)).toMatchObject({ error: { code: 'upstream_error' } });
    expect(await receiptOf(answer)).toMatchObject({ ending: 'upstream_cut' });
  });

  it('answered with plain JSON is 502', async () => {
    expect(errorOf(await call({ answer: '{"choices":[]}' }, { stream }), 502).code).toBe(
      'upstream_error',
    );
    await expectNothingBilled('upstream_protocol');
  });

  it('without usage is billed by the tokenizer, and of a model that hides output its reservation', async () => {
    const answer = await call({ omitUsage: true, outputTokens: 9 }, { stream });
    expect(heardOf(answer).last).toBe('[DONE]');
    expect(await receiptOf(answer)).toMatchObject({
      ending: 'completed',
      tokens: { input: 8, output: 9, source: 'tokenizer' },
    });
    const hidden = await call({ omitUsage: true }, { stream, model: thinkerId });
    expect(await receiptOf(hidden)).toMatchObject({
      tokens: { source: 'reservation' },
      charge: '0.00108',
    });
  });

  it('with more usage than was reserved is billed the reservation', async () => {
    const answer = await call({ reportedOutputTokens: 5_000 }, { stream });
    expect(await receiptOf(answer)).toMatchObject({ charge: '0.000416' });
  });

  it.each([1, 7, 100])(
    'may come in pieces of %i bytes, with comments and CRLF',
    async (oddBytes) => {
      const asked = { stream, stream_options: { include_usage: true } };
      const answer = await call({ oddBytes, outputTokens: 12, pieces: ['é', '🙂'] }, asked);
      expect(heardOf(answer)).toEqual({ text: 'é🙂', last: '[DONE]' });
      expect(eventsOf(answer).filter((event) => event.includes('"usage":{'))).toHaveLength(1);
      expect(await receiptOf(answer)).toMatchObject({ ending: 'completed', tokens: { output: 2 } });
    },
  );

  it('may be compressed', async () => {
    const answer = await call({ gzip: true, outputTokens: 3 }, { stream });
    expect(heardOf(answer)).toEqual({ text: 'This is a', last: '[DONE]' });
  });

  it('that does not close after [DONE] is over all the same', async () => {
    const startedAt = performance.now();
    const answer = await call({ neverEnds: true, outputTokens: 3 }, { stream });
    expect(heardOf(answer).last).toBe('[DONE]');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await receiptOf(answer)).toMatchObject({ ending: 'completed' });
  });
});
