// What operators and users see while Temporal or its workers are away (DESIGN 5): all that needs no workflow goes on,
// and nobody is told that something happened, or did not, when that is not known.
import type { RunningWorker } from '../../worker/start-worker';
import {
  createWorld,
  eventually,
  newKey,
  redemptionOf,
  startTestWorker,
  type World,
} from './support';

describe('without Temporal', () => {
  it.each([
    ['no address', ''],
    ['an address where nobody listens', '127.0.0.1:1'],
  ])(
    'with %s the API serves, and a decision is answered with 503 and sent nowhere',
    async (_, address) => {
      const world = await createWorld({
        env: { TEMPORAL_ADDRESS: address },
        updateTimeoutMs: 5_000,
      });
      try {
        await world.fund('100');
        const id = await world.request('10');
        expect(await world.credits()).toEqual({ available: '90', redeeming: '10' });
        const key = newKey();
        for (let i = 0; i < 2; i++) {
          const answer = await world.decide('approve', id, world.operators[0], { key });
          expect(answer.problem).toMatchObject({ status: 503 });
          expect(answer.headers.get('retry-after')).not.toBeNull();
          // Whether a repeat's first request was sent, we do not know.
          expect(answer.problem.code).toBe(
            i === 0 || address === '' ? 'ENGINE_UNAVAILABLE' : 'OUTCOME_UNKNOWN',
          );
        }
      } finally {
        await world.close();
      }
    },
  );
});

describe('without a worker', () => {
  let world: World;
  let worker: RunningWorker;

  beforeAll(async () => {
    world = await createWorld({ updateTimeoutMs: 1_500 });
    await world.fund('100');
    worker = await startTestWorker(world.config);
  });

  afterAll(async () => {
    await worker.stop();
    await world.close();
  });

  /** Repeats with the same key, as the 503 asks: on a busy machine the short deadline may pass once more. */
  const decideInTheEnd = (verb: 'approve' | 'reject', id: string, key: string) =>
    eventually(async () => {
      const answer = await world.decide(verb, id, world.operators[0], { key });
      return answer.status !== 503 && answer;
    });

  it('a decision ends at its deadline with an unknown outcome; a repeat gets the outcome', async () => {
    const id = await world.request('10');
    redemptionOf(await decideInTheEnd('reject', id, newKey()));
    const next = await world.request('20');
    // It runs already when the worker goes.
    await eventually(() => world.temporal.workflow.getHandle(`redemption/${next}`).query('status'));
    await worker.stop();

    const key = newKey();
    const unknown = await world.decide('approve', next, world.operators[0], { key });
    expect(unknown.problem).toMatchObject({ status: 503, code: 'OUTCOME_UNKNOWN' });
    expect(await world.credits()).toEqual({ available: '80', redeeming: '20' });

    worker = await startTestWorker(world.config);
    const repeat = await decideInTheEnd('approve', next, key);
    expect(redemptionOf(repeat)).toMatchObject({ status: 'approved' });
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    expect(await world.credits()).toEqual({ available: '80', redeeming: '0' });
  });

  it('a redemption whose workflow was not born yet is waited for, then told to be tried again', async () => {
    await worker.stop();
    const id = await world.request('5');
    const key = newKey();
    const early = await world.decide('approve', id, world.operators[0], { key });
    // An attempt that its deadline cut off may have been heard.
    expect(early.problem).toMatchObject({
      status: 503,
      code: expect.stringMatching(/^(ENGINE_UNAVAILABLE|OUTCOME_UNKNOWN)$/) as string,
    });
    worker = await startTestWorker(world.config);
    const repeat = await decideInTheEnd('approve', id, key);
    expect(redemptionOf(repeat)).toMatchObject({ status: 'approved' });
  });
});
