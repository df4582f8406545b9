// What the mock needs of an endpoint: its answers in one piece and as events; how they go wrong is the same for all.
import type { MockBehaviour } from './behaviour';

/** The fields of a request that every endpoint has. */
export interface MockRequest {
  model: string;
  /** In a form it is a text. */
  stream?: unknown;
}

export interface MockEvent {
  /** One line. */
  readonly data: string;
  /** Where the protocol names its events. */
  readonly name?: string;
}

export interface MockBytes {
  readonly contentType: string;
  readonly chunks: readonly Buffer[];
}

export interface MockEndpoint<Request extends MockRequest = MockRequest> {
  /** The body of an answer in one piece; bytes as they come. */
  answer(request: Request, behaviour: MockBehaviour, sequence: number): string | MockBytes;
  /** Those of a streamed answer, without its closing. */
  events?(request: Request, behaviour: MockBehaviour, sequence: number): MockEvent[];
  /** What ends a streamed answer. */
  readonly closing?: MockEvent;
  /** The body of an answer with that status; a 401 quotes the key, unless there is a message to give. */
  readonly errorBody: (status: number, key: string | undefined, message?: string) => string;
  /** What goes wrong within a streamed answer. */
  readonly errorEvent?: MockEvent;
}
