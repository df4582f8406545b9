// Lives of proposals whose histories are saved: see save-histories.ts. Its server suggests early to continue as new, so
// that a whole life can be several histories.
import { vetoUpdate } from '../../workflows/governance-proposal';
import { aText, feeOf, type GovernanceWorld } from '../workflows/governance-world';
import { eventually, expectStatus } from '../workflows/support';

/** Makes one history; returns the id of its workflow, and of the run if it is not the last. */
type GovernanceScenario = (world: GovernanceWorld) => Promise<string>;

/** As short as a life can be told in. */
export const savedGovernanceWindows = {
  governancePending: '500ms',
  governanceActive: '3s',
  governanceExtension: '1s',
  governanceQueued: '1s',
  governanceExpiry: '60s',
};

async function firstRunOf(world: GovernanceWorld, id: string): Promise<string> {
  const { runId } = await eventually(() => world.handleOf(id).describe());
  return `proposal/${id} ${runId}`;
}

const ends = (world: GovernanceWorld, id: string) =>
  world.reaches(id, ({ endedAt }) => endedAt !== null, 60_000);

export const governanceScenarios: Readonly<Record<string, GovernanceScenario>> = {
  async 'proposal-executed'(world) {
    const id = await world.propose(feeOf(20));
    const first = await firstRunOf(world, id);
    await world.voteAll(id, 'for', 'for', 'for');
    await ends(world, id);
    return first;
  },

  // The last run, from where it continued as new after many refused updates.
  async 'proposal-continued'(world) {
    const id = await world.propose(feeOf(30));
    await world.voteAll(id, 'for', 'for', 'for');
    for (let i = 0; i < 8; i++) {
      await world
        .handleOf(id)
        .executeUpdate(vetoUpdate, {
          args: [{ operatorId: world.whales[1].id, reason: 'not mine to decide' }],
        })
        .catch(() => undefined);
    }
    await ends(world, id);
    return `proposal/${id}`;
  },

  async 'proposal-defeated'(world) {
    const id = await world.propose(aText);
    await ends(world, id);
    return firstRunOf(world, id);
  },

  async 'proposal-extended'(world) {
    const id = await world.propose(aText);
    const first = await firstRunOf(world, id);
    await world.voteAll(id, 'for', 'for');
    await world.reaches(id, ({ closesAt }) => Date.parse(closesAt) - Date.now() < 900);
    expectStatus(await world.vote(id, world.whales[2], 'for'), 201);
    await ends(world, id);
    return first;
  },

  async 'proposal-vetoed'(world) {
    const id = await world.propose(feeOf(40));
    const first = await firstRunOf(world, id);
    await world.voteAll(id, 'against');
    expectStatus(await world.veto(id), 200);
    return first;
  },
};
