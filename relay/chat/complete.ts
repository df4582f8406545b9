// A chat call answered in one piece (DESIGN 2.2): sent, settled, and only then answered.
import type { Response } from 'express';
import { formatAmount } from '../../domain/money';
import { UpstreamError } from '../upstream-error';
import { readChatUsage } from '../usage';
import { countUsage, outcomeOf, sendChat, type ChatCall } from './chat-call';
import { textsOfCompletion } from './stream-tally';

/**
 * A client that leaves is no reason to stop: the upstream bills the whole call, so it is drained, at most as long as its
 * channel lets a call take, and billed.
 * @throws UpstreamError, DomainError; then nothing was answered and nothing is billed.
 */
export async function completeChat(call: ChatCall, response: Response): Promise<void> {
  const { billed, upstreams } = call;
  const { channel, answer } = await sendChat(call, (upstream) =>
    upstreams.callJson(upstream),
  ).catch(async (error: unknown) => {
    await billed.release(error instanceof UpstreamError ? `upstream_${error.kind}` : 'failed');
    throw error;
  });
  const counted = await countUsage(
    call,
    readChatUsage(answer.json.usage),
    textsOfCompletion(answer.json),
  );
  const ending = response.destroyed ? 'client_left' : 'completed';
  const { charge, mined } = await billed.settle(
    outcomeOf(call, channel, counted, ending, null),
    false,
  );
  if (response.destroyed) return;
  response.setHeader('x-lx-charge', formatAmount(charge));
  response.setHeader('x-lx-mined', formatAmount(mined));
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(answer.text));
  response.end(answer.text);
}
