// Reading governed parameters (DESIGN 2.11): the value in force by name, with its type, and values from and for JSON.
import { DomainError, isRefusal } from './errors';
import { formatAmount, parseAmount } from './money';
import {
  parameterDefinitions,
  type AmountDefinition,
  type LevelsDefinition,
  type ParameterDefinition,
} from './parameter-registry';

type Definitions = typeof parameterDefinitions;
export type ParameterName = keyof Definitions;
export const parameterNames = Object.keys(parameterDefinitions) as readonly ParameterName[];

/** A number, base units for an amount, or a number for each level. */
export type ParameterValue<Name extends ParameterName = ParameterName> = {
  [N in Name]: Definitions[N]['type'] extends 'amount'
    ? bigint
    : Definitions[N]['type'] extends 'levels'
      ? { readonly [Level in keyof Definitions[N]['default']]: number }
      : number;
}[Name];

/** A value as it stands in JSON and in the database: amounts are decimal strings. */
export type ParameterJson = number | string | Readonly<Record<string, number>>;

/** What was decided in place of the default. Version 1 is the default itself. */
export interface ParameterSetting {
  readonly value: ParameterValue;
  readonly version: number;
}

/** The parameters that were ever changed. */
export type ParameterState = Map<ParameterName, ParameterSetting>;

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameterDefinitions, name);
}

/** The value in force, typed by the parameter's name. */
export function parameterValue<Name extends ParameterName>(
  state: ReadonlyMap<ParameterName, ParameterSetting>,
  name: Name,
): ParameterValue<Name> {
  return (state.get(name)?.value ?? parameterDefinitions[name].default) as ParameterValue<Name>;
}

function outOfBounds(name: ParameterName, rule: string): DomainError {
  return new DomainError('PARAMETER_OUT_OF_BOUNDS', `${name} must be ${rule}.`, { name });
}

function isWithin(value: unknown, minimum: number, maximum: number): value is number {
  return (
    Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum
  );
}

function readNumber(name: ParameterName, value: unknown, minimum: number, maximum: number): number {
  if (!isWithin(value, minimum, maximum)) {
    throw outOfBounds(name, `a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}

function readAmount(name: ParameterName, value: unknown, definition: AmountDefinition): bigint {
  const { minimum, maximum } = definition;
  const rule = `an amount from ${formatAmount(minimum)} to ${formatAmount(maximum)}, as a decimal string`;
  if (typeof value !== 'string' || !/^\d{1,8}(\.\d{1,8})?$/.test(value)) {
    throw outOfBounds(name, rule);
  }
  const amount = parseAmount(value);
  if (amount < minimum || amount > maximum) throw outOfBounds(name, rule);
  return amount;
}

function readLevels(name: ParameterName, value: unknown, definition: LevelsDefinition) {
  const { minimum, maximum } = definition;
  const levels = Object.keys(definition.default);
  const given = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (given.length !== levels.length || !given.every(([level]) => levels.includes(level))) {
    throw outOfBounds(name, `an object with a number for each of ${levels.join(', ')}`);
  }
  const byLevel = new Map<string, unknown>(given);
  const values: Record<string, number> = {};
  let least = minimum;
  for (const level of levels) {
    // A right that comes with a level is never smaller on a higher one.
    const number = byLevel.get(level);
    if (!isWithin(number, least, maximum)) {
      throw outOfBounds(
        name,
        `a whole number from ${least} to ${maximum} for ${level}, never less for a higher level`,
      );
    }
    values[level] = least = number;
  }
  return values;
}

/**
 * Reads a value from JSON.
 * @throws DomainError PARAMETER_OUT_OF_BOUNDS when it has not the parameter's form or leaves its bounds.
 */
export function parseParameter(name: ParameterName, value: unknown): ParameterValue {
  const definition: ParameterDefinition = parameterDefinitions[name];
  switch (definition.type) {
    case 'integer':
    case 'bps':
      return readNumber(name, value, definition.minimum, definition.maximum);
    case 'amount':
      return readAmount(name, value, definition);
    case 'levels':
      return readLevels(name, value, definition) as ParameterValue;
  }
}

/**
 * Reads a value that was decided once: the default is in force instead where a newer registry does not allow it any more,
 * for a process must start whatever was voted for before.
 */
export function readDecided(name: ParameterName, value: unknown): ParameterValue {
  try {
    return parseParameter(name, value);
  } catch (error) {
    if (!isRefusal(error, 'PARAMETER_OUT_OF_BOUNDS')) throw error;
    return parameterDefinitions[name].default;
  }
}

/** A value, a default or a bound for JSON. */
export function formatParameter(
  value: ParameterValue | LevelsDefinition['default'],
): ParameterJson {
  return typeof value === 'bigint' ? formatAmount(value) : value;
}
