// `npm run dev`: `npm start` that builds what is saved, and then starts API, worker and mock anew (the engines go on).
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { clearTimeout, setTimeout } from 'node:timers';
import { build } from './build.mjs';
import { loadEnv, root } from './load-env.mjs';

const settleMs = 300;
const say = (line) => process.stderr.write(`  ${line}\n`);

await build({ log: say }).catch((error) => {
  say(error.message);
  process.exit(1);
});

loadEnv();
const instance = spawn(process.execPath, ['--enable-source-maps', 'dist/launch/main.js'], {
  cwd: root,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
instance.on('exit', (code) => process.exit(code ?? 1));
// The terminal tells the instance as well; we leave when it has.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => instance.kill(signal));

let timer;
let building = Promise.resolve();
watch(root, { recursive: true }, (_event, name) => {
  if (!/\.ts$/.test(name ?? '') || /(^|\/)(node_modules|dist|test|\.)/.test(name)) return;
  clearTimeout(timer);
  timer = setTimeout(() => (building = building.then(rebuild)), settleMs);
});

async function rebuild() {
  try {
    const { compiled } = await build({ log: say });
    if (compiled > 0) instance.send({ type: 'reload' });
  } catch (error) {
    say(error.message);
  }
}
