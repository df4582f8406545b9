// Reads a long query through a cursor for the audit, so that memory does not grow with its rows: one sort in the database,
// where pages of it would take one each.
import type { Knex } from 'knex';

const rowsAtOnce = 5_000;

/**
 * All rows of a query, in its order.
 * @param db a transaction
 * @param name of the cursor, which nobody else uses meanwhile
 */
export async function* streamRows<Row>(
  db: Knex,
  name: string,
  sql: string,
): AsyncGenerator<Row, undefined> {
  // All of it is read: what answers soonest is not what is over soonest.
  await db.raw('set local cursor_tuple_fraction = 1');
  await db.raw(`declare ${name} no scroll cursor for ${sql}`);
  for (;;) {
    const { rows } = await db.raw<{ rows: Row[] }>(`fetch ${rowsAtOnce} from ${name}`);
    yield* rows;
    if (rows.length < rowsAtOnce) break;
  }
  await db.raw(`close ${name}`);
  return undefined;
}

/** Rows that come in the order of a key: all of one key at a time. */
export class RowGroups<Row> {
  private next: Row | undefined;
  private isBegun = false;

  constructor(
    private readonly rows: AsyncIterator<Row, undefined>,
    private readonly keyOf: (row: Row) => string,
  ) {}

  /** The rows of a key, none if there are none. Rows of keys before it are passed over to `orphan`. */
  async take(key: string, orphan: (row: Row) => void): Promise<readonly Row[]> {
    const taken: Row[] = [];
    for (let row = await this.peek(); row !== undefined; row = await this.advance()) {
      const found = this.keyOf(row);
      if (found > key) break;
      if (found === key) taken.push(row);
      else orphan(row);
    }
    return taken;
  }

  /** The rows of the next key, none after the last. */
  async takeNext(): Promise<readonly Row[]> {
    const first = await this.peek();
    return first === undefined ? [] : this.take(this.keyOf(first), () => undefined);
  }

  async takeRest(): Promise<readonly Row[]> {
    const taken: Row[] = [];
    for (let row = await this.peek(); row !== undefined; row = await this.advance())
      taken.push(row);
    return taken;
  }

  private async peek(): Promise<Row | undefined> {
    if (!this.isBegun) await this.advance();
    return this.next;
  }

  private async advance(): Promise<Row | undefined> {
    this.isBegun = true;
    this.next = (await this.rows.next()).value;
    return this.next;
  }
}
