import { readConfig } from '../../config/config';
import { seedModels } from '../../launch/provision/seed-models';
import { seedUpstream } from '../../launch/provision/seed-upstream';
import { openCatalog, type Catalog, type CatalogOptions } from '../../services/catalog/catalog';
import { setParameter } from '../../services/parameters';
import { createSealer } from '../../services/catalog/sealing';
import {
  channelRequest,
  createCatalogWorld,
  prices,
  terms,
  until,
  type CatalogWorld,
  type OperatorProcess,
} from './support';

let world: CatalogWorld;
let operators: OperatorProcess;
const open: Catalog[] = [];

beforeEach(async () => {
  world = await createCatalogWorld();
  operators = world.startProcess();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((catalog) => catalog.close()));
  await world.close();
});

async function openIt(over: Partial<CatalogOptions> = {}) {
  const errors: Error[] = [];
  const catalog = await openCatalog({
    db: world.db,
    databaseUrl: world.url,
    applicationName: 'lx-test-catalog',
    sealer: world.sealer,
    environmentKeys: {},
    onError: (error) => void errors.push(error),
    ...over,
  });
  open.push(catalog);
  return { catalog, errors };
}

const publish = (modelId: string, over: Parameters<typeof terms>[1] = {}) =>
  operators.priceList.publish(world.operator, terms(modelId, over), null);
const addChannel = async (over: Parameters<typeof channelRequest>[0]) =>
  (await operators.channels.create(world.operator, channelRequest(over), null)).channel;
const offer = (modelId: string, cost: ReturnType<typeof prices> | null = null) => ({
  modelId,
  upstreamId: `their-${modelId}`,
  cost,
});

describe('the catalogue in memory', () => {
  it('has models, prices and enabled channels with their keys from the start', async () => {
    await publish('a');
    await publish('b', { access: 'imo', list: prices('30', '10', '60') });
    const own = prices('1', '1', '2', '3');
    const channel = await addChannel({ offers: [offer('a', own)], apiKey: 'sk-0123456789abcdef' });
    const { catalog } = await openIt();
    expect(catalog.list().map(({ id }) => id)).toEqual(['a', 'b']);
    expect(catalog.find('a')).toMatchObject({
      access: 'open',
      version: { id: 'a@1', maxOutput: 10_000 },
      list: prices('10', '5', '20'),
      cost: prices('5', '2', '10'),
    });
    expect(catalog.channelsFor('a')).toEqual([
      {
        id: channel.id,
        name: channel.name,
        kind: 'openai',
        baseUrl: 'https://api.example.com/v1',
        apiKey: 'sk-0123456789abcdef',
        upstreamId: 'their-a',
        cost: own,
        priority: 0,
        weight: 1,
        timeouts: {
          connectTimeoutMs: 5_000,
          firstByteTimeoutMs: 120_000,
          idleTimeoutMs: 60_000,
          maxCallMs: 600_000,
        },
      },
    ]);
    expect(catalog.find('b')?.access).toBe('imo');
    expect(catalog.channelsFor('b')).toEqual([]);
    expect(catalog.find('c')).toBeUndefined();
    expect(catalog.channelsFor('c')).toEqual([]);
  });

  it('puts the highest priority first, and the cost of the price version where there is no own', async () => {
    await publish('a');
    for (const [name, priority] of [
      ['low', -1],
      ['high', 10],
      ['middle', 0],
    ] as const) {
      await addChannel({ name, priority, weight: priority + 2, offers: [offer('a')] });
    }
    await addChannel({ name: 'off', priority: 99, enabled: false, offers: [offer('a')] });
    const { catalog } = await openIt();
    const served = catalog.channelsFor('a');
    expect(served.map(({ name, weight }) => [name, weight])).toEqual([
      ['high', 12],
      ['middle', 2],
      ['low', 1],
    ]);
    expect(served[0]?.cost).toEqual(prices('5', '2', '10'));
  });

  it('follows what operators of another process do', async () => {
    const { catalog } = await openIt();
    await publish('a');
    await until(() => catalog.find('a')?.version.id === 'a@1');
    const { id } = await addChannel({ offers: [offer('a')] });
    await until(() => catalog.channelsFor('a').length === 1);
    await operators.channels.change(world.operator, id, { weight: 7, apiKey: 'changed-key' }, null);
    await until(() => catalog.channelsFor('a')[0]?.weight === 7);
    expect(catalog.channelsFor('a')[0]?.apiKey).toBe('changed-key');
    await publish('a', { list: prices('11', '6', '21') });
    await until(() => catalog.find('a')?.version.id === 'a@2');
    await operators.channels.remove(world.operator, id);
    await until(() => catalog.channelsFor('a').length === 0);
    expect(catalog.find('a')).toBeDefined();
  });

  it('follows the parameters', async () => {
    const change = (value: number, expectedVersion: number) =>
      operators.committer.submit(
        setParameter,
        { name: 'relay.requestsPerMinute', value, expectedVersion, source: 'test', reason: null },
        { actor: 'test' },
      );
    await change(700, 1);
    const { catalog } = await openIt();
    expect(catalog.parameter('relay.requestsPerMinute')).toBe(700);
    expect(catalog.parameter('relay.defaultMaxOutput')).toBe(8_192);
    await change(800, 2);
    await until(() => catalog.parameter('relay.requestsPerMinute') === 800);
  });

  it('misses nothing that is committed while it is being opened', async () => {
    const publishing = Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await new Promise((resolve) => setTimeout(resolve, i * 3));
        await publish(`m-${i}`);
      }),
    );
    const { catalog } = await openIt();
    await publishing;
    await until(() => catalog.list().length === 40);
  });

  it('takes a key from the environment where the channel names it', async () => {
    await publish('a');
    await addChannel({ offers: [offer('a')], apiKey: null });
    await world.db('channels').update({ key_env: 'UPSTREAM_API_KEY' });
    const { catalog } = await openIt({ environmentKeys: { UPSTREAM_API_KEY: 'from-the-env' } });
    expect(catalog.channelsFor('a')[0]?.apiKey).toBe('from-the-env');
  });

  it('leaves out a channel whose key it cannot open, and says so without the key', async () => {
    await publish('a');
    await addChannel({ name: 'sealed', offers: [offer('a')] });
    await addChannel({ name: 'free', offers: [offer('a')], apiKey: null });
    const { catalog, errors } = await openIt({ sealer: createSealer(Buffer.alloc(32, 9)) });
    expect(catalog.channelsFor('a').map(({ name }) => name)).toEqual(['free']);
    expect(errors.map(({ message }) => message)).toEqual([
      'channel sealed is not used: it was sealed under another master key',
    ]);
  });

  it('does not open the key of another channel that was copied into a row', async () => {
    await publish('a');
    const [mine, theirs] = [
      await addChannel({ name: 'mine', offers: [offer('a')] }),
      await addChannel({ name: 'theirs', offers: [offer('a')] }),
    ];
    await world.db.raw(
      'update channels set key_sealed = (select key_sealed from channels where id = ?) where id = ?',
      [theirs.id, mine.id],
    );
    const { catalog } = await openIt();
    expect(catalog.channelsFor('a').map(({ name }) => name)).toEqual(['theirs']);
  });
});

