// Prepared statements that go to PostgreSQL in one piece and come back in one: Parse once a connection, then Bind and
// Execute for each, and one Sync behind all. The driver's own pipelining costs a Sync, a Describe and a write for every
// statement, which is most of what a small batch costs. When a statement fails the server skips all that come behind
// it, COMMIT included.
import type { Connection, DatabaseError, Submittable } from 'pg';
import { assert } from '../domain/errors';
import { columnParser } from './connection';

export interface StatementResult {
  /** `SELECT`, `COMMIT`, … */
  readonly command: string;
  /** Rows that were found or written. */
  readonly rowCount: number;
  readonly rows: readonly unknown[];
}

type Value = Buffer | string | null;

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** A statement as one connection knows it. */
interface Prepared {
  readonly name: string;
  readonly text: string;
  isParsed: boolean;
  /** The server's answer to Describe, asked for once; undefined until then. */
  columns: readonly Column[] | undefined;
}

interface Queued {
  readonly prepared: Prepared;
  readonly values: readonly Value[];
  /** As the server wrote them. */
  readonly rows: (readonly (string | null)[])[];
  readonly resolve: (result: StatementResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What the driver offers to those who speak the extended protocol themselves. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: readonly Value[] }): void;
  describe(what: { type: 'S'; name: string }): void;
  execute(): void;
  sync(): void;
}

interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** The statements that a connection has prepared, by text. */
export class PreparedStatements {
  private readonly known = new Map<string, Prepared>();

  /** @param name for people who read the server's log; two texts never share one. */
  find(name: string, text: string): Prepared {
    let prepared = this.known.get(text);
    if (!prepared) {
      prepared = {
        name: `${this.known.size} ${name}`,
        text,
        isParsed: false,
        columns: undefined,
      };
      this.known.set(text, prepared);
    }
    return prepared;
  }
}

/**
 * Statements for one round trip, in the order in which they were added. A connection on which one has failed is to be
 * given up: what it has prepared is not known for certain any more.
 */
export class StatementPipeline implements Submittable {
  private readonly queued: Queued[] = [];
  private answered = 0;

  /**
   * Resolves with the statement's own answer, which may come before those behind it are done. Throws at once what cannot
   * be encoded: no COMMIT may go out behind a statement that did not.
   */
  add(prepared: Prepared, values: readonly unknown[]): Promise<StatementResult> {
    const encoded = values.map(toValue);
    const answer = new Promise<StatementResult>((resolve, reject) => {
      this.queued.push({ prepared, values: encoded, rows: [], resolve, reject });
    });
    // When one fails, nobody may be waiting for the others yet.
    answer.catch(() => undefined);
    return answer;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    try {
      for (const { prepared, values } of this.queued) {
        const { name, text } = prepared;
        if (!prepared.isParsed) {
          wire.parse({ name, text });
          wire.describe({ type: 'S', name });
          prepared.isParsed = true;
        }
        wire.bind({ statement: name, values });
        wire.execute();
      }
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  // From here on: what the driver calls as messages arrive.

  handleRowDescription({ fields }: RowDescription): void {
    this.current.prepared.columns = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: columnParser(dataTypeID),
    }));
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    this.current.rows.push(fields);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const { prepared, rows, resolve, reject } = this.current;
    this.answered++;
    const words = text.split(' ');
    const columns = prepared.columns ?? [];
    // What is thrown here has nobody to catch it but the process.
    try {
      const read = rows.map((fields) => readRow(columns, fields));
      resolve({ command: words[0] ?? '', rowCount: Number(words.at(-1)) || 0, rows: read });
    } catch (error) {
      reject(error);
    }
  }

  /** A statement failed, or the connection did. */
  handleError(error: DatabaseError | Error): void {
    for (const { reject } of this.queued.slice(this.answered)) reject(error);
    this.answered = this.queued.length;
  }

  handleReadyForQuery(): void {
    const isWhole = this.answered === this.queued.length;
    if (!isWhole) this.handleError(new Error('the server left statements unanswered'));
  }

  private get current(): Queued {
    const queued = this.queued[this.answered];
    assert(queued, 'an answer belongs to a statement');
    return queued;
  }
}

function readRow(columns: readonly Column[], fields: readonly (string | null)[]): unknown {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i];
    const text = fields[i] ?? null;
    if (column) row[column.name] = text === null ? null : column.parse(text);
  }
  return row;
}

/** Numbers and bigints go as text; the server knows a parameter's type. */
function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value;
  assert(typeof value === 'bigint' || typeof value === 'number', 'a parameter of a known type');
  return value.toString();
}
