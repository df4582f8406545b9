// One server of the relay's benchmark as a process of its own. The channel to its parent tells it when to end, so
// that a bench that is killed leaves nothing behind.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface ServerOptions {
  readonly name: string;
  /** The built module. */
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Of Node.js. */
  readonly flags?: readonly string[];
  /** Sent to it first, if it waits for orders. */
  readonly order?: object;
}

export interface RunningServer {
  readonly port: number;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

const readyTimeoutMs = 60_000;

/** Resolves when it says `{type: 'ready', port}`. @throws Error with its log when it does not */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const log = openSync(options.logFile, 'a');
  const child = fork(options.path, {
    // Nothing of the caller's: a DATABASE_URL or NODE_OPTIONS would change what is measured.
    env: { PATH: process.env.PATH, ...options.env },
    execArgv: [...(options.flags ?? [])],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const ended = once(child, 'exit');
  const port = await new Promise<number>((resolve, reject) => {
    const fail = () =>
      reject(new Error(`${options.name} did not start:\n${readFileSync(options.logFile, 'utf8')}`));
    const timer = setTimeout(() => child.kill('SIGKILL'), readyTimeoutMs);
    child.once('error', fail);
    child.once('exit', fail);
    child.on('message', (message: { type?: string; port?: number }) => {
      if (message.type !== 'ready' || message.port === undefined) return;
      clearTimeout(timer);
      child.off('exit', fail);
      resolve(message.port);
    });
    if (options.order) child.send(options.order);
  });
  return {
    port,
    child,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Sends a process a question and resolves with the next thing that it says. */
export function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as Answer);
    });
    child.send(question);
  });
}
