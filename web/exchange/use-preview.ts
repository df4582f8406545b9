// What the order in the ticket would do, asked of the API: some time after the last key, and again as the book moves.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { answerOf, api } from '../api/client';
import { useStandingError } from '../api/standing-error';
import type { AnswerOf } from '../api/types';
import { useDebounced } from '../ui/use-debounced';
import { useBook } from './book-store';
import { isComplete, termsOf, type Draft } from './ticket-draft';

export type OrderPreview = AnswerOf<'/api/v1/exchange/orders/preview', 'post'>;

const againMs = 800;

/** Nothing is asked while the ticket is not wholly written. */
export function usePreview(draft: Draft) {
  const settled = useDebounced(draft);
  const isWritten = isComplete(settled);
  const body = termsOf(settled);
  const query = useQuery({
    queryKey: ['own', 'order-preview', body],
    queryFn: () => answerOf(api.POST('/api/v1/exchange/orders/preview', { body })),
    enabled: isWritten,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const sequence = useBook().book?.sequence;
  const { refetch } = query;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (!isWritten) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void refetch();
    }, againMs);
  }, [sequence, isWritten, refetch]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [refetch, isWritten],
  );
  // What was asked for an earlier draft says nothing of this one.
  const isOfDraft = JSON.stringify(termsOf(draft)) === JSON.stringify(body);
  return { data: query.data, error: useStandingError(query), isWritten, isOfDraft };
}
