// A chat call answered in one piece (DESIGN 2.2): sent, settled, and only then answered.
import { formatAmount } from '../../domain/money';
import { renameModel } from '../model-name';
import { limitIdleWrites } from '../sse';
import type { JsonAnswer } from '../upstream';
import { UpstreamError } from '../upstream-error';
import { readChatUsage } from '../usage';
import {
  countUsage,
  hasLeft,
  outcomeOf,
  releaseReasonOf,
  sendChat,
  type ChatCall,
} from './chat-call';
import { textsOfCompletion } from './stream-tally';

/**
 * A client that leaves is no reason to stop: the upstream bills the whole call, so it is drained, at most as long as its
 * channel lets a call take, and billed.
 * @throws UpstreamError, DomainError; then nothing was answered and nothing is billed.
 */
export async function completeChat(call: ChatCall): Promise<void> {
  const { billed, upstreams, request, response } = call;
  const { channel, answer, attempt } = await sendChat(call, async (upstream) =>
    requireCompletion(await upstreams.callJson(upstream)),
  ).catch(async (error: unknown) => {
    await billed.release(releaseReasonOf(call, error));
    throw error;
  });
  attempt.end();
  const ending = hasLeft(call) ? 'client_left' : 'completed';
  const counted = await countUsage(call, {
    told: readChatUsage(answer.json.usage),
    delivered: textsOfCompletion(answer.json),
    isFinished: true,
    ending,
  });
  const outcome = outcomeOf(call, channel, counted, ending, null);
  const { charge, mined } = await billed.settle(outcome, false);
  if (hasLeft(call)) return;
  response.setHeader('x-lx-charge', formatAmount(charge));
  response.setHeader('x-lx-mined', formatAmount(mined));
  response.setHeader('content-type', 'application/json; charset=utf-8');
  const text = renameModel(answer.text, answer.json, request.model);
  response.setHeader('content-length', Buffer.byteLength(text));
  limitIdleWrites(response, call.idleWriteTimeoutMs);
  response.end(text);
}

/** Some upstreams answer an error with the status 200. */
function requireCompletion(answer: JsonAnswer): JsonAnswer {
  if (Array.isArray(answer.json.choices)) return answer;
  throw new UpstreamError({
    kind: 'protocol',
    message: `its answer is no completion: ${answer.text.slice(0, 500)}`,
    retryable: false,
    accepted: true,
  });
}
