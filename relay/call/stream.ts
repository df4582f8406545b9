// A streamed call (DESIGN 2.2): events pass as they come; the last ones, usage and the end, leave after the commit
// that settles the call. Whatever ends it early, it is billed for what was delivered.
import type { CatalogChannel } from '../../services/catalog/catalog';
import type { Sent } from '../channels/channel-choice';
import { createEventReader, createStreamWriter, type StreamWriter } from '../sse';
import type { OpenedAnswer, UpstreamCall } from '../upstream/upstream';
import { answerFault, UpstreamError } from '../upstream/upstream-error';
import { readWhole, settleWhole, type WholeAnswer } from './complete';
import {
  countUsage,
  elapsedMs,
  endingOf,
  hasLeft,
  hidesOutput,
  outcomeOf,
  releaseReasonOf,
  sendCall,
  type RelayedCall,
} from './relayed-call';
import type { EventsForm, ReadEvent, StreamReading } from './request';

/** @throws UpstreamError, DomainError only when nothing was sent to the client; then nothing is billed. */
export async function streamCall(call: RelayedCall, form: EventsForm): Promise<void> {
  const { billed, response } = call;
  const reading = form.read();
  let isHungUp = false;
  const hangUp = () => {
    // What is hidden or finished is billed by the upstream's own count, so it is waited for.
    if (hidesOutput(call) || reading.isFinished) return;
    isHungUp = true;
    billed.abort();
  };

  const { answer, ...sent } = await sendCall(call, (upstream) => open(call, form, upstream));
  if ('reading' in answer) return settleWhole(call, { ...sent, answer });
  // Not before the upstream has answered: only then is it known whether it accepted, and the input is to be billed.
  if (hasLeft(call)) hangUp();
  else response.once('close', hangUp);
  const writer = createStreamWriter(response, answer, call.idleWriteTimeoutMs);
  const passed = await passEvents(call, { ...sent, answer }, reading, writer).catch(
    (error: unknown) => {
      sent.attempt.end(error);
      throw error;
    },
  );
  sent.attempt.end(passed.failure);
  if (passed.failure) call.onChannelFailure(sent.channel, passed.failure, call.id);

  // Where we hung up for a client who left, the upstream had accepted: the input is due.
  if (passed.failure && passed.ttftMs === null && !isHungUp) {
    await billed.release(releaseReasonOf(call, passed.failure));
    throw passed.failure;
  }
  const ending = endingOf(call, passed.failure, isHungUp);
  const { told, toldInput, delivered, isFinished } = reading;
  const counted = await countUsage(call, { told, toldInput, delivered, isFinished, ending });
  try {
    const outcome = outcomeOf(call, sent.channel, counted, ending, passed.ttftMs);
    await billed.settle(outcome, writer.hasBegun);
  } catch (error) {
    if (!writer.hasBegun) throw error;
    writer.end(form.errorEventOf(error));
    return;
  }
  // Without its end an SDK knows that the answer is not whole.
  const { failure, held } = passed;
  writer.end(failure ? form.errorEventOf(failure) : held + reading.closing);
}

async function open(
  call: RelayedCall,
  form: EventsForm,
  upstream: UpstreamCall,
): Promise<OpenedAnswer | WholeAnswer> {
  const { upstreams } = call;
  if (!form.whole) return upstreams.openStream(upstream);
  const answer = await upstreams.openStreamOrJson(upstream);
  return 'json' in answer ? readWhole(call, form.whole, answer, upstream.apiKey) : answer;
}

interface Passed {
  /** What waits for the settlement, in the form of the wire. */
  readonly held: string;
  /** null: there was nothing but openings. */
  readonly ttftMs: number | null;
  readonly failure: UpstreamError | undefined;
}

/** Passes events on until the upstream's answer ends, in whichever way. @throws what is no fault of the upstream */
async function passEvents(
  call: RelayedCall,
  { answer, channel }: Sent<CatalogChannel, OpenedAnswer>,
  reading: StreamReading,
  writer: StreamWriter,
): Promise<Passed> {
  const openings = new Map<string | undefined, string>();
  const held = new Map<string | undefined, string>();
  let ready = '';
  let ttftMs: number | null = null;
  let failure: unknown;
  const reader = createEventReader((data) => {
    if (reading.isDone) return;
    const event = reading.read(data, channel.apiKey);
    const { passage, name } = event;
    if (passage === 'never') return;
    const wire = wireOf(event);
    if (passage === 'after settlement') held.set(name, wire);
    else if (passage === 'opening' && ready === '' && ttftMs === null) openings.set(name, wire);
    else {
      ready += joined(openings) + wire;
      openings.clear();
    }
  });
  await new Promise<void>((resolve) => {
    const take = (chunk: Buffer) => {
      if (failure !== undefined || reading.isDone) return;
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
      if (failure !== undefined || reading.isDone) resolve();
    };
    answer.consume(take).then(resolve, (error: unknown) => {
      failure ??= error;
      resolve();
    });
  });
  // An answer that was finished is whole, however its connection ended.
  if (reading.isFinished && (failure === undefined || failure instanceof UpstreamError)) {
    return { held: joined(openings) + joined(held), ttftMs, failure: undefined };
  }
  failure ??= answerFault('cut', 'its answer ended before it was finished');
  if (!(failure instanceof UpstreamError)) throw failure;
  return { held: '', ttftMs, failure };
}

function joined(waiting: ReadonlyMap<unknown, string>): string {
  return [...waiting.values()].join('');
}

function wireOf({ name, data }: ReadEvent): string {
  return name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`;
}
