// A process that generates load: it sets up on its first message, runs on its second, and answers each. It runs as the
// product's own processes do.
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { nodeFlags } from '../launch/processes/node-flags';

/** @param name a module of this folder */
function startLoad(name: string): ChildProcess {
  return fork(join(__dirname, `${name}.js`), { execArgv: [...nodeFlags] });
}

function askLoad(child: ChildProcess, message: object | 'go'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a load generator ended with ${code}`)));
    child.send(message);
  });
}

/** Sets up so many processes of a load, lets all of them run at once, and returns what each measured. */
export async function runLoads<Result>(
  name: string,
  count: number,
  load: object,
): Promise<Result[]> {
  const children = Array.from({ length: count }, () => startLoad(name));
  try {
    await Promise.all(children.map((child) => askLoad(child, load)));
    return (await Promise.all(children.map((child) => askLoad(child, 'go')))) as Result[];
  } finally {
    for (const child of children) if (child.connected) child.disconnect();
  }
}

/** The other side: `prepare` sets up and returns what runs; JSON both ways. */
export function serveLoad<Load>(prepare: (load: Load) => Promise<() => Promise<object>>): void {
  process.once('message', (load: Load) => {
    void prepare(load).then((run) => {
      process.once('message', () => void run().then((result) => process.send?.(result)));
      process.send?.('ready');
    });
  });
}
