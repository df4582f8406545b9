// The relay as its callers meet it: a real API with /v1 mounted, the mock upstream behind a channel, users with Credits
// and the official SDK. After every test nothing may be left reserved and the books must balance.
import Anthropic, { type ClientOptions as AnthropicOptions } from '@anthropic-ai/sdk';
import OpenAI, { type ClientOptions } from 'openai';
import { openRelay, type Relay, type RelayOptions } from '../../api/relay';
import type { Context } from '../../api/context';
import { createMockUpstream, type MockUpstream } from '../../launch/mock-upstream/server';
import { builtEntry } from '../../launch/paths';
import { parseAmount } from '../../domain/money';
import { unitPrices } from '../../domain/pricing';
import { newId } from '../../ledger/ids';
import { seedCatalogue } from '../../services/catalog/catalog-seed';
import type { ChannelChangeRequest, ChannelRequest } from '../../services/catalog/channel-admin';
import type { Offer } from '../../services/catalog/channel-offers';
import type { PriceTerms } from '../../services/catalog/price-changes';
import type { ParameterName } from '../../domain/parameters';
import { createUpstreams } from '../../relay/upstream/upstream';
import { createVideoUpstream } from '../../relay/videos/video-upstream';
import { channelKeysOf } from '../../services/catalog/channel-keys';
import { setParameter } from '../../services/parameters';
import { createVideoJobs } from '../../services/videos/video-jobs';
import { hintAt } from '../../services/wars/scoring';
import { startApi, type SignedUp, type TestApi } from '../api/harness';
import { channelRequest, prices, terms, until } from '../catalog/support';
import { callerOf, toUser } from '../credits/world';
import { assertBooksBalance } from '../support/invariants';

/** As the run's global set-up built it. */
const audioMeasurerFile = builtEntry('relay/transcriptions/audio-measurer');

const transcribing = (id: string) =>
  terms(id, {
    unit: 'seconds',
    list: unitPrices(parseAmount('0.0001')),
    cost: unitPrices(parseAmount('0.00006')),
    maxInput: 1_000,
    maxOutput: 600,
  });

/** Sold by every relay world, with what the mock calls it. */
const sold: readonly (readonly [PriceTerms, string])[] = [
  [
    terms('chat', {
      list: prices('2', '1', '8'),
      cost: prices('1', '0.5', '4'),
      maxOutput: 10_000,
    }),
    'mock-mini',
  ],
  [terms('thinker', { hidesOutput: true, maxOutput: 10_000 }), 'mock-reasoner'],
  [
    terms('painter', {
      unit: 'images',
      list: unitPrices(parseAmount('0.02')),
      cost: unitPrices(parseAmount('0.01')),
      variants: { '1024x1024': 2, '1024x1792': 4, 'hd/1024x1024': 4, 'hd/1024x1792': 6 },
      maxInput: 4_000,
      maxOutput: 20,
    }),
    'mock-image',
  ],
  [
    terms('voice', {
      unit: 'characters',
      list: unitPrices(parseAmount('0.000015')),
      cost: unitPrices(parseAmount('0.000009')),
      maxInput: 4_096,
      maxOutput: 4_096,
    }),
    'mock-voice',
  ],
  [transcribing('whisper'), 'mock-whisper'],
  [transcribing('transcriber'), 'mock-transcribe'],
  [
    terms('filmer', {
      unit: 'seconds',
      list: unitPrices(parseAmount('0.1')),
      cost: unitPrices(parseAmount('0.06')),
      variants: { '720x1280': 1, '1280x720': 1, '1024x1792': 5 },
      maxInput: 1_000,
      maxOutput: 60,
    }),
    'mock-video',
  ],
  [terms('unsold'), ''],
];
/** Sold by Anthropic's protocol. */
const soldAsMessages: typeof sold = [
  [
    terms('claude', {
      list: prices('3', '0.3', '15', '3.75'),
      cost: prices('1.5', '0.15', '7.5', '1.875'),
      maxOutput: 10_000,
      maxPerImage: 1_600,
    }),
    'mock-mini',
  ],
];
export const modelId = 'chat';
export const claudeId = 'claude';
export const thinkerId = 'thinker';
/** Priced by image: 0.02 Credits, of which the smallest takes two. */
export const painterId = 'painter';
/** Priced by character. */
export const voiceId = 'voice';
/** Priced by second, at most ten minutes of them; it answers in one piece only. */
export const whisperId = 'whisper';
/** The same, and it streams. */
export const transcriberId = 'transcriber';
/** Priced by second: 0.1 Credits, of which the large size takes five. */
export const filmerId = 'filmer';
/** Priced, but no channel offers it. */
export const unsoldId = 'unsold';

