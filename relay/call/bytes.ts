// A call that is answered by bytes, such as speech (DESIGN 2.2): they pass as they come, and the last ones leave after the
// commit that settles the call. What it costs is known from the request, and due once some of it was delivered.
import type { CatalogChannel } from '../../services/catalog/catalog';
import type { Sent } from '../channels/channel-choice';
import { createStreamWriter, type StreamWriter } from '../sse';
import type { OpenedAnswer } from '../upstream/upstream';
import { answerFault, UpstreamError } from '../upstream/upstream-error';
import {
  elapsedMs,
  endingOf,
  hasLeft,
  knownUsage,
  outcomeOf,
  releaseReasonOf,
  sendCall,
  type RelayedCall,
} from './relayed-call';

/** @throws UpstreamError, DomainError only when nothing was sent to the client; then nothing is billed. */
export async function passBytes(call: RelayedCall): Promise<void> {
  const { billed, upstreams, response } = call;
  const sent = await sendCall(call, (upstream) => upstreams.openBytes(upstream));
  // Nothing more of it is of use to anybody.
  let isHungUp = false;
  const hangUp = () => {
    isHungUp = true;
    billed.abort();
  };
  if (hasLeft(call)) hangUp();
  else response.once('close', hangUp);
  const writer = createStreamWriter(response, sent.answer, call.idleWriteTimeoutMs, {
    'content-type': sent.answer.headers['content-type'] ?? 'application/octet-stream',
  });
  const { last, ttftMs, failure } = await passChunks(call, sent, writer);
  response.off('close', hangUp);
  if (failure) call.onChannelFailure(sent.channel, failure, call.id);
  if (failure && !writer.hasBegun && !hasLeft(call)) {
    await billed.release(releaseReasonOf(call, failure));
    throw failure;
  }
  const ending = endingOf(call, failure, isHungUp);
  try {
    const outcome = outcomeOf(call, sent.channel, knownUsage(call), ending, ttftMs);
    await billed.settle(outcome, writer.hasBegun);
  } catch (error) {
    if (!writer.hasBegun) throw error;
    response.destroy();
    return;
  }
  // The client must see that it is not whole.
  if (failure) response.destroy();
  else writer.end(last);
}

interface Passed {
  /** It waits for the settlement. */
  readonly last: Buffer;
  /** null: there was none. */
  readonly ttftMs: number | null;
  readonly failure: UpstreamError | undefined;
}

/** Passes all chunks on but for the last, and judges the channel by it. @throws what is no fault of the upstream */
async function passChunks(
  call: RelayedCall,
  { answer, attempt }: Sent<CatalogChannel, OpenedAnswer>,
  writer: StreamWriter,
): Promise<Passed> {
  let last: Buffer | undefined;
  let ttftMs: number | null = null;
  try {
    await answer.consume((chunk) => {
      ttftMs ??= elapsedMs(call);
      if (last) writer.write(last);
      last = chunk;
    });
    if (!last) throw answerFault('protocol', 'its answer is empty');
    attempt.end();
    return { last, ttftMs, failure: undefined };
  } catch (error) {
    attempt.end(error);
    if (!(error instanceof UpstreamError)) throw error;
    return { last: Buffer.alloc(0), ttftMs, failure: error };
  }
}
