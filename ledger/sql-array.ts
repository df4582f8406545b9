// Array parameters for set-wise SQL: one text literal a column for `unnest`. Written here because the
// driver's generic encoder inspects every element, which shows at 60,000 rows a second.

export type SqlType =
  'bigint' | 'int' | 'text' | 'uuid' | 'boolean' | 'bytea' | 'json' | 'numeric' | 'timestamptz';

type SqlValue = bigint | number | string | boolean | Buffer | object | null;

function quote(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

function encode(type: SqlType, value: SqlValue): string {
  if (value === null) return 'NULL';
  switch (type) {
    case 'bigint':
    case 'int':
    case 'uuid':
    case 'boolean':
    case 'numeric':
      return (value as bigint | number | string | boolean).toString();
    case 'timestamptz':
      return `"${new Date(value as number).toISOString()}"`;
    case 'bytea':
      return `"\\\\x${(value as Buffer).toString('hex')}"`;
    case 'json':
      return quote(JSON.stringify(value));
    case 'text':
      return quote(value as string);
  }
}

/** The literal of a one-dimensional array: `[1n, null]` -> `{1,NULL}`. */
export function arrayLiteral(type: SqlType, values: readonly SqlValue[]): string {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) literal += ',';
    literal += encode(type, values[i] ?? null);
  }
  return `${literal}}`;
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

/** One property of every item as an array literal. */
export function columnOf<Item>(
  type: SqlType,
  items: readonly Item[],
  pick: (item: Item) => SqlValue,
): string {
  return arrayLiteral(type, items.map(pick));
}
