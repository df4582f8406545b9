// How long a lifecycle waits for what it was told (DESIGN 5, absolute deadlines): an answer may be heard late.
import { leftToWaitMs } from '../../workflows/stepped-lifecycle';

const now = Date.parse('2026-12-01T12:00:00Z');
const after = (ms: number) => new Date(now + ms).toISOString();

beforeEach(() => {
  jest.useFakeTimers({ now });
});
afterEach(() => {
  jest.useRealTimers();
});

it.each([
  ['heard at once', 60_000, after(60_000), 60_000],
  ['heard half a minute later', 60_000, after(30_000), 30_000],
  ['heard long after it was due', 60_000, after(-3_600_000), 1_000],
  ['due in less than a second', 400, after(400), 400],
  ['by a journal whose clock is behind', 60_000, after(-5_000), 1_000],
  ['by a journal whose clock is ahead', 60_000, after(90_000), 60_000],
  ['in the way of something, with nothing due', 1_000, undefined, 1_000],
  ['by a history from before', 60_000, undefined, 60_000],
])('%s', (_, waitMs, dueAt, left) => {
  const next = { kind: 'close', waitMs, ...(dueAt === undefined ? {} : { dueAt }) } as const;
  expect(leftToWaitMs(next)).toBe(left);
});
