// What somebody types, once they pause.
import { useEffect, useMemo, useState } from 'react';

const pauseMs = 250;

/** @param value what JSON can say: it may be made anew each time, and counts as changed when it says something else */
export function useDebounced<Value>(value: Value): Value {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return useMemo(() => JSON.parse(settled) as Value, [settled]);
}
