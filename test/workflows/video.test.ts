// Videos on a real Temporal server (DESIGN 2.2): made or failed, lost or overdue, their call is settled or released once.
import { statusQuery } from '../../workflows/video-job';
import { eventually, startTestWorker } from './support';
import { createVideoWorld, quickWindows, type VideoWorld } from './video-world';

describe('a video', () => {
  let world: VideoWorld;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    world = await createVideoWorld({ ...quickWindows, videoDeadline: '6s' });
    const worker = await startTestWorker(world.config);
    stop = () => worker.stop();
  });
  afterEach(async () => {
    world.mock.reset();
    await world.untilIdle();
    await world.assertBooksBalance();
  });
  afterAll(async () => {
    await stop();
    await world.close();
  });

  it('is waited for, and its call is settled', async () => {
    const user = await world.addCaller('10');
    const id = await world.submit(user);
    const ended = await world.resultOf(id);
    expect(ended).toEqual({ id, status: 'completed', progress: 100, error: null });
    expect(await world.handleOf(id).query(statusQuery)).toEqual(ended);
    expect(await world.balanceOf(user)).toBe('9.6');
    expect(await world.receiptOf(user, id)).toMatchObject({ charge: '0.4', mined: '4' });
  });

  it('is readable in the UI without opening a payload', async () => {
    const user = await world.addCaller('10');
    const id = await world.submit(user);
    await world.resultOf(id);
    const handle = world.handleOf(id);
    const description = await handle.describe();
    expect(await description.staticSummary()).toBe('Video of 4 s by filmer');
    expect(
      Object.fromEntries(
        description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
      ),
    ).toMatchObject({ LxKind: 'video', LxEntity: id, LxUser: user.id, LxStatus: 'completed' });
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).flatMap(({ userMetadata }) => {
      const data = userMetadata?.summary?.data;
      return data ? [JSON.parse(Buffer.from(data).toString()) as string] : [];
    });
    expect([...new Set(summaries)]).toEqual([
      'Video of 4 s by filmer',
      'Until the upstream is asked again',
      'Ask the upstream',
    ]);
    expect(JSON.stringify(events)).not.toContain('kitten');
  });

  it('that fails is given back', async () => {
    const user = await world.addCaller('10');
    const videoError = { code: 'moderation_blocked', message: 'No.' };
    world.mock.behave('mock-video', { videoError });
    const id = await world.submit(user);
    expect(await world.resultOf(id)).toMatchObject({ status: 'failed', error: videoError });
    expect(await world.balanceOf(user)).toBe('10');
  });

  it('whose job disappears upstream is given back, after it was missed three times', async () => {
    const user = await world.addCaller('10');
    const id = await world.submit(user);
    world.mock.behave('mock-video', { videoLost: true });
    expect(await world.resultOf(id)).toMatchObject({
      status: 'failed',
      error: { code: 'video_lost' },
    });
    expect(await world.balanceOf(user)).toBe('10');
  });

  it('is not ended by a request to cancel it, nor by an upstream that is away for a while', async () => {
    const user = await world.addCaller('10');
    world.mock.behave('mock-video', { videoPolls: 1_000 });
    const id = await world.submit(user);
    await eventually(() => world.handleOf(id).describe());
    await world.handleOf(id).cancel();
    await world.mock.refuseConnections();
    const history = async () => JSON.stringify((await world.handleOf(id).fetchHistory()).events);
    await eventually(async () => {
      const events = (await world.handleOf(id).fetchHistory()).events ?? [];
      return events.some(({ activityTaskCompletedEventAttributes: done }) =>
        done?.result?.payloads?.some(({ data }) =>
          Buffer.from(data ?? []).includes('"found":"unreachable"'),
        ),
      );
    });
    expect(await history()).toContain('workflowExecutionCancelRequestedEventAttributes');
    await world.mock.acceptConnections();
    world.mock.behave('mock-video', {});
    expect(await world.resultOf(id)).toMatchObject({ status: 'completed' });
  });

  it('that is not made in time is given back', async () => {
    const user = await world.addCaller('10');
    world.mock.behave('mock-video', { videoPolls: 1_000 });
    const id = await world.submit(user);
    expect(await world.resultOf(id)).toMatchObject({
      status: 'failed',
      error: { code: 'video_overdue' },
    });
    expect(await world.balanceOf(user)).toBe('10');
  });
});
