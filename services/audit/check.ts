// What one part of the audit is: it reads committed rows and says, in sentences, what does not hold.
import type { Knex } from 'knex';

export interface AuditContext {
  readonly db: Knex;
  /** Called now and then in long checks, so that a caller may show progress or prove to be alive. */
  readonly onProgress: (text: string) => void;
}

export interface AuditCheck {
  /** A sentence that is true when the check finds nothing. */
  readonly title: string;
  /** Yields a sentence for each thing that does not hold. */
  run(context: AuditContext): AsyncIterable<string>;
}

/** A check that is one query: every row it returns is a finding, told by its column `finding`. */
export function sqlCheck(title: string, sql: string): AuditCheck {
  return {
    title,
    async *run({ db }) {
      const { rows } = await db.raw<{ rows: { finding: string }[] }>(sql);
      for (const { finding } of rows) yield finding;
    },
  };
}

/** A time as JSON tells it, for comparing columns with what was announced or logged. */
export function isoSql(time: string): string {
  return `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
