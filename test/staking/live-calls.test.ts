// A stake that changes around calls that are under way (DESIGN 2.10), through the real relay: each call keeps the level
// of its reservation, price and place alike, and the very next one has the level of its own moment.
import { newId } from '../../ledger/ids';
import { prices } from '../catalog/support';
import {
  createRelayWorld,
  hello,
  modelId,
  type CallerWithKey,
  type RelayWorld,
} from '../relay/relay-world';

let world: RelayWorld;
let ann: CallerWithKey;
/** A user who has mined more than 250,000 LCO; the model then lists one Credit a call, at a cost of 0.6. */
beforeAll(async () => {
  world = await createRelayWorld({
    env: { WINDOWS: '{"unstakeCooldown":"1h"}', OPS_FOUR_EYES_ABOVE: '1000000' },
  });
  world.mock.behave('*', { reportedInputTokens: 0, reportedOutputTokens: 10_000 });
  ann = await world.addCaller('27000');
  await setOutputPrice('2600000', '600000');
  await (
    await begin()
  ).answer;
  await setOutputPrice('100', '60');
});
afterEach(async () => {
  world.mock.release();
  await world.untilIdle();
  world.mock.reset();
});
afterAll(async () => {
  await world.assertBooksBalance();
  await world.close();
});

const setOutputPrice = (list: string, cost: string) =>
  world.setPrice({ modelId, list: prices('0', '0', list), cost: prices('0', '0', cost) });

/** Held by the upstream until it is released; it then reports the 10,000 tokens that cost a Credit. */
const holdCalls = () =>
  world.mock.behave('*', { hold: true, reportedInputTokens: 0, reportedOutputTokens: 10_000 });

async function move(path: 'stakes' | 'unstakes', amount: string): Promise<void> {
  const headers = { 'idempotency-key': newId() };
  const request = { key: ann.key, body: { amount }, headers };
  const answer = await world.api.send('POST', `/staking/${path}`, request);
  if (answer.status !== 201) throw new Error(answer.text);
}

/** A call that has reached the upstream; its answer is its receipt. */
async function begin() {
  const count = world.mock.requests.length;
  const request = ann.openai.chat.completions.create({
    model: modelId,
    messages: hello,
    max_tokens: 10_000,
  });
  const answer = request.then(({ _request_id: id }) => world.receiptOf(ann, id ?? ''));
  await world.mock.waitForRequests(count + 1);
  return { answer };
}

it('a stake for the moment of a reservation makes that call cheap, and no other', async () => {
  holdCalls();
  await move('stakes', '100000');
  const flash = await begin();
  await move('unstakes', '100000');
  const next = await begin();
  world.mock.release();
  expect(await flash.answer).toMatchObject({ tier: 'Whale', charge: '0.6' });
  expect(await next.answer).toMatchObject({ tier: 'Lv1', charge: '1' });
  // What gave the level cannot be used again before its time.
  expect(await world.balanceOf(ann, 'LCO', 'unbonding')).toBe('100000');
});

it('a stake during a call does not change that call, and does the next', async () => {
  holdCalls();
  const before = await begin();
  expect(await world.balanceOf(ann, 'CREDIT', 'relay')).toBe('1');
  await move('stakes', '50000');
  const after = await begin();
  expect(await world.balanceOf(ann, 'CREDIT', 'relay')).toBe('1.7');
  world.mock.release();
  expect(await before.answer).toMatchObject({ tier: 'Lv1', charge: '1' });
  expect(await after.answer).toMatchObject({ tier: 'Lv4', charge: '0.7' });
  await move('unstakes', '50000');
});

describe('calls at once', () => {
  const call = () =>
    world.api.send('POST', '//v1/chat/completions', {
      key: ann.key,
      body: { model: modelId, messages: hello, max_tokens: 100 },
    });

  /** So many are held; one more is refused. */
  async function expectLimit(limit: number, level: string): Promise<void> {
    world.mock.reset();
    holdCalls();
    const before = world.mock.requests.length;
    const held = Array.from({ length: limit }, call);
    await world.mock.waitForRequests(before + limit);
    const refused = await call();
    expect([refused.status, refused.text]).toEqual([
      429,
      expect.stringContaining(`${limit} calls at once are allowed at ${level}`),
    ]);
    world.mock.release();
    const statuses = (await Promise.all(held)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(limit);
  }

  it.each([
    ['0', 5, 'Lv1'],
    ['1000', 50, 'Lv2'],
    ['9000', 50, 'Lv3'],
    ['40000', 100, 'Lv4'],
    ['50000', 200, 'Whale'],
  ])('after %s LCO more are exactly %s, of %s', async (more, limit, level) => {
    if (more !== '0') await move('stakes', more);
    await expectLimit(limit, level);
  });

  it('that are more than a lower level has go on when the stake is taken back, and leave no room', async () => {
    world.mock.reset();
    holdCalls();
    const held = Array.from({ length: 7 }, call);
    await world.mock.waitForRequests(7);
    await move('unstakes', '100000');
    expect((await call()).status).toBe(429);
    world.mock.release(2);
    await Promise.race(held);
    expect((await call()).status).toBe(429);
    world.mock.release();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual(Array(7).fill(200));
  });
});
