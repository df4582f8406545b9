// What was traded last, by anybody; what the platform bought back or liquidated is marked.
import { groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { Loaded } from '../ui/loaded';
import type { Trade } from './merging';
import { useTrades } from './trades';
import { priceText, sideWords, sourceWords } from './texts';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const shown = 40;

export function RecentTrades() {
  const trades = useTrades();
  return (
    <Card title="Trades" className="trades">
      <Loaded query={trades}>
        {(data) =>
          data.length === 0 ? (
            <p className="empty">Nothing was traded yet.</p>
          ) : (
            <TradeTable trades={data.slice(0, shown)} />
          )
        }
      </Loaded>
    </Card>
  );
}

function TradeTable({ trades }: { readonly trades: readonly Trade[] }) {
  return (
    <div className="market-rows" role="region" aria-label="Trades" tabIndex={0}>
      <table>
        <caption className="unseen">Trades, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Price</th>
            <th scope="col">Quantity, LCO</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {trades.map((trade) => (
            <TradeRow key={trade.id} {...trade} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TradeRow({ price, quantity, side, source, at }: Trade) {
  const isBuy = side === 'buy';
  return (
    <tr>
      <th scope="row" className={isBuy ? 'up' : 'down'}>
        <span aria-hidden="true">{isBuy ? '▲' : '▼'}</span>
        <span className="unseen">{sideWords[side]}</span> {priceText(price)}
      </th>
      <td>{groupDigits(quantity)}</td>
      <td>
        {source !== 'order' && <span className="source">{sourceWords[source]}</span>}{' '}
        <time dateTime={at} title={at}>
          {clock.format(new Date(at))}
        </time>
      </td>
    </tr>
  );
}
