// The worker's metrics on one loopback page (DESIGN 5): ours, and those of the Temporal SDK, whose exporter has a
// port of its own that nobody need know.
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { OutboxMetrics } from './outbox-dispatcher';

const loopback = '127.0.0.1';
const sdkTimeoutMs = 2_000;

export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

export function createOutboxMetrics(registry: Registry): OutboxMetrics {
  const registers = [registry];
  const waiting = new Gauge({
    name: 'lx_outbox_waiting_events',
    help: 'Events that no workflow has heard of yet',
    registers,
  });
  const lag = new Gauge({
    name: 'lx_outbox_lag_seconds',
    help: 'Age of the oldest event that waits',
    registers,
  });
  const delivered = new Counter({
    name: 'lx_outbox_delivered_total',
    help: 'Events delivered by this process',
    registers,
  });
  const failed = new Counter({
    name: 'lx_outbox_failed_total',
    help: 'Deliveries that failed for another reason than Temporal being away',
    labelNames: ['kind'],
    registers,
  });
  return {
    onDelivered: (count) => delivered.inc(count),
    onFailed: (kind) => failed.inc({ kind }),
    onMeasured(count, lagMs) {
      waiting.set(count);
      lag.set(lagMs / 1000);
    },
  };
}

/** An address for the SDK's exporter, which does not tell which port it got when asked for any. */
export async function findLoopbackAddress(): Promise<string> {
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  return `${loopback}:${port}`;
}

interface MetricsPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `/metrics` on a loopback port that the system chooses. */
export async function serveMetrics(registry: Registry, sdkAddress: string): Promise<MetricsPage> {
  const server = createHttpServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    Promise.all([registry.metrics(), readSdkMetrics(sdkAddress)])
      .then((parts) => {
        response.writeHead(200, { 'content-type': registry.contentType }).end(parts.join('\n'));
      })
      .catch(() => {
        response.writeHead(500).end();
      });
  });
  const port = await listen(server);
  return {
    url: `http://${loopback}:${port}/metrics`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readSdkMetrics(address: string): Promise<string> {
  const answer = await fetch(`http://${address}/metrics`, {
    signal: AbortSignal.timeout(sdkTimeoutMs),
  });
  return answer.text();
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, loopback, () => resolve((server.address() as AddressInfo).port));
  });
}
