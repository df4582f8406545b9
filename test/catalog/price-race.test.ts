// Two operators at once, in two processes: whatever the order, no level may end up buying below cost.
import type { Offer } from '../../services/catalog/channel-offers';
import {
  channelRequest,
  createCatalogWorld,
  prices,
  terms,
  type CatalogWorld,
  type OperatorProcess,
} from './support';

let world: CatalogWorld;
let first: OperatorProcess;
let second: OperatorProcess;

beforeAll(async () => {
  world = await createCatalogWorld();
  [first, second] = [world.startProcess(), world.startProcess()];
});

afterAll(() => world.close());

// At 70%, a list price of 20 covers a cost of 14; one of 16 covers 11.2.
const dearCost = prices('7', '3', '14');
const lowList = prices('8', '4', '16');

function offerOf(modelId: string): Offer {
  return { modelId, upstreamId: modelId, cost: dearCost };
}

function expectExactlyOne(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      expect(outcome.reason).toMatchObject({ code: 'PRICE_BELOW_COST' });
    }
  }
}

const rounds = Array.from({ length: 12 }, (_, i) => i);

describe('a dear channel and a low price at the same time', () => {
  it.each(rounds)('lets exactly one through when a channel is enabled (round %#)', async (i) => {
    const modelId = `enable-${i}`;
    const [pricing, enabling] = i % 2 === 0 ? [first, second] : [second, first];
    await first.priceList.publish(world.operator, terms(modelId), null);
    const { channel } = await first.channels.create(
      world.operator,
      channelRequest({ offers: [offerOf(modelId)], enabled: false }),
      null,
    );
    expectExactlyOne(
      await Promise.allSettled([
        pricing.priceList.publish(world.operator, terms(modelId, { list: lowList }), null),
        enabling.channels.change(world.operator, channel.id, { enabled: true }, null),
      ]),
    );
  });

  it.each(rounds)('lets exactly one through when a cost rises (round %#)', async (i) => {
    const modelId = `cost-${i}`;
    await first.priceList.publish(world.operator, terms(modelId), null);
    const { channel } = await first.channels.create(
      world.operator,
      channelRequest({ offers: [{ modelId, upstreamId: modelId, cost: null }] }),
      null,
    );
    expectExactlyOne(
      await Promise.allSettled([
        second.channels.change(world.operator, channel.id, { offers: [offerOf(modelId)] }, null),
        first.priceList.publish(world.operator, terms(modelId, { list: lowList }), null),
      ]),
    );
  });

  it('lets exactly one through within a single batch', async () => {
    const modelId = 'one-batch';
    await first.priceList.publish(world.operator, terms(modelId), null);
    const { channels, priceList } = first;
    // Both are decided under one lock: the second must see what the first wrote.
    expectExactlyOne(
      await Promise.allSettled([
        channels.create(world.operator, channelRequest({ offers: [offerOf(modelId)] }), null),
        priceList.publish(world.operator, terms(modelId, { list: lowList }), null),
      ]),
    );
  });

  it('gives a name to one channel only', async () => {
    const outcomes = await Promise.allSettled(
      [first, second, first, first].map(({ channels }) =>
        channels.create(world.operator, channelRequest({ name: 'the same' }), null),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'CHANNEL_NAME_TAKEN' });
      }
    }
  });
});
