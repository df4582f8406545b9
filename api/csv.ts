// Tables as CSV (RFC 4180, with a header), in pieces: for programs, and for people who open them in a spreadsheet. Text that
// a spreadsheet would take for a formula gets an apostrophe before it.
import { stringify } from 'csv-stringify/sync';

type Cell = string | number | null;

/** What stands in each column, by the column's name. */
export type CsvColumns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

async function* writePieces<Row>(
  columns: CsvColumns<Row>,
  batches: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  const cells = Object.values(columns);
  // With the first batch, not before it: an answer that has begun can no longer say that the database is away.
  let lines: Cell[][] = [Object.keys(columns)];
  const write = () => stringify(lines, { record_delimiter: 'windows', escape_formulas: true });
  for await (const batch of batches) {
    lines = [...lines, ...batch.map((row) => cells.map((cell) => cell(row)))];
    if (lines.length > 0) yield write();
    lines = [];
  }
  if (lines.length > 0) yield write();
}

/** A reply that browsers save as a file. @param fileName without characters that would need quoting */
export function replyWithCsv<Row>(
  fileName: string,
  columns: CsvColumns<Row>,
  batches: AsyncIterable<readonly Row[]>,
) {
  return {
    pieces: writePieces(columns, batches),
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${fileName}"`,
    },
  };
}
