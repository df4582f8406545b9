// Where things stand in a checkout, whether this code runs from its sources (Jest) or from dist/ (npm start).
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds this project's package.json. */
export function projectRoot(): string {
  let folder = __dirname;
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && /"name": "l-exchange"/.test(readFileSync(manifest, 'utf8'))) {
      return folder;
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no l-exchange package.json above ${__dirname}`);
    folder = parent;
  }
}

/**
 * The built file of a source module, for child processes: `builtEntry('api/main')`.
 * @throws Error when the project has not been built.
 */
export function builtEntry(module: string): string {
  const path = join(projectRoot(), 'dist', `${module}.js`);
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\` first`);
  return path;
}
