// A server between the verifier and a real API that lies as it is told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Changes an answer's body, given the path below /api/v1; undefined leaves it. */
export type Lie = (path: string, body: string) => string | undefined;

export interface Liar {
  readonly url: string;
  /** Tells the truth again when there is none. */
  lie: Lie | undefined;
  close(): Promise<void>;
}

export async function startLiar(apiUrl: string): Promise<Liar> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    void fetch(apiUrl + path, { headers: { accept: request.headers.accept ?? '*/*' } }).then(
      async (answer) => {
        const body = await answer.text();
        const type = answer.headers.get('content-type') ?? 'text/plain';
        response.writeHead(answer.status, { 'content-type': type });
        response.end(liar.lie?.(path.replace('/api/v1', ''), body) ?? body);
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const liar: Liar = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return liar;
}
