// The demo's traders as a process of their own, for `npm start` (DESIGN 7): they know nothing but the API's address
// and their keys, and end on SIGTERM or when the parent is gone.
import { readConfig } from '../../config/config';
import { createLogger } from '../../services/logger';
import { describeDataDir } from '../data-dir';
import { openAccounts } from '../provision/account-file';
import { startTraders } from './traders';

function main(): void {
  const config = readConfig(process.env);
  const baseUrl = process.env.DEMO_API;
  if (baseUrl === undefined) throw new Error('DEMO_API names the address of the API');
  const { accounts } = openAccounts(describeDataDir(config.dataDir).accounts);
  const traders = startTraders({
    baseUrl,
    keyOf: (handle) => accounts.get(handle)?.apiKey,
    seed: Date.now(),
    logger: createLogger('demo', config.logLevel),
  });
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    void traders.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end);
  process.send?.({ type: 'ready' });
}

main();
