// Following the stream for as long as something is shown.
import { useEffect, useEffectEvent } from 'react';
import { liveStream, type Follower } from './live-stream';
import type { Channel } from './stream-messages';

export function useLive(channel: Channel, follower: Follower): void {
  const onMessage = useEffectEvent(follower);
  useEffect(() => liveStream.follow(channel, (message) => onMessage(message)), [channel]);
}
