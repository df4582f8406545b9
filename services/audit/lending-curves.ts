// The curve of interest as it was at a time, for the audit, from the history of its parameters.
import type { Knex } from 'knex';
import type { RateCurve } from '../../domain/margin/lending-pool';
import { parameterDefinitions } from '../../domain/parameter-registry';
import { select } from './journal-rows';

interface Change {
  readonly name: string;
  readonly at: number;
  readonly value: number;
}

const parameterOf = {
  baseRateBps: 'lending.baseRateBps',
  kinkUtilisationBps: 'lending.kinkUtilisationBps',
  kinkRateBps: 'lending.kinkRateBps',
  fullRateBps: 'lending.fullRateBps',
} as const satisfies Record<keyof RateCurve, string>;
const figures = Object.keys(parameterOf) as (keyof RateCurve)[];

export class RateCurves {
  private constructor(private readonly changes: readonly Change[]) {}

  static async read(db: Knex): Promise<RateCurves> {
    return new RateCurves(
      await select<Change>(
        db,
        `select name, changed_at as "at", value from parameter_history
         where name in (${figures.map((figure) => `'${parameterOf[figure]}'`).join(', ')}) order by name, version`,
      ),
    );
  }

  /** Those that may have been in force: a change within the millisecond counts for what came after it in its batch alone. */
  at(time: number): readonly RateCurve[] {
    let curves: RateCurve[] = [{} as RateCurve];
    for (const figure of figures) {
      const values = this.valuesOf(parameterOf[figure], time);
      curves = curves.flatMap((curve) => values.map((value) => ({ ...curve, [figure]: value })));
    }
    return curves;
  }

  private valuesOf(name: (typeof parameterOf)[keyof RateCurve], time: number): number[] {
    const changes = this.changes.filter((change) => change.name === name && change.at <= time);
    const before = changes.findLast(({ at }) => at < time);
    const within = changes.filter(({ at }) => at === time);
    return [
      before?.value ?? parameterDefinitions[name].default,
      ...within.map(({ value }) => value),
    ];
  }
}
