// The engines of an instance: embedded or somebody else's, by configuration (DESIGN 7).
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { Config } from '../config/config';
import { clientConnectionOptions } from '../services/temporal-options';
import type { DataDir } from './data-dir';
import { startPostgres, type RunningPostgres } from './postgres/embedded-postgres';
import type { Guardian } from './processes/guarded';
import { queryOnce } from './postgres/query-once';
import { preferredPorts } from './processes/ports';
import { superviseEngine } from './processes/supervised-engine';
import { findTemporal } from './temporal/temporal-binary';
import { startTemporal, type RunningTemporal } from './temporal/temporal-server';

export interface EngineContext {
  config: Config;
  dir: DataDir;
  guardian: Guardian;
  announce: (line: string) => void;
  onRestarted: () => void;
}

export interface DatabaseEngine {
  url: string;
  /** Null when it is not ours. */
  pid(): number | null;
  stop(): Promise<void>;
}

export interface TemporalEngine {
  address: string;
  uiUrl: string | undefined;
  pid(): number | null;
  stop(): Promise<void>;
}

const notOurs = { pid: () => null, stop: () => Promise.resolve() };

export async function startDatabase(context: EngineContext): Promise<DatabaseEngine> {
  const { config, dir, guardian, announce, onRestarted } = context;
  if (config.databaseUrl !== undefined) {
    await expectDatabase(config.databaseUrl);
    return { url: config.databaseUrl, ...notOurs };
  }
  const engine = await superviseEngine<RunningPostgres>({
    name: 'PostgreSQL',
    isEnding: () => guardian.isEnding(),
    announce,
    onRestarted,
    start: async (previous) => {
      const running = await startPostgres({
        dataDir: dir.postgres,
        logFile: join(dir.logs, 'postgres.log'),
        preferredPort: previous?.port ?? preferredPorts.postgres,
        guardian,
        onProgress: announce,
      });
      if (previous && running.port !== previous.port) {
        await running.stop();
        throw new Error(`its port ${previous.port} was taken meanwhile`);
      }
      return running;
    },
  });
  const { port } = engine.current();
  announce(`PostgreSQL: ready on port ${port}`);
  return {
    url: engine.current().url(),
    pid: () => engine.current().pid,
    stop: () => engine.stop(),
  };
}

export async function startWorkflowEngine(context: EngineContext): Promise<TemporalEngine> {
  const { config, dir, guardian, announce, onRestarted } = context;
  if (config.temporal.address !== undefined) {
    await expectTemporal(config.temporal, config.temporal.address);
    return { address: config.temporal.address, uiUrl: undefined, ...notOurs };
  }
  const binary = await findTemporal({ env: process.env, onProgress: announce, guardian });
  const engine = await superviseEngine<RunningTemporal>({
    name: 'Temporal',
    isEnding: () => guardian.isEnding(),
    announce,
    onRestarted,
    start: async (previous) => {
      const running = await startTemporal({
        binary: binary.path,
        dbFile: dir.temporalDb,
        logFile: join(dir.logs, 'temporal.log'),
        namespace: config.temporal.namespace,
        preferredPort: previous?.port ?? preferredPorts.temporal,
        preferredUiPort: previous?.uiPort ?? preferredPorts.temporalUi,
        guardian,
        onProgress: announce,
      });
      if (previous && running.address !== previous.address) {
        await running.stop();
        throw new Error(`its port ${previous.port} was taken meanwhile`);
      }
      return running;
    },
  });
  const { address, uiUrl } = engine.current();
  announce(`Temporal: ready on ${address} (CLI from ${binary.source})`);
  return { address, uiUrl, pid: () => engine.current().pid, stop: () => engine.stop() };
}

/** What is not ours is asked first, so that a wrong address is told in words and not by a child's end. */
async function expectDatabase(url: string): Promise<void> {
  try {
    await queryOnce(url, 'select 1');
  } catch (error) {
    throw new Error(`The database of DATABASE_URL does not answer: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function expectTemporal(temporal: Config['temporal'], address: string): Promise<void> {
  try {
    const connection = await Connection.connect({
      ...clientConnectionOptions(temporal),
      connectTimeout: '10s',
    });
    await connection.close();
  } catch (error) {
    throw new Error(
      `The Temporal server at ${address} (TEMPORAL_ADDRESS) does not answer: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
