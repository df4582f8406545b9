// A query that never had data forgets its error each time it is asked again: what is shown of it would go and come back, and be
// read out anew, with every round.
import { useState } from 'react';

/** Of `useQuery`. */
export interface Asked {
  readonly error: Error | null;
  /** When what is asked now, not what was asked before, failed last; 0: never. */
  readonly errorUpdatedAt: number;
  /** The same of its data. */
  readonly dataUpdatedAt: number;
}

/** What went wrong the last time, until there is an answer. */
export function useStandingError({ error, errorUpdatedAt, dataUpdatedAt }: Asked): Error | null {
  const [last, setLast] = useState({ error, at: errorUpdatedAt });
  if (error && error !== last.error) setLast({ error, at: errorUpdatedAt });
  if (error) return error;
  return dataUpdatedAt === 0 && errorUpdatedAt === last.at ? last.error : null;
}
