// Lives of margin positions' monitors, and the reconciliation, whose histories are saved: see save-histories.ts.
import { keyCrossedSignal, snapshotQuery } from '../../workflows/margin-monitor';
import { prices, thinBook, type MarginWorld } from '../workflows/margin-world';
import { eventually } from '../workflows/support';

/** Makes one history; returns the id of its workflow, with its run's where it is not the last. */
type MarginScenario = (world: MarginWorld) => Promise<string>;

async function openHeard(world: MarginWorld) {
  await world.jump(prices.start);
  const owner = await world.addOwner();
  const { id } = await world.open(owner);
  await eventually(() => world.handleOf(id).describe());
  return { id, owner };
}

async function liquidate(world: MarginWorld, id: string, price: number): Promise<void> {
  await world.jump(price);
  await world.becomes(id, 'closed');
}

/** Signals that a key was crossed, which it was not, until the monitor begins anew; its first run's id. */
async function tire(world: MarginWorld, id: string): Promise<string> {
  const handle = world.handleOf(id);
  const { runId } = await handle.describe();
  await eventually(async () => {
    await handle.signal(keyCrossedSignal, '7');
    return (await handle.describe()).runId !== runId;
  });
  return runId;
}

export const marginScenarios: Readonly<Record<string, MarginScenario>> = {
  async 'margin-closed-by-owner'(world) {
    const { id, owner } = await openHeard(world);
    await world.market.close(owner, id);
    return `margin/${id}`;
  },

  async 'margin-liquidated'(world) {
    const { id } = await openHeard(world);
    await liquidate(world, id, prices.far);
    return `margin/${id}`;
  },

  async 'margin-liquidated-in-slices'(world) {
    const { id } = await openHeard(world);
    await world.jump(prices.far, { quantity: thinBook });
    await world.becomes(id, 'closed');
    return `margin/${id}`;
  },

  async 'margin-on-offer'(world) {
    const { id } = await openHeard(world);
    await world.jump(prices.some, { bid: null });
    await eventually(async () => {
      const { progress } = await world.handleOf(id).query(snapshotQuery);
      return progress?.next.waitMs === 5_000;
    });
    await liquidate(world, id, prices.some);
    return `margin/${id}`;
  },

  async 'margin-crossed-again'(world) {
    const { id } = await openHeard(world);
    await world.jump(prices.slightly, { quantity: thinBook });
    await eventually(async () => {
      const { progress } = await world.handleOf(id).query(snapshotQuery);
      return progress?.next.kind === 'watch';
    });
    await liquidate(world, id, 0.077);
    return `margin/${id}`;
  },

  async 'margin-taken-over'(world) {
    await world.endowReserve('1000');
    const { id } = await openHeard(world);
    await world.jump(prices.nothing, { bid: 0.0799 });
    await eventually(async () => (await world.kindsOf(id)).includes('offered'));
    const { quantity } = (await world.margin.read(id)).position;
    const buyer = await world.addOwner();
    await world.market.place(buyer, { side: 'buy', price: '0.08155', quantity });
    await world.becomes(id, 'closed');
    return `margin/${id}`;
  },

  // The first run, which ends by continuing as new.
  async 'margin-continued'(world) {
    const { id, owner } = await openHeard(world);
    const firstRun = await tire(world, id);
    await world.market.close(owner, id);
    return `margin/${id} ${firstRun}`;
  },

  // A later run, which begins by looking where the position stands.
  async 'margin-begun-anew'(world) {
    const { id } = await openHeard(world);
    await tire(world, id);
    await liquidate(world, id, prices.far);
    return `margin/${id}`;
  },

  async 'margin-reconcile'(world) {
    const schedule = world.temporal.schedule.getHandle('margin-reconcile');
    const before = (await schedule.describe()).info.numActionsTaken;
    await schedule.trigger();
    const action = await eventually(async () => {
      const { numActionsTaken, recentActions } = (await schedule.describe()).info;
      return numActionsTaken > before ? recentActions.at(-1) : undefined;
    });
    return action.action.workflow.workflowId;
  },
};
