// One call under way: what all ways of answering it have in common.
import type { Response } from 'express';
import type { Windows } from '../../config/windows';
import { usageOfUnits, type TokenUsage } from '../../domain/pricing';
import type { Catalog, CatalogChannel } from '../../services/catalog/catalog';
import type { CallEnding, TokenSource } from '../../services/calls/relay-settlement';
import type { BilledCall, CallOutcome } from '../billing';
import type { ChannelBreakers } from '../channels/channel-breakers';
import { tryChannels, type Sent } from '../channels/channel-choice';
import type { TokenCounter } from '../tokens/token-counter';
import type { UpstreamCall, Upstreams } from '../upstream/upstream';
import { UpstreamError } from '../upstream/upstream-error';
import type { AnswerReading, RelayedRequest } from './request';

/** What calls need of their process. */
export interface CallDeps {
  readonly catalog: Pick<Catalog, 'channelsFor'>;
  readonly breakers: Pick<ChannelBreakers, 'of'>;
  readonly upstreams: Upstreams;
  readonly tokens: TokenCounter;
  /** Told of every failure of a channel, also of those that another made good. */
  readonly onChannelFailure: (
    channel: CatalogChannel,
    error: UpstreamError,
    callId: string,
  ) => void;
  /** A client that takes nothing for so long has gone without saying so. */
  readonly idleWriteTimeoutMs: number;
  /** How often upstreams are asked for videos, and how long these may take. */
  readonly videoWindows: Pick<Windows, 'videoPoll' | 'videoDeadline'>;
}

export interface RelayedCall extends CallDeps {
  readonly id: string;
  readonly request: RelayedRequest;
  readonly response: Response;
  readonly billed: BilledCall;
  /** Of performance.now(). */
  readonly startedAt: number;
}

export function elapsedMs({ startedAt }: RelayedCall): number {
  return Math.round(performance.now() - startedAt);
}

/** The client went before its answer was whole. */
export function hasLeft({ response }: RelayedCall): boolean {
  return response.destroyed;
}

/** Part of the output may be out of sight, so that only the upstream knows how much there was. */
export function hidesOutput({ request, billed }: RelayedCall): boolean {
  return request.hidesOutput ?? billed.reservation.version.hidesOutput;
}

/**
 * Sends the call to the model's channels, one after another as failures allow.
 * @throws UpstreamError when none answered; then the call is given back.
 */
export async function sendCall<Answer>(
  call: RelayedCall,
  issue: (call: UpstreamCall) => Promise<Answer>,
): Promise<Sent<CatalogChannel, Answer>> {
  const { request, billed, catalog } = call;
  const { outputLimit, version, variant } = billed.reservation;
  // As they are now: one may have been taken out since the call came in.
  const channels = catalog
    .channelsFor(version.modelId)
    .filter(({ kind }) => kind === request.channelKind);
  const sending = tryChannels(channels, {
    breakerOf: (channel) => call.breakers.of(channel),
    send: (channel) =>
      issue({
        baseUrl: channel.baseUrl,
        apiKey: channel.apiKey,
        kind: channel.kind,
        path: `/${request.endpoint}`,
        ...(request.upstreamHeaders ? { headers: request.upstreamHeaders } : {}),
        body: request.bodyFor({
          model: channel.upstreamId,
          outputLimit,
          hidesOutput: version.hidesOutput,
          variant,
        }),
        timeouts: channel.timeouts,
        signal: billed.signal,
      }),
    onFailure: (channel, error) => call.onChannelFailure(channel, error, call.id),
    isWanted: () => !billed.signal.aborted && !hasLeft(call),
  });
  try {
    return await sending;
  } catch (error) {
    await billed.release(releaseReasonOf(call, error));
    throw error;
  }
}

/**
 * How a call ended that was answered.
 * @param isHungUp for a client who left; without that it was we who ended what was aborted.
 */
export function endingOf(
  call: RelayedCall,
  failure: UpstreamError | undefined,
  isHungUp: boolean,
): CallEnding {
  const isAborted = failure?.kind === 'aborted';
  if (hasLeft(call) && (isHungUp || !isAborted)) return 'client_left';
  if (!failure) return 'completed';
  return isAborted ? 'aborted' : 'upstream_cut';
}

/** Why a call is given back that got no answer. */
export function releaseReasonOf(call: RelayedCall, error: unknown): string {
  if (hasLeft(call)) return 'client_left';
  return error instanceof UpstreamError ? `upstream_${error.kind}` : 'failed';
}

/** What is to be billed, and who counted it. */
export interface CountedUsage {
  readonly usage: TokenUsage;
  readonly tokenSource: TokenSource;
}

/** What an answer said of itself, and how far it got. */
export interface Heard extends AnswerReading {
  readonly isFinished: boolean;
  readonly ending: CallEnding;
}

/** What a call of a model used that is priced by units, as the request tells. */
export function knownUsage({ request, billed }: RelayedCall): CountedUsage {
  const { variant } = billed.reservation;
  return { usage: usageOfUnits(request.choices * variant.units), tokenSource: 'tokenizer' };
}

/**
 * What a call used: as the upstream says, else as counted from what it delivered; where output may be hidden nobody
 * but the upstream knows, so the whole reservation counts, unless it was we who ended the call.
 */
export async function countUsage(
  call: RelayedCall,
  { told, toldInput, delivered, isFinished, ending }: Heard,
): Promise<CountedUsage> {
  const { request, billed, tokens } = call;
  const { inputTokens, outputLimit, version } = billed.reservation;
  if (told && isFinished) return { usage: told, tokenSource: 'upstream' };
  if (request.unit !== undefined) return knownUsage(call);
  if (!told && hidesOutput(call) && ending !== 'aborted') {
    const output = outputLimit * request.choices;
    const usage = { input: inputTokens, cachedInput: 0, cacheWrite: 0, output };
    return { usage, tokenSource: 'reservation' };
  }
  const counts = await Promise.all(delivered.map((text) => tokens.countText(text, version)));
  const output = counts.reduce((sum, count) => sum + count, 0);
  // What is told within an answer is of that moment: more may have come since.
  if (told && told.output >= output) return { usage: told, tokenSource: 'upstream' };
  const input = told ?? toldInput ?? { input: inputTokens, cachedInput: 0, cacheWrite: 0 };
  return { usage: { ...input, output }, tokenSource: 'tokenizer' };
}

/** The outcome of a call that this channel answered. */
export function outcomeOf(
  call: RelayedCall,
  channel: CatalogChannel,
  counted: CountedUsage,
  ending: CallOutcome['ending'],
  ttftMs: number | null,
): CallOutcome {
  return { channelId: channel.id, ...counted, ending, latencyMs: elapsedMs(call), ttftMs };
}
