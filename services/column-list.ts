// For queries that are written out as text: a table's columns in one place, as those of the query builder are.

/** A table's columns as a select list, each named like its property. */
export function columnList(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([property, column]) => `${column} as "${property}"`)
    .join(', ');
}
