// One log line and one observation a request, when its answer is out or its client gone. No query strings, headers
// or bodies: they may hold secrets.
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import { localsOf } from './locals';

/** Asked every few seconds by machines. */
const quietPaths = new Set(['/healthz', '/readyz', '/metrics']);

export function createRequestLog(logger: Logger, registry: Registry): RequestHandler {
  const seconds = new Histogram({
    name: 'lx_http_request_seconds',
    help: 'Time to the end of the answer, by declared path',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });

  return (request, response, next) => {
    const startedAt = performance.now();
    const { method, path, socket } = request;
    // Handed on while somebody was there to take it: an answer is also "finished" once its connection is gone.
    let isWhole = false;
    response.once('finish', () => {
      isWhole = !socket.destroyed;
    });
    response.once('close', () => {
      const { requestId, routePath = 'none', userId, keyId } = localsOf(response);
      const durationMs = performance.now() - startedAt;
      // An answer that was cut short has the status that nginx made known.
      const status = isWhole ? response.statusCode : 499;
      seconds.observe({ method, route: routePath, status }, durationMs / 1000);
      const level = status >= 500 ? 'warn' : quietPaths.has(path) ? 'debug' : 'info';
      logger[level](
        {
          requestId,
          method,
          path,
          status,
          durationMs: Math.round(durationMs * 10) / 10,
          userId,
          ...(keyId ? { keyId } : {}),
        },
        'request',
      );
    });
    next();
  };
}
