// A streamed chat call (DESIGN 2.2): events pass as they come; the last ones, usage and [DONE], leave after the commit
// that settles the call. Whatever ends it early, it is billed for what was delivered.
import type { Response } from 'express';
import type { CallEnding } from '../../services/calls/relay-settlement';
import type { CatalogChannel } from '../../services/catalog/catalog';
import { errorEventOf } from '../errors';
import { createEventReader, createEventWriter, type EventWriter } from '../sse';
import type { OpenedAnswer } from '../upstream';
import { UpstreamError } from '../upstream-error';
import { countUsage, elapsedMs, outcomeOf, sendChat, type ChatCall } from './chat-call';
import { StreamTally } from './stream-tally';

/** @throws UpstreamError, DomainError only when nothing was sent to the client; then nothing is billed. */
export async function streamChat(call: ChatCall, response: Response): Promise<void> {
  const { billed, upstreams, model } = call;
  let hasLeft = false;
  let isAccepted = false;
  const tally = new StreamTally(call.request.choices, call.request.includeUsage);
  const leave = () => {
    if (response.writableFinished) return;
    hasLeft = true;
    // What is hidden or finished is billed by the upstream's own count, so it is waited for.
    const waitsForUsage = isAccepted && (model.version.hidesOutput || tally.isFinished);
    if (!waitsForUsage) billed.abort();
  };
  response.once('close', leave);

  let sent: { channel: CatalogChannel; answer: OpenedAnswer };
  try {
    sent = await sendChat(call, (upstream) => upstreams.openStream(upstream));
  } catch (error) {
    await billed.release(error instanceof UpstreamError ? `upstream_${error.kind}` : 'failed');
    throw error;
  }
  isAccepted = true;
  // It left while the upstream was about to accept.
  if (hasLeft) leave();
  const writer = createEventWriter(response, sent.answer);
  const passed = await passEvents(call, sent.answer, tally, writer);
  const ending = endingOf(passed.failure, tally, hasLeft);

  if (passed.failure && !writer.hasBegun && !hasLeft) {
    await billed.release(`upstream_${passed.failure.kind}`);
    throw passed.failure;
  }
  try {
    const counted = await countUsage(call, tally.usage, tally.delivered);
    await billed.settle(
      outcomeOf(call, sent.channel, counted, ending, passed.ttftMs),
      writer.hasBegun,
    );
  } catch (error) {
    if (!writer.hasBegun) throw error;
    writer.end(errorEventOf(error));
    return;
  }
  // Without [DONE] an SDK knows that the answer is not whole.
  writer.end(passed.failure ? errorEventOf(passed.failure) : passed.held);
}

function endingOf(
  failure: UpstreamError | undefined,
  tally: StreamTally,
  hasLeft: boolean,
): CallEnding {
  if (hasLeft) return 'client_left';
  if (!failure || tally.isFinished) return 'completed';
  return failure.kind === 'aborted' ? 'aborted' : 'upstream_cut';
}

interface Passed {
  /** Events that wait for the settlement, in the form of the wire. */
  readonly held: string;
  readonly ttftMs: number | null;
  readonly failure: UpstreamError | undefined;
}

/** Passes events on until the upstream's answer ends, in whichever way. */
async function passEvents(
  call: ChatCall,
  answer: OpenedAnswer,
  tally: StreamTally,
  writer: EventWriter,
): Promise<Passed> {
  let held = '';
  let ready = '';
  let ttftMs: number | null = null;
  let failure: UpstreamError | undefined;
  const reader = createEventReader((data) => {
    if (failure) return;
    try {
      const event = tally.read(data);
      if (event.passage === 'now') ready += `data: ${event.data}\n\n`;
      else if (event.passage === 'after settlement') held += `data: ${event.data}\n\n`;
    } catch (error) {
      failure = asUpstreamError(error);
    }
  });
  try {
    await answer.consume((chunk) => {
      if (failure) return;
      try {
        reader.push(chunk);
      } catch (error) {
        failure = asUpstreamError(error);
      }
      if (ready !== '') {
        ttftMs ??= elapsedMs(call);
        writer.write(ready);
        ready = '';
      }
      if (failure) call.billed.abort();
    });
  } catch (error) {
    failure ??= asUpstreamError(error);
  }
  if (!failure && !tally.isFinished) {
    failure = new UpstreamError({
      kind: 'cut',
      message: 'its answer ended before it was finished',
      retryable: false,
      accepted: true,
    });
  }
  // An answer that was finished is whole, however its connection ended; but it must say that it is done.
  if (failure && tally.isFinished) {
    return { held: tally.isDone ? held : `${held}data: [DONE]\n\n`, ttftMs, failure: undefined };
  }
  return { held: tally.isDone ? held : `${held}data: [DONE]\n\n`, ttftMs, failure };
}

function asUpstreamError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  throw error;
}
