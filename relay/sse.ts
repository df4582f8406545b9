// Server-sent events, read from an upstream and written to a client (DESIGN 2.2). Memory stays bounded: a client that
// reads slowly holds the upstream back, and one that does not read at all is let go.
import type { ServerResponse } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import { answerFault } from './upstream/upstream-error';

/** An event may not be larger; an upstream that never ends one would fill our memory. */
const maxEventCharacters = 16 * 1024 * 1024;

export interface EventReader {
  /** Takes bytes as they come, whatever they are split at. @throws UpstreamError for an event without end */
  push(chunk: Buffer): void;
}

/** Calls back with the data of each event. */
export function createEventReader(onData: (data: string) => void): EventReader {
  const decoder = new StringDecoder('utf8');
  let sinceEvent = 0;
  const parser = createParser({
    onEvent: ({ data }) => {
      sinceEvent = 0;
      onData(data);
    },
  });
  return {
    push(chunk) {
      sinceEvent += chunk.length;
      if (sinceEvent > maxEventCharacters) {
        throw answerFault('protocol', 'it sends an event without end');
      }
      parser.feed(decoder.write(chunk));
    },
  };
}

/** The source that a slow client holds back. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

export interface StreamWriter {
  /** Something has gone out: the status can not be changed any more. */
  readonly hasBegun: boolean;
  /** Writes what comes whole: events in the form of the wire, or bytes. */
  write(text: string | Buffer): void;
  end(text: string | Buffer): void;
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // nginx would collect the events
  'x-accel-buffering': 'no',
};

function letGo(response: ServerResponse): void {
  response.destroy(new Error('the client takes nothing'));
}

/** Lets a client go that takes nothing of what is being written for so long. */
export function limitIdleWrites(response: ServerResponse, idleTimeoutMs: number): void {
  // The socket's own timer sees a slow client take a part of what waits; `drain` tells of the whole alone.
  response.setTimeout(idleTimeoutMs, () => letGo(response));
}

/**
 * Writes events to the client, or another stream; headers go out with the first.
 * @param idleTimeoutMs a client that takes nothing for so long has gone without saying so.
 */
export function createStreamWriter(
  response: ServerResponse,
  source: Pausable,
  idleTimeoutMs: number,
  headers: Readonly<Record<string, string>> = streamHeaders,
): StreamWriter {
  let isStalled = false;
  response.on('timeout', () => letGo(response));
  const stall = () => {
    isStalled = true;
    response.setTimeout(idleTimeoutMs);
  };
  const flow = () => {
    if (isStalled) response.setTimeout(0);
    isStalled = false;
    source.resume();
  };
  response.on('drain', flow);
  // A source held back for a client that is gone would never end.
  response.once('close', flow);

  return {
    get hasBegun() {
      return response.headersSent;
    },
    write(text) {
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(200, headers);
      if (response.write(text) || isStalled) return;
      source.pause();
      stall();
    },
    end(text) {
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(200, headers);
      // The last bytes may not wait for ever either; the server sets the timer anew once they are out.
      stall();
      response.end(text);
    },
  };
}
