// Free loopback ports: the preferred one, else the next that nobody listens on.
import { createServer } from 'node:net';

/** Where the parts of an instance begin to look; the API begins at PORT. */
export const preferredPorts = { postgres: 54_329, temporal: 7_233, temporalUi: 8_233, mock: 4_010 };

/** True if a listener on this port could be opened now, on loopback and on all addresses. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    const address = host === undefined ? { port } : { port, host };
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve(true)));
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
