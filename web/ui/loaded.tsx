// What was asked for, once it is there; until then that it is on its way, and what went wrong. A refresh that fails says so
// above what was known before.
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useStandingError } from '../api/standing-error';
import { Loading } from './loading';
import { ProblemNotice } from './problem-notice';

interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>;
  readonly children: (data: NonNullable<Data>) => ReactNode;
}

export function Loaded<Data>({ query, children }: LoadedProps<Data>) {
  const { data, isPending, dataUpdatedAt } = query;
  const error = useStandingError(query);
  const isComing = isPending && !error;
  return (
    <>
      <ProblemNotice error={error} isQuiet={dataUpdatedAt > 0} />
      {data === undefined || data === null ? isComing && <Loading /> : children(data)}
    </>
  );
}
