// A call answered in one piece (DESIGN 2.2): sent, settled, and only then answered.
import { formatAmount } from '../../domain/money';
import type { CatalogChannel } from '../../services/catalog/catalog';
import type { Sent } from '../channels/channel-choice';
import { renameModel } from '../model-name';
import { limitIdleWrites } from '../sse';
import type { JsonAnswer, UpstreamCall } from '../upstream/upstream';
import {
  countUsage,
  hasLeft,
  hidesOutput,
  outcomeOf,
  sendCall,
  type RelayedCall,
} from './relayed-call';
import type { AnswerReading, JsonForm, TextForm } from './request';

type WholeForm = JsonForm | TextForm;

export interface WholeAnswer {
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
  await settleWhole(call, await sendCall(call, (upstream) => callWhole(call, form, upstream)));
}

/** Settles and answers. @throws DomainError; then nothing was answered and nothing is billed. */
export async function settleWhole(
  call: RelayedCall,
  sent: Sent<CatalogChannel, WholeAnswer>,
): Promise<void> {
  const { billed, response } = call;
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
  call: RelayedCall,
  form: WholeForm,
  upstream: UpstreamCall,
): Promise<WholeAnswer> {
  const { upstreams } = call;
  if (form.by === 'json') {
    return readWhole(
      call,
      form,
      await upstreams.callJson(patiently(call, upstream)),
      upstream.apiKey,
    );
  }
  const { text, headers } = await upstreams.callText(upstream);
  const contentType = headers['content-type'] ?? 'text/plain; charset=utf-8';
  return { reading: { told: undefined, delivered: [] }, contentType, body: text };
}

/** All that a model thinks out of sight comes before the first byte of such an answer: its wait is that of the call. */
function patiently(call: RelayedCall, upstream: UpstreamCall): UpstreamCall {
  if (!hidesOutput(call)) return upstream;
  const { timeouts } = upstream;
  return { ...upstream, timeouts: { ...timeouts, firstByteTimeoutMs: timeouts.maxCallMs } };
}

/** @throws UpstreamError for an answer that is none */
export function readWhole(
  { request, billed }: RelayedCall,
  form: JsonForm,
  answer: JsonAnswer,
  apiKey: string | null,
): WholeAnswer {
  return {
    reading: form.read(answer, billed.reservation.variant, apiKey),
    contentType: 'application/json; charset=utf-8',
    body: renameModel(answer.text, answer.json, request.model),
  };
}
