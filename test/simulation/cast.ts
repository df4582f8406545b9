// Who takes part in a simulation, and the numbers that stand for the configuration.

function personId(number: number): string {
  return `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`;
}

export const users = [1, 2, 3, 4, 5].map(personId);

/** These two are never frozen, and the second is never dismissed, so that there is always somebody to act. */
export const steadyOperators = [101, 102].map(personId);

/** An operator who has money, makes mistakes and may lose the role. */
export const fickleOperator = personId(103);

export const operators = [...steadyOperators, fickleOperator];

/** Never calls a model, so that a level changes nothing but what a bet pays. */
export const patron = personId(6);

/** Quotes on both sides of the market and lends most of what is lent; never frozen. */
export const maker = personId(7);

/** Who stakes: none of them calls a model. */
export const stakers = [fickleOperator, patron];

/** Has the form of an id and is nobody's. */
export const unknownId = personId(999);

/** A person in a step's text. */
export function nameOf(personId: string): string {
  return `#${Number(personId.slice(-12))}`;
}

/** Time passes in steps of so much, so that what happens at a deadline happens at that very moment often enough. */
export const grainMs = 20;

/** A step of a simulation takes some two grains. */
export const windows = {
  predictionExpiry: 35 * grainMs,
  predictionDispute: 26 * grainMs,
  predictionRuling: 30 * grainMs,
  predictionAutoVoid: 55 * grainMs,
  unstakeCooldown: 12 * grainMs,
};

/** Base units of CREDIT. */
export const fourEyesAbove = 10_000n * 10n ** 8n;
