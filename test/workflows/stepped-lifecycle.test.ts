// What a lifecycle whose rows decide makes of answers and news that come in any order (DESIGN 5), on a real Temporal server.
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { testEngines } from '../support/engines';
import {
  answeredSignal,
  newsSignal,
  shownQuery,
  steppedLife,
  type RowActivities,
  type RowProgress,
} from './stepped-life';
import { quietRuntime } from './quiet-runtime';
import { eventually, newKey } from './support';

const longMs = 600_000;
const waiting = (revision: number, waitMs = longMs): RowProgress => ({
  revision,
  next: { kind: 'act', waitMs },
});
const over = (revision: number): RowProgress => ({
  revision,
  next: { kind: 'nothing', waitMs: 0 },
});

type Answers = Record<keyof RowActivities, ((progress: RowProgress) => void)[]>;

const taskQueue = newKey();
/** What is asked and not answered yet, and how much was asked, of each lifecycle. */
const asked = new Map<string, Answers>();
const counts = new Map<string, number>();

const ask = (what: keyof RowActivities) => (id: string) =>
  new Promise<RowProgress>((resolve) => {
    asked.get(id)?.[what].push(resolve);
    counts.set(`${id} ${what}`, countOf(id, what) + 1);
  });
const countOf = (id: string, what: keyof RowActivities) => counts.get(`${id} ${what}`) ?? 0;

let connection: Connection;
let native: NativeConnection;
let client: Client;
let running: Promise<void>;
let worker: Worker;

beforeAll(async () => {
  quietRuntime();
  const { address, namespace } = testEngines().temporal;
  connection = await Connection.connect({ address });
  native = await NativeConnection.connect({ address });
  client = new Client({ connection, namespace });
  worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowsPath: require.resolve('./stepped-life'),
    activities: { readRow: ask('readRow'), actOnRow: ask('actOnRow') } satisfies RowActivities,
  });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await native.close();
  await connection.close();
});

async function begin() {
  const id = newKey();
  asked.set(id, { readRow: [], actOnRow: [] });
  const handle = await client.workflow.start(steppedLife, {
    workflowId: id,
    taskQueue,
    args: [id],
  });
  const isAsked = (what: keyof RowActivities) =>
    eventually(() => Promise.resolve((asked.get(id)?.[what].length ?? 0) > 0));
  return {
    handle,
    isAsked,
    /** As soon as it asks. */
    async answer(what: keyof RowActivities, progress: RowProgress): Promise<void> {
      await isAsked(what);
      asked.get(id)?.[what].shift()?.(progress);
    },
    shown: () => handle.query(shownQuery),
    knows: (revision: number) =>
      eventually(async () => (await handle.query(shownQuery)).at(-1)?.[1] === revision),
    counts: () => [countOf(id, 'readRow'), countOf(id, 'actOnRow')],
  };
}

it('ignores an older revision that comes after a newer one', async () => {
  const life = await begin();
  await life.answer('readRow', waiting(1));
  await life.knows(1);
  await life.handle.signal(answeredSignal, waiting(3));
  await life.handle.signal(answeredSignal, over(2));
  await life.knows(3);
  await life.handle.signal(answeredSignal, over(4));
  expect(await life.handle.result()).toEqual(over(4));
  expect(await life.shown()).toEqual([
    [null, 1],
    [1, 3],
    [3, 4],
  ]);
  expect(life.counts()).toEqual([1, 0]);
});

it('ignores the answer of a step that an operator’s act overtook', async () => {
  const life = await begin();
  await life.answer('readRow', waiting(1, 0));
  await life.isAsked('actOnRow');
  await life.handle.signal(answeredSignal, over(3));
  await life.knows(3);
  await life.answer('actOnRow', waiting(2, 0));
  expect(await life.handle.result()).toEqual(over(3));
  expect(await life.shown()).toEqual([
    [null, 1],
    [1, 3],
  ]);
  expect(life.counts()).toEqual([1, 1]);
});

it('reads again for news that come while it reads', async () => {
  const life = await begin();
  await life.answer('readRow', waiting(1));
  await life.knows(1);
  await life.handle.signal(newsSignal);
  await life.isAsked('readRow');
  await life.handle.signal(newsSignal);
  await life.answer('readRow', waiting(2));
  await life.answer('readRow', waiting(3));
  await life.knows(3);
  await life.handle.signal(answeredSignal, over(4));
  await life.handle.result();
  expect(life.counts()).toEqual([3, 0]);
});

it('reads once for news of the same moment, and for those that come during a step after it', async () => {
  const life = await begin();
  await life.isAsked('readRow');
  // The first read may have been too early for it.
  await life.handle.signal(newsSignal);
  await life.handle.signal(newsSignal);
  await life.answer('readRow', waiting(1));
  await life.answer('readRow', waiting(1, 0));
  await life.isAsked('actOnRow');
  await life.handle.signal(newsSignal);
  await life.answer('actOnRow', waiting(2));
  await life.answer('readRow', over(3));
  expect(await life.handle.result()).toEqual(over(3));
  expect(life.counts()).toEqual([3, 1]);
});

it('takes a step once its time has come, whatever news changed nothing', async () => {
  const life = await begin();
  await life.answer('readRow', waiting(1));
  await life.knows(1);
  await life.handle.signal(newsSignal);
  await life.answer('readRow', waiting(1, 500));
  await life.isAsked('actOnRow');
  expect(life.counts()).toEqual([2, 1]);
  await life.answer('actOnRow', over(2));
  expect(await life.handle.result()).toEqual(over(2));
  const { events } = await life.handle.fetchHistory();
  const timers = (events ?? []).flatMap(({ timerFiredEventAttributes: fired }) => fired ?? []);
  expect(timers).toHaveLength(1);
  expect(life.counts()).toEqual([2, 1]);
});

it('continues as new in the middle of a long wait when its history has become long', async () => {
  const life = await begin();
  await life.answer('readRow', waiting(1));
  await life.knows(1);
  const { runId } = await life.handle.describe();
  // Four megabytes are long; nothing in them changes the row, as acts that are refused do not.
  const refused = { ...waiting(1), padding: 'x'.repeat(200_000) };
  await eventually(async () => {
    await life.handle.signal(answeredSignal, refused);
    return (await life.handle.describe()).runId !== runId;
  });
  await life.answer('readRow', over(2));
  expect(await life.handle.result()).toEqual(over(2));
  expect(life.counts()).toEqual([2, 0]);
});
