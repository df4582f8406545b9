// Builds what changed, then runs a built module in this very process: `node scripts/run.mjs launch/doctor --flag`.
import { resolve } from 'node:path';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
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
