// What the mock upstream can be told to do wrong (DESIGN 7): one object per model, per next call or for all, and
// the model names that always behave in one way, so that faults can be tried out with curl alone.

export interface MockBehaviour {
  /** Waits before the first byte of the answer. */
  delayFirstByteMs?: number;
  /** Waits before every streamed chunk but the first. */
  delayBetweenChunksMs?: number;
  /** Answers only when it is released. */
  hold?: boolean;
  /** Streams so many chunks (0: the headers alone) and the rest only when it is released. */
  holdAfterChunks?: number;
  /** Takes the request and never answers. */
  hang?: boolean;
  /** Resets the connection instead of answering. */
  reset?: boolean;
  /** Answers this status with an error in the shape of the endpoint. */
  failStatus?: number;
  /** With `failStatus`: what the error says. */
  failMessage?: string;
  /** With `failStatus`: the header Retry-After. */
  retryAfterSeconds?: number;
  /** Answers 302 to this address. */
  redirectTo?: string;
  /** Ends the answer after this many chunks (a JSON answer: in its middle). */
  cutAfterChunks?: number;
  /** How `cutAfterChunks` ends it: a reset connection, or an end that looks clean but lacks the last event. */
  cut?: 'reset' | 'end';
  /** Sends an error event instead of the chunk after this many, and ends. */
  errorAfterChunks?: number;
  /** With `errorAfterChunks`: the data of that event. */
  errorData?: string;
  /** Sends no usage at all. */
  omitUsage?: boolean;
  /** Answers in one piece, also where a stream is asked for. */
  ignoresStream?: boolean;
  /** Streams the usage (a message: its last delta) twice. */
  repeatUsage?: boolean;
  /** Reports this many output tokens, whatever was generated. */
  reportedOutputTokens?: number;
  /** Reports this many input tokens, whatever was sent. */
  reportedInputTokens?: number;
  /** Output that is billed but not shown; of a message: shown as a summary of a few words. */
  reasoningTokens?: number;
  cachedTokens?: number;
  cacheWriteTokens?: number;
  /** Visible output when nothing limits it. */
  outputTokens?: number;
  /** The texts of the chunks, one token each; instead of the usual text. */
  pieces?: readonly string[];
  /** Answers by calling this tool instead of by text. */
  toolCall?: { name: string; arguments: string };
  /** Answers 200 and this JSON, whatever was asked. */
  answer?: string;
  /** Leaves a stream open after its last event. */
  neverEnds?: boolean;
  /** An answer that is no JSON (a stream: one such event in the middle). */
  malformed?: boolean;
  /** Writes a stream in pieces of this many bytes, with CRLF and comments between the events. */
  oddBytes?: number;
  gzip?: boolean;
  /** A video is made once it was asked for so often. */
  videoPolls?: number;
  /** Instead of being made, it fails with this. */
  videoError?: { readonly code: string; readonly message: string };
  /** It is not known any more. */
  videoLost?: boolean;
}

/** Models that behave well, and those that always misbehave in the way of their name. */
export const mockModels: Readonly<Record<string, MockBehaviour>> = {
  'mock-mini': {},
  'mock-large': { outputTokens: 200 },
  'mock-reasoner': { reasoningTokens: 64 },
  'mock-image': {},
  'mock-voice': {},
  'mock-whisper': { ignoresStream: true },
  'mock-transcribe': {},
  'mock-video': {},
  'mock-slow': { delayFirstByteMs: 1_000, delayBetweenChunksMs: 200 },
  'mock-hang': { hang: true },
  'mock-reset': { reset: true },
  'mock-400': { failStatus: 400 },
  'mock-401': { failStatus: 401 },
  'mock-429': { failStatus: 429, retryAfterSeconds: 2 },
  'mock-500': { failStatus: 500 },
  'mock-cut': { cutAfterChunks: 5 },
  'mock-no-usage': { omitUsage: true },
  'mock-malformed': { malformed: true },
};
