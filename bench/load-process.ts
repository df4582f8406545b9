// A process that generates load: it sets up on its first message, runs on its second, and answers each. It runs as the
// product's own processes do.
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { nodeFlags } from '../launch/processes/node-flags';

/** @param name a module of this folder */
export function startLoad(name: string): ChildProcess {
  return fork(join(__dirname, `${name}.js`), { execArgv: [...nodeFlags] });
}

export function askLoad(child: ChildProcess, message: object | 'go'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a load generator ended with ${code}`)));
    child.send(message);
  });
}
