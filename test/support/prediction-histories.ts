// Lives of prediction markets whose histories are saved: see save-histories.ts.
import type { OperatorAct } from '../../workflows/operator-acts';
import { voidPredictionUpdate } from '../../workflows/prediction-market';
import { lxStatus } from '../../workflows/search-attributes';
import type { PredictionWorld } from '../workflows/prediction-world';
import { eventually, expectStatus } from '../workflows/support';

/** Makes one history; returns the id of its workflow. */
type PredictionScenario = (world: PredictionWorld) => Promise<string>;

const isLocked = (world: PredictionWorld, id: string) =>
  world.reaches(id, ({ status }) => status === 'locked');

export const predictionScenarios: Readonly<Record<string, PredictionScenario>> = {
  async 'prediction-settled'(world) {
    const id = await world.open({ closesInMs: 2_000 });
    await world.betExample(id);
    await isLocked(world, id);
    expectStatus(await world.resolve(id, 'no'), 200);
    await world.ends(id);
    return `prediction/${id}`;
  },

  async 'prediction-disputed-and-ruled'(world) {
    const id = await world.open();
    await world.betExample(id);
    expectStatus(await world.resolve(id, 'no'), 200);
    expectStatus(await world.dispute(id), 201);
    await eventually(async () => {
      const { searchAttributes } = await world.handleOf(id).describe();
      return searchAttributes[lxStatus.name]?.[0] === 'disputed';
    });
    expectStatus(await world.rule(id, 'yes'), 200);
    await world.ends(id);
    return `prediction/${id}`;
  },

  async 'prediction-not-ruled'(world) {
    const id = await world.open();
    await world.betExample(id);
    expectStatus(await world.resolve(id, 'yes'), 200);
    expectStatus(await world.dispute(id), 201);
    await world.ends(id);
    return `prediction/${id}`;
  },

  async 'prediction-rejected'(world) {
    const id = await world.propose();
    expectStatus(await world.reject(id), 200);
    return `prediction/${id}`;
  },

  async 'prediction-expired'(world) {
    const id = await world.propose({ closesInMs: 1_000 });
    await world.ends(id);
    return `prediction/${id}`;
  },

  async 'prediction-unresolved-void'(world) {
    const id = await world.open({ closesInMs: 2_000 });
    await world.betExample(id);
    await world.ends(id);
    return `prediction/${id}`;
  },

  async 'prediction-voided-by-operator'(world) {
    const id = await world.open();
    await world.betExample(id);
    expectStatus(await world.resolve(id, 'yes'), 200);
    expectStatus(await world.void(id), 200);
    await world.ends(id);
    return `prediction/${id}`;
  },

  async 'prediction-resolved-early'(world) {
    const id = await world.open();
    await world.betExample(id);
    const effectiveAt = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await world.bet(id, world.bettors[0], 'no', '100');
    expectStatus(await world.resolve(id, 'yes', { effectiveAt }), 200);
    await world.ends(id);
    return `prediction/${id}`;
  },
};

/** On a server that suggests early to continue as new: the last run, from there on after many refused updates. */
export const continuedPredictions: typeof predictionScenarios = {
  async 'prediction-continued'(world) {
    const id = await world.open({ closesInMs: 3_000 });
    const { runId: first } = await world.handleOf(id).describe();
    await world.betExample(id);
    const act: OperatorAct = { operatorId: world.bettors[0].id, reason: 'not mine to decide' };
    for (let i = 0; i < 8; i++) {
      await world
        .handleOf(id)
        .executeUpdate(voidPredictionUpdate, { args: [act] })
        .catch(() => undefined);
    }
    await isLocked(world, id);
    expectStatus(await world.resolve(id, 'no'), 200);
    await world.ends(id);
    const { runId } = await world.handleOf(id).describe();
    if (first === runId) throw new Error('it did not continue as new');
    return `prediction/${id}`;
  },

  // The first run, which ends while the market is open for a long time.
  async 'prediction-continued-while-waiting'(world) {
    const id = await world.open();
    const { runId: first } = await world.handleOf(id).describe();
    const act: OperatorAct = { operatorId: world.bettors[0].id, reason: 'not mine to decide' };
    await eventually(async () => {
      await world
        .handleOf(id)
        .executeUpdate(voidPredictionUpdate, { args: [act] })
        .catch(() => undefined);
      return (await world.handleOf(id).describe()).runId !== first;
    });
    expectStatus(await world.void(id), 200);
    return `prediction/${id} ${first}`;
  },
};
