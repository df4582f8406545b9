// The load generator of the relay's benchmark, a process of its own: each message is one measurement, in which every
// connection sends its next call as soon as it has the last one's whole answer, or has left it. undici's lowest
// interface, for the generator shares the machine's cores with what it measures.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { percentile } from './machine';
import { Call, type CallEnd } from './relay-call';
import { kinds, type Kind, type Protocol } from './relay-kinds';
import { writeBodies } from './relay-prompts';

/** What is sent again and again, with a body of its own each time. */
export interface Ask {
  readonly kind: Kind;
  readonly model: string;
  /** Beside those of the protocol. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client hangs up in the middle of the answer. */
  readonly leaves: boolean;
}

export interface RelayLoad {
  /** Up to `/v1`. */
  readonly baseUrl: string;
  /** Connections take them in turn. */
  readonly keys: readonly string[];
  /** Calls take them in turn. */
  readonly asks: readonly Ask[];
  readonly connections: number;
  /** Connections are opened and queues fill in it; nothing of it is measured. */
  readonly runUpMs: number;
  readonly seconds: number;
  /** Ends before its time after so many. */
  readonly maxCalls?: number;
}

export interface RelayResult {
  /** Whole answers, those of the run-up included. */
  readonly answered: number;
  /** Answers that a client left in their middle. */
  readonly left: number;
  readonly failures: number;
  readonly firstFailure: string | undefined;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** To the first byte of the answer's body. */
  readonly ttftP50Ms: number;
}

const timeoutMs = 10_000;
const afterFailureMs = 20;

const keyHeaders: Readonly<Record<Protocol, (key: string) => Record<string, string>>> = {
  openai: (key) => ({ authorization: `Bearer ${key}` }),
  anthropic: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
};

/** What sends the calls of an ask: by a client with a key, then by the turn. */
function prepare({ kind, model, headers, leaves }: Ask, prefix: string) {
  const { path, protocol, prompt, fields, isWhole } = kinds[kind];
  const bodies = writeBodies(prompt, { model, ...fields });
  return (client: Client, key: string) => {
    const request = {
      method: 'POST',
      path: `${prefix}/${path}`,
      headers: { 'content-type': 'application/json', ...keyHeaders[protocol](key), ...headers },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    } as const;
    return (turn: number): Promise<CallEnd> =>
      new Promise((resolve, reject) => {
        const body = bodies[turn % bodies.length] ?? '';
        client.dispatch({ ...request, body }, new Call({ isWhole, leaves }, resolve, reject));
      });
  };
}

async function measure(load: RelayLoad): Promise<RelayResult> {
  const { origin, pathname } = new URL(load.baseUrl);
  const { runUpMs, seconds, maxCalls = Infinity } = load;
  const asks = load.asks.map((ask) => prepare(ask, pathname));
  const latenciesMs: number[] = [];
  const firstBytesMs: number[] = [];
  let answered = 0;
  let left = 0;
  let measured = 0;
  let failures = 0;
  let firstFailure: string | undefined;
  let sent = 0;
  const beginsAt = performance.now() + runUpMs;
  const endsAt = beginsAt + seconds * 1_000;

  async function converse(connection: number): Promise<void> {
    const client = new Client(origin, { pipelining: 1 });
    const key = load.keys[connection % load.keys.length] ?? '';
    const senders = asks.map((senderOf) => senderOf(client, key));
    for (let sentAt = performance.now(); sentAt < endsAt; sentAt = performance.now()) {
      if (sent >= maxCalls) break;
      const turn = sent++;
      const send = senders[turn % senders.length];
      if (!send) break;
      try {
        const { firstByteAt, hasLeft } = await send(turn);
        const endedAt = performance.now();
        if (hasLeft) left++;
        else answered++;
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
    left,
    failures,
    firstFailure,
    callsPerSecond: measured / seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    ttftP50Ms: percentile(firstBytesMs, 0.5),
  };
}

process.on('message', (load: RelayLoad) => {
  void measure(load).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
