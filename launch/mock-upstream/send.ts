// Writing the mock's answers to the socket, whole or broken as told.
import { type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type MockBehaviour } from './behaviour';
import type { MockBytes, MockEndpoint, MockEvent } from './endpoint';

export const mockHeader = { 'x-mock-upstream': '1' };

export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

export function sendJson(response: ServerResponse, status: number, text: string): void {
  const headers = { ...mockHeader, 'content-type': 'application/json' };
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
}

export function sendCompletion(
  response: ServerResponse,
  text: string,
  behaviour: MockBehaviour,
): void {
  if (behaviour.cutAfterChunks !== undefined) {
    const headers = { ...mockHeader, 'content-type': 'application/json' };
    response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) });
    response.write(text.slice(0, text.length / 2), () => reset(response));
    return;
  }
  if (!behaviour.gzip) return sendJson(response, 200, text);
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  response.writeHead(200, { ...mockHeader, ...headers }).end(gzipSync(text));
}

/** Sends bytes by their chunks, cut off or held as told. */
export async function sendBytes(
  response: ServerResponse,
  { contentType, chunks }: MockBytes,
  behaviour: MockBehaviour,
  released: () => Promise<void>,
): Promise<void> {
  response.writeHead(200, { ...mockHeader, 'content-type': contentType });
  response.flushHeaders();
  for (const [index, chunk] of chunks.entries()) {
    if (index === behaviour.holdAfterChunks) await released();
    if (response.closed) return;
    if (index === behaviour.cutAfterChunks) {
      response.write('', () => setTimeout(() => reset(response), 5));
      return;
    }
    await new Promise<void>((resolve) => response.write(chunk, () => resolve()));
    if (behaviour.delayBetweenChunksMs) await sleep(behaviour.delayBetweenChunksMs);
  }
  response.end();
}

export async function stream(
  response: ServerResponse,
  chunks: readonly MockEvent[],
  { closing, errorEvent }: Pick<MockEndpoint, 'closing' | 'errorEvent'>,
  behaviour: MockBehaviour,
  released: () => Promise<void>,
): Promise<void> {
  const encoding = behaviour.gzip ? { 'content-encoding': 'gzip' } : {};
  response.writeHead(200, { ...mockHeader, ...encoding, 'content-type': 'text/event-stream' });
  const ends = behaviour.cutAfterChunks ?? behaviour.errorAfterChunks ?? chunks.length;
  const events = chunks.slice(0, ends).map((chunk) => eventOf(chunk, behaviour));
  if (behaviour.malformed) {
    events.splice(events.length / 2, 0, eventOf({ data: '{"id": "mock-' }, behaviour));
  }
  if (errorEvent && behaviour.errorAfterChunks !== undefined) {
    const { errorData: data = errorEvent.data } = behaviour;
    events.push(eventOf({ ...errorEvent, data }, behaviour));
  } else if (closing && behaviour.cutAfterChunks === undefined) {
    events.push(eventOf(closing, behaviour));
  }

  if (behaviour.holdAfterChunks !== undefined) {
    response.flushHeaders();
    response.write(events.splice(0, behaviour.holdAfterChunks).join(''));
    await released();
    if (response.closed) return;
  }
  if (behaviour.delayBetweenChunksMs) {
    for (const [index, event] of events.entries()) {
      if (index > 0) await sleep(behaviour.delayBetweenChunksMs);
      if (response.closed) return;
      response.write(event);
    }
  } else if (behaviour.oddBytes) {
    const bytes = Buffer.from(events.join(''));
    for (let at = 0; at < bytes.length; at += behaviour.oddBytes) {
      response.write(bytes.subarray(at, at + behaviour.oddBytes));
      await new Promise((resolve) => setImmediate(resolve));
    }
  } else {
    const text = events.join('');
    response.write(behaviour.gzip ? gzipSync(text) : text);
  }
  if (behaviour.neverEnds) return;
  if (behaviour.cutAfterChunks === undefined || behaviour.cut === 'end') response.end();
  // Once the bytes are out: a reset would overtake what still waits in the socket.
  else response.write('', () => setTimeout(() => reset(response), 5));
}

function eventOf({ name, data }: MockEvent, { oddBytes }: MockBehaviour): string {
  const end = oddBytes ? '\r\n' : '\n';
  const named = name === undefined ? '' : `event: ${name}${end}`;
  return `${oddBytes ? `: comment${end}` : ''}${named}data: ${data}${end}${end}`;
}
