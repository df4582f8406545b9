// The API process: it says when it is ready, and ends in order (DESIGN 7).
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { builtEntry } from '../../launch/paths';
import { createTestDatabase, type TestDatabase } from '../support/engines';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(env: Record<string, string>): ChildProcess {
  const child = fork(builtEntry('api/main'), [], {
    env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  children.push(child);
  return child;
}

async function startReady(): Promise<{ child: ChildProcess; url: string }> {
  const child = start({ DATABASE_URL: database.url });
  const [message] = (await once(child, 'message')) as [{ type: string; port: number }];
  expect(message).toEqual({ type: 'ready', port: expect.any(Number) as unknown });
  return { child, url: `http://127.0.0.1:${message.port}` };
}

it('finishes what is in flight and then ends with 0', async () => {
  const { child, url } = await startReady();
  const exit = once(child, 'exit');
  // Hashing the passwords takes long enough to be met by the signal.
  const answers = Array.from({ length: 8 }, (_, i) =>
    fetch(`${url}/api/v1/users`, {
      method: 'POST',
      body: JSON.stringify({
        email: `late${i}@example.com`,
        password: 'long enough',
        handle: `late${i}`,
      }),
    }),
  );
  await Promise.race(answers);
  child.kill('SIGTERM');
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses).toEqual(Array(8).fill(201));
  expect(await exit).toEqual([0, null]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

it('ends when the process that started it is gone', async () => {
  const { child } = await startReady();
  const exit = once(child, 'exit');
  child.disconnect();
  expect(await exit).toEqual([0, null]);
});

it('says what is wrong with its environment and ends with 1', async () => {
  const child = start({ DATABASE_URL: database.url, WINDOWS: 'soon' });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(said).toContain('WINDOWS');
});
