// Lives of unstakes whose histories are saved: see save-histories.ts.
import { eventually } from '../workflows/support';
import { startEarly, type UnstakeWorld } from '../workflows/unstake-world';

/** Makes one history; returns the id of its workflow. */
type UnstakeScenario = (world: UnstakeWorld) => Promise<string>;

export const unstakeScenarios: Readonly<Record<string, UnstakeScenario>> = {
  async 'unstake-returned'(world) {
    const ann = await world.addStaker('10000', '100');
    const { id } = await world.take(ann, '40');
    await eventually(() => world.handleOf(id).describe());
    return `unstake/${id}`;
  },

  // Its clock is ahead of the journal's: it is told to wait longer.
  async 'unstake-too-early'(world) {
    const ann = await world.addStaker('10000', '100');
    const unstake = await world.takeFor(ann, '100', 3_000);
    return (await startEarly(world, unstake)).workflowId;
  },
};
