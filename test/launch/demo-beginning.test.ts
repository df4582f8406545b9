// When the demo's history begins: about a week ago, and not just before a round of Compute Wars ends, which nobody would have
// played.
import { roundAt } from '../../domain/war-round';
import { beginningOf } from '../../launch/demo/opening';
import { historyMs } from '../../launch/demo/timeline';

const hourMs = 3_600_000;

it.each([
  ['in the week', '2026-11-25T12:00:00Z', 0],
  ['two minutes before a round ends', '2026-11-29T23:58:00Z', 58 * 60_000],
  ['as a round ends', '2026-11-30T00:00:00Z', 0],
  ['an hour before', '2026-11-29T23:00:00Z', 0],
])('%s', (_, now, earlierMs) => {
  const nowMs = Date.parse(now);
  const from = beginningOf(nowMs);
  expect(nowMs - historyMs - from).toBe(earlierMs);
  expect(roundAt(from, historyMs, null).endsAt - from).toBeGreaterThanOrEqual(hourMs);
});
