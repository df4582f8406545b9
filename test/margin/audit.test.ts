// Rows of lending pools and positions changed by hand, one at a time: the audit finds each.
import type { Knex } from 'knex';
import { changeKinds, changeColumns, positionColumns } from '../../services/margin/position-rows';
import { positionStatuses } from '../../domain/margin/position';
import { lossColumns, poolColumns, supplyColumns } from '../../services/margin/pool-rows';
import { openDatabase } from '../../ledger/connection';
import type { AuditCheck } from '../../services/audit/check';
import { lendingChecks } from '../../services/audit/lending';
import { marginChecks } from '../../services/audit/margin';
import { audit } from '../ledger/books';
import { testEngines } from '../support/engines';
import { fillMargin, type Filled } from './audit-world';

jest.setTimeout(120_000);

let filled: Filled;
/** As somebody with the database's superuser. */
let db: Knex;
let ids: { readonly [Name in keyof Filled['positions']]: string };

beforeAll(async () => {
  filled = await fillMargin();
  const { positions } = filled;
  ids = Object.fromEntries(
    Object.entries(positions).map(([name, { id }]) => [name, id]),
  ) as typeof ids;
  const url = new URL(testEngines().postgres.superuserUrl);
  url.pathname = `/${filled.world.database.name}`;
  db = openDatabase(url.href, 'lx-test-faults', 1);
});
afterAll(async () => {
  await db.destroy();
  await filled.world.end();
});

/** What the audit finds when rows are changed past triggers; they are as before afterwards. */
async function findAfter(
  statements: readonly string[],
  checks: readonly AuditCheck[] = [...lendingChecks, ...marginChecks],
  most = Infinity,
): Promise<string[]> {
  const changed = await db.transaction();
  try {
    await changed.raw('set local session_replication_role = replica');
    for (const statement of statements) {
      const { rowCount } = await changed.raw<{ rowCount: number }>(statement);
      expect(rowCount).toBeGreaterThan(0);
    }
    const found: string[] = [];
    for (const check of checks) {
      for await (const finding of check.run({ db: changed, onProgress: () => undefined })) {
        found.push(finding);
        if (found.length >= most) return found;
      }
    }
    return found;
  } finally {
    await changed.rollback();
  }
}

it('has a position in each state, and changes of each kind', async () => {
  const statuses = await db('margin_positions').distinct('status').pluck<string[]>('status');
  expect(statuses.toSorted()).toEqual(positionStatuses.toSorted());
  const kinds = await db('margin_changes').distinct('kind').pluck<string[]>('kind');
  expect(kinds.toSorted()).toEqual(changeKinds.toSorted());
  const losses = await db('lending_losses').where('by_suppliers', '>', 0);
  expect(losses).toHaveLength(2);
});

it('finds nothing where nobody touched anything', async () => {
  expect(await audit(filled.world.database.url)).toEqual([]);
});

const values: Readonly<Record<string, readonly string[]>> = {
  side: ['long', 'short'],
  status: positionStatuses,
  asset: ['CREDIT', 'LCO'],
  kind: changeKinds,
  triggered: ['stop_loss', 'take_profit'],
  close_reason: ['closed_by_owner', 'stop_loss', 'take_profit', 'liquidated', 'worked_off'],
};

const numeric = 'coalesce(%, 0) + 1';
const others: Readonly<Record<string, string>> = {
  boolean: 'not %',
  integer: numeric,
  bigint: numeric,
  numeric: 'coalesce(%, 0) + 0.001',
  uuid: 'gen_random_uuid()',
  text: `coalesce(%, '') || 'x'`,
  'timestamp with time zone': `coalesce(%, now()) + interval '1 ms'`,
};
/** Whole numbers, though numeric. */
const indices = [
  'borrow_index',
  'supply_index',
  'rate',
  'supply_index_before',
  'supply_index_after',
];

