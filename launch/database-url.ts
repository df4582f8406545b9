// Which database a command-line tool works on.
import { ConfigError, type Config } from '../config/config';
import { describeDataDir } from './data-dir';
import { readInstance } from './instance-file';

/**
 * The configured database, else that of the instance that runs on DATA_DIR.
 * @throws ConfigError when there is neither.
 */
export function findDatabaseUrl(config: Config): string {
  const { instance } = describeDataDir(config.dataDir);
  const url = config.databaseUrl ?? readInstance(instance)?.databaseUrl;
  if (url === undefined) {
    throw new ConfigError(
      `There is no database: DATABASE_URL is not set and nothing runs on ${config.dataDir} (npm start).`,
    );
  }
  return url;
}
