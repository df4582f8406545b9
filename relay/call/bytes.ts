// A call that is answered by bytes, such as speech (DESIGN 2.2): they pass as they come, and the last ones leave after the
// commit that settles the call. What it costs is known from the request, and due once the upstream has begun to answer.
import type { CallEnding } from '../../services/calls/relay-settlement';
import { createStreamWriter, type StreamWriter } from '../sse';
import type { OpenedAnswer } from '../upstream/upstream';
import { answerFault, UpstreamError } from '../upstream/upstream-error';
import {
  hasLeft,
  outcomeOf,
  elapsedMs,
  releaseReasonOf,
  sendCall,
  type RelayedCall,
} from './relayed-call';

/** @throws UpstreamError, DomainError only when nothing was sent to the client; then nothing is billed. */
export async function passBytes(call: RelayedCall): Promise<void> {
  const { billed, upstreams, response, request } = call;
  const sent = await sendCall(call, (upstream) => upstreams.openBytes(upstream)).catch(
    async (error: unknown) => {
      await billed.release(releaseReasonOf(call, error));
      throw error;
    },
  );
  const writer = createStreamWriter(response, sent.answer, call.idleWriteTimeoutMs, {
    'content-type': sent.answer.headers['content-type'] ?? 'application/octet-stream',
  });
  const hangUp = () => billed.abort();
  response.once('close', hangUp);
  const { last, ttftMs, failure } = await passChunks(call, sent.answer, writer);
  response.off('close', hangUp);
  sent.attempt.end(failure);
  if (failure) call.onChannelFailure(sent.channel, failure, call.id);
  if (ttftMs === null && !hasLeft(call)) {
    await billed.release(releaseReasonOf(call, failure));
    throw failure ?? answerFault('protocol', 'its answer is empty');
  }
  const ending = endingOf(call, failure);
  const usage = { input: 0, cachedInput: 0, cacheWrite: 0, output: request.choices };
  const counted = { usage, tokenSource: 'tokenizer' } as const;
  try {
    await billed.settle(outcomeOf(call, sent.channel, counted, ending, ttftMs), writer.hasBegun);
  } catch (error) {
    if (!writer.hasBegun) throw error;
    response.destroy();
    return;
  }
  // The client must see that it is not whole.
  if (failure) response.destroy();
  else writer.end(last);
}

function endingOf(call: RelayedCall, failure: UpstreamError | undefined): CallEnding {
  if (hasLeft(call)) return 'client_left';
  if (!failure) return 'completed';
  return failure.kind === 'aborted' ? 'aborted' : 'upstream_cut';
}

interface Passed {
  /** It waits for the settlement. */
  readonly last: Buffer;
  /** null: there was none. */
  readonly ttftMs: number | null;
  readonly failure: UpstreamError | undefined;
}

/** Passes all chunks on but for the last. @throws what is no fault of the upstream */
async function passChunks(
  call: RelayedCall,
  answer: OpenedAnswer,
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
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { last: Buffer.alloc(0), ttftMs, failure: error };
  }
  return { last: last ?? Buffer.alloc(0), ttftMs, failure: undefined };
}
