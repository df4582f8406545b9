// The product's version, for the OpenAPI document: that of package.json.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../domain/errors';

export function readVersion(): string {
  // One folder above the sources, two above what is built of them.
  const path = ['..', '../..']
    .map((up) => join(__dirname, up, 'package.json'))
    .find((candidate) => existsSync(candidate));
  assert(path !== undefined, 'there is a package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
