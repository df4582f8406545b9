// worker/main as a process (DESIGN 5 and 7): it says when it polls, shows its metrics, and ends in order.
import { once } from 'node:events';
import { createWorld, eventually, redemptionOf, startWorkerProcess, type World } from './support';

describe('the worker process', () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld();
    await world.fund('100');
  });

  afterAll(() => world.close());

  it('shows its own metrics and those of the SDK on one loopback page, and ends on SIGTERM', async () => {
    const worker = await startWorkerProcess(world.config);
    const id = await world.request('10');
    redemptionOf(await world.decide('approve', id, world.operators[0]));
    await world.temporal.schedule.getHandle('daily-audit').trigger();
    const { metricsUrl } = worker.ready;
    expect(metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const text = await eventually(async () => {
      const page = await (await fetch(metricsUrl)).text();
      return /lx_outbox_waiting_events 0/.test(page) && /lx_audit_findings/.test(page) && page;
    });
    // The redemption, and the round of Compute Wars that a worker opens when it starts.
    expect(text).toMatch(/lx_outbox_delivered_total 2/);
    expect(text).toMatch(/lx_outbox_lag_seconds 0/);
    expect(text).toMatch(/lx_committer_transfers_total 1/);
    expect(text).toMatch(/temporal_activity_execution_latency/);
    expect(text).toMatch(/^lx_audit_findings\{.*\} 0$/m);
    expect((await fetch(metricsUrl.replace('/metrics', '/'))).status).toBe(404);
    expect(await worker.end()).toBe(0);
  });

  it('ends in order when its parent is gone', async () => {
    const { child } = await startWorkerProcess(world.config);
    const exited = once(child, 'exit');
    child.disconnect();
    expect(await exited).toEqual([0, null]);
  });
});
