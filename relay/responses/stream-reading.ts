// What a streamed response has said so far: its texts, whether it is finished, and the upstream's usage.
import type { TokenUsage } from '../../domain/pricing';
import type { ReadEvent, StreamReading } from '../call/request';
import { membersOfEvent, type Members } from '../members';
import { renameModelIn } from '../model-name';
import { lateLimit, lateRefusal } from '../upstream/late-refusal';
import { answerFault } from '../upstream/upstream-error';
import { readResponseUsage } from '../usage';
import { textOfItem } from './output-text';
import { isOfRequest } from './request-faults';

const plainName = /^[\w.]{1,100}$/;

/** They come before the model has begun. */
const openings: ReadonlySet<unknown> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
]);

export class ResponseReading implements StreamReading {
  /** The last event itself ends a response. */
  readonly closing = '';
  /** Of the last event that told any. */
  told: TokenUsage | undefined;
  isFinished = false;
  /** Of the event that would come next. */
  nextSequence = 0;
  private isOver = false;
  private readonly texts = new Map<unknown, string>();

  /** @param modelId the client's name for the model. */
  constructor(private readonly modelId: string) {}

  get isDone(): boolean {
    return this.isOver || this.isFinished;
  }

  /** Delivered text of each item of the output. */
  get delivered(): readonly string[] {
    return [...this.texts.values()];
  }

  /** @throws UpstreamError for an event that is none, or that tells of an error. */
  read(data: string, apiKey: string | null = null): ReadEvent {
    // Some upstreams end with it what OpenAI ends without.
    if (data === '[DONE]') {
      this.isOver = true;
      return { passage: 'never', data };
    }
    const event = membersOfEvent(data);
    const { type, response } = event;
    // Also of a failed response: the tokens were used.
    if (isObject(response)) this.told = readResponseUsage(response.usage) ?? this.told;
    if (type === 'error' || type === 'response.failed' || isPresent(event.error)) {
      const error = errorIn(event);
      if (isOfRequest(error)) throw lateRefusal(error, apiKey);
      throw (
        lateLimit(error) ??
        answerFault('cut', `it sent an error within its answer: ${data.slice(0, 500)}`)
      );
    }
    this.note(event);
    this.isFinished = type === 'response.completed' || type === 'response.incomplete';
    // An event of several lines is one line to the client.
    const line = data.includes('\n') ? JSON.stringify(event) : data;
    return {
      passage: this.isFinished ? 'after settlement' : openings.has(type) ? 'opening' : 'now',
      data: renameModelIn('response', line, event, this.modelId),
      ...(typeof type === 'string' && plainName.test(type) ? { name: type } : {}),
    };
  }

  private note({ type, sequence_number: sequence, output_index: at, delta, item }: Members): void {
    if (Number.isSafeInteger(sequence)) this.nextSequence = (sequence as number) + 1;
    // Text, refusals, arguments and inputs of tools, reasoning and its summaries alike.
    if (typeof delta === 'string') this.texts.set(at, (this.texts.get(at) ?? '') + delta);
    if (type !== 'response.output_item.added' && type !== 'response.output_item.done') return;
    // A call's name comes in no delta; of some upstreams its arguments neither.
    const whole = textOfItem(item);
    if (whole.length > (this.texts.get(at) ?? '').length) this.texts.set(at, whole);
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

/** It stands in the response that failed, in the event as OpenAI documents it, or in a member as with chats. */
function errorIn({ type, response, error, code, message, param }: Members): unknown {
  if (type === 'response.failed' && isObject(response)) return response.error;
  return error ?? { code, message, param };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
