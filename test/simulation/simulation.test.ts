// The product under everything at once (DESIGN 8): see README.md for what a simulation is and how to repeat one.
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { registeredKinds } from './commands';
import { drivenElsewhere } from './elsewhere';
import { planSteps, stepText } from './plan';
import { Simulation } from './simulation';

const { LX_SIMULATION_SEED: givenSeed, LX_SIMULATION_STEPS: givenSteps } = process.env;
/** Every command succeeds in one of them at least. */
const fixedSeeds = [1, 3, 5];
/** Another one each time looks for what they do not find, and need not take as long. */
const stepsOf = (seed: number) => Number(givenSteps ?? (fixedSeeds.includes(seed) ? 250 : 100));
const seeds =
  givenSeed === undefined
    ? [...fixedSeeds, randomInt(1_000, 2 ** 31)]
    : givenSeed.split(',').map(Number);

/** What must happen to margin positions in the fixed seeds together, for the rest to mean something. */
const leastChanges = {
  opened: 30,
  collateral_added: 3,
  collateral_taken: 2,
  trigger_set_off: 3,
  closed_in_part: 5,
  closed: 3,
  fenced: 15,
  spared: 4,
  liquidated: 10,
  'over: liquidated': 5,
  taken_over: 3,
  offered: 3,
  worked_off: 4,
  written_off: 2,
};

function firstSteps(seed: number): string[] {
  const plan = planSteps(seed);
  return Array.from({ length: 200 }, () => stepText(plan.next().value));
}

it('plans the same steps for the same seed, and others for another', () => {
  expect(firstSteps(7)).toEqual(firstSteps(7));
  expect(firstSteps(7)).not.toEqual(firstSteps(8));
});

it.each(Object.entries(drivenElsewhere))(
  'leaves %s, a command of the product, to %s',
  (kind, file) => {
    expect(registeredKinds()).toContain(kind);
    expect(existsSync(join(__dirname, '..', file))).toBe(true);
  },
);

describe('a simulation', () => {
  const driven = new Set<string>();
  const changes = new Map<string, number>();

  it.each(seeds)(
    'with the seed %i answers and books as the model does, whatever breaks',
    async (seed) => {
      const outcome = await Simulation.run({ seed, steps: stepsOf(seed) });
      for (const kind of outcome.driven) driven.add(kind);
      if (!fixedSeeds.includes(seed)) return;
      for (const [change, times] of outcome.changes) {
        changes.set(change, (changes.get(change) ?? 0) + times);
      }
    },
    Math.max(600_000, Number(givenSteps ?? 0) * 1_000),
  );

  // A few steps of one seed need not come to all of them.
  if (givenSeed === undefined) {
    it('drives every command that the product has, but for those that other tests are named for', () => {
      const left = registeredKinds().filter((kind) => !driven.has(kind));
      expect(left.sort()).toEqual(Object.keys(drivenElsewhere).sort());
    });

    it.each(Object.entries(leastChanges))(
      'sees margin positions %s at least %i times',
      (change, least) => {
        expect(changes.get(change) ?? 0).toBeGreaterThanOrEqual(least);
      },
    );
  }
});
