// Reading a request by its schema, and what is wrong with it in OpenAI's words: one fault, the parameter at fault, and why a
// field that the protocol knows and this relay does not is refused.
import { type z } from 'zod';
import { DomainError } from '../domain/errors';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const atUpstream = 'it names state at the upstream, which is not kept for callers of this relay';
const unbounded = 'its cost cannot be bounded before the call';
const hosted = 'of the tools that an upstream runs, the cost cannot be bounded before the call';
const files = 'files are not relayed; put their text into the message';

/** Why a field or a kind that the protocol knows is refused here. */
export type Refusals = Pick<ReadonlyMap<string, string>, 'get'>;

/** What OpenAI knows and this relay refuses. */
const unsupported: Refusals = new Map([
  ['store', atUpstream],
  ['previous_response_id', atUpstream],
  ['conversation', atUpstream],
  ['background', atUpstream],
  ['prompt', atUpstream],
  ['prediction', unbounded],
  ['web_search_options', unbounded],
  ['moderation', unbounded],
  ['audio', 'audio is not relayed'],
  ['modalities', 'only text is relayed'],
  ['service_tier', 'only the default tier is relayed, for the others have other prices'],
  ['input_audio', 'audio is not relayed'],
  ['file', files],
  ['input_file', files],
  [
    'file_id',
    'files at the upstream are not kept for callers of this relay; send an address or data',
  ],
  ['item_reference', `${atUpstream}; send the item itself`],
  ['context_management', unbounded],
  // Tools that the upstream runs
  ['code_interpreter', hosted],
  ['computer', hosted],
  ['computer_use_preview', hosted],
  ['file_search', hosted],
  ['image_generation', hosted],
  ['local_shell', hosted],
  ['mcp', hosted],
  ['programmatic_tool_calling', hosted],
  ['shell', hosted],
  ['tool_search', hosted],
  ['web_search', hosted],
  ['web_search_2025_08_26', hosted],
  ['web_search_preview', hosted],
  ['web_search_preview_2025_03_11', hosted],
]);

/**
 * Whether a body has at most `maxItems` array items and fields in all. The schema lists every fault of every item, so
 * that a megabyte of wrong items would take seconds.
 */
function isWithinSize(body: unknown, maxItems: number, takesTokens: boolean): boolean {
  const open = [body];
  let items = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (takesTokens && isOfTokens(value)) continue;
    for (const child of children) {
      if (++items > maxItems) return false;
      if (typeof child === 'object' && child !== null) open.push(child);
    }
  }
  return true;
}

/** A text that the caller has tokenized: long, and soon read. */
function isOfTokens(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0);
}

const maxItems = 50_000;

/**
 * @param takesTokens arrays of tokens count as one item each.
 * @throws DomainError INVALID_REQUEST whose details name the parameter at fault.
 */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  refusals = unsupported,
  takesTokens = false,
): z.output<Schema> {
  if (!isWithinSize(body, maxItems, takesTokens)) {
    throw new DomainError('INVALID_REQUEST', `A request has at most ${maxItems} items and fields.`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw issue
    ? explainIssue(issue, body, refusals)
    : new DomainError('INVALID_REQUEST', 'The request cannot be read.');
}

/** `messages[0].content[1].type`, as OpenAI writes it. */
function nameOf(path: Path): string {
  return path.reduce<string>((name, step) => {
    if (typeof step === 'number') return `${name}[${step}]`;
    return name === '' ? String(step) : `${name}.${String(step)}`;
  }, '');
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    body,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number';
  return `a ${typeof value}`;
}

const expectedKinds: ReadonlyMap<string, string> = new Map([
  ['int', 'an integer'],
  ['number', 'a number'],
  ['string', 'a string'],
  ['boolean', 'a boolean'],
  ['array', 'an array'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['null', 'null'],
  ['File', 'a file'],
]);

function isOfSize({ code }: Issue): boolean {
  return code === 'too_big' || code === 'too_small';
}

/** Of a union, the branch that the value came closest to: whose fault lies deepest in it. */
function innermost(issue: Issue): { issue: Issue; path: Path } {
  if (issue.code !== 'invalid_union') return { issue, path: issue.path };
  let best: { issue: Issue; path: Path } | undefined;
  for (const branch of issue.errors) {
    const [first] = branch;
    if (!first) continue;
    const inner = innermost(first);
    // Of the right kind, but too long.
    if (isOfSize(inner.issue)) return { issue: inner.issue, path: [...issue.path, ...inner.path] };
    if (!best || inner.path.length > best.path.length) best = inner;
  }
  if (!best || best.path.length === 0) return { issue, path: issue.path };
  return { issue: best.issue, path: [...issue.path, ...best.path] };
}

function refuse(param: string, code: string, message: string): DomainError {
  return new DomainError('INVALID_REQUEST', message, param === '' ? { code } : { param, code });
}

function refuseKnown(param: string, reason: string): DomainError {
  return refuse(param, 'unsupported_parameter', `'${param}' is not supported here: ${reason}.`);
}

/** The refusal of a request that does not have the declared form. */
function explainIssue(outer: Issue, body: unknown, refusals: Refusals): DomainError {
  const { issue, path } = innermost(outer);
  const param = nameOf(path);
  const value = valueAt(body, path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const name = nameOf([...path, key]);
    const reason = path.length === 0 ? refusals.get(key) : undefined;
    if (reason) return refuseKnown(name, reason);
    return refuse(name, 'unknown_parameter', `Unknown parameter: '${name}'.`);
  }
  // Beside the fields of the request itself, files are named where their content may stand.
  const isKnownField = path.length === 1 || path.at(-1) === 'file_id';
  if (isKnownField && value !== undefined && value !== null) {
    const reason = refusals.get(String(path.at(-1)));
    if (reason) return refuseKnown(param, reason);
  }
  if (value === undefined && path.length > 0) {
    const message = `Missing required parameter: '${param}'.`;
    return refuse(param, 'missing_required_parameter', message);
  }
  if (path.at(-1) === 'type' && typeof value === 'string') {
    const reason = refusals.get(value);
    const message = reason
      ? `'${value}' is not supported here: ${reason}.`
      : `Invalid value for '${param}': '${value.slice(0, 100)}' is not supported here.`;
    return refuse(param, 'invalid_value', message);
  }
  switch (issue.code) {
    case 'invalid_type': {
      const expected = expectedKinds.get(issue.expected) ?? issue.expected;
      const what = path.length === 0 ? 'the body' : `'${param}'`;
      return refuse(
        param,
        'invalid_type',
        `Invalid type for ${what}: expected ${expected}, but got ${kindOf(value)} instead.`,
      );
    }
    case 'too_small':
    case 'too_big': {
      const small = issue.code === 'too_small';
      const bound = small ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      if (typeof value === 'number') {
        const side = small ? 'below_min' : 'above_max';
        return refuse(
          param,
          `${Number.isInteger(value) ? 'integer' : 'decimal'}_${side}_value`,
          `Invalid '${param}': expected ${bound}, but got ${value} instead.`,
        );
      }
      const size = Array.isArray(value) ? 'items' : 'characters';
      return refuse(param, 'invalid_value', `Invalid '${param}': expected ${bound} ${size}.`);
    }
    case 'invalid_value': {
      const allowed = issue.values.map((one) => `'${String(one)}'`).join(', ');
      return refuse(param, 'invalid_value', `Invalid '${param}': expected one of ${allowed}.`);
    }
    case 'custom':
      return refuse(param, 'invalid_value', `Invalid '${param}': ${issue.message}.`);
    default:
      return refuse(param, 'invalid_value', `Invalid value for '${param}'.`);
  }
}
