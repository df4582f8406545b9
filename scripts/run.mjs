// Builds what changed, then runs a built module in this very process: `node scripts/run.mjs launch/doctor --flag`.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { build } from './build.mjs';
import { loadEnv, root } from './load-env.mjs';

loadEnv();
const module = process.argv[2];
try {
  await build({ log: (line) => process.stderr.write(`${line}\n`) });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
process.argv.splice(1, 2, resolve(root, 'dist', `${module}.js`));
process.setSourceMapsEnabled(true);
createRequire(import.meta.url)(process.argv[1]);
