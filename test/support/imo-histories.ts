// Lives of IMOs whose histories are saved: see save-histories.ts. Its server suggests early to continue as new, so that a
// whole life can be two histories.
import { cancelImoUpdate } from '../../workflows/imo-launch';
import type { OperatorAct } from '../../workflows/operator-acts';
import type { CallerWithKey } from '../relay/relay-world';
import type { ImoWorld } from '../workflows/imo-world';
import { eventually, expectStatus } from '../workflows/support';

/** Makes one history; returns the id of its workflow, and of the run if it is not the last. */
type ImoScenario = (world: ImoWorld, holder: CallerWithKey) => Promise<string>;

async function firstRunOf(world: ImoWorld, id: string): Promise<string> {
  const { runId } = await eventually(() => world.handleOf(id).describe());
  return `imo/${id} ${runId}`;
}

const ends = (world: ImoWorld, id: string) =>
  world.reaches(id, ({ settledAt }) => settledAt !== null);

export const imoScenarios: Readonly<Record<string, ImoScenario>> = {
  // No lock is left for the end.
  async 'imo-used-up'(world, holder) {
    const id = await world.announce({ quota: 28, expiresInMs: 5_000 });
    await world.subscribe(id, holder, '10');
    const first = await firstRunOf(world, id);
    await world.reaches(id, ({ status }) => status === 'active');
    await world.call(holder, 20);
    await ends(world, id);
    return first;
  },

  async 'imo-opened-later'(world, holder) {
    const id = await world.announce({ quota: 100, opensInMs: 1_000, closesInMs: 2_000 });
    await world.reaches(id, ({ status }) => status === 'open');
    await world.subscribe(id, holder, '10');
    const first = await firstRunOf(world, id);
    await ends(world, id);
    return first;
  },

  async 'imo-expired'(world, holder) {
    const id = await world.announce({ quota: 100 });
    await world.subscribe(id, holder, '10');
    const first = await firstRunOf(world, id);
    await ends(world, id);
    return first;
  },

  async 'imo-cancelled-by-operator'(world, holder) {
    const id = await world.announce({ closesInMs: 30_000, expiresInMs: 60_000 });
    await world.subscribe(id, holder, '10');
    expectStatus(await world.cancel(id), 200);
    return `imo/${id}`;
  },

  async 'imo-cancelled-while-active'(world, holder) {
    const id = await world.announce({ quota: 100, expiresInMs: 60_000 });
    await world.subscribe(id, holder, '10');
    await world.reaches(id, ({ status }) => status === 'active');
    expectStatus(await world.cancel(id), 200);
    return `imo/${id}`;
  },

  async 'imo-minimum'(world, holder) {
    const id = await world.announce({ minParticipants: 2 });
    await world.subscribe(id, holder, '10');
    return `imo/${id}`;
  },

  // The last run, from where it continued as new after many refused updates.
  async 'imo-continued'(world, holder) {
    const id = await world.announce({ quota: 100, closesInMs: 5_000, expiresInMs: 7_000 });
    await world.subscribe(id, holder, '10');
    const first = await firstRunOf(world, id);
    const act: OperatorAct = { operatorId: holder.id, reason: 'not mine to decide' };
    for (let i = 0; i < 8; i++) {
      await world
        .handleOf(id)
        .executeUpdate(cancelImoUpdate, { args: [act] })
        .catch(() => undefined);
    }
    await ends(world, id);
    const { runId } = await world.handleOf(id).describe();
    if (first.endsWith(runId)) throw new Error('it did not continue as new');
    return `imo/${id}`;
  },
};
