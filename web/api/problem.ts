// What the API refuses, in its own words (RFC 9457).

interface ProblemFields {
  /** 0: there was no answer. */
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** `param`: the field that a rule refused. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly code: string | undefined;
  /** What is wrong, by the field that it is wrong with. */
  readonly fields: Readonly<Record<string, string>>;

  constructor({ status, title, detail, code, errors = [], details = {} }: ProblemFields) {
    super(detail ?? title);
    this.status = status;
    this.title = title;
    this.code = code;
    const { param } = details;
    const refused: readonly (readonly [string, string])[] =
      typeof param === 'string' ? [[param, this.message]] : [];
    const malformed = errors.map(({ path, message }) => [path, message] as const);
    this.fields = Object.fromEntries([...refused, ...malformed]);
  }
}

/** @param body of a refusal: a problem document, or whatever else came. */
export function problemOf(status: number, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'title' in body) {
    return new Problem({ ...(body as ProblemFields), status });
  }
  return new Problem({ status, title: `The API answered ${status}` });
}
