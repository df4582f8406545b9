// The quota of an IMO where its model is priced by another unit than tokens: it counts what the price counts, and a call is
// held, used and refused by that.
import { setTimeout as sleep } from 'node:timers/promises';
import { toFile } from 'openai';
import { parseAmount } from '../../domain/money';
import { newId } from '../../ledger/ids';
import { callerOf } from '../credits/world';
import { prices } from '../catalog/support';
import { wav } from './recording';
import {
  filmerId,
  hello,
  modelId,
  painterId,
  useRelayWorld,
  voiceId,
  whisperId,
  type CallerWithKey,
} from './relay-world';

const world = useRelayWorld();

let holder: CallerWithKey;
let imoId: string;

beforeAll(async () => {
  // A token of output is a Credit, which mines ten LCO at first.
  await world().setPrice({
    modelId,
    list: prices('0', '0', '1000000'),
    cost: prices('0', '0', '500000'),
  });
  holder = await world().addCaller('2000');
  world().mock.behaveOnce({ reportedInputTokens: 0, reportedOutputTokens: 1_100 });
  await holder.openai.chat.completions.create({
    model: modelId,
    messages: hello,
    max_tokens: 1_100,
  });
  world().mock.reset();
  const { staking } = world().context.services;
  await staking.stake(callerOf(holder.id), parseAmount('10000'));
});

/** Sells the model to holders of quota alone, of which this user gets all. */
async function openTo(model: string, quota: bigint): Promise<void> {
  const { imos } = world().context.services;
  await world().setPrice({ modelId: model, access: 'imo' });
  const operator = await world().api.appoint();
  const opensAt = Date.now() - 1_000;
  const closesAt = Date.now() + 1_000;
  const { result } = await imos.announce(callerOf(operator.id, 'operator'), {
    ...{ modelId: model, quota, opensAt, closesAt, expiresAt: closesAt + 600_000 },
    ...{ capPerUser: null, minParticipants: null, minLocked: null, reason: 'A test.' },
  });
  imoId = result.id;
  await imos.subscribe(callerOf(holder.id, 'user', newId()), imoId, parseAmount('10'));
  await sleep(closesAt - Date.now() + 100);
  await imos.close(imoId);
  await imos.weigh(imoId);
  await imos.allocate(imoId);
}

async function quotaLeft() {
  const { imos } = world().context.services;
  const { used, held, left } = await imos.subscriptionOf(imoId, holder.id);
  return { used, held, left };
}

/** What is held while the upstream has the call. */
async function heldDuring(call: () => Promise<unknown>) {
  world().mock.behave('*', { hold: true });
  const answer = call();
  await world().mock.waitForRequests(1);
  const held = await quotaLeft();
  world().mock.release();
  await answer;
  world().mock.reset();
  return held;
}

describe.each<[string, string, bigint, (count: number) => Promise<unknown>, number]>([
  [
    'images',
    painterId,
    10n,
    (n) => holder.openai.images.generate({ model: painterId, prompt: 'A cat', n }),
    // Of the smallest size each takes two.
    2,
  ],
  [
    'characters',
    voiceId,
    5n,
    async (count) => {
      const input = 'x'.repeat(count);
      const answer = await holder.openai.audio.speech.create({
        model: voiceId,
        voice: 'alloy',
        input,
      });
      return answer.arrayBuffer();
    },
    1,
  ],
  [
    'seconds',
    whisperId,
    5n,
    async (count) => {
      const file = await toFile(wav(count), 'silence.wav');
      await holder.openai.audio.transcriptions.create({ model: whisperId, file });
    },
    1,
  ],
  [
    'seconds',
    filmerId,
    5n,
    async (count) => {
      // OpenAI's client knows only its own models' lengths.
      const seconds = String(count) as '4';
      await holder.openai.videos.create({ model: filmerId, prompt: 'A cat', seconds });
      await world().finishVideos();
    },
    1,
  ],
])('quota of %s of %s', (unit, model, quota, call, each) => {
  beforeAll(() => openTo(model, quota));

  it('is held by a call, and used as it was answered', async () => {
    expect(await heldDuring(() => call(3))).toEqual({
      used: 0,
      held: 3 * each,
      left: Number(quota) - 3 * each,
    });
    await world().untilIdle();
    expect(await quotaLeft()).toEqual({ used: 3 * each, held: 0, left: 2 * each });
  });

  it('comes back with a call that fails', async () => {
    world().mock.behave('*', { failStatus: 500 });
    await expect(call(2)).rejects.toMatchObject({ status: 502 });
    expect(await quotaLeft()).toMatchObject({ held: 0, left: 2 * each });
  });

  it('that is short is told in that unit, before anything is sent', async () => {
    await expect(call(3)).rejects.toMatchObject({
      status: 403,
      code: 'imo_quota_required',
      error: {
        message: `Your quota of ${model} does not reach for this call: ${2 * each} ${unit} are left.`,
      },
    });
    expect(world().mock.requests).toHaveLength(0);
    expect(await quotaLeft()).toMatchObject({ held: 0, left: 2 * each });
  });

  it('gives the lock back with its last unit, and then answers to nobody', async () => {
    await call(2);
    await world().untilIdle();
    const { imos } = world().context.services;
    expect(await imos.subscriptionOf(imoId, holder.id)).toMatchObject({
      left: 0,
      returnReason: 'used_up',
    });
    await expect(call(1)).rejects.toMatchObject({ status: 403, code: 'imo_quota_required' });
  });
});

it('images that did not come use no quota', async () => {
  await openTo(painterId, 10n);
  world().mock.behave('*', { outputTokens: 1 });
  await holder.openai.images.generate({ model: painterId, prompt: 'A cat', n: 4 });
  expect(await quotaLeft()).toEqual({ used: 2, held: 0, left: 8 });
});
