// A table of what is answered page by page: on its way, failed, or there with a button for more.
import type { UseQueryResult } from '@tanstack/react-query';
import { DataTable, type DataTableProps } from './data-table';
import { Loaded } from './loaded';
import { MoreButton, type PagedQuery } from './more-button';

interface PagedTableProps<Row> extends Omit<DataTableProps<Row>, 'rows'> {
  /** Of `usePages`. */
  readonly query: UseQueryResult<Row[]> & PagedQuery;
}

export function PagedTable<Row>({ query, ...table }: PagedTableProps<Row>) {
  return (
    <>
      <Loaded query={query}>{(rows) => <DataTable {...table} rows={rows} />}</Loaded>
      <MoreButton query={query} />
    </>
  );
}
