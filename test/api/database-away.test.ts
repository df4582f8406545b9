import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createListener } from '../../api/listener';
import { createContext } from '../../api/context';
import { readConfig } from '../../config/config';
import { createLogger } from '../../services/logger';
import { startDedicatedPostgres } from '../support/engines';

it('answers reads with 503 while the database is away, and serves again when it is back', async () => {
  const postgres = await startDedicatedPostgres();
  const context = createContext(readConfig({ DATABASE_URL: postgres.url, DEMO: '0' }), {
    logger: createLogger('api', 'silent'),
  });
  const server = createServer(createListener(context));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const read = () => fetch(`http://127.0.0.1:${port}/api/v1/mining`);
  try {
    expect((await read()).status).toBe(200);
    await postgres.kill();
    const away = await Promise.all([read(), read(), read()]);
    for (const answer of away) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    }
    await postgres.restart();
    expect((await read()).status).toBe(200);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await context.close();
    await postgres.remove();
  }
});
