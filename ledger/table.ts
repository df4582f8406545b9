// A table that decisions read and write: its rows are loaded by key with one query a batch and written set-wise
// with one statement a batch (DESIGN 3). Column names are the row's property names in snake case.
import { InvariantError } from '../domain/errors';
import { arrayLiteral, columnOf, scalar, type SqlType } from './sql-array';
import type { StatementResult } from './statement-pipeline';

/** A prepared statement with its parameters. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Runs one statement inside the batch's transaction; calls made together share a round trip. */
export interface BatchSql {
  query(name: string, text: string, values: readonly unknown[]): Promise<StatementResult>;
}

interface ColumnTypes {
  bigint: bigint;
  int: number;
  text: string;
  uuid: string;
  boolean: boolean;
  bytea: Buffer;
  json: unknown;
  numeric: string;
  timestamptz: number;
}

type ColumnType = SqlType | `${SqlType}?`;
type Columns = Readonly<Record<string, ColumnType>>;

type ValueOf<T extends ColumnType> = T extends `${infer Base extends SqlType}?`
  ? ColumnTypes[Base] | null
  : T extends SqlType
    ? ColumnTypes[T]
    : never;

/** The row type that a table's columns describe: times in milliseconds, amounts in base units. */
export type RowOf<T> = T extends Table<infer Row> ? Row : never;
type RowOfColumns<C extends Columns> = { readonly [K in keyof C]: ValueOf<C[K]> };

export interface Table<Row> {
  readonly name: string;
  keyOf(row: Row): string;
  load(sql: BatchSql, keys: readonly string[]): Promise<Map<string, Row>>;
  /**
   * What writes the rows; null where nothing is stored. Encoding comes before anything of the batch is sent, so that
   * a value which cannot be encoded never leaves half a batch behind.
   */
  write(rows: readonly Row[]): Statement | null;
  /** Rows are born and never change: no two commands of a batch may write the same one. */
  readonly isInsertOnly?: boolean;
}

interface TableDefinition<C extends Columns> {
  /** The table's name in the database. */
  readonly name: string;
  readonly columns: C;
  /** The property that rows are found by: a unique column of type uuid, text or int. */
  readonly key: keyof C & string;
  /**
   * insert: rows are born here and never change. upsert: born and changed here. update: born elsewhere (the
   * other columns belong to plain SQL), changed here.
   */
  readonly writes: 'insert' | 'upsert' | 'update';
  /** Properties that decisions read but the committer does not write: plain SQL owns them. */
  readonly readOnly?: readonly (keyof C & string)[];
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function baseType(type: ColumnType): SqlType {
  return type.replace('?', '') as SqlType;
}

/** Describes a table once; the SQL for loading and writing it follows. */
export function defineTable<const C extends Columns>(
  definition: TableDefinition<C>,
): Table<RowOfColumns<C>> {
  type Row = RowOfColumns<C>;
  const { name, key, writes } = definition;
  const properties = Object.keys(definition.columns);
  const columnTypes = properties.map((property) =>
    baseType(definition.columns[property] ?? 'text'),
  );
  const columns = properties.map(toSnakeCase);
  const keyColumn = toSnakeCase(key);
  const keyType = baseType(definition.columns[key] ?? 'text');
  const aliased = properties.map((property, i) => `t.${columns[i]} as "${property}"`).join(', ');
  const written = properties
    .map((property, i) => ({
      property,
      type: columnTypes[i] ?? 'text',
      column: columns[i] ?? property,
    }))
    .filter(({ property }) => !definition.readOnly?.includes(property));
  const loadText = `select ${aliased} from ${name} t where t.${keyColumn} = any($1::${keyType}[])`;
  const arrays = written.map(({ type }, i) => `unnest($${i + 1}::${type}[])`).join(', ');
  const scalars = written.map(({ type }, i) => `$${i + 1}::${type}`).join(', ');
  const writeText = (rows: string) => writeTextOf(name, writes, keyColumn, written, rows);
  const writeManyText = writeText(`select ${arrays}`);
  // An unnest of thirty arrays costs more than the row that is in them, and most batches of a quiet hour have one.
  const writeOneText = writeText(`values (${scalars})`);

  return {
    name,
    keyOf: (row) => String(row[key]),
    async load(sql, keys) {
      const { rows } = await sql.query(`load ${name}`, loadText, [arrayLiteral(keyType, keys)]);
      return new Map((rows as Row[]).map((row) => [String(row[key]), row]));
    },
    write(rows) {
      const [only] = rows;
      if (only && rows.length === 1) {
        const values = written.map(({ property, type }) => scalar(type, only[property] as never));
        return { name: `write one ${name}`, text: writeOneText, values };
      }
      const values = written.map(({ property, type }) =>
        columnOf(type, rows, (row) => row[property] as never),
      );
      return { name: `write ${name}`, text: writeManyText, values };
    },
    isInsertOnly: writes === 'insert',
  };
}

/** @param rows a query for the rows, their columns in the order of `written`. */
function writeTextOf(
  name: string,
  writes: 'insert' | 'upsert' | 'update',
  keyColumn: string,
  written: readonly { readonly column: string }[],
  rows: string,
): string {
  const columns = written.map(({ column }) => column).join(', ');
  const changed = written.map(({ column }) => column).filter((column) => column !== keyColumn);
  const set = (source: string) =>
    changed.map((column) => `${column} = ${source}.${column}`).join(', ');
  switch (writes) {
    case 'insert':
      return `insert into ${name} (${columns}) ${rows}`;
    case 'upsert':
      return `insert into ${name} (${columns}) ${rows} on conflict (${keyColumn}) do update set ${set('excluded')}`;
    case 'update':
      return `update ${name} t set ${set('n')} from (${rows}) as n(${columns}) where t.${keyColumn} = n.${keyColumn}`;
  }
}

interface LookupDefinition {
  readonly name: string;
  readonly keyType: SqlType;
  /** Selects `key` and the row's properties where the key is one of `$1`, an array of the key's type. */
  readonly sql: string;
}

/** Something that decisions only read: a query by key, one row a key. */
export function defineLookup<Row>({ name, keyType, sql: text }: LookupDefinition): Table<Row> {
  const neverWritten = () => {
    throw new InvariantError(`${name} is only read`);
  };
  return {
    name,
    keyOf: neverWritten,
    write: neverWritten,
    async load(sql, keys) {
      const { rows } = await sql.query(`load ${name}`, text, [arrayLiteral(keyType, keys)]);
      return new Map((rows as (Row & { key: unknown })[]).map((row) => [String(row.key), row]));
    },
  };
}
