// One chat call under way: what its two ways of answering, in one piece and as a stream, have in common.
import type { TokenUsage } from '../../domain/pricing';
import type { CatalogChannel, CatalogModel } from '../../services/catalog/catalog';
import type { TokenSource } from '../../services/calls/relay-settlement';
import type { BilledCall, CallOutcome } from '../billing';
import { tryChannels } from '../channel-choice';
import type { TokenCounter } from '../token-counter';
import type { UpstreamCall, Upstreams } from '../upstream';
import { outputLimitFieldOf, upstreamBodyOf, type ChatRequest } from './request';

export interface ChatCall {
  readonly request: ChatRequest;
  readonly model: CatalogModel;
  readonly billed: BilledCall;
  readonly upstreams: Upstreams;
  readonly tokens: TokenCounter;
  /** Of performance.now(). */
  readonly startedAt: number;
}

export function elapsedMs({ startedAt }: ChatCall): number {
  return Math.round(performance.now() - startedAt);
}

/** Sends the call to the model's channels, one after another as failures allow. @throws UpstreamError */
export function sendChat<Answer>(
  { request, model, billed }: ChatCall,
  issue: (call: UpstreamCall) => Promise<Answer>,
): Promise<{ channel: CatalogChannel; answer: Answer }> {
  const { outputLimit, version } = billed.reservation;
  const outputLimitField = outputLimitFieldOf(request, version.hidesOutput);
  const channels = model.channels.filter(({ kind }) => kind === 'openai');
  return tryChannels(channels, billed.signal, (channel) =>
    issue({
      baseUrl: channel.baseUrl,
      apiKey: channel.apiKey,
      path: '/chat/completions',
      body: upstreamBodyOf(request, { model: channel.upstreamId, outputLimit, outputLimitField }),
      timeouts: channel.timeouts,
      signal: billed.signal,
    }),
  );
}

/**
 * What a call used: as the upstream says, else as counted from what it delivered; where output may be hidden nobody
 * but the upstream knows, so the whole reservation counts.
 */
export async function countUsage(
  { request, billed, tokens }: ChatCall,
  told: TokenUsage | undefined,
  delivered: readonly string[],
): Promise<{ usage: TokenUsage; tokenSource: TokenSource }> {
  if (told) return { usage: told, tokenSource: 'upstream' };
  const { inputTokens, outputLimit, version } = billed.reservation;
  const counted = { input: inputTokens, cachedInput: 0, cacheWrite: 0 };
  if (version.hidesOutput) {
    const output = outputLimit * request.choices;
    return { usage: { ...counted, output }, tokenSource: 'reservation' };
  }
  const outputs = await Promise.all(delivered.map((text) => tokens.countText(text, version)));
  const output = outputs.reduce((sum, count) => sum + count, 0);
  return { usage: { ...counted, output }, tokenSource: 'tokenizer' };
}

/** The outcome of a call that this channel answered. */
export function outcomeOf(
  call: ChatCall,
  channel: CatalogChannel,
  counted: { usage: TokenUsage; tokenSource: TokenSource },
  ending: CallOutcome['ending'],
  ttftMs: number | null,
): CallOutcome {
  return { channelId: channel.id, ...counted, ending, latencyMs: elapsedMs(call), ttftMs };
}
