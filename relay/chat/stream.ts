// A streamed chat call (DESIGN 2.2): events pass as they come; the last ones, usage and [DONE], leave after the commit
// that settles the call. Whatever ends it early, it is billed for what was delivered.
import type { CallEnding } from '../../services/calls/relay-settlement';
import type { CatalogChannel } from '../../services/catalog/catalog';
import type { Sent } from '../channel-choice';
import { errorEventOf } from '../errors';
import { createEventReader, createEventWriter, type EventWriter } from '../sse';
import type { OpenedAnswer } from '../upstream';
import { UpstreamError } from '../upstream-error';
import {
  countUsage,
  elapsedMs,
  hasLeft,
  outcomeOf,
  releaseReasonOf,
  sendChat,
  type ChatCall,
} from './chat-call';
import { StreamTally } from './stream-tally';

const doneEvent = 'data: [DONE]\n\n';

/** @throws UpstreamError, DomainError only when nothing was sent to the client; then nothing is billed. */
export async function streamChat(call: ChatCall): Promise<void> {
  const { billed, upstreams, request, response } = call;
  const tally = new StreamTally(request.choices, request.includeUsage, request.model);
  const hangUp = () => {
    // What is hidden or finished is billed by the upstream's own count, so it is waited for.
    if (!billed.reservation.version.hidesOutput && !tally.isFinished) billed.abort();
  };

  let sent: Sent<CatalogChannel, OpenedAnswer>;
  try {
    sent = await sendChat(call, (upstream) => upstreams.openStream(upstream));
  } catch (error) {
    await billed.release(releaseReasonOf(call, error));
    throw error;
  }
  // Not before the upstream has answered: only then is it known whether it accepted, and the input is to be billed.
  if (hasLeft(call)) hangUp();
  else response.once('close', hangUp);
  const writer = createEventWriter(response, sent.answer, call.idleWriteTimeoutMs);
  const passed = await passEvents(call, sent.answer, tally, writer);
  sent.attempt.end(passed.failure);
  if (passed.failure) call.onChannelFailure(sent.channel, passed.failure, call.id);

  if (passed.failure && !writer.hasBegun && !hasLeft(call)) {
    await billed.release(releaseReasonOf(call, passed.failure));
    throw passed.failure;
  }
  const ending = endingOf(call, passed.failure);
  const { usage: told, delivered, isFinished } = tally;
  const counted = await countUsage(call, { told, delivered, isFinished, ending });
  try {
    const outcome = outcomeOf(call, sent.channel, counted, ending, passed.ttftMs);
    await billed.settle(outcome, writer.hasBegun);
  } catch (error) {
    if (!writer.hasBegun) throw error;
    writer.end(errorEventOf(error));
    return;
  }
  // Without [DONE] an SDK knows that the answer is not whole.
  writer.end(passed.failure ? errorEventOf(passed.failure) : passed.held + doneEvent);
}

function endingOf(call: ChatCall, failure: UpstreamError | undefined): CallEnding {
  if (hasLeft(call)) return 'client_left';
  if (!failure) return 'completed';
  return failure.kind === 'aborted' ? 'aborted' : 'upstream_cut';
}

interface Passed {
  /** The usage for a client that asked for it, in the form of the wire: it waits for the settlement. */
  readonly held: string;
  readonly ttftMs: number | null;
  readonly failure: UpstreamError | undefined;
}

/** Passes events on until the upstream's answer ends, in whichever way. @throws what is no fault of the upstream */
async function passEvents(
  call: ChatCall,
  answer: OpenedAnswer,
  tally: StreamTally,
  writer: EventWriter,
): Promise<Passed> {
  let held = '';
  let ready = '';
  let ttftMs: number | null = null;
  let failure: unknown;
  const reader = createEventReader((data) => {
    if (tally.isDone) return;
    const event = tally.read(data);
    if (event.passage === 'now') ready += `data: ${event.data}\n\n`;
    else if (event.passage === 'after settlement') held = `data: ${event.data}\n\n`;
  });
  await new Promise<void>((resolve) => {
    const take = (chunk: Buffer) => {
      if (failure !== undefined || tally.isDone) return;
      try {
        reader.push(chunk);
      } catch (error) {
        failure = error;
      }
      if (ready !== '') {
        ttftMs ??= elapsedMs(call);
        writer.write(ready);
        ready = '';
      }
      if (failure !== undefined) call.billed.abort();
      // Nothing follows, though some upstreams leave the connection open for a while.
      if (failure !== undefined || tally.isDone) resolve();
    };
    answer.consume(take).then(resolve, (error: unknown) => {
      failure ??= error;
      resolve();
    });
  });
  // An answer that was finished is whole, however its connection ended.
  if (tally.isFinished && (failure === undefined || failure instanceof UpstreamError)) {
    return { held, ttftMs, failure: undefined };
  }
  failure ??= new UpstreamError({
    kind: 'cut',
    message: 'its answer ended before it was finished',
    retryable: false,
    accepted: true,
  });
  if (!(failure instanceof UpstreamError)) throw failure;
  return { held, ttftMs, failure };
}
