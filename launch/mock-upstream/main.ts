// The mock upstream as a process of its own, for `npm start` (DESIGN 7): tells its parent the port, and ends on
// SIGTERM or when the parent is gone.
import { createMockUpstream } from './server';

async function main(): Promise<void> {
  const { MOCK_KEEP_ALIVE_MS: keepAliveMs } = process.env;
  const mock = createMockUpstream({
    recordLimit: 100,
    ...(keepAliveMs === undefined ? {} : { keepAliveMs: Number(keepAliveMs) }),
  });
  const port = await mock.listen(Number(process.env.MOCK_PORT ?? 0));
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void mock.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  // A terminal's Ctrl-C reaches the whole group; a parent stops us in its own order.
  process.on('SIGINT', () => {
    if (!process.send) end();
  });
  process.send?.({ type: 'ready', port });
  if (!process.send) console.log(`mock upstream on ${mock.baseUrl} (no model behind it)`);
}

void main();
