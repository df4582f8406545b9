// Free loopback ports: the preferred one, else the next that nobody listens on.
import { createServer } from 'node:net';

/** True if a listener on this loopback port could be opened now. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The first free port from `preferred` on. Another process may take it before it is used, so a caller that
 * fails to bind asks again.
 */
export async function findFreePort(
  preferred: number,
  taken: ReadonlySet<number> = new Set(),
): Promise<number> {
  for (let port = preferred; port < preferred + 200 && port <= 65_535; port++) {
    if (!taken.has(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`no free port from ${preferred} on`);
}