describe('the catalogue of a new instance', () => {
  const mockUrl = 'http://127.0.0.1:4010/v1';
  const seed = (env: Record<string, string>, mockBaseUrl?: string) =>
    seedUpstream({ committer: operators.committer, config: readConfig(env), mockBaseUrl });
  const channelNames = async () => {
    const { catalog } = await openIt();
    return catalog.channelsFor('gpt-4o').map(({ name, baseUrl }) => [name, baseUrl]);
  };
  const countBatches = async () =>
    (await world.db('journal_batches').count<{ count: bigint }[]>())[0]?.count;

  it('has models behind the mock, once however often it starts', async () => {
    const before = (await countBatches()) ?? 0n;
    await seed({}, mockUrl);
    // All models in one commit, then a channel for each protocol.
    expect(await countBatches()).toBe(before + 3n);
    const { catalog } = await openIt();
    expect(catalog.list().map(({ id }) => id)).toEqual(
      seedModels.map(({ modelId }) => modelId).sort(),
    );
    for (const { channels } of catalog.list()) expect(channels).toHaveLength(1);
    expect(catalog.find('o3-mini')).toMatchObject({
      version: { hidesOutput: true },
      channels: [{ upstreamId: 'mock-reasoner' }],
    });
    expect(catalog.find('claude-haiku-4-5')).toMatchObject({
      list: prices('1', '0.1', '5', '1.25'),
      channels: [{ name: 'mock-anthropic', kind: 'anthropic', upstreamId: 'mock-mini' }],
    });
    const batches = await countBatches();
    await seed({}, mockUrl);
    expect(await countBatches()).toBe(batches);
  });

  it('follows the mock to another port, and leaves alone what operators did', async () => {
    await seed({}, mockUrl);
    await publish('gpt-4o', { list: prices('99', '99', '99') });
    await seed({}, 'http://127.0.0.1:4011/v1/');
    expect(await channelNames()).toEqual([['mock', 'http://127.0.0.1:4011/v1']]);
    const { catalog } = await openIt();
    expect(catalog.find('gpt-4o')?.list).toEqual(prices('99', '99', '99'));
    const { items } = await operators.channels.list({ limit: 10 });
    const id = items.find(({ name }) => name === 'mock')?.id ?? '';
    await operators.channels.change(world.operator, id, { enabled: false }, null);
    await seed({}, mockUrl);
    expect(await channelNames()).toEqual([]);
    await operators.channels.remove(world.operator, id);
    await seed({}, mockUrl);
    expect(await channelNames()).toEqual([]);
  });

  it('goes over to a real upstream, and back', async () => {
    const real = { UPSTREAM_BASE_URL: 'https://api.example.com/v1', UPSTREAM_API_KEY: 'sk-real' };
    await seed({}, mockUrl);
    await seed(real);
    const { catalog } = await openIt({ environmentKeys: { UPSTREAM_API_KEY: 'sk-real' } });
    expect(catalog.channelsFor('gpt-4o')).toMatchObject([
      { name: 'upstream', upstreamId: 'gpt-4o', apiKey: 'sk-real' },
    ]);
    expect(catalog.channelsFor('claude-haiku-4-5')).toEqual([]);
    await seed({}, mockUrl);
    expect(await channelNames()).toEqual([['mock', mockUrl]]);
    const back = await openIt();
    expect(back.catalog.channelsFor('claude-haiku-4-5')).toHaveLength(1);
  });
});
