// The order book: what rests on both sides, the depth as bars, and what lies between; a press on a price takes it over.
import { memo, useState } from 'react';
import { groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { Loading } from '../ui/loading';
import { Select } from '../ui/select';
import type { Book } from './book-follower';
import { useBook } from './book-store';
import { bookRows, spreadOf, stepText, stepTicks, type BookRow } from './book-view';
import { shareText } from './texts';
import { useIsLive } from './use-is-live';

const rowsShown = 15;
const steps = stepTicks.map((ticks) => [String(ticks), stepText(ticks)] as const);

interface OrderBookProps {
  readonly onPick: (price: string) => void;
}

export const OrderBook = memo(function OrderBook({ onPick }: OrderBookProps) {
  const { book, hasGap } = useBook();
  const isLive = useIsLive();
  const [step, setStep] = useState('1');
  return (
    <Card
      title="Order book"
      className="book"
      aside={<Select label="Price step" options={steps} value={step} onChange={setStep} />}
    >
      {book ? (
        <div className="sides" data-old={hasGap || !isLive || undefined}>
          <Sides book={book} ticks={Number(step)} onPick={onPick} />
        </div>
      ) : (
        <Loading />
      )}
    </Card>
  );
});

interface SidesProps extends OrderBookProps {
  readonly book: Book;
  readonly ticks: number;
}

function Sides({ book, ticks, onPick }: SidesProps) {
  const { bids, asks } = bookRows(book, ticks, rowsShown);
  return (
    <>
      <SideTable
        name="Asks"
        rows={[...asks].reverse()}
        empty="Nobody is selling."
        isHeaded
        onPick={onPick}
      />
      <Middle book={book} />
      <SideTable name="Bids" rows={bids} empty="Nobody is buying." onPick={onPick} />
    </>
  );
}

function Middle({ book }: { readonly book: Book }) {
  const spread = spreadOf(book.bids[0]?.[0], book.asks[0]?.[0]);
  if (!spread) return <p className="middle">One side is empty: there is no spread.</p>;
  return (
    <p className="middle figures">
      <span>
        Mid <strong>{spread.mid}</strong>
      </span>
      <span>
        Spread {spread.amount} ({shareText(spread.share)})
      </span>
    </p>
  );
}

interface SideTableProps extends OrderBookProps {
  readonly name: 'Asks' | 'Bids';
  readonly rows: readonly BookRow[];
  readonly empty: string;
  /** The second table has the first one's headings above it. */
  readonly isHeaded?: boolean;
}

function SideTable({ name, rows, empty, isHeaded = false, onPick }: SideTableProps) {
  if (rows.length === 0) return <p className="empty">{empty}</p>;
  return (
    <table className={name.toLowerCase()}>
      <caption className="unseen">{name}</caption>
      <thead className={isHeaded ? '' : 'unseen'}>
        <tr>
          <th scope="col">Price</th>
          <th scope="col">LCO</th>
          <th scope="col">Total LCO</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <SideRow key={row.price} row={row} onPick={onPick} />
        ))}
      </tbody>
    </table>
  );
}

function SideRow({ row, onPick }: OrderBookProps & { readonly row: BookRow }) {
  return (
    <tr onClick={() => onPick(row.price)}>
      <th scope="row">
        <svg className="depth" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          <rect x={100 - row.share * 100} width={row.share * 100} height="1" />
        </svg>
        <button
          type="button"
          className="plain"
          aria-label={`Take the price ${row.price}`}
          onClick={(event) => {
            event.stopPropagation();
            onPick(row.price);
          }}
        >
          {groupDigits(row.price)}
        </button>
      </th>
      <td>{groupDigits(row.quantity)}</td>
      <td>{groupDigits(row.total)}</td>
    </tr>
  );
}
