// What the relay's benchmark measures, each in a process of its own on loopback: the mock upstream, our API process
// on the bench's database with users who have Credits, and the peer.
import { join } from 'node:path';
import { readConfig } from '../config/config';
import { tierLevels } from '../domain/tiers';
import { describeDataDir, makeDataDir } from '../launch/data-dir';
import { mockModels } from '../launch/mock-upstream/behaviour';
import { builtEntry } from '../launch/paths';
import { nodeFlags } from '../launch/processes/node-flags';
import { provision } from '../launch/provision/provision';
import { Committer } from '../ledger/committer';
import { setParameter } from '../services/parameters';
import { projections } from '../services/projections';
import { askApi, readApi } from './relay-admin';
import { kinds, slowUpstreamModel, upstreamModel, type Kind, type Protocol } from './relay-kinds';
import type { Ask, RelayLoad } from './relay-load';
import { installPeers, startPeer } from './relay-peer';
import { startServer, type RunningServer } from './relay-process';

export const targetNames = ['direct', 'ours', 'portkey'] as const;
export type TargetName = (typeof targetNames)[number];

/** Where load is sent to, and as whom. */
export interface Target extends Pick<RelayLoad, 'baseUrl' | 'keys'> {
  askOf(kind: Kind): Omit<Ask, 'kind' | 'leaves'>;
}

/** The API process, for those who look at it from outside. */
export interface Ours {
  readonly server: RunningServer;
  readonly origin: string;
  readonly operatorKey: string;
  readonly upstreamUrl: string;
  readonly upstreamPort: number;
}

export interface RelayParts {
  readonly targets: ReadonlyMap<TargetName, Target>;
  readonly ours: Ours | undefined;
  stop(): Promise<void>;
}

interface PartsOptions {
  readonly databaseUrl: string;
  /** For data and logs. */
  readonly folder: string;
  readonly names: readonly TargetName[];
  /** Where the API process leaves a CPU profile when it ends. */
  readonly profileFolder: string | undefined;
}

/** That the API process can be asked for its memory; neither costs a call anything. */
const probeFlags = ['--expose-gc', '--require', join(__dirname, 'relay-probe.js')];
const userCount = 32;
const creditsEach = '100';
/** The largest that the parameters may be: nobody's limit is to be met. */
const concurrency = 10_000;
const requestsPerMinute = 100_000;
/** How long the mock upstream keeps an idle connection, and says that it does: as uvicorn. */
const mockKeepAliveMs = 5_000;
/** Between two tokens of an answer that is to be left in its middle. */
const slowTokenMs = 5;

export async function startParts(options: PartsOptions): Promise<RelayParts> {
  const { folder, names } = options;
  if (names.includes('portkey')) installPeers();
  const running: RunningServer[] = [];
  const stop = async () => {
    for (const server of running.reverse()) await server.stop();
  };
  try {
    const mock = await startMock(folder);
    running.push(mock);
    const upstream: Target = {
      baseUrl: urlOf(mock, '/v1'),
      keys: ['none'],
      askOf: () => ({ model: upstreamModel, headers: {} }),
    };
    const targets = new Map<TargetName, Target>([['direct', upstream]]);
    let ours: Ours | undefined;
    if (names.includes('ours')) {
      const { api, operatorKey } = await startApi(options, upstream.baseUrl);
      running.push(api);
      const keys = await Promise.all(
        Array.from({ length: userCount }, (_, index) => makeUser(api, operatorKey, index)),
      );
      const askOf = (kind: Kind) => ({ model: kinds[kind].model, headers: {} });
      targets.set('ours', { baseUrl: urlOf(api, '/v1'), keys, askOf });
      ours = {
        ...{ server: api, origin: urlOf(api, ''), operatorKey },
        ...{ upstreamUrl: upstream.baseUrl, upstreamPort: mock.port },
      };
    }
    if (names.includes('portkey')) {
      const peer = await startPeer(join(folder, 'portkey.log'));
      running.push(peer);
      const headersOf = (protocol: Protocol) => ({
        'x-portkey-provider': protocol,
        'x-portkey-custom-host': upstream.baseUrl,
      });
      const askOf = (kind: Kind) => ({
        model: upstreamModel,
        headers: headersOf(kinds[kind].protocol),
      });
      targets.set('portkey', { ...upstream, baseUrl: urlOf(peer, '/v1'), askOf });
    }
    return { targets, ours, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function urlOf({ port }: RunningServer, path: string): string {
  return `http://127.0.0.1:${port}${path}`;
}

async function startMock(folder: string): Promise<RunningServer> {
  const mock = await startServer({
    name: 'the mock upstream',
    path: builtEntry('launch/mock-upstream/main'),
    env: { MOCK_KEEP_ALIVE_MS: String(mockKeepAliveMs) },
    logFile: join(folder, 'mock.log'),
  });
  const behaviour = { ...mockModels[slowUpstreamModel], delayBetweenChunksMs: slowTokenMs };
  const body = { model: slowUpstreamModel, behaviour };
  await readApi({ method: 'POST', url: urlOf(mock, '/__control'), body });
  return mock;
}

/** As `npm start` starts it, with the log in a file at its usual level. */
async function startApi(
  { databaseUrl, folder, profileFolder }: PartsOptions,
  mockBaseUrl: string,
): Promise<{ api: RunningServer; operatorKey: string }> {
  const env = {
    PORT: '0',
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    ALLOW_PRIVATE_UPSTREAMS: '1',
  };
  makeDataDir(describeDataDir(folder));
  const config = readConfig(env);
  const { operatorKey } = await provision({ databaseUrl, config, mockBaseUrl });
  await raiseLimits(databaseUrl);
  const api = await startServer({
    name: 'the API',
    path: builtEntry('api/main'),
    env,
    logFile: join(folder, 'api.log'),
    flags: [
      ...nodeFlags,
      ...probeFlags,
      ...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
    ],
  });
  return { api, operatorKey };
}

async function raiseLimits(databaseUrl: string): Promise<void> {
  const committer = new Committer({
    databaseUrl,
    applicationName: 'lx-bench-limits',
    projections,
  });
  const values = {
    'tiers.concurrency': Object.fromEntries(tierLevels.map((level) => [level, concurrency])),
    'relay.requestsPerMinute': requestsPerMinute,
  };
  try {
    for (const [name, value] of Object.entries(values)) {
      const change = { name, value, expectedVersion: 1, source: 'bench', reason: null };
      await committer.submit(setParameter, change, { actor: 'bench' });
    }
  } finally {
    await committer.close();
  }
}

/** Signs a user up, gives them Credits and answers their key. */
async function makeUser(api: RunningServer, operatorKey: string, index: number): Promise<string> {
  const { user, apiKey } = await askApi<{ user: { id: string }; apiKey: { secret: string } }>({
    method: 'POST',
    url: urlOf(api, '/api/v1/users'),
    body: {
      email: `bench-${index}@example.com`,
      password: `benchmark pass phrase ${index}`,
      handle: `bench-${index}`,
    },
  });
  await readApi({
    method: 'POST',
    url: urlOf(api, '/api/v1/admin/deposits'),
    headers: { authorization: `Bearer ${operatorKey}`, 'idempotency-key': `bench-${index}` },
    body: {
      userId: user.id,
      amount: creditsEach,
      externalRef: `bench-${index}`,
      reason: 'benchmark',
    },
  });
  return apiKey.secret;
}
