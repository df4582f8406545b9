// Compiles the project into dist/: each TypeScript file by itself (esbuild, CommonJS, source maps), other files
// copied, and the workflows as one prebuilt bundle for the Temporal worker (DESIGN 5). Only what changed since
// the last build is compiled, so that it costs `npm start` next to nothing when nothing did.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './build-console.mjs';
import { stop as stopEsbuild, transform, version as esbuildVersion } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const manifestPath = join(dist, '.build.json');
const notSources = new Set([
  'node_modules',
  'dist',
  'coverage',
  'docs',
  'scripts',
  'bench/peers',
  // See build-console.mjs.
  'web',
]);

/** What a workflow bundle can be made of; the lint rules keep workflows to these. */
const bundledFolders = ['workflows', 'domain'];

/**
 * @param {{ log?: (line: string) => void, keepGoing?: boolean }} [options] `keepGoing` reports a file that does
 *   not compile and goes on without it (a test run then fails only where it is needed).
 * @returns {Promise<{ compiled: number, failed: string[], tookMs: number }>}
 */
export async function build({ log = () => undefined, keepGoing = false } = {}) {
  const startedAt = performance.now();
  const before = await readManifest();
  const tool = createHash('sha256')
    .update(esbuildVersion)
    .update(await readFile(fileURLToPath(import.meta.url)))
    .digest('hex');
  const known = before.tool === tool ? before.files : {};
  const sources = await listSources();
  const stamps = Object.fromEntries(
    await Promise.all(sources.map(async (path) => [path, await stampOf(join(root, path))])),
  );
  const changed = sources.filter(
    (path) => known[path] !== stamps[path] || !existsSync(outputOf(path)),
  );
  const failed = [];
  if (changed.length > 0) log(`building ${changed.length} files`);
  await Promise.all(
    changed.map(async (path) => {
      try {
        await compile(path);
      } catch (error) {
        failed.push(`${path}: ${error.message}`);
        delete stamps[path];
        await rm(outputOf(path), { force: true });
      }
    }),
  );
  if (failed.length > 0 && !keepGoing) throw new Error(`the build failed\n${failed.join('\n')}`);
  for (const path of Object.keys(known)) {
    if (path in stamps) continue;
    await rm(outputOf(path), { force: true });
    await rm(`${outputOf(path)}.map`, { force: true });
  }
  let bundle;
  try {
    bundle = await buildWorkflowBundle(sources, before.bundle, log);
  } catch (error) {
    if (!keepGoing) throw error;
    failed.push(`the workflow bundle: ${error.message}`);
    bundle = undefined;
  }
  let web;
  try {
    web = await buildConsole(root, before.web, log);
  } catch (error) {
    if (!keepGoing) throw error;
    failed.push(`the console: ${error.message}`);
  } finally {
    // It is a process of its own, which would live as long as we do.
    await stopEsbuild();
  }
  const isNew = bundle !== before.bundle || web !== before.web || before.tool !== tool;
  if (changed.length > 0 || isNew) {
    await writeAtomically(manifestPath, JSON.stringify({ tool, files: stamps, bundle, web }));
  }
  return { compiled: changed.length, failed, tookMs: Math.round(performance.now() - startedAt) };
}

async function readManifest() {
  try {
    return JSON.parse(await readFile(manifestPath, 'utf8'));
  } catch {
    return { tool: '', files: {}, bundle: undefined };
  }
}

async function listSources(folder = '') {
  const found = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name.startsWith('.') || notSources.has(path) || entry.name === 'node_modules')
      continue;
    if (entry.isDirectory()) found.push(...(await listSources(path)));
    // Only folders hold sources: files beside package.json configure tools.
    else if (folder !== '' && !/\.(md|d\.ts|test\.ts)$/.test(entry.name)) found.push(path);
  }
  return found;
}

async function stampOf(path) {
  const { mtimeMs, size } = await stat(path);
  return `${mtimeMs}:${size}`;
}

function outputOf(path) {
  return join(dist, path.replace(/\.ts$/, '.js'));
}

async function compile(path) {
  const source = join(root, path);
  const output = outputOf(path);
  await mkdir(dirname(output), { recursive: true });
  if (!path.endsWith('.ts')) return writeAtomically(output, await readFile(source));
  const { code, map } = await transform(await readFile(source, 'utf8'), {
    loader: 'ts',
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: 'external',
    sourcesContent: false,
    sourcefile: relative(dirname(output), source),
    tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: true } },
  });
  const mapName = `${output.split('/').pop()}.map`;
  await writeAtomically(`${output}.map`, map);
  await writeAtomically(output, `${code}//# sourceMappingURL=${mapName}\n`);
}

async function buildWorkflowBundle(sources, before, log) {
  const output = join(dist, 'workflow-bundle.js');
  const entry = join(root, 'workflows', 'index.ts');
  if (!existsSync(entry))
    throw new Error('workflows/index.ts is missing, so there is nothing to bundle');
  const require = createRequire(import.meta.url);
  const hash = createHash('sha256').update(require('@temporalio/worker/package.json').version);
  for (const path of sources.filter((name) =>
    bundledFolders.some((at) => name.startsWith(`${at}/`)),
  )) {
    hash.update(path).update(await readFile(join(root, path)));
  }
  const fingerprint = hash.digest('hex');
  if (fingerprint === before && existsSync(output)) return before;
  log('bundling the workflows');
  const { bundleWorkflowCode } = require('@temporalio/worker');
  const complaints = [];
  const note = (level) => (message) => level !== 'INFO' && complaints.push(message);
  const logger = {
    log: (level, message) => note(level)(message),
    ...Object.fromEntries(['trace', 'debug', 'info'].map((name) => [name, () => undefined])),
    warn: note('WARN'),
    error: note('ERROR'),
  };
  try {
    const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger });
    await writeAtomically(output, code);
  } catch (error) {
    throw new Error([error.message, ...complaints].join('\n'), { cause: error });
  }
  return fingerprint;
}

/** Readers see the old file or the new one: other builds and running tests may look at the same dist/. */
async function writeAtomically(path, content) {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.tmp`;
  await writeFile(beside, content);
  await rename(beside, path);
}

const print = (line) => process.stdout.write(`${line}\n`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const keepGoing = process.argv.includes('--keep-going');
  try {
    const { compiled, failed, tookMs } = await build({ log: print, keepGoing });
    for (const failure of failed) process.stderr.write(`${failure}\n`);
    print(compiled === 0 ? 'dist/ is up to date' : `built ${compiled} files in ${tookMs} ms`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
