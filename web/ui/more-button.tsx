// The next page of a list.
import { Button } from 'react-aria-components';

/** Of `useInfiniteQuery`. */
export interface PagedQuery {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

export function MoreButton({ query }: { readonly query: PagedQuery }) {
  if (!query.hasNextPage) return null;
  return (
    <Button onPress={() => void query.fetchNextPage()} isDisabled={query.isFetchingNextPage}>
      {query.isFetchingNextPage ? 'Loading …' : 'More'}
    </Button>
  );
}