export const upstreamKey = 'sk-upstream-0123456789abcdef';
export const hello = [{ role: 'user' as const, content: 'Hello' }];

export interface RelayWorldOptions {
  readonly times?: Omit<RelayOptions, 'audioMeasurerFile'>;
  readonly env?: Record<string, string>;
  readonly overrides?: Parameters<typeof startApi>[1];
  readonly reach?: (databaseUrl: string) => Promise<string>;
  /** Opens the relay; a test may give it another committer. */
  readonly open?: (context: Context, options: RelayOptions) => Promise<Relay>;
}

export interface CallerWithKey extends SignedUp {
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
}

export interface Receipt {
  readonly requestId: string;
  readonly endpoint: string;
  readonly model: string;
  readonly unit: string;
  readonly units: number | null;
  readonly tokens: {
    readonly input: number;
    readonly cachedInput: number;
    readonly cacheWrite: number;
    readonly output: number;
    readonly source: string;
  };
  readonly priceVersion: string;
  readonly prices: {
    readonly list: object;
    readonly cost: object;
    readonly multiplier: string | null;
  };
  readonly tier: string;
  readonly charge: string;
  readonly mined: string;
  readonly channel: string;
  readonly ending: string;
  readonly ttftMs: number | null;
}

export interface ChannelHealth {
  readonly state: string;
  readonly since: string;
  readonly consecutiveFailures: number;
  readonly lastFailure: {
    readonly at: string;
    readonly kind: string;
    readonly message: string;
  } | null;
  readonly lastSuccessAt: string | null;
  readonly retryAt: string | null;
}

export interface CallRow {
  readonly id: string;
  readonly status: string;
  readonly ending: string | null;
  readonly reserved: bigint;
  readonly charge: bigint | null;
  readonly cost: bigint | null;
  readonly excess: bigint | null;
  readonly outputTokens: bigint | null;
  readonly tokenSource: string | null;
}

export type RelayWorld = Awaited<ReturnType<typeof createRelayWorld>>;

export async function createRelayWorld(options: RelayWorldOptions = {}) {
  const mock = createMockUpstream();
  await mock.listen();
  const open = options.open ?? openRelay;
  const api = await startApi(
    {
      ALLOW_PRIVATE_UPSTREAMS: '1',
      UPSTREAM_API_KEY: upstreamKey,
      MASTER_KEY: '07'.repeat(32),
      ...options.env,
    },
    options.overrides,
    {
      ...(options.reach ? { reach: options.reach } : {}),
      async openRelay(context) {
        await seed(context, mock.baseUrl);
        return open(context, { audioMeasurerFile, ...options.times });
      },
    },
  );
  return worldOf(api, mock);
}

function offersOf(models: typeof sold): Offer[] {
  return models.flatMap(([{ modelId: id }, upstreamId]) =>
    upstreamId === '' ? [] : [{ modelId: id, upstreamId, cost: null }],
  );
}

/** The catalogue, and the mock as the channels `mock` and `claude`, by the protocol. */
export async function seed({ committer }: Pick<Context, 'committer'>, baseUrl: string) {
  const mock = { baseUrl, keyEnv: 'UPSTREAM_API_KEY' };
  await seedCatalogue(committer, {
    models: [...sold, ...soldAsMessages].map(([model]) => model),
    channels: [
      { ...mock, name: 'mock', kind: 'openai', offers: offersOf(sold) },
      { ...mock, name: 'claude', kind: 'anthropic', offers: offersOf(soldAsMessages) },
    ],
    replaces: [],
  });
}

