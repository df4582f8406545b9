// Builds the console (`web/`) into dist/web: one module for each page, each file named by what is in it, so that browsers may
// keep them for ever; index.html alone is asked for anew.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const keptMs = 7 * 24 * 60 * 60 * 1000;

/** All that a build is made of: sources, and the versions of what they import. */
async function fingerprintOf(root) {
  const hash = createHash('sha256');
  for (const path of await filesBelow(join(root, 'web'))) {
    hash.update(path.slice(root.length)).update(await readFile(path));
  }
  return hash.update(await readFile(join(root, 'package-lock.json'))).digest('hex');
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Pages that are open, and an API that runs, ask for files of the build that they began with. */
async function keepRecent(from, to) {
  if (!existsSync(from)) return;
  for (const name of await readdir(from)) {
    const { mtimeMs } = await stat(join(from, name));
    if (Date.now() - mtimeMs < keptMs && !existsSync(join(to, name))) {
      await cp(join(from, name), join(to, name), { preserveTimestamps: true });
    }
  }
}

/**
 * @param {string} before the fingerprint of the last build
 * @returns {Promise<string>} that of this one
 */
export async function buildConsole(root, before, log) {
  const output = join(root, 'dist', 'web');
  const fingerprint = await fingerprintOf(root);
  if (fingerprint === before && existsSync(join(output, 'index.html'))) return before;
  log('building the console');
  const beside = `${output}.${process.pid}.tmp`;
  const { metafile } = await build({
    entryPoints: [join(root, 'web', 'main.tsx')],
    outdir: join(beside, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    sourcemap: true,
    metafile: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    absWorkingDir: root,
    logLevel: 'silent',
  });
  const made = Object.entries(metafile.outputs);
  const script = made.find(([, { entryPoint }]) => entryPoint === 'web/main.tsx');
  if (!script) throw new Error('the console has no entry');
  const [path, { cssBundle }] = script;
  const page = (await readFile(join(root, 'web', 'index.html'), 'utf8'))
    .replace('%main.js%', `/assets/${basename(path)}`)
    .replace('%main.css%', `/assets/${basename(cssBundle)}`);
  await mkdir(beside, { recursive: true });
  await writeFile(join(beside, 'index.html'), page);
  await keepRecent(join(output, 'assets'), join(beside, 'assets'));
  await rm(output, { recursive: true, force: true });
  await rename(beside, output);
  return fingerprint;
}