/** An expression for another value than the one that a column has. */
async function otherValue(table: string, column: string): Promise<string> {
  const known = values[column];
  if (known) {
    const cases = known.map((value, i) => {
      const next = known[(i + 1) % known.length] ?? '';
      return `when '${value}' then '${next}'`;
    });
    return `case ${column} ${cases.join(' ')} else '${known[0] ?? ''}' end`;
  }
  const row = await db('information_schema.columns')
    .first<{ data_type: string }>('data_type')
    .where({ table_name: table, column_name: column });
  const expression = indices.includes(column) ? numeric : others[row.data_type];
  return (expression ?? 'null').replace('%', column);
}

const columnsOf = (columns: Readonly<Record<string, string>>) =>
  Object.values(columns).map((column) => column.split('.').at(-1) ?? '');

/** A finding, or what the schema says of it. */
async function findOne(
  table: string,
  column: string,
  where: string,
  checks: readonly AuditCheck[],
): Promise<string | undefined> {
  const change = `update ${table} set ${column} = ${await otherValue(table, column)} where ${where}`;
  try {
    return (await findAfter([change], checks, 1))[0];
  } catch (error) {
    // A check of the table, a key or a domain refuses it.
    expect((error as { code?: string }).code).toMatch(/^23(514|505)$/);
    return 'refused';
  }
}

const last = <T>(list: readonly T[]) => list.at(-1) as T;
const marginFirst = [last(marginChecks), ...marginChecks, ...lendingChecks];

describe.each([
  'openLong',
  'openShort',
  'liquidating',
  'takenOver',
  'recovered',
  'long',
  'shortLost',
] as const)('of the position %s', (name) => {
  it.each(columnsOf(positionColumns))('another %s is found', async (column) => {
    const where = `id = '${ids[name]}'`;
    expect(await findOne('margin_positions', column, where, marginFirst)).toBeDefined();
  });
});

describe.each([
  ['opened', 'openShort'],
  ['collateral_taken', 'long'],
  ['fenced', 'liquidating'],
  ['trigger_set_off', 'setOff'],
  ['closed_in_part', 'short'],
  ['liquidated', 'shortLiquidated'],
  ['taken_over', 'takenOver'],
  ['worked_off', 'worked'],
  ['written_off', 'shortLost'],
  ['written_off', 'lost'],
] as const)('of what %s the position %s', (kind, name) => {
  it.each(columnsOf(changeColumns))('another %s is found', async (column) => {
    const where = `position_id = '${ids[name]}' and number = (select min(number) from margin_changes
      where position_id = '${ids[name]}' and kind = '${kind}')`;
    expect(await findOne('margin_changes', column, where, marginFirst)).toBeDefined();
  });
});

const tables: readonly [table: string, where: string, columns: readonly string[]][] = [
  ['lending_pools', `asset = 'CREDIT'`, columnsOf(poolColumns)],
  ['lending_pools', `asset = 'LCO'`, columnsOf(poolColumns)],
  [
    'lending_accruals',
    `id = 'CREDIT/2'`,
    [
      ...['id', 'asset', 'number', 'at', 'elapsed_ms', 'cash', 'scaled_debt', 'shares', 'rate'],
      ...['borrow_index', 'supply_index'],
    ],
  ],
  ['lending_supplies', `holder = 'treasury'`, [...columnsOf(supplyColumns), 'asset']],
  ['lending_losses', `asset = 'CREDIT'`, columnsOf(lossColumns)],
  ['lending_losses', `asset = 'LCO'`, columnsOf(lossColumns)],
  [
    'margin_users',
    `id = (select min(id) from margin_users where positions > 0)`,
    ['id', 'user_id', 'asset', 'positions', 'scaled_debt'],
  ],
];

describe.each(tables)('in %s where %s', (table, where, columns) => {
  it.each(columns)('another %s is found', async (column) => {
    const checks = [...lendingChecks, ...marginChecks];
    expect(await findOne(table, column, where, checks)).toBeDefined();
  });

  it('a row that is missing is found', async () => {
    expect(await findAfter([`delete from ${table} where ${where}`])).not.toEqual([]);
  });
});