function worldOf(api: TestApi, mock: MockUpstream) {
  const { context } = api;
  const { db, services, committer } = context;
  let operatorId: string | undefined;
  let observer: SignedUp | undefined;
  let warden: SignedUp | undefined;

  async function operator() {
    if (operatorId === undefined) {
      operatorId = newId();
      await db('users').insert({
        id: operatorId,
        email: `${operatorId}@example.com`,
        handle: 'operator',
        password_hash: 'none',
        role: 'operator',
      });
    }
    return callerOf(operatorId, 'operator');
  }

  function openaiOf(key: string, over: ClientOptions = {}): OpenAI {
    return new OpenAI({ apiKey: key, baseURL: `${api.url}/v1`, maxRetries: 0, ...over });
  }

  function anthropicOf(key: string, over: AnthropicOptions = {}): Anthropic {
    return new Anthropic({ apiKey: key, baseURL: api.url, maxRetries: 0, ...over });
  }

  async function read<T>(path: string, key: string): Promise<T> {
    const answer = await api.send('GET', path, { key });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.as<T>();
  }

  async function channelId(name: string): Promise<string> {
    const row = await db('channels').first<{ id: string }>('id').where({ name, deleted_at: null });
    return row.id;
  }

  /** A model that a channel alone offers: the relay lists it as long as it knows the channel. */
  const signOf = (channel: string) => `sign-of-${channel}`;

  async function isOffered(id: string): Promise<boolean> {
    observer ??= await api.signUp();
    const models = await openaiOf(observer.key).models.list();
    return models.data.some((model) => model.id === id);
  }

  /** Another channel, for `chat` unless told; returns once the relay knows it. */
  async function addChannel(name: string, baseUrl: string, over: Partial<ChannelRequest> = {}) {
    await services.priceList.publish(await operator(), terms(signOf(name)), 'A test.');
    const offered = { modelId, upstreamId: 'mock-mini', cost: null };
    const sign = { ...offered, modelId: signOf(name) };
    const offers = [...(over.offers ?? [offered]), sign];
    const request = channelRequest({ name, baseUrl, ...over, offers });
    await services.channels.create(await operator(), request, 'A test.');
    await until(() => isOffered(signOf(name)));
  }

  /** The row of a call; undefined when it was never reserved. */
  async function callRow(callId: string): Promise<CallRow | undefined> {
    return (await callRows()).find(({ id }) => id === callId);
  }

  async function callRows(userId?: string): Promise<CallRow[]> {
    const query = db('relay_calls').select<CallRow[]>({
      id: 'id',
      status: 'status',
      ending: 'ending',
      reserved: 'reserved',
      charge: 'charge',
      cost: 'cost',
      excess: 'excess',
      outputTokens: 'output_tokens',
      tokenSource: 'token_source',
    });
    if (userId !== undefined) void query.where('user_id', userId);
    return query.orderBy('id');
  }

  const upstreams = createUpstreams({ allowPrivate: true });
  const videoJobs = createVideoJobs({
    db,
    committer,
    upstream: createVideoUpstream({ ...channelKeysOf(context.config), db, upstreams }),
    warsHint: () => hintAt(Date.now(), context.config.windows),
  });

  return {
    api,
    mock,
    context,
    openaiOf,
    anthropicOf,
    callRow,
    callRows,

    /** A user with so many Credits, and a client with the key of their sign-up. */
    async addCaller(amount: string): Promise<CallerWithKey> {
      const user = await api.signUp();
      if (amount !== '0') {
        await services.deposits.record(await operator(), toUser(user.id, amount));
      }
      return { ...user, openai: openaiOf(user.key), anthropic: anthropicOf(user.key) };
    },

    /** Another key of a user. */
    async addKey(user: SignedUp, over: Record<string, unknown> = {}) {
      const body = { name: 'test', scopes: ['relay'], ...over };
      const answer = await api.send('POST', '/api-keys', { key: user.key, body });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.as<{ id: string; secret: string }>();
    },

    /** What a user has for a purpose; `available` unless told. */
    async balanceOf(user: SignedUp, asset = 'CREDIT', purpose = 'available'): Promise<string> {
      const { balances } = await read<{ balances: Record<string, string>[] }>(
        '/balances',
        user.key,
      );
      return balances.find((balance) => balance.asset === asset)?.[purpose] ?? '0';
    },

    receiptOf: (user: SignedUp, requestId: string) =>
      read<Receipt>(`/usage/${requestId}`, user.key),

    freeze: (user: SignedUp) =>
      db('users').where('id', user.id).update({ frozen_at: db.fn.now(), frozen_reason: 'A test.' }),

    async setParameter(name: ParameterName, value: unknown): Promise<void> {
      const current = await db('parameters')
        .first<{ version: number } | undefined>('version')
        .where({ name });
      const expectedVersion = current?.version ?? 1;
      const change = { name, value, expectedVersion, source: 'test', reason: null };
      await committer.submit(setParameter, change, { actor: 'test' });
    },

    addChannel,

    /** Changes a channel that chat goes on using; returns once the relay knows it. */
    async change(name: string, changes: ChannelChangeRequest) {
      await services.channels.change(await operator(), await channelId(name), changes, 'A test.');
      // What is known of a later change is known of this one.
      await addChannel(`later-${newId()}`, mock.baseUrl, { offers: [] });
    },

    /** Changes a channel so that chat cannot use it; returns once the relay knows. */
    async takeOut(name: string, changes: ChannelChangeRequest) {
      await services.channels.change(await operator(), await channelId(name), changes, 'A test.');
      await until(async () => !(await isOffered(signOf(name))));
    },

    /** As operators are told of it. */
    async healthOf(name: string): Promise<ChannelHealth | null> {
      warden ??= await api.appoint();
      const path = `/admin/channels/${await channelId(name)}`;
      return (await read<{ health: ChannelHealth | null }>(path, warden.key)).health;
    },

    async removeChannel(name: string) {
      await services.channels.remove(await operator(), await channelId(name));
      await until(async () => !(await isOffered(signOf(name))));
    },

    async setPrice(over: Partial<PriceTerms> & { modelId: string }): Promise<void> {
      const known = sold.find(([model]) => model.modelId === over.modelId)?.[0];
      await services.priceList.publish(
        await operator(),
        { ...(known ?? terms(over.modelId)), ...over },
        'A test.',
      );
    },

    /** Keeps every commit waiting while `during` runs. */
    async stall(during: () => Promise<void>): Promise<void> {
      const lock = await db.transaction();
      await lock.raw('select 1 from journal_head for update');
      try {
        await during();
      } finally {
        await lock.commit();
      }
    },

    /** Asks the upstream for every video until it has ended, as their workflows do. */
    async finishVideos(): Promise<void> {
      const open = () => db('videos').pluck<string[]>('id').whereNull('ended_at');
      for (let ids = await open(); ids.length > 0; ids = await open()) {
        for (const id of ids) await videoJobs.poll(id);
      }
    },
    videoJobs,
    /** Gives back what a test left open. */
    async dropVideos(): Promise<void> {
      const ids = await db('videos').pluck<string[]>('id').whereNull('ended_at');
      for (const id of ids) await videoJobs.giveUp(id, 'overdue');
    },

    /** Resolves when no reservation is live. */
    untilIdle: () =>
      until(async () => {
        return (await db('relay_calls').first('id').where('status', 'live')) === undefined;
      }),

    assertBooksBalance: () => assertBooksBalance(api.databaseUrl),

    async close() {
      await mock.close();
      await upstreams.close();
      await api.close();
    },
  };
}

/** A world for the tests of a file, checked after each of them. */
export function useRelayWorld(options: RelayWorldOptions = {}): () => RelayWorld {
  let world: RelayWorld;
  beforeAll(async () => {
    world = await createRelayWorld(options);
  });
  afterEach(async () => {
    world.mock.release();
    await world.dropVideos();
    await world.untilIdle();
    await world.assertBooksBalance();
    world.mock.reset();
    // What failed in one test is no reason to avoid a channel in the next.
    world.context.breakers.keep([]);
  });
  afterAll(() => world.close());
  return () => world;
}
