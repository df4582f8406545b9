// Which upstream answers (DESIGN 2.2 "Upstreams"): weighted chance inside the best priority, then the next, as long as
// failures are such that another may do better and no byte of an answer has left.
import { UpstreamError } from './upstream-error';

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
  readonly send: (channel: Channel) => Promise<Answer>;
  readonly onFailure: (channel: Channel, error: UpstreamError) => void;
  /** Whether anybody still waits for the answer. */
  readonly isWanted: () => boolean;
}

/**
 * Tries channels in order until one answers.
 * @throws UpstreamError that of the last one tried, or at once one that no other channel would mend.
 */
export async function tryChannels<Channel extends ChoosableChannel, Answer>(
  channels: readonly Channel[],
  { send, onFailure, isWanted }: Attempts<Channel, Answer>,
): Promise<{ channel: Channel; answer: Answer }> {
  let failure: UpstreamError | undefined;
  for (const channel of orderChannels(channels, Math.random)) {
    try {
      return { channel, answer: await send(channel) };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      onFailure(channel, error);
      if (!error.retryable || !isWanted()) throw error;
      failure = error;
    }
  }
  throw failure ?? noChannel();
}

function noChannel(): UpstreamError {
  return new UpstreamError({
    kind: 'connect',
    message: 'no channel serves the model',
    retryable: true,
    accepted: false,
  });
}
