// What `npm run doctor` looks at. Each check answers with findings and throws nothing.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config';
import { describeDataDir } from './data-dir';
import { fail, messageOf, ok, warn, type Finding } from './finding';
import { readInstance, type Instance } from './instance-file';
import { withTemporal, type Engines } from './lifecycles';
import { lockHolder } from './processes/lock-file';
import { isPortFree, preferredPorts } from './processes/ports';
import { findPostgresBinaries, prepareBinaries } from './postgres/postgres-binaries';
import { checkCluster, postgresEnvironment } from './postgres/postgres-cluster';
import { queryOnce } from './postgres/query-once';
import { isAlive } from './processes/processes';
import { findProgram, locateTemporal, temporalCliVersion } from './temporal/temporal-binary';
import { chooseLauncher } from './postgres/unprivileged';
import { checkEngines } from './running-checks';

export type Check = (config: Config) => Finding[] | Promise<Finding[]>;

const oldestNode = [20, 19] as const;
const oldestPostgres = 15;
const megabyte = 1024 * 1024;

function checkNode(): Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const text = `Node.js ${process.versions.node}`;
  return [isNew ? ok(text) : fail(text, `Install Node.js ${oldestNode.join('.')} or newer.`)];
}

async function checkDataDir(config: Config): Promise<Finding[]> {
  let folder = config.dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  const findings: Finding[] = [];
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    findings.push(
      ok(`DATA_DIR ${config.dataDir}${folder === config.dataDir ? '' : ' (to be made)'}`),
    );
  } catch {
    findings.push(
      fail(
        `DATA_DIR ${config.dataDir} cannot be written`,
        `Give yourself the right to write in ${folder}, or set another DATA_DIR.`,
      ),
    );
  }
  const { bavail, bsize } = await statfs(folder);
  const freeMb = Math.floor((bavail * bsize) / megabyte);
  const text = `${freeMb.toLocaleString('en')} MB free there`;
  const advice = 'Make room: PostgreSQL stops when the disk is full.';
  findings.push(freeMb < 300 ? fail(text, advice) : freeMb < 2_000 ? warn(text, advice) : ok(text));
  return findings;
}

function checkKeys(config: Config): Finding[] {
  const { masterKey, logSigningKey } = describeDataDir(config.dataDir);
  const stored = [
    ['MASTER_KEY', masterKey, config.masterKey],
    ['LOG_SIGNING_KEY', logSigningKey, config.logSigningKey],
  ] as const;
  return stored.map(([name, path, configured]) => {
    if (configured) return ok(`${name} from the environment`);
    if (!existsSync(path)) return ok(`${name} will be made at the first start (${path})`);
    if ((statSync(path).mode & 0o077) !== 0)
      return warn(`${path} can be read by others`, `chmod 600 ${path}`);
    return ok(`${name} in ${path}; keep a copy of it`);
  });
}

async function checkPostgres(config: Config): Promise<Finding[]> {
  if (config.databaseUrl !== undefined) return [await checkExternalPostgres(config.databaseUrl)];
  try {
    const binaries = findPostgresBinaries();
    prepareBinaries(binaries);
    const { postgres } = describeDataDir(config.dataDir);
    const launcher = chooseLauncher(postgres, [postgres, binaries.root]);
    const { program, args, ids } = launcher.wrap(binaries.postgres, ['--version']);
    const version = execFileSync(program, args, {
      ...ids,
      cwd: '/',
      env: postgresEnvironment(),
      encoding: 'utf8',
      stdio: 'pipe',
    });
    if (existsSync(join(postgres, 'PG_VERSION'))) checkCluster(postgres, binaries, launcher);
    const owner = launcher.owner ? `, run as uid ${launcher.owner.uid} because we are root` : '';
    return [ok(`Embedded ${version.trim()}${owner}`)];
  } catch (error) {
    return [fail(`Embedded PostgreSQL: ${messageOf(error)}`, 'See above, or set DATABASE_URL.')];
  }
}

async function checkExternalPostgres(url: string): Promise<Finding> {
  const name = 'PostgreSQL of DATABASE_URL';
  try {
    const rows = await queryOnce<{ version: number; creates: boolean }>(
      url,
      `select current_setting('server_version_num')::int / 10000 as version,
              has_database_privilege(current_database(), 'create') as creates`,
    );
    const { version = 0, creates = false } = rows[0] ?? {};
    if (version < oldestPostgres)
      return fail(`${name} is version ${version}`, `Use PostgreSQL ${oldestPostgres} or newer.`);
    if (!creates)
      return fail(`${name}: its role may not create schemas`, 'Make it the owner of the database.');
    return ok(`${name}, version ${version}`);
  } catch (error) {
    return fail(
      `${name} does not answer: ${messageOf(error)}`,
      'Check the URL, the password and that the server runs.',
    );
  }
}

