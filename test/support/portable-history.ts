// A history as it can be kept: its failures tell what went wrong, but not where the code lay on the machine that ran
// it. Replaying reads no stacks.
const stackKeys = new Set(['stackTrace', 'stack_trace', 'stack']);
const stackFrame = /^\s*at /;

/** The JSON of a history without the frames of stacks, those within payloads included; all else stays as it is. */
export function withoutStackFrames<Json>(json: Json): Json {
  return strip(json) as Json;
}

function strip(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return stackKeys.has(key) ? withoutFrames(value) : value;
  if (Array.isArray(value)) return value.map((item) => strip(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, strip(item, name)]);
  return stripPayload(Object.fromEntries(entries) as Record<string, unknown>);
}

function withoutFrames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !stackFrame.test(line))
    .join('\n');
}

/** A payload's data are base64, of JSON as a rule; what holds no stack keeps its very bytes. */
function stripPayload(object: Record<string, unknown>): Record<string, unknown> {
  const { metadata, data } = object;
  if (typeof metadata !== 'object' || typeof data !== 'string') return object;
  const json = parse(Buffer.from(data, 'base64').toString());
  const before = JSON.stringify(json);
  const after = JSON.stringify(strip(json));
  return before === after ? object : { ...object, data: Buffer.from(after).toString('base64') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
