// Which commands the product registers, read from its sources, so that a new one cannot be forgotten here.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../launch/paths';

const declaration = /\bconst \w+: Command</g;
const kind = /\bconst \w+: Command<[^=]*> = \{\s*kind: '(\w+)'/g;

function kindsIn(source: string, file: string): string[] {
  const kinds = [...source.matchAll(kind)].map(([, name = '']) => name);
  if (kinds.length !== [...source.matchAll(declaration)].length) {
    throw new Error(`${file} declares a command whose kind cannot be read`);
  }
  return kinds;
}

/** The kinds of all commands in services/. */
export function registeredKinds(): string[] {
  const folder = join(projectRoot(), 'services');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => kindsIn(readFileSync(join(folder, file), 'utf8'), file));
}
