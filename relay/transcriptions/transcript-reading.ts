// What a streamed transcript has said so far: only whether it is finished matters, for its seconds are known.
import type { TokenUsage } from '../../domain/pricing';
import type { ReadEvent, StreamReading } from '../call/request';
import { membersOfEvent } from '../members';
import { isOfRequest } from '../responses/request-faults';
import { lateLimit, lateRefusal } from '../upstream/late-refusal';
import { answerFault } from '../upstream/upstream-error';
import { readDurationUsage } from '../usage';

export class TranscriptReading implements StreamReading {
  /** The last event itself ends a transcript. */
  readonly closing = '';
  readonly delivered: readonly string[] = [];
  told: TokenUsage | undefined;
  isFinished = false;
  private isOver = false;

  get isDone(): boolean {
    return this.isOver || this.isFinished;
  }

  /** @throws UpstreamError for an event that is none, or that tells of an error. */
  read(data: string, apiKey: string | null): ReadEvent {
    // Some upstreams end with it what OpenAI ends without.
    if (data === '[DONE]') {
      this.isOver = true;
      return { passage: 'never', data };
    }
    const event = membersOfEvent(data);
    const { type, error, usage } = event;
    if (type === 'error' || (error !== undefined && error !== null)) {
      const told = error ?? event;
      if (isOfRequest(told)) throw lateRefusal(told, apiKey);
      const fault = `it sent an error within its answer: ${data.slice(0, 500)}`;
      throw lateLimit(told) ?? answerFault('cut', fault);
    }
    this.isFinished = type === 'transcript.text.done';
    if (this.isFinished) this.told = readDurationUsage(usage);
    const line = data.includes('\n') ? JSON.stringify(event) : data;
    return { passage: this.isFinished ? 'after settlement' : 'now', data: line };
  }
}
