// A call answered in one piece (DESIGN 2.2): sent, settled, and only then answered.
import { formatAmount } from '../../domain/money';
import { renameModel } from '../model-name';
import { limitIdleWrites } from '../sse';
import type { UpstreamCall } from '../upstream/upstream';
import {
  countUsage,
  hasLeft,
  hidesOutput,
  outcomeOf,
  sendCall,
  type RelayedCall,
} from './relayed-call';

/**
 * A client that leaves is no reason to stop: the upstream bills the whole call, so it is drained, at most as long as its
 * channel lets a call take, and billed.
 * @throws UpstreamError, DomainError; then nothing was answered and nothing is billed.
 */
export async function completeCall(call: RelayedCall): Promise<void> {
  const { billed, upstreams, request, response } = call;
  const sent = await sendCall(call, async (upstream) => {
    const answer = await upstreams.callJson(patiently(call, upstream));
    const { variant } = billed.reservation;
    return { ...answer, reading: request.readAnswer(answer, variant, upstream.apiKey) };
  });
  sent.attempt.end();
  const ending = hasLeft(call) ? 'client_left' : 'completed';
  const { reading, text, json } = sent.answer;
  const counted = await countUsage(call, { ...reading, isFinished: true, ending });
  const outcome = outcomeOf(call, sent.channel, counted, ending, null);
  const { charge, mined } = await billed.settle(outcome, false);
  if (hasLeft(call)) return;
  response.setHeader('x-lx-charge', formatAmount(charge));
  response.setHeader('x-lx-mined', formatAmount(mined));
  response.setHeader('content-type', 'application/json; charset=utf-8');
  const renamed = renameModel(text, json, request.model);
  response.setHeader('content-length', Buffer.byteLength(renamed));
  limitIdleWrites(response, call.idleWriteTimeoutMs);
  response.end(renamed);
}

/** All that a model thinks out of sight comes before the first byte of such an answer: its wait is that of the call. */
function patiently(call: RelayedCall, upstream: UpstreamCall): UpstreamCall {
  if (!hidesOutput(call)) return upstream;
  const { timeouts } = upstream;
  return { ...upstream, timeouts: { ...timeouts, firstByteTimeoutMs: timeouts.maxCallMs } };
}
