// What the doctor finds of an instance whose parts are there and stand still.
import { newId } from '../../ledger/ids';
import type { Finding } from '../../launch/finding';
import { checkEngines } from '../../launch/running-checks';
import type { RunningWorker } from '../../worker/start-worker';
import { createWorld, startTestWorker, type World } from '../workflows/support';

describe('the doctor', () => {
  let world: World;
  let worker: RunningWorker;

  beforeAll(async () => {
    world = await createWorld();
    worker = await startTestWorker(world.config);
  });

  afterAll(async () => {
    await worker.stop();
    await world.close();
  });

  const check = () =>
    checkEngines({ databaseUrl: world.api.databaseUrl, temporal: world.config.temporal });
  /** What is not well. */
  const complaints = async () => (await check()).filter(({ status }) => status !== 'ok');
  const complaint = (status: Finding['status'], text: RegExp) => ({
    status,
    text: expect.stringMatching(text) as string,
    advice: expect.stringMatching(/./) as string,
  });

  async function beat(): Promise<void> {
    await world.api.context.db.raw(
      'insert into relay_processes (id) values (?) on conflict (id) do update set beat_at = clock_timestamp()',
      [processId],
    );
  }
  const processId = newId();

  it('finds nothing where everything goes on', async () => {
    await beat();
    expect(await complaints()).toEqual([]);
  });

  it('finds that no process beats its heart', async () => {
    const silent = new Date(Date.now() - 60_000);
    await world.api.context.db('relay_processes').update({ beat_at: silent });
    expect(await complaints()).toEqual([complaint('fail', /^No API process has beaten/)]);
    await beat();
  });

  it('finds an event that nobody delivers', async () => {
    await world.api.context.db('outbox').insert({
      sequence: 1,
      kind: 'thing.unheard-of',
      entity_id: 'x',
      payload: {},
      created_at: new Date(Date.now() - 120_000),
    });
    await beat();
    expect(await complaints()).toEqual([
      complaint('fail', /^Outbox: 1 waiting, the oldest for 12/),
    ]);
    await world.api.context.db('outbox').delete();
  });

  it('finds a schedule that is paused, and one that is missing', async () => {
    await world.temporal.schedule.getHandle('daily-audit').pause('maintenance');
    await world.temporal.schedule.getHandle('reservation-sweep').delete();
    await beat();
    expect(await complaints()).toEqual([
      complaint('fail', /^Schedule reservation-sweep is missing/),
      complaint('warn', /^Schedule daily-audit is paused: maintenance/),
    ]);
  });

  it('tells which of the two engines is away', async () => {
    await beat();
    const away = 'postgresql://nobody:none@127.0.0.1:9/none';
    const found = await checkEngines({ databaseUrl: away, temporal: world.config.temporal });
    expect(found.filter(({ text }) => text.includes('does not answer'))).toEqual([
      complaint('fail', /^PostgreSQL does not answer/),
    ]);
  });

  it('finds engines that are away', async () => {
    const away = await checkEngines({
      databaseUrl: 'postgresql://nobody:none@127.0.0.1:9/none',
      temporal: { ...world.config.temporal, address: '127.0.0.1:9' },
    });
    expect(away).toEqual([
      complaint('fail', /^PostgreSQL does not answer/),
      complaint('fail', /^Temporal does not answer/),
    ]);
  });
});

it('finds that no worker asks for tasks', async () => {
  const world = await createWorld();
  try {
    const found = await checkEngines({
      databaseUrl: world.api.databaseUrl,
      // A namespace that is there, for the schedules and tasks of none.
      temporal: { ...world.config.temporal, namespace: 'default' },
    });
    expect(found.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'No worker asks for workflow tasks of l-exchange',
        'No worker asks for activity tasks of l-exchange',
      ]),
    );
  } finally {
    await world.close();
  }
});
