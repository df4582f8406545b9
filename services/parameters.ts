// Governed parameters (DESIGN 2.11) as decisions and the API read them, and how one is changed: in the product by the
// execution of a proposal alone. A change takes effect in the commit that makes it.
import type { Knex } from 'knex';
import { DomainError } from '../domain/errors';
import { parameterDefinitions, type ParameterDefinition } from '../domain/parameter-registry';
import {
  formatParameter,
  isParameterName,
  parameterNames,
  parameterValue,
  parseParameter,
  readDecided,
  type ParameterJson,
  type ParameterName,
  type ParameterSetting,
  type ParameterState,
} from '../domain/parameters';
import {
  putRow,
  rowKey,
  type Command,
  type Decision,
  type FeedEvent,
  type Projection,
  type RowKey,
  type View,
} from '../ledger/command';
import { defineTable } from '../ledger/table';
import { readPage, type Page, type PageRequest } from './pages';

const parameterRows = defineTable({
  name: 'parameters',
  key: 'name',
  writes: 'upsert',
  columns: { name: 'text', value: 'json', version: 'int', changedAt: 'timestamptz' },
});

const historyRows = defineTable({
  name: 'parameter_history',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'text',
    name: 'text',
    version: 'int',
    value: 'json',
    previousValue: 'json',
    changedAt: 'timestamptz',
    source: 'text',
    reason: 'text?',
  },
});

interface StoredParameter {
  readonly name: string;
  readonly value: unknown;
  readonly version: number;
}

/** A row or a change for the state; undefined for a parameter that the registry no longer has. */
function toSetting(row: StoredParameter): readonly [ParameterName, ParameterSetting] | undefined {
  if (!isParameterName(row.name)) return undefined;
  return [row.name, { value: readDecided(row.name, row.value), version: row.version }];
}

const changedType = 'parameter.changed';

/** Takes a feed event in, if it is about a parameter and news: a state may be loaded later than its events begin. */
export function applyParameterEvent(state: ParameterState, event: FeedEvent): void {
  if (event.type !== changedType) return;
  const news = toSetting(event as unknown as StoredParameter);
  if (!news) return;
  const [name, setting] = news;
  if (setting.version > (state.get(name)?.version ?? 1)) state.set(name, setting);
}

function toState(rows: readonly StoredParameter[]): ParameterState {
  return new Map(rows.map(toSetting).filter((setting) => setting !== undefined));
}

const loadSql = 'select name, value, version from parameters';

/** What decisions read: `parameterValue(view.projection(parameters), 'relay.defaultMaxOutput')`. */
export const parameters: Projection<ParameterState> = {
  name: 'parameters',
  load: async (sql) =>
    toState((await sql.query('load parameters', loadSql, [])).rows as StoredParameter[]),
  apply: applyParameterEvent,
};

/** The same state for readers outside of a commit. */
export async function loadParameters(db: Knex): Promise<ParameterState> {
  return toState((await db.raw<{ rows: StoredParameter[] }>(loadSql)).rows);
}

interface SetParameter {
  readonly name: string;
  readonly value: unknown;
  /** Compare and set: the version that was seen when the change was proposed. */
  readonly expectedVersion: number;
  /** What decided it, for example `proposal/<id>`. */
  readonly source: string;
  readonly reason: string | null;
}

interface ParameterChange {
  readonly name: ParameterName;
  readonly value: ParameterJson;
  readonly version: number;
}

/** For the keys of a command that reads or changes it. */
export function parameterKey(name: string): RowKey {
  return rowKey(parameterRows, name);
}

/** What is in force under the lock. @throws DomainError PARAMETER_NOT_FOUND */
export function currentParameter(view: View, name: string): ParameterChange {
  requireParameter(name);
  const row = view.row(parameterRows, name);
  return row
    ? { name, value: formatParameter(readDecided(name, row.value)), version: row.version }
    : { name, value: formatParameter(parameterDefinitions[name].default), version: 1 };
}

/**
 * A change of one parameter, for the decision that makes it.
 * @throws DomainError PARAMETER_NOT_FOUND, PARAMETER_OUT_OF_BOUNDS, STATE_CONFLICT when another change came first.
 */
export function planParameterChange(
  view: View,
  { name, value, expectedVersion, source, reason }: SetParameter,
): Decision<ParameterChange> {
  const current = currentParameter(view, name);
  const formatted = formatParameter(parseParameter(current.name, value));
  if (current.version !== expectedVersion) {
    throw new DomainError('STATE_CONFLICT', `${name} was changed meanwhile.`, {
      version: current.version,
    });
  }
  const change = { name: current.name, value: formatted, version: current.version + 1 };
  return {
    rows: [
      putRow(parameterRows, { ...change, changedAt: view.at }),
      putRow(historyRows, {
        ...change,
        id: `${name}@${change.version}`,
        previousValue: current.value,
        changedAt: view.at,
        source,
        reason,
      }),
    ],
    feed: [{ type: changedType, ...change }],
    result: change,
  };
}

/** Changes one parameter. @throws DomainError as `planParameterChange` does */
export const setParameter: Command<SetParameter, ParameterChange> = {
  kind: 'set_parameter',
  keys: ({ name }) => ({ rows: [parameterKey(name)] }),
  decide: planParameterChange,
};

function requireParameter(name: string): asserts name is ParameterName {
  if (!isParameterName(name)) {
    throw new DomainError('PARAMETER_NOT_FOUND', 'There is no such parameter.');
  }
}

/** A parameter as the registry and the votes have it. */
export interface ParameterEntry {
  readonly name: ParameterName;
  readonly definition: ParameterDefinition;
  readonly value: ParameterJson;
  readonly version: number;
  /** Milliseconds; null: it has its default still. */
  readonly changedAt: number | null;
}

export interface PastChange {
  readonly version: number;
  readonly value: ParameterJson;
  readonly previousValue: ParameterJson;
  readonly changedAt: number;
  readonly source: string;
  readonly reason: string | null;
}

export interface Parameters {
  /** All of them, in the registry's order. */
  list(): Promise<ParameterEntry[]>;
  /** Newest first. @throws DomainError PARAMETER_NOT_FOUND */
  history(name: string, page: PageRequest): Promise<Page<PastChange>>;
}

export function createParameters(db: Knex): Parameters {
  return {
    async list() {
      const rows = await db('parameters').select<(StoredParameter & { changedAt: number })[]>({
        name: 'name',
        value: 'value',
        version: 'version',
        changedAt: 'changed_at',
      });
      const state = toState(rows);
      return parameterNames.map((name) => ({
        name,
        definition: parameterDefinitions[name],
        value: formatParameter(parameterValue(state, name)),
        version: state.get(name)?.version ?? 1,
        changedAt: rows.find((row) => row.name === name)?.changedAt ?? null,
      }));
    },

    async history(name, page) {
      requireParameter(name);
      const query = db({ h: 'parameter_history' }).where('h.name', name).select({
        version: 'h.version',
        value: 'h.value',
        previousValue: 'h.previous_value',
        changedAt: 'h.changed_at',
        source: 'h.source',
        reason: 'h.reason',
      });
      return readPage<PastChange>(query, page, [
        { column: 'h.version', type: 'bigint', of: ({ version }) => version },
      ]);
    },
  };
}
