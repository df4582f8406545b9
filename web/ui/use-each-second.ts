// What is read from this machine's clock, anew each second.
import { useSyncExternalStore } from 'react';

export const secondMs = 1_000;

function onTick(tell: () => void): () => void {
  const timer = setInterval(tell, secondMs);
  return () => clearInterval(timer);
}

/** @param read is shown anew only where its value has changed */
export function useEachSecond<Value>(read: () => Value): Value {
  return useSyncExternalStore(onTick, read);
}
