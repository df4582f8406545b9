// Whether what is shown changes by itself.
import { useSyncExternalStore } from 'react';
import { liveStream, type LiveState } from './live-stream';

const words: Readonly<Record<LiveState, string>> = {
  idle: '',
  connecting: 'connecting …',
  live: 'live',
  lost: 'connection lost, trying again …',
};

export function LiveBadge() {
  const state = useSyncExternalStore(liveStream.watch, liveStream.state);
  return (
    <span className="live" data-state={state} role="status">
      {words[state]}
    </span>
  );
}
