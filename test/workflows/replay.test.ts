// Every workflow that ever ran must go on replaying (DESIGN 5): histories saved by test/support/save-histories.ts
// are replayed by the workflows as they are now. A change that breaks one needs `patched()`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { projectRoot } from '../../launch/paths';
import * as workflows from '../../workflows';
import { withoutStackFrames } from '../support/portable-history';
import { quietRuntime } from './quiet-runtime';
import { workflowBundlePath } from './support';

interface HistoryEvent {
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  workflowExecutionStartedEventAttributes?: { workflowType: { name: string } };
}
interface History {
  events: HistoryEvent[];
}

const folder = join(projectRoot(), 'test', 'histories');
const saved = readdirSync(folder).map((file) => ({
  workflowId: file.replace('.json', ''),
  history: JSON.parse(readFileSync(join(folder, file), 'utf8')) as History,
}));

beforeAll(quietRuntime);

/** What went wrong with each, by name. */
async function replay(
  histories: readonly { workflowId: string; history: History }[],
): Promise<Record<string, string | undefined>> {
  const failures: Record<string, string | undefined> = {};
  const options = { workflowBundle: { codePath: workflowBundlePath } };
  for await (const result of Worker.runReplayHistories(options, histories)) {
    failures[result.workflowId] = result.error?.message;
  }
  return failures;
}

it('replays every saved history', async () => {
  const sound = Object.fromEntries(saved.map(({ workflowId }) => [workflowId, undefined]));
  expect(await replay(saved)).toEqual(sound);
});

it('has a history of every workflow', () => {
  const types = saved.map(
    ({ history }) => history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name,
  );
  expect([...new Set(types)].sort()).toEqual(Object.keys(workflows).sort());
});

it('finds a history that the workflows do not make any more', async () => {
  const altered = structuredClone(saved.filter(({ workflowId }) => workflowId === 'daily-audit'));
  for (const { activityTaskScheduledEventAttributes: scheduled } of altered[0]?.history.events ??
    []) {
    if (scheduled) scheduled.activityType.name = 'somethingElse';
  }
  expect((await replay(altered))['daily-audit']).toMatch(/nondeterminism/i);
});

it.each(saved)('keeps $workflowId without the paths of a machine', ({ history }) => {
  expect(withoutStackFrames(history)).toEqual(history);
});

it('takes the frames out of failures, and of payloads that carry one', () => {
  const trouble = (stack: string) => ({ message: 'no', stack });
  const payload = (value: unknown) => ({
    metadata: { encoding: 'anNvbi9wbGFpbg==' },
    data: Buffer.from(JSON.stringify(value)).toString('base64'),
  });
  const historyWith = (stack: string) => ({
    failure: { message: 'no', stackTrace: stack, cause: { stackTrace: stack } },
    lastFailure: payload(trouble(stack)),
    input: [payload('at /home/of/somebody'), payload(1)],
  });
  const framed =
    'Error: no\n    at decide (/home/of/somebody/run.ts:1:2)\n    at async <anonymous>';
  expect(withoutStackFrames(historyWith(framed))).toEqual(historyWith('Error: no'));
});
