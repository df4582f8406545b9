// Rows of one kind in columns: headed, scrolled sideways where there is no room, and with a word where there are none.
import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures are aligned to the right, which is the rule; words to the left. */
  readonly isText?: boolean;
}

export interface DataTableProps<Row> {
  /** Read out, and shown above it unless its card's heading says the same. */
  readonly caption: string;
  readonly isCaptionShown?: boolean;
  /** The first one names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What is said of none. */
  readonly empty: string;
  readonly isCurrent?: (row: Row) => boolean;
}

export function DataTable<Row>({
  caption,
  isCaptionShown = false,
  columns,
  rows,
  keyOf,
  empty,
  isCurrent = () => false,
}: DataTableProps<Row>) {
  if (rows.length === 0) return <p className="empty">{empty}</p>;
  return (
    // It takes focus, so that the keyboard can scroll it.
    <div className="wide" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption className={isCaptionShown ? '' : 'unseen'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isText }) => (
              <th key={name} scope="col" className={isText ? 'text' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} aria-current={isCurrent(row) || undefined}>
              {columns.map(({ name, cell, isText }, index) =>
                index === 0 ? (
                  <th key={name} scope="row" className={isText ? 'text' : ''}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} className={isText ? 'text' : ''}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