async function checkTemporal(config: Config): Promise<Finding[]> {
  const { address, namespace } = config.temporal;
  if (address !== undefined) {
    try {
      // To be connected is to be answered: the client asks for the server's version first.
      await withTemporal(config.temporal, () => Promise.resolve());
      return [ok(`Temporal at ${address}, namespace ${namespace}`)];
    } catch (error) {
      return [
        fail(
          `Temporal at ${address} does not answer: ${messageOf(error)}`,
          'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_API_KEY.',
        ),
      ];
    }
  }
  const found = await locateTemporal(process.env);
  if (found) return [ok(`Temporal CLI from ${found.source}: ${found.path}`)];
  const text = `No Temporal CLI yet: the first start downloads ${temporalCliVersion}`;
  return [
    findProgram('go', process.env)
      ? warn(
          `${text}, or builds it with Go in about 3 minutes where the network is closed`,
          'Nothing to do; `brew install temporal` spares the wait.',
        )
      : warn(
          text,
          'On a closed network put the Temporal CLI on PATH, install Go, or set TEMPORAL_ADDRESS.',
        ),
  ];
}

async function checkPorts(config: Config): Promise<Finding[]> {
  if (runningInstance(config)) return [];
  const wanted: [string, number][] = [
    ...(config.port === 0 ? [] : [['API', config.port] as [string, number]]),
    ...(config.databaseUrl === undefined
      ? [['PostgreSQL', preferredPorts.postgres] as [string, number]]
      : []),
    ...(config.temporal.address === undefined
      ? ([
          ['Temporal', preferredPorts.temporal],
          ['Temporal UI', preferredPorts.temporalUi],
        ] as [string, number][])
      : []),
    ...(config.upstream.baseUrl === undefined
      ? [['mock upstream', preferredPorts.mock] as [string, number]]
      : []),
  ];
  return Promise.all(
    wanted.map(async ([name, port]) =>
      (await isPortFree(port))
        ? ok(`Port ${port} (${name}) is free`)
        : warn(
            `Port ${port} (${name}) is taken`,
            'Nothing to do: the next free one is used and printed.',
          ),
    ),
  );
}

async function checkRunning(config: Config): Promise<Finding[]> {
  const { instance: file, lock } = describeDataDir(config.dataDir);
  const instance = runningInstance(config);
  if (!instance) {
    const holder = lockHolder(lock);
    if (holder)
      return [warn(`A start is under way (pid ${holder.holder.pid})`, 'Wait until it is ready.')];
    if (existsSync(file))
      return [
        warn(
          `${file} is left of a start that was killed`,
          'Nothing to do: the next start clears it.',
        ),
      ];
    return [ok('No instance is running')];
  }
  const processes = Object.entries(instance.pids).map(([name, pid]) =>
    pid === null || isAlive(pid)
      ? undefined
      : fail(`${name} (pid ${pid}) is gone`, `See ${describeDataDir(config.dataDir).logs}.`),
  );
  return [
    await checkReady(instance),
    ...processes.filter((finding) => finding !== undefined),
    ...(await checkEngines(enginesOf(config, instance))),
  ];
}

/** The engines of the instance that runs on DATA_DIR, else those of the environment; undefined when neither is known. */
export function findEngines(config: Config): Engines | undefined {
  const instance = runningInstance(config);
  if (instance) return enginesOf(config, instance);
  const { databaseUrl, temporal } = config;
  return databaseUrl === undefined || temporal.address === undefined
    ? undefined
    : { databaseUrl, temporal };
}

function enginesOf(config: Config, { databaseUrl, temporalAddress }: Instance): Engines {
  return { databaseUrl, temporal: { ...config.temporal, address: temporalAddress } };
}

async function checkReady({ api }: Instance): Promise<Finding> {
  try {
    const response = await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(5_000) });
    if (response.ok) return ok(`The instance at ${api} is ready`);
    return fail(`The instance at ${api} is not ready: ${await response.text()}`, 'See its logs.');
  } catch (error) {
    return fail(`The instance at ${api} does not answer: ${messageOf(error)}`, 'See its logs.');
  }
}

function runningInstance(config: Config): Instance | undefined {
  const { instance, lock } = describeDataDir(config.dataDir);
  return lockHolder(lock) ? readInstance(instance) : undefined;
}

function checkUpstream(config: Config): Finding[] {
  const { baseUrl, apiKey } = config.upstream;
  if (baseUrl === undefined) return [ok('Upstream: the mock')];
  if (apiKey === undefined)
    return [
      warn(`Upstream ${baseUrl} without UPSTREAM_API_KEY`, 'Set it, if that upstream wants one.'),
    ];
  return [ok(`Upstream ${baseUrl}`)];
}

export const checks: readonly Check[] = [
  checkNode,
  checkDataDir,
  checkKeys,
  checkPostgres,
  checkTemporal,
  checkUpstream,
  checkPorts,
  checkRunning,
];
