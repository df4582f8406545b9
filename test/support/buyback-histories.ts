// Lives of buybacks whose histories are saved: see save-histories.ts. Its server suggests early to continue as new, so
// that a whole run is several histories.
import type { BuybackWorld } from '../workflows/buyback-world';
import { eventually, expectStatus } from '../workflows/support';

/** Makes one history; returns the id of its workflow, and of the run if it is not the last. */
type BuybackScenario = (world: BuybackWorld) => Promise<string>;

async function firstRunOf(world: BuybackWorld, id: string): Promise<string> {
  const { runId } = await eventually(() => world.handleOf(id).describe());
  return runId;
}

/** An extra run that is over; the name of its first history. */
async function runExtra(world: BuybackWorld, steer?: (id: string) => Promise<void>) {
  const id = await world.openExtra();
  const runId = await firstRunOf(world, id);
  await steer?.(id);
  await eventually(async () => (await world.read(id)).endedAt !== null, 60_000);
  await world.handleOf(id).result();
  return { id, first: `buyback/${id} ${runId}`, last: `buyback/${id}` };
}

export const buybackScenarios: Readonly<Record<string, BuybackScenario>> = {
  async 'buyback-no-mark'(world) {
    await world.loseMark();
    const { first } = await runExtra(world);
    await world.findMark();
    return first;
  },

  // From the close to where it continues as new.
  async 'buyback-begun'(world) {
    await world.market.sell('0.1');
    return (await runExtra(world)).first;
  },

  // From where it continued to the burn.
  async 'buyback-ended'(world) {
    await world.market.sell('0.1');
    return (await runExtra(world)).last;
  },

  async 'buyback-paused-and-resumed'(world) {
    await world.market.sell('0.1');
    const { first } = await runExtra(world, async (id) => {
      await world.reaches(id, 'buying');
      expectStatus(await world.steer('pause', id), 200);
      await world.post(`/admin/buybacks/${id}/pause`, 'Twice');
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expectStatus(await world.steer('resume', id), 200);
    });
    return first;
  },

  // A weekly run that waits for an extra one, and the openers that start it and find it there.
  async 'buyback-waits-its-turn'(world) {
    const extra = await world.openExtra();
    await world.reaches(extra, 'buying');
    expectStatus(await world.steer('pause', extra), 200);
    const { result: id } = await world.trigger();
    const runId = await firstRunOf(world, id);
    expectStatus(await world.steer('resume', extra), 200);
    await world.reaches(id, 'completed');
    return `buyback/${id} ${runId}`;
  },

  async 'open-buyback-started'(world) {
    return world.firstOpener();
  },

  'open-buyback-over': async (world) => (await world.trigger()).workflowId,
};
