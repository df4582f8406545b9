// A streamed call (DESIGN 2.2): events pass as they come; the last ones, usage and the end, leave after the commit
// that settles the call. Whatever ends it early, it is billed for what was delivered.
import { createStreamWriter } from '../sse';
import type { OpenedAnswer, UpstreamCall } from '../upstream/upstream';
import { readWhole, settleWhole, type WholeAnswer } from './complete';
import { EventFlow } from './event-flow';
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
import type { EventsForm } from './request';

/** @throws UpstreamError, DomainError only when nothing was sent to the client; then nothing is billed. */
export async function streamCall(call: RelayedCall, form: EventsForm): Promise<void> {
  const { billed, response } = call;
  const { answer: begun, ...sent } = await sendCall(call, (upstream) =>
    begin(call, form, upstream),
  );
  if (!('flow' in begun)) return settleWhole(call, { ...sent, answer: begun });
  const { flow } = begun;
  const { reading } = flow;
  const writer = createStreamWriter(response, flow.answer, call.idleWriteTimeoutMs);
  const passed = await flow.passTo(writer).catch((error: unknown) => {
    sent.attempt.end(error);
    throw error;
  });
  sent.attempt.end(passed.failure);
  if (passed.failure) call.onChannelFailure(sent.channel, passed.failure, call.id);

  const isHungUp = begun.isHungUp();
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

interface Begun {
  /** Something of it is ready for the client, or it is over. */
  readonly flow: EventFlow;
  /** We ended it, for a client who left. */
  readonly isHungUp: () => boolean;
}

/** @throws UpstreamError as long as another channel may do better */
async function begin(
  call: RelayedCall,
  form: EventsForm,
  upstream: UpstreamCall,
): Promise<Begun | WholeAnswer> {
  const answer = await open(call, form, upstream);
  if ('reading' in answer) return answer;
  const { billed, response } = call;
  const flow = new EventFlow(answer, form.read(), upstream.apiKey, () => elapsedMs(call));
  let isHungUp = false;
  const hangUp = () => {
    // What is hidden or finished is billed by the upstream's own count, so it is waited for.
    if (hidesOutput(call) || flow.reading.isFinished) return;
    isHungUp = true;
    billed.abort();
  };
  // Not before the upstream has answered: only then is it known whether it accepted, and the input is to be billed.
  if (hasLeft(call)) hangUp();
  else response.once('close', hangUp);
  try {
    await flow.begin();
  } catch (error) {
    response.off('close', hangUp);
    throw error;
  }
  return { flow, isHungUp: () => isHungUp };
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
