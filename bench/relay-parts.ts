// What the relay's benchmark measures, each in a process of its own on loopback: the mock upstream, our API process
// on the bench's database with users who have Credits, and the peer.
import { join } from 'node:path';
import { readConfig } from '../config/config';
import { tierLevels } from '../domain/tiers';
import { describeDataDir, makeDataDir } from '../launch/data-dir';
import { builtEntry } from '../launch/paths';
import { nodeFlags } from '../launch/processes/node-flags';
import { provision } from '../launch/provision/provision';
import { Committer } from '../ledger/committer';
import { setParameter } from '../services/parameters';
import { projections } from '../services/projections';
import type { RelayLoad } from './relay-load';
import { installPeers, startPeer } from './relay-peer';
import { startServer, type RunningServer } from './relay-process';

export const targetNames = ['direct', 'ours', 'portkey'] as const;
export type TargetName = (typeof targetNames)[number];

/** Where load is sent to, and as whom. */
export type Target = Pick<RelayLoad, 'baseUrl' | 'model' | 'headers' | 'keys'>;

export interface RelayParts {
  readonly targets: ReadonlyMap<TargetName, Target>;
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

const userCount = 32;
const creditsEach = '100';
/** The largest that the parameters may be: nobody's limit is to be met. */
const concurrency = 10_000;
const requestsPerMinute = 100_000;

export async function startParts(options: PartsOptions): Promise<RelayParts> {
  const { folder, names } = options;
  if (names.includes('portkey')) installPeers();
  const running: RunningServer[] = [];
  const stop = async () => {
    for (const server of running.reverse()) await server.stop();
  };
  try {
    const mock = await startServer({
      name: 'the mock upstream',
      path: builtEntry('launch/mock-upstream/main'),
      env: {},
      logFile: join(folder, 'mock.log'),
    });
    running.push(mock);
    const upstream = {
      baseUrl: urlOf(mock, '/v1'),
      model: 'mock-mini',
      headers: {},
      keys: ['none'],
    };
    const targets = new Map<TargetName, Target>([['direct', upstream]]);
    if (names.includes('ours')) {
      const { api, operatorKey } = await startApi(options, upstream.baseUrl);
      running.push(api);
      const keys = await Promise.all(
        Array.from({ length: userCount }, (_, index) => makeUser(api, operatorKey, index)),
      );
      targets.set('ours', { ...upstream, baseUrl: urlOf(api, '/v1'), model: 'gpt-4o-mini', keys });
    }
    if (names.includes('portkey')) {
      const peer = await startPeer(join(folder, 'portkey.log'));
      running.push(peer);
      const headers = {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': upstream.baseUrl,
      };
      targets.set('portkey', { ...upstream, baseUrl: urlOf(peer, '/v1'), headers });
    }
    return { targets, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function urlOf({ port }: RunningServer, path: string): string {
  return `http://127.0.0.1:${port}${path}`;
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
  const { user, apiKey } = await post<{ user: { id: string }; apiKey: { secret: string } }>(
    urlOf(api, '/api/v1/users'),
    {},
    {
      email: `bench-${index}@example.com`,
      password: `benchmark pass phrase ${index}`,
      handle: `bench-${index}`,
    },
  );
  await post(
    urlOf(api, '/api/v1/admin/deposits'),
    { authorization: `Bearer ${operatorKey}`, 'idempotency-key': `bench-${index}` },
    { userId: user.id, amount: creditsEach, externalRef: `bench-${index}`, reason: 'benchmark' },
  );
  return apiKey.secret;
}

async function post<Answer>(
  url: string,
  headers: Record<string, string>,
  body: object,
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}
