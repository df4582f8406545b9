// Lives of rounds of Compute Wars whose histories are saved: see save-histories.ts. Its server suggests early to continue
// as new, so that a whole round can be two histories.
import { disqualifyUpdate, type DisqualifyAct } from '../../workflows/compute-wars-round';
import { eventually, expectStatus } from '../workflows/support';
import type { WarsWorld } from '../workflows/wars-world';

/** Makes one history; returns the id of its workflow, and of the run if it is not the last. */
type WarsScenario = (world: WarsWorld) => Promise<string>;

/** As short as a life can be told in. */
export const savedWindows = {
  warsRound: '6s',
  warsProvisional: '3s',
  warsPerkChoice: '3s',
  warsPerk: '2s',
};

async function firstRunOf(world: WarsWorld, id: string): Promise<string> {
  const { runId } = await eventually(() => world.handleOf(id).describe());
  return `wars/${id} ${runId}`;
}

const ends = (world: WarsWorld, id: string) =>
  world.reaches(id, ({ perk }) => typeof perk?.endedAt === 'string', 60_000);

export const warsScenarios: Readonly<Record<string, WarsScenario>> = {
  async 'wars-default-perk'(world) {
    const id = await world.play(3_000);
    const first = await firstRunOf(world, id);
    await ends(world, id);
    return first;
  },

  async 'wars-disqualified-and-free-calls'(world) {
    const id = await world.play(3_000, 3);
    const first = await firstRunOf(world, id);
    await world.reaches(id, ({ status }) => status === 'provisional');
    expectStatus(await world.disqualify(id, world.rival.id), 200);
    await world.reaches(id, ({ status }) => status === 'paid');
    expectStatus(await world.choose(id, 'free_calls'), 200);
    await ends(world, id);
    return first;
  },

  // The last run, from where it continued as new after many refused updates.
  async 'wars-continued'(world) {
    const id = await world.play(3_000);
    await world.reaches(id, ({ status }) => status === 'provisional');
    const act: DisqualifyAct = {
      operatorId: world.player.id,
      userId: world.rival.id,
      reason: 'not mine to decide',
    };
    for (let i = 0; i < 8; i++) {
      await world
        .handleOf(id)
        .executeUpdate(disqualifyUpdate, { args: [act] })
        .catch(() => undefined);
    }
    await ends(world, id);
    return `wars/${id}`;
  },

  // Nobody played: it is paid at once and has no champion.
  async 'wars-nobody'(world) {
    const { id } = await world.freshRound(5_500);
    await world.reaches(id, ({ status }) => status === 'paid');
    return `wars/${id}`;
  },

  async 'open-round'(world) {
    const schedule = world.temporal.schedule.getHandle('open-round');
    await schedule.trigger();
    const action = await eventually(async () =>
      (await schedule.describe()).info.recentActions.at(-1),
    );
    return action.action.workflow.workflowId;
  },
};
