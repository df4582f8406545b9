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
  // one that met nobody
  const { orders } = (await db('margin_positions').where('id', ids.shortLost).first()) as {
    orders: number;
  };
  expect(await db('orders').where('owner_id', ids.shortLost)).toHaveLength(orders - 1);
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

type Fault = [what: string, statements: () => string | string[], finding: () => string];

const setPosition = (name: keyof Filled['positions'], change: string) =>
  `update margin_positions set ${change} where id = '${ids[name]}'`;
const setChanges = (name: keyof Filled['positions'], kind: string, change: string) =>
  `update margin_changes set ${change} where position_id = '${ids[name]}' and kind = '${kind}'`;
const setKind = (from: string, to: string) =>
  `update journal_transfers set kind = '${to}' where (sequence, transfer) =
     (select sequence, transfer from journal_transfers where kind = '${from}' order by 1, 2 limit 1)`;
const setAccount = (key: string) =>
  `update accounts set balance = balance + 1 where key = '${key}'`;

const faults: Fault[] = [
  [
    'claims beyond what there is',
    () =>
      `update lending_pools set supply_index = supply_index + 1000000000000000 where asset = 'LCO'`,
    () => 'pool LCO lacks ',
  ],
  [
    'cash that is gone',
    () => `update accounts set balance = 0 where key = 'platform/l-exchange/lending/CREDIT'`,
    () => 'pool CREDIT lacks ',
  ],
  [
    'shares that moved from one to another',
    () => [
      `update lending_supplies set shares = shares + 1 where id = 'CREDIT/treasury'`,
      `update lending_supplies set shares = shares - 1 where id = 'CREDIT/${filled.users.lender}'`,
    ],
    () => `supply CREDIT/${filled.users.lender} says`,
  ],
  [
    'a rate that was another',
    () => `update parameter_history set value = '1900' where name = 'lending.kinkRateBps'`,
    () => ' leads by a rate of ',
  ],
  [
    'interest that was counted twice',
    () =>
      `insert into lending_accruals select 'LCO/x', asset, 900, at + interval '1 ms', elapsed_ms, cash, scaled_debt, shares,
         rate, borrow_index, supply_index from lending_accruals where id = 'LCO/2'`,
    () => 'accrual LCO/x of ',
  ],
  [
    'a loss that suppliers did not have',
    () => `update lending_losses set by_suppliers = by_suppliers + 1 where asset = 'CREDIT'`,
    () => 'nobody paid ',
  ],
  [
    'who paid for a loss',
    () =>
      `update lending_losses set reserve_spent = reserve_spent - 1, treasury_spent = treasury_spent + 1 where asset = 'LCO'`,
    () => 'the treasury 1999680421, the journal says',
  ],
  [
    'a backstop that was lower',
    () =>
      `update parameter_history set value = '"19"' where name = 'margin.treasuryBackstop' and version = 2`,
    () => 'in all; the backstop is 1900000000',
  ],
  [
    'a reserve that still had something',
    () =>
      `update journal_entries set balance_after = balance_after + 1000000000 where account_id =
         (select id from accounts where key = 'platform/l-exchange/risk_reserve/CREDIT')`,
    () => 'the reserve had 1000000000 left',
  ],
  [
    'a cap that was lower',
    () =>
      `insert into parameter_history values ('x', 'margin.reserveTakeoverCap', 2, '1', '5', to_timestamp(1), 'test', null)`,
    () => 'the reserve had taken over debts of ',
  ],
  ['a supply by another name', () => setKind('lending_supply', 'gift'), () => 'of kind gift moved'],
  [
    'a loan of nobody',
    () => `update journal_transfers set reference = null where kind = 'lending_borrow'`,
    () => 'of kind lending_borrow moved',
  ],
  [
    'collateral by another name',
    () => setKind('margin_collateral', 'gift'),
    () => 'margin_collateral of position ',
  ],
  [
    'a payout of another position',
    () => `update journal_transfers set reference = '${ids.free}' where kind = 'margin_payout'`,
    () => `margin_payout of position ${ids.free} at `,
  ],
  [
    'a penalty that nobody took',
    () => setKind('margin_collateral', 'margin_penalty'),
    () => 'margin_penalty of position ',
  ],
  ...['holdings/LCO', 'orders/LCO', 'holdings/CREDIT'].map((account): Fault => [
    `${account} of a position that is worked off`,
    () => setAccount(`position/${ids.takenOver}/${account}`),
    () => `position ${ids.takenOver} should have `,
  ]),
  [
    'something that is left of a closed one',
    () => setAccount(`position/${ids.long}/holdings/CREDIT`),
    () => `position ${ids.long} should have 0 base units of CREDIT as holdings, the account has 1`,
  ],
  [
    'a position of another',
    () => setPosition('free', `user_id = '${filled.users.saver}'`),
    () => `was told `,
  ],
  [
    'a stop-loss that nobody set',
    () => setPosition('openLong', 'stop_loss_ticks = stop_loss_ticks + 1'),
    () => `position ${ids.openLong} of user`,
  ],
  [
    'a fee that was not in force',
    () => setPosition('openLong', 'taker_fee_bps = taker_fee_bps + 1'),
    () => `position ${ids.openLong} has taker_fee_bps 11, when it was opened exchange.takerFeeBps`,
  ],
  [
    'ratios that were not in force',
    () => setPosition('openLong', 'takeover_bps = 1, safe_bps = 1, maintenance_bps = 1'),
    () => 'when it was opened margin.takeoverBps was 670',
  ],
  [
    'a penalty beyond the rule',
    () => setChanges('liquidated', 'liquidated', 'penalty = penalty + 1, paid_out = paid_out - 1'),
    () => 'says penalty ',
  ],
  [
    'a liquidation that traded beyond the bankruptcy price',
    () => `update trades set ticks = 50000 where taker_order_id =
      (select order_id from margin_changes where position_id = '${ids.liquidated}' and kind = 'liquidated')`,
    () => 'it traded at 50000 ticks, nothing is left of it at ',
  ],
  [
    'a liquidation of what was safe',
    () => setChanges('liquidated', 'liquidated', 'mark = 0.12'),
    () => 'not below 1000 basis points',
  ],
  [
    'a fence without a cause',
    () => setChanges('liquidating', 'fenced', 'mark = 0.1, margin_ratio = 0.199'),
    () => 'which is not below 1000 basis points',
  ],
  [
    'a takeover without a cause',
    () => setPosition('takenOver', 'takeover_bps = 100'),
    () => 'not below 100 basis points',
  ],
  [
    'a leverage beyond what it says',
    () => setPosition('openShort', 'leverage = 101'),
    () => 'it was to sell ',
  ],
  [
    'a change that cannot follow',
    () => setChanges('long', 'closed_in_part', `kind = 'liquidated'`),
    () => 'cannot happen to a position that is open',
  ],
  [
    'an order of no change',
    () =>
      `update orders set owner_id = '${ids.free}', client_order_id = 'position-2' where owner_id = '${ids.long}'
         and client_order_id = 'position-2'`,
    () => ` of position ${ids.free} is of no change`,
  ],
  [
    'what a work-off traded',
    () => setChanges('worked', 'worked_off', 'notional = notional + 1, credits = credits + 1'),
    () => 'says notional ',
  ],
  [
    'a key that is missed',
    () => setPosition('openLong', 'liquidation_key = liquidation_key / 2'),
    () => `position ${ids.openLong} is found by the key `,
  ],
  [
    'a change of no position',
    () => `delete from margin_positions where id = '${ids.free}'`,
    () => `change ${ids.free}/1 is of no position`,
  ],
  [
    'a seed that no operator made',
    () => `delete from audit_log where action = 'margin.seed'`,
    () => 'the treasury supplied ',
  ],
  [
    'one position too many',
    () => `delete from margin_users`,
    () => 'says  positions that owe  of ',
  ],
];

it.each(faults)('finds %s', async (_what, statements, finding) => {
  const found = await findAfter([statements()].flat());
  expect(found.join('\n')).toContain(finding());
});
