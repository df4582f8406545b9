// What a streamed message has said so far: its text, whether it is finished, and the upstream's usage. The usage of the
// input comes with the first event, that of the output with the last but one, which waits for the settlement.
import type { TokenUsage } from '../../domain/pricing';
import type { ReadEvent, StreamReading } from '../call/request';
import { membersOf, textIn, withoutNulls, type Members } from '../members';
import { lateLimit, lateRefusal } from '../upstream/late-refusal';
import { answerFault, type UpstreamError } from '../upstream/upstream-error';
import { readMessagesUsage } from '../usage';

const stopData = JSON.stringify({ type: 'message_stop' });

export class MessageReading implements StreamReading {
  isDone = false;
  private text = '';
  /** Usage as told so far: later figures are cumulative and take the place of earlier ones. */
  private usage: Members = {};
  private hasToldOutput = false;
  /** The last `message_delta`, with what earlier ones said. */
  private delta: Members | undefined;

  /** @param modelId the client's name for the model. */
  constructor(private readonly modelId: string) {}

  get isFinished(): boolean {
    return this.isDone || this.delta !== undefined;
  }

  /** Not before the end of the message: what its start tells of the output is a beginning. */
  get told(): TokenUsage | undefined {
    return this.hasToldOutput ? readMessagesUsage(this.usage) : undefined;
  }

  get toldInput(): Omit<TokenUsage, 'output'> | undefined {
    return readMessagesUsage({ ...this.usage, output_tokens: 0 });
  }

  get delivered(): readonly string[] {
    return this.text === '' ? [] : [this.text];
  }

  /** An SDK takes a message without its stop for one that broke off. */
  get closing(): string {
    return this.isDone ? '' : `event: message_stop\ndata: ${stopData}\n\n`;
  }

  /** @throws UpstreamError for an event that is none, or that tells of an error. */
  read(data: string, apiKey: string | null = null): ReadEvent {
    const event = parseEvent(data);
    const { type: name } = event;
    // An event of several lines is one line to the client.
    const line = data.includes('\n') ? JSON.stringify(event) : data;
    switch (name) {
      case 'message_start':
        return { passage: 'opening', name, data: this.start(event) };
      case 'ping':
        return { passage: 'opening', name, data: line };
      case 'content_block_start':
        this.text += textOfBlock(membersOf(event.content_block));
        return { passage: 'now', name, data: line };
      case 'content_block_delta':
        this.text += textOfDelta(membersOf(event.delta));
        return { passage: 'now', name, data: line };
      case 'message_delta':
        return this.finish(event);
      case 'message_stop':
        this.isDone = true;
        return { passage: 'after settlement', name, data: line };
      case 'error':
        throw faultOf(event, data, apiKey);
      default:
        // Anthropic adds events; clients are to leave alone what they do not know.
        return { passage: 'now', name, data: line };
    }
  }

  private start(event: Members): string {
    const message = membersOf(event.message);
    this.usage = membersOf(message.usage);
    return JSON.stringify({ ...event, message: { ...message, model: this.modelId } });
  }

  private finish(event: Event): ReadEvent {
    const usage = withoutNulls(membersOf(event.usage));
    this.usage = { ...this.usage, ...usage };
    this.hasToldOutput ||= usage.output_tokens !== undefined;
    // The client gets the last one only: it says what they all said.
    const before = this.delta;
    const delta = { ...membersOf(before?.delta), ...withoutNulls(membersOf(event.delta)) };
    this.delta = before
      ? { ...event, delta, usage: { ...membersOf(before.usage), ...usage } }
      : event;
    return { passage: 'after settlement', name: event.type, data: JSON.stringify(this.delta) };
  }
}

interface Event extends Members {
  readonly type: string;
}

function parseEvent(data: string): Event {
  try {
    const event = JSON.parse(data) as Partial<Event> | null;
    // It becomes a line of its own.
    if (typeof event?.type === 'string' && /^[\w.-]{1,100}$/.test(event.type)) {
      return event as Event;
    }
  } catch {
    // told below
  }
  throw answerFault('protocol', 'an event of its answer is no event of a message');
}

/** A limit is told as one, also where it comes within an answer, and so is a fault of the request. */
function faultOf({ error }: Members, data: string, apiKey: string | null): UpstreamError {
  if (isOfRequest(error)) return lateRefusal(error, apiKey);
  const message = `it sent an error within its answer: ${data.slice(0, 500)}`;
  return lateLimit(error) ?? answerFault('cut', message);
}

/** The request's fault, though it was accepted. */
export function isOfRequest(error: unknown): boolean {
  return membersOf(error).type === 'invalid_request_error';
}

function textOfDelta({ text, thinking, partial_json: json }: Members): string {
  return textIn(text) + textIn(thinking) + textIn(json);
}

/** What a block begins with: the name of a tool; its input follows, and text as a rule, too. */
function textOfBlock({ text, thinking, name }: Members): string {
  return textIn(text) + textIn(thinking) + textIn(name);
}

/** The text of a message in one piece, in the same way. */
export function textsOfMessage(content: readonly unknown[]): string[] {
  const texts = content.map((block) => {
    const members = membersOf(block);
    const input = members.input === undefined ? '' : JSON.stringify(members.input);
    return textOfBlock(members) + input;
  });
  return [texts.join('')];
}
