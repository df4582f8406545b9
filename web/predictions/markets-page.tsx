// All prediction markets: filtered, searched, sorted; and what the reader holds of them.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { answerOf, api } from '../api/client';
import { Card } from '../ui/card';
import { Loaded } from '../ui/loaded';
import { MoreButton } from '../ui/more-button';
import { useDebounced } from '../ui/use-debounced';
import { MarketRow } from './market-row';
import { filterOf, MarketFilters, type Filter } from './market-filters';
import { OwnPositions } from './own-positions';
import { newMarketId } from './propose-page';

const everyMs = 5_000;
const atOnce = 20;

export function MarketsPage() {
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const markets = useMarkets(useDebounced(filter));
  const change = (over: Partial<Filter>) => {
    const chosen = Object.entries({ ...filter, ...over }).filter(([, text]) => text !== '');
    setParams(new URLSearchParams(chosen), { replace: true });
  };
  return (
    <>
      <div className="card-head">
        <h1>Predictions</h1>
        <Link className="prediction-propose" href={`/predictions/${newMarketId}`}>
          Propose a market
        </Link>
      </div>
      <OwnPositions />
      <Card title="Markets">
        <MarketFilters filter={filter} onChange={change} />
        <Loaded query={markets}>
          {(rows) =>
            rows.length === 0 ? (
              <p className="empty">No market matches.</p>
            ) : (
              <ul className="prediction-list">
                {rows.map((market) => (
                  <MarketRow key={market.id} market={market} />
                ))}
              </ul>
            )
          }
        </Loaded>
        <MoreButton query={markets} />
      </Card>
    </>
  );
}

function useMarkets({ status, tag, q, sort }: Filter) {
  const query = {
    limit: atOnce,
    sort,
    ...(status && { status }),
    ...(tag && { tag }),
    ...(q && { q }),
  };
  return useInfiniteQuery({
    queryKey: ['predictions', 'list', query],
    queryFn: ({ pageParam: cursor }) =>
      answerOf(
        api.GET('/api/v1/predictions', {
          params: { query: { ...query, ...(cursor && { cursor }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
    refetchInterval: everyMs,
    // What was listed stays until what is typed is found.
    placeholderData: keepPreviousData,
  });
}
