// The stream of a real API process, which ends in order while somebody follows it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { builtEntry } from '../../launch/paths';
import { createTestDatabase } from '../support/engines';
import { StreamClient } from './stream-client';

it('tells the mark each second, and says goodbye when the process is told to end', async () => {
  const database = await createTestDatabase();
  const child = fork(builtEntry('api/main'), [], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: 'silent',
      DEMO: '0',
      DATABASE_URL: database.url,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const client = await StreamClient.open(`http://127.0.0.1:${port}`);
    await client.subscribe('mark', 'book');
    await client.waitFor('mark', ({ at }) => at !== null, 3);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await client.waitForClose()).toBe(1001);
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    await database.drop();
  }
});
