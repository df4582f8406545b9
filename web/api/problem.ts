// What the API refuses, in its own words (RFC 9457).

interface ProblemFields {
  /** 0: there was no answer. */
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly code: string | undefined;
  /** What is wrong, by the field that it is wrong with. */
  readonly fields: Readonly<Record<string, string>>;

  constructor({ status, title, detail, code, errors = [] }: ProblemFields) {
    super(detail ?? title);
    this.status = status;
    this.title = title;
    this.code = code;
    this.fields = Object.fromEntries(errors.map(({ path, message }) => [path, message]));
  }
}

/** @param body of a refusal: a problem document, or whatever else came. */
export function problemOf(status: number, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'title' in body) {
    return new Problem({ ...(body as ProblemFields), status });
  }
  return new Problem({ status, title: `The API answered ${status}` });
}
