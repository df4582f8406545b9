// Channels that do not work, beside the one that does, of the model whose calls are to fail over (DESIGN 2.2
// "Upstreams").
import { setTimeout as sleep } from 'node:timers/promises';
import { askApi, readApi } from './relay-admin';
import { kinds } from './relay-kinds';
import type { Ours } from './relay-parts';

const brokenChannels = [
  { name: 'hangs', upstreamId: 'mock-hang' },
  { name: 'fails', upstreamId: 'mock-500' },
];
/** Much less than a channel's usual minute, so that a measurement of seconds sees what comes after it. */
const firstByteMs = 250;
const reason = 'benchmark';

/**
 * Runs `use` while there are two more channels of the same priority: one takes a request and never answers, one answers
 * 500. They are made anew each time, so that their breakers are closed at first.
 * Resolves with its result and how many attempts met one of them.
 */
export async function withBrokenChannels<Result>(
  ours: Ours,
  use: () => Promise<Result>,
): Promise<{ result: Result; failedAttempts: number }> {
  const made: string[] = [];
  try {
    for (const channel of brokenChannels) made.push(await makeChannel(ours, channel));
    const before = await countFailedAttempts(ours);
    const result = await use();
    return { result, failedAttempts: (await countFailedAttempts(ours)) - before };
  } finally {
    const headers = headersOf(ours);
    for (const url of made) await readApi({ method: 'DELETE', url, headers, body: { reason } });
  }
}

function headersOf({ operatorKey }: Ours) {
  return { authorization: `Bearer ${operatorKey}` };
}

/** Resolves with its address once the relay uses it. */
async function makeChannel(
  ours: Ours,
  { name, upstreamId }: (typeof brokenChannels)[number],
): Promise<string> {
  const headers = headersOf(ours);
  const channels = `${ours.origin}/api/v1/admin/channels`;
  const { id } = await askApi<{ id: string }>({
    method: 'POST',
    url: channels,
    headers,
    body: {
      name,
      kind: 'openai',
      baseUrl: ours.upstreamUrl,
      models: [{ id: kinds.failover.model, upstreamId }],
      timeouts: { firstByteMs },
      reason,
    },
  });
  const url = `${channels}/${id}`;
  const isUsed = async () =>
    (await askApi<{ health: object | null }>({ method: 'GET', url, headers })).health !== null;
  while (!(await isUsed())) await sleep(20);
  return url;
}

async function countFailedAttempts(ours: Ours): Promise<number> {
  const headers = headersOf(ours);
  const metrics = await readApi({ method: 'GET', url: `${ours.origin}/metrics`, headers });
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('lx_relay_upstream_failures_total{'))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
