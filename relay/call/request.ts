// What the relay needs to know of a request, whatever the endpoint: how it is bounded, sent, read and counted. Each
// endpoint of OpenAI's or Anthropic's protocol makes one of these of what came in; the rest of `call/` is the same for all.
import type { IncomingHttpHeaders } from 'node:http';
import type { Variant, VariantWish } from '../../domain/price-variants';
import type { PriceUnit, TokenUsage } from '../../domain/pricing';
import type { ChannelKind } from '../../services/catalog/channels';
import type { ReserveInput } from '../../services/calls/relay-reservation';
import type { InputTally } from '../tokens/input-tally';
import type { AcceptedVideo } from '../videos/upstream-video';
import type { JsonAnswer, UpstreamBody } from '../upstream/upstream';

/** What a request is read with, beside its body. */
export interface CallFacts {
  /** The call's id, and its receipt's. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
}

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export type ReadCall = (body: unknown, facts: CallFacts) => RelayedRequest;

/** What is decided between the request and the upstream. */
export interface UpstreamTerms {
  /** What the upstream calls the model. */
  readonly model: string;
  /** The most output a choice. */
  readonly outputLimit: number;
  /** The model reasons out of sight. */
  readonly hidesOutput: boolean;
  /** The size and quality to ask for. */
  readonly variant: Variant;
}

export interface RelayedRequest {
  /** The path under /v1, and below an upstream's base URL, such as `chat/completions`. */
  readonly endpoint: string;
  /** The upstreams that speak its protocol. */
  readonly channelKind: ChannelKind;
  /** By the caller's name for it. */
  readonly model: string;
  /** What the endpoint's models are priced by; absent: tokens. */
  readonly unit?: PriceUnit;
  /** The size and quality that were asked for, where a unit has them. */
  readonly wish?: VariantWish;
  /** How many answers are asked for; where another unit than tokens is priced, how many of `wish`. */
  readonly choices: number;
  /**
   * What tells `choices` where that takes work, once it is known that the model is served here.
   * @throws DomainError INVALID_REQUEST whose details name the parameter at fault.
   */
  readonly measure?: (userId: string) => Promise<number>;
  /** The limit of output a choice that the caller set, and by which field; 0: there is no output. */
  readonly askedOutput: ReserveInput['askedOutput'];
  /** Whether a part of this answer's output may be out of sight; absent: as the model's price version says. */
  readonly hidesOutput?: boolean;
  /** Sent upstream beside what every call has. */
  readonly upstreamHeaders?: Readonly<Record<string, string>>;
  /** Which field it is that may be too long; absent: `messages`. */
  readonly inputField?: string;
  /** What is counted as input. `isKnown`: by a tokenizer of the model's own. */
  tallyInput(isKnown: boolean): InputTally;
  /** The body to send upstream. */
  bodyFor(upstream: UpstreamTerms): UpstreamBody;
  /** How it is answered. */
  readonly answer: AnswerForm;
}

export type AnswerForm = JsonForm | TextForm | EventsForm | BytesForm | JobForm;

/** In one piece, read once it is whole. */
export interface JsonForm {
  readonly by: 'json';
  /** @param apiKey not to be quoted. @throws UpstreamError for an answer that is none */
  read(answer: JsonAnswer, variant: Variant, apiKey: string | null): AnswerReading;
}

/** As a stream of events. */
export interface EventsForm {
  readonly by: 'events';
  /** Of one answer. */
  read(): StreamReading;
  /** The last event of a stream that failed after its first byte, in the form of the wire. */
  errorEventOf(error: unknown): string;
  /** For an upstream that answers in one piece although a stream was asked for; absent: it is at fault. */
  readonly whole?: JsonForm;
}

/** By a text in one piece that does not say what was used: the request told it. */
export interface TextForm {
  readonly by: 'text';
}

/** By bytes, passed as they come, for which the same is true. */
export interface BytesForm {
  readonly by: 'bytes';
}

/** By a job that the upstream goes on with, which is paid when it has ended. */
export interface JobForm {
  readonly by: 'job';
  readonly seconds: number;
  /** @param apiKey not to be quoted. @throws UpstreamError for an answer that names no job */
  read(answer: JsonAnswer, apiKey: string | null): AcceptedVideo;
}

export interface AnswerReading {
  /** By the upstream's own count; undefined when it is absent or makes no sense. */
  readonly told: TokenUsage | undefined;
  /** The same of the input, where a protocol tells it before the output. */
  readonly toldInput?: Omit<TokenUsage, 'output'> | undefined;
  /** The text of each choice. */
  readonly delivered: readonly string[];
}

/** What a streamed answer has said so far. */
export interface StreamReading extends AnswerReading {
  /** Everything that was to be said was said. */
  readonly isFinished: boolean;
  /** No event follows that would matter. */
  readonly isDone: boolean;
  /** What ends an answer that is whole, in the form of the wire. */
  readonly closing: string;
  /** @param apiKey not to be quoted. @throws UpstreamError for an event that is none, or that tells of an error. */
  read(data: string, apiKey: string | null): ReadEvent;
}

/**
 * When the client is to get an event. An opening says nothing yet of the answer: until another event passes it waits, so
 * that an upstream which fails before has failed before any byte. Of those that wait, a later one of the same name takes
 * its place.
 */
export type Passage = 'opening' | 'now' | 'after settlement' | 'never';

export interface ReadEvent {
  readonly passage: Passage;
  /** One line, as it goes to the client. */
  readonly data: string;
  /** Where the protocol names its events. */
  readonly name?: string;
}
