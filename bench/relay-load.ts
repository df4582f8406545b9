// The load generator of the relay's benchmark, a process of its own: each message is one measurement, in which every
// connection sends its next chat call as soon as it has the last one's whole answer. undici's lowest interface, for
// the generator shares the machine's cores with what it measures.
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Dispatcher } from 'undici';
import { percentile } from './machine';
import { chatBodies } from './relay-prompts';

export interface RelayLoad {
  /** Up to `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Connections take them in turn. */
  readonly keys: readonly string[];
  readonly isStream: boolean;
  readonly connections: number;
  readonly seconds: number;
}

export interface RelayResult {
  /** Whole answers, those of the run-up included. */
  readonly answered: number;
  readonly failures: number;
  readonly firstFailure: string | undefined;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** To the first byte of the answer's body. */
  readonly ttftP50Ms: number;
}

/** Connections are opened and queues fill in it; nothing of it is measured. */
const runUpMs = 500;
const timeoutMs = 10_000;
const afterFailureMs = 20;

/** One call: resolves with the time of the body's first byte when the answer is whole and right, else rejects. */
class Call implements Dispatcher.DispatchHandler {
  private status = 0;
  private firstByteAt = 0;
  private readonly chunks: Buffer[] = [];

  constructor(
    private readonly isStream: boolean,
    private readonly resolve: (firstByteAt: number) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  onRequestStart(): void {
    // required by undici
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    _headers: IncomingHttpHeaders,
  ): void {
    this.status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.firstByteAt === 0) this.firstByteAt = performance.now();
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.chunks).toString('latin1');
    const isWhole = this.isStream
      ? text.endsWith('data: [DONE]\n\n')
      : text.endsWith('}') && text.includes('"usage":{');
    if (this.status === 200 && isWhole) this.resolve(this.firstByteAt);
    else this.reject(new Error(`${this.status} ${text.slice(0, 300)}`));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.reject(error);
  }
}

async function measure(load: RelayLoad): Promise<RelayResult> {
  const { origin, pathname } = new URL(load.baseUrl);
  const bodies = chatBodies(load.model, load.isStream);
  const latenciesMs: number[] = [];
  const firstBytesMs: number[] = [];
  let answered = 0;
  let measured = 0;
  let failures = 0;
  let firstFailure: string | undefined;
  let next = 0;
  const beginsAt = performance.now() + runUpMs;
  const endsAt = beginsAt + load.seconds * 1_000;

  async function converse(connection: number): Promise<void> {
    const client = new Client(origin, { pipelining: 1 });
    const key = load.keys[connection % load.keys.length];
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      ...load.headers,
    };
    const request: Omit<Dispatcher.DispatchOptions, 'body'> = {
      method: 'POST',
      path: `${pathname}/chat/completions`,
      headers,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    };
    for (let sentAt = performance.now(); sentAt < endsAt; sentAt = performance.now()) {
      const body = bodies[next++ % bodies.length] ?? '';
      try {
        const firstByteAt = await new Promise<number>((resolve, reject) => {
          client.dispatch({ ...request, body }, new Call(load.isStream, resolve, reject));
        });
        const endedAt = performance.now();
        answered++;
        if (endedAt >= beginsAt && endedAt < endsAt) measured++;
        if (sentAt < beginsAt) continue;
        latenciesMs.push(endedAt - sentAt);
        firstBytesMs.push(firstByteAt - sentAt);
      } catch (error) {
        failures++;
        firstFailure ??= String(error);
        await sleep(afterFailureMs);
      }
    }
    await client.close();
  }

  await Promise.all(Array.from({ length: load.connections }, (_, index) => converse(index)));
  return {
    answered,
    failures,
    firstFailure,
    callsPerSecond: measured / load.seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    ttftP50Ms: percentile(firstBytesMs, 0.5),
  };
}

process.on('message', (load: RelayLoad) => {
  void measure(load).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
