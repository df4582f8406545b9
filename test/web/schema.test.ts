// The types by which the console asks the API are those of the document that the API publishes.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../launch/paths';
import { startApi } from '../api/harness';

const run = promisify(execFile);

it('web/api/schema.d.ts is what `npm run generate` would write', async () => {
  const api = await startApi();
  const generator = join(projectRoot(), 'node_modules', '.bin', 'openapi-typescript');
  const { stdout } = await run(generator, [`${api.url}/openapi.json`], {
    maxBuffer: 64 * 1024 * 1024,
  });
  await api.close();
  const path = join(projectRoot(), 'web', 'api', 'schema.d.ts');
  expect(stdout).toBe(readFileSync(path, 'utf8'));
});
