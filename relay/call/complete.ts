// A call answered in one piece (DESIGN 2.2): sent, settled, and only then answered.
import { formatAmount } from '../../domain/money';
import { renameModel } from '../model-name';
import { limitIdleWrites } from '../sse';
import type { UpstreamCall } from '../upstream/upstream';
import { countUsage, hasLeft, outcomeOf, sendCall, type RelayedCall } from './relayed-call';
import type { AnswerReading, JsonForm, TextForm } from './request';

type WholeForm = JsonForm | TextForm;

interface WholeAnswer {
  readonly reading: AnswerReading;
  readonly contentType: string;
  /** As the caller gets it. */
  readonly body: string;
}

/**
 * A client that leaves is no reason to stop: the upstream bills the whole call, so it is drained, at most as long as its
 * channel lets a call take, and billed.
 * @throws UpstreamError, DomainError; then nothing was answered and nothing is billed.
 */
export async function completeCall(call: RelayedCall, form: WholeForm): Promise<void> {
  const { billed, response } = call;
  const sent = await sendCall(call, (upstream) => callWhole(call, form, upstream));
  sent.attempt.end();
  const ending = hasLeft(call) ? 'client_left' : 'completed';
  const { reading, contentType, body } = sent.answer;
  const counted = await countUsage(call, { ...reading, isFinished: true, ending });
  const outcome = outcomeOf(call, sent.channel, counted, ending, null);
  const { charge, mined } = await billed.settle(outcome, false);
  if (hasLeft(call)) return;
  response.setHeader('x-lx-charge', formatAmount(charge));
  response.setHeader('x-lx-mined', formatAmount(mined));
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(body));
  limitIdleWrites(response, call.idleWriteTimeoutMs);
  response.end(body);
}

/** @throws UpstreamError */
async function callWhole(
  { request, billed, upstreams }: RelayedCall,
  form: WholeForm,
  upstream: UpstreamCall,
): Promise<WholeAnswer> {
  if (form.by === 'text') {
    const { text, headers } = await upstreams.callText(upstream);
    const contentType = headers['content-type'] ?? 'text/plain; charset=utf-8';
    return { reading: { told: undefined, delivered: [] }, contentType, body: text };
  }
  const answer = await upstreams.callJson(upstream);
  return {
    reading: form.read(answer, billed.reservation.variant, upstream.apiKey),
    contentType: 'application/json; charset=utf-8',
    body: renameModel(answer.text, answer.json, request.model),
  };
}
