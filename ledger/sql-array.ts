// Array parameters for set-wise SQL: one text literal a column for `unnest`. Written here because the
// driver's generic encoder inspects every element, which shows at 60,000 rows a second.

export type SqlType =
  'bigint' | 'int' | 'text' | 'uuid' | 'boolean' | 'bytea' | 'json' | 'numeric' | 'timestamptz';

type SqlValue = bigint | number | string | boolean | Buffer | object | null;

function quote(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/** One value as the parameter of a statement for a single row. */
export function scalar(type: SqlType, value: SqlValue): string | Buffer | null {
  if (value === null) return null;
  switch (type) {
    case 'timestamptz':
      return new Date(value as number).toISOString();
    case 'bytea':
      return value as Buffer;
    case 'json':
      return JSON.stringify(value);
    default:
      return (value as bigint | number | string | boolean).toString();
  }
}

function encode(type: SqlType, value: SqlValue): string {
  const text = scalar(type, value);
  if (text === null) return 'NULL';
  if (typeof text !== 'string') return `"\\\\x${text.toString('hex')}"`;
  return type === 'text' || type === 'json' || type === 'timestamptz' ? quote(text) : text;
}

/** One property of every item as the literal of a one-dimensional array: `[1n, null]` -> `{1,NULL}`. */
export function columnOf<Item>(
  type: SqlType,
  items: readonly Item[],
  pick: (item: Item) => SqlValue,
): string {
  return `{${items.map((item) => encode(type, pick(item) ?? null)).join(',')}}`;
}

/** The values themselves as the literal of an array. */
export function arrayLiteral(type: SqlType, values: readonly SqlValue[]): string {
  return columnOf(type, values, (value) => value);
}
