// A list that the API answers page by page, as one.
import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import type { ListPage } from './all-pages';

interface PagesOptions<Item> {
  readonly queryKey: QueryKey;
  /** @param cursor undefined for the first page */
  readonly ask: (cursor: string | undefined) => Promise<ListPage<Item>>;
  /** In milliseconds, while it is one page: all that were loaded are asked for, so that many are asked for as much less often. */
  readonly refetchInterval?: number;
  readonly isEnabled?: boolean;
}

/** `data` has the items of all pages that were asked for. */
export function usePages<Item>({
  queryKey,
  ask,
  refetchInterval,
  isEnabled = true,
}: PagesOptions<Item>) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
    enabled: isEnabled,
    refetchInterval: ({ state }) =>
      refetchInterval !== undefined && refetchInterval * (state.data?.pages.length ?? 1),
  });
}
