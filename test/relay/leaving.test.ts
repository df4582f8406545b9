import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../catalog/support';
import {
  hello,
  modelId,
  thinkerId,
  useRelayWorld,
  type CallerWithKey,
  type CallRow,
} from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('1');
});

interface Opened {
  /** Reads until the answer holds this text. */
  readUntil(text: string): Promise<void>;
  leave(): void;
  readonly failed: Promise<unknown>;
}

/** A call that can be left at any moment. */
function open(body: Record<string, unknown>): Opened {
  const controller = new AbortController();
  const answer = fetch(`${world().api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}` },
    body: JSON.stringify({ messages: hello, max_tokens: 100, ...body }),
    signal: controller.signal,
  });
  let seen = '';
  return {
    failed: answer.catch((error: unknown) => error),
    async readUntil(text) {
      const reader = ((await answer).body as ReadableStream<Uint8Array>).getReader();
      while (!seen.includes(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the answer ended: ${seen}`);
        seen += Buffer.from(value).toString();
      }
      reader.releaseLock();
    },
    leave: () => controller.abort(),
  };
}

/** The user's only call, once it has ended. */
async function endedCall(): Promise<CallRow> {
  await until(async () => {
    const rows = await world().callRows(user.id);
    return rows.length > 0 && rows.every(({ status }) => status !== 'live');
  });
  const [row, ...others] = await world().callRows(user.id);
  if (!row || others.length > 0) throw new Error('not one call');
  return row;
}

const wasAborted = () => until(() => world().mock.requests[0]?.aborted ?? false);

it.each([true, false])(
  'before it was sent (stream: %p): the upstream hears nothing of it',
  async (stream) => {
    await world().stall(async () => {
      const opened = open({ model: modelId, stream });
      await sleep(300);
      opened.leave();
      await opened.failed;
    });
    expect(await endedCall()).toMatchObject({ status: 'released', ending: 'client_left' });
    expect(world().mock.requests).toHaveLength(0);
    expect(await world().balanceOf(user)).toBe('1');
  },
);

describe('before the upstream answered a stream', () => {
  async function leaveEarly(): Promise<void> {
    const opened = open({ model: modelId, stream: true });
    await world().mock.waitForRequests(1);
    opened.leave();
    await opened.failed;
    await sleep(100);
    // Its answer is still to come, and tells whether the input is to be paid.
    expect(world().mock.requests[0]?.aborted).toBe(false);
    expect(await world().balanceOf(user, 'CREDIT', 'relay')).not.toBe('0');
  }

  it('which it then accepts: it is hung up on, and the input is billed', async () => {
    world().mock.behave('*', { hold: true, holdAfterChunks: 0 });
    await leaveEarly();
    world().mock.release(1);
    expect(await endedCall()).toMatchObject({
      status: 'settled',
      ending: 'client_left',
      tokenSource: 'tokenizer',
      outputTokens: 0n,
      charge: 1_600n,
    });
    await wasAborted();
  });

  it('which it then refuses: nothing is billed, and no other channel is tried', async () => {
    await world().addChannel('second', world().mock.baseUrl, { priority: -1 });
    world().mock.behave('*', { hold: true, failStatus: 500 });
    await leaveEarly();
    world().mock.release();
    expect(await endedCall()).toMatchObject({ status: 'released', ending: 'client_left' });
    expect(world().mock.requests).toHaveLength(1);
    expect(await world().balanceOf(user)).toBe('1');
    await world().removeChannel('second');
  });
});

it('after it accepted, before the first event: the input is billed', async () => {
  world().mock.behave('*', { holdAfterChunks: 0 });
  const opened = open({ model: modelId, stream: true });
  await until(() => world().mock.held === 1);
  // Its headers are on their way.
  await sleep(100);
  opened.leave();
  expect(await endedCall()).toMatchObject({
    status: 'settled',
    ending: 'client_left',
    tokenSource: 'tokenizer',
    outputTokens: 0n,
    // 8 tokens at 2 Credits a million
    charge: 1_600n,
  });
  await wasAborted();
});

it('mid-stream: it is hung up on, and what was delivered is billed', async () => {
  // The role, and four tokens of text.
  world().mock.behave('*', { holdAfterChunks: 5 });
  const opened = open({ model: modelId, stream: true });
  await opened.readUntil(' mock');
  opened.leave();
  expect(await endedCall()).toMatchObject({
    status: 'settled',
    ending: 'client_left',
    tokenSource: 'tokenizer',
    outputTokens: 4n,
    charge: 1_600n + 4n * 800n,
  });
  await wasAborted();
});

it('after the finish, before [DONE]: the usage is waited for', async () => {
  world().mock.behave('*', { outputTokens: 5, holdAfterChunks: 7, reportedOutputTokens: 7 });
  const opened = open({ model: modelId, stream: true });
  await opened.readUntil('"finish_reason":"stop"');
  opened.leave();
  await sleep(100);
  world().mock.release();
  expect(await endedCall()).toMatchObject({
    status: 'settled',
    ending: 'client_left',
    tokenSource: 'upstream',
    outputTokens: 7n,
  });
  expect(world().mock.requests[0]).toMatchObject({ aborted: false, finished: true });
});

it('a call in one piece: it is waited for and billed whole', async () => {
  world().mock.behave('*', { hold: true, outputTokens: 30 });
  const opened = open({ model: modelId });
  await world().mock.waitForRequests(1);
  opened.leave();
  await opened.failed;
  await sleep(100);
  expect(world().mock.requests[0]?.aborted).toBe(false);
  expect(await world().balanceOf(user, 'CREDIT', 'relay')).not.toBe('0');
  world().mock.release();
  expect(await endedCall()).toMatchObject({
    status: 'settled',
    ending: 'client_left',
    tokenSource: 'upstream',
    outputTokens: 30n,
  });
});

it('a model that hides output, mid-stream: it is drained and billed by its usage', async () => {
  world().mock.behave('*', { reasoningTokens: 40, outputTokens: 20, holdAfterChunks: 5 });
  const opened = open({ model: thinkerId, stream: true });
  await opened.readUntil(' mock');
  opened.leave();
  await sleep(100);
  world().mock.release();
  expect(await endedCall()).toMatchObject({
    status: 'settled',
    ending: 'client_left',
    tokenSource: 'upstream',
    outputTokens: 60n,
  });
  expect(world().mock.requests[0]).toMatchObject({ aborted: false, finished: true });
});

it('a model that hides output, before it accepted: it may think already, so it is waited for', async () => {
  world().mock.behave('*', { hold: true, reasoningTokens: 40, outputTokens: 20 });
  const opened = open({ model: thinkerId, stream: true });
  await world().mock.waitForRequests(1);
  opened.leave();
  await sleep(200);
  world().mock.release();
  expect(await endedCall()).toMatchObject({ ending: 'client_left', outputTokens: 60n });
});

it('a model that hides output and tells no usage: the reservation is billed', async () => {
  world().mock.behave('*', { reasoningTokens: 40, omitUsage: true, holdAfterChunks: 5 });
  const opened = open({ model: thinkerId, stream: true });
  await opened.readUntil(' mock');
  opened.leave();
  await sleep(100);
  world().mock.release();
  const row = await endedCall();
  expect(row).toMatchObject({ ending: 'client_left', tokenSource: 'reservation' });
  expect(row.charge).toBe(row.reserved);
});

it('nobody who left is tried for again at another channel', async () => {
  await world().addChannel('second', world().mock.baseUrl, { priority: -1 });
  world().mock.behave('*', { hold: true, failStatus: 500 });
  const opened = open({ model: modelId });
  await world().mock.waitForRequests(1);
  opened.leave();
  await opened.failed;
  await sleep(100);
  world().mock.release();
  expect(await endedCall()).toMatchObject({ status: 'released', ending: 'client_left' });
  expect(world().mock.requests).toHaveLength(1);
  await world().removeChannel('second');
});

it('slots are free again afterwards', async () => {
  world().mock.behave('*', { holdAfterChunks: 2 });
  for (let round = 0; round < 3; round++) {
    const opened = Array.from({ length: 5 }, () => open({ model: modelId, stream: true }));
    await Promise.all(opened.map((each) => each.readUntil('This')));
    for (const each of opened) each.leave();
    await world().untilIdle();
  }
  expect(await world().callRows(user.id)).toHaveLength(15);
});
