// Which upstream answers (DESIGN 2.2 "Upstreams"): weighted chance inside the best priority, then the next, as long as
// failures are such that another may do better and no byte of an answer has left. Channels whose breaker is open come
// last.
import type { Attempt, CircuitBreaker } from './circuit-breaker';
import { isNotServed, UpstreamError } from '../upstream/upstream-error';

export interface ChoosableChannel {
  readonly priority: number;
  readonly weight: number;
}

/**
 * The order to try channels in: the highest priority first, those of one priority drawn by weight.
 * @param random uniform in [0, 1).
 */
export function orderChannels<Channel extends ChoosableChannel>(
  channels: readonly Channel[],
  random: () => number,
): Channel[] {
  // Each draws the time of its first arrival at its rate: the earliest are a weighted draw without replacement.
  return channels
    .map((channel) => ({ channel, arrival: -Math.log(1 - random()) / channel.weight }))
    .sort((a, b) => b.channel.priority - a.channel.priority || a.arrival - b.arrival)
    .map(({ channel }) => channel);
}

export interface Attempts<Channel, Answer> {
  readonly breakerOf: (channel: Channel) => CircuitBreaker;
  readonly send: (channel: Channel) => Promise<Answer>;
  readonly onFailure: (channel: Channel, error: UpstreamError) => void;
  /** Whether anybody still waits for the answer. */
  readonly isWanted: () => boolean;
}

export interface Sent<Channel, Answer> {
  readonly channel: Channel;
  readonly answer: Answer;
  /** To be ended when the answer has: it may still break off. */
  readonly attempt: Attempt;
}

/**
 * Tries channels in order until one answers.
 * @throws UpstreamError that of the last one tried that serves what is asked for, or at once one that no other channel
 *   would mend.
 */
export async function tryChannels<Channel extends ChoosableChannel, Answer>(
  channels: readonly Channel[],
  { breakerOf, send, onFailure, isWanted }: Attempts<Channel, Answer>,
): Promise<Sent<Channel, Answer>> {
  let failure: UpstreamError | undefined;
  const ordered = orderChannels(channels, Math.random);
  for (const { channel, attempt, isLastResort } of admit(ordered, breakerOf)) {
    try {
      const answer = await send(channel);
      attempt.answered();
      return { channel, answer, attempt };
    } catch (error) {
      attempt.end(error);
      if (!(error instanceof UpstreamError)) throw error;
      onFailure(channel, error);
      if (!error.retryable || !isWanted()) throw error;
      if (isLastResort && error.kind === 'timeout') throw error;
      // That it lacks what another has that failed is no news.
      const isNews = !isNotServed(error.status);
      if (!failure || isNotServed(failure.status) || isNews) failure = error;
    }
  }
  throw failure ?? noChannel();
}

/**
 * Channels with leave to try them, those first that their breakers let through. The others are the last resort, the one
 * first whose probe is due first: a breaker spares callers the wait for what is broken, but a call that fails although a
 * channel would have answered would fail for a reason of our own, and callers are told not to try again because all
 * channels were tried. Refusals cost them nothing; so as not to wait for one hanging channel after another, a timeout
 * ends the last resort.
 */
function* admit<Channel>(
  ordered: readonly Channel[],
  breakerOf: (channel: Channel) => CircuitBreaker,
) {
  const skipped: { channel: Channel; breaker: CircuitBreaker }[] = [];
  for (const channel of ordered) {
    const breaker = breakerOf(channel);
    const attempt = breaker.admit();
    if (attempt) yield { channel, attempt, isLastResort: false };
    else skipped.push({ channel, breaker });
  }
  skipped.sort((a, b) => a.breaker.dueAt - b.breaker.dueAt);
  for (const { channel, breaker } of skipped) {
    yield { channel, attempt: breaker.force(), isLastResort: true };
  }
}

function noChannel(): UpstreamError {
  return new UpstreamError({
    kind: 'connect',
    message: 'no channel serves the model',
    retryable: true,
    accepted: false,
  });
}
