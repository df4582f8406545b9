// The product under everything at once (DESIGN 8): see README.md for what a simulation is and how to repeat one.
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { registeredKinds } from './commands';
import { drivenElsewhere } from './elsewhere';
import { planSteps, stepText } from './plan';
import { Simulation } from './simulation';

const { LX_SIMULATION_SEED: givenSeed, LX_SIMULATION_STEPS: givenSteps } = process.env;
const steps = Number(givenSteps ?? 220);
/** Every command succeeds in two of them at least. */
const fixedSeeds = [1, 5, 9];
const seeds =
  givenSeed === undefined
    ? [...fixedSeeds, randomInt(1_000, 2 ** 31)]
    : givenSeed.split(',').map(Number);

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

  it.each(seeds)(
    'with the seed %i answers and books as the model does, whatever breaks',
    async (seed) => {
      for (const kind of await Simulation.run({ seed, steps })) driven.add(kind);
    },
    Math.max(300_000, steps * 1_000),
  );

  // A few steps of one seed need not come to all of them.
  if (givenSeed === undefined) {
    it('drives every command that the product has, but for those that other tests are named for', () => {
      const left = registeredKinds().filter((kind) => !driven.has(kind));
      expect(left.sort()).toEqual(Object.keys(drivenElsewhere).sort());
    });
  }
});
