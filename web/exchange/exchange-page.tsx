// The exchange: chart, order book, ticket, trades, and one's own orders.
import { lazy, memo, Suspense, useCallback, useState } from 'react';
import { loadFiles } from '../api/load-files';
import { Loading } from '../ui/loading';
import { Books, useNewBookStore } from './book-store';
import { useLiveTicker } from './market';
import { MarketStrip } from './market-strip';
import { OrderBook } from './order-book';
import { OrderTicket } from './order-ticket';
import { OwnOrders } from './own-orders';
import { RecentTrades } from './recent-trades';
import { emptyDraft, withPrice } from './ticket-draft';

/** What draws it is larger than all else of the page. */
const PriceChart = lazy(() => loadFiles(() => import('./price-chart')));

export default function ExchangePage() {
  useLiveTicker();
  const books = useNewBookStore();
  const [draft, setDraft] = useState(emptyDraft);
  const pick = useCallback((price: string) => setDraft((before) => withPrice(before, price)), []);
  return (
    <Books value={books}>
      <div className="exchange">
        <h1>
          Exchange <span className="unit">LCO / CREDIT</span>
        </h1>
        <Market />
        <OrderTicket draft={draft} onChange={setDraft} />
        <OrderBook onPick={pick} />
        <Below />
      </div>
    </Books>
  );
}

/** What does not change with what is being written into the ticket. */
const Market = memo(function Market() {
  return (
    <>
      <MarketStrip />
      <Suspense
        fallback={
          <section className="chart" aria-label="Chart">
            <Loading />
          </section>
        }
      >
        <PriceChart />
      </Suspense>
    </>
  );
});

const Below = memo(function Below() {
  return (
    <>
      <RecentTrades />
      <OwnOrders />
    </>
  );
});
