// Whether the stream is open: what was missed while it was not has to be asked for.
import { useSyncExternalStore } from 'react';
import { liveStream } from '../live/live-stream';

export function useIsLive(): boolean {
  return useSyncExternalStore(liveStream.watch, () => liveStream.state() === 'live');
}
