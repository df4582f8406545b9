// What no schema sees: nesting that would exhaust a recursion further in, characters that PostgreSQL cannot store (NUL)
// or that are none (half a surrogate pair), and numbers that JSON.parse reads as infinite (1e400), which have no
// canonical form to fingerprint. Refused for every request before its schema is asked.
import { MalformedRequest } from './problem';

const maxDepth = 20;

const notText = /[\0\p{Surrogate}]/u;

/** @throws MalformedRequest naming the place. */
export function checkPlainJson(value: unknown, path: string = '', depth = 0): void {
  if (typeof value === 'string') {
    if (notText.test(value)) refuse(path, 'holds a character that is not text');
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, 'is a number too large to be read');
  } else if (typeof value === 'object' && value !== null) {
    if (depth === maxDepth) refuse(path, `is nested deeper than ${maxDepth} levels`);
    for (const [key, member] of Object.entries(value)) {
      checkPlainJson(key, path, depth + 1);
      checkPlainJson(member, path === '' ? key : `${path}.${key}`, depth + 1);
    }
  }
}

function refuse(path: string, message: string): never {
  throw new MalformedRequest('The request holds what no field can take.', [
    { path: path.slice(0, 200), message },
  ]);
}
