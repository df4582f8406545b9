// The audit of orders and trades: whatever is changed in a row by hand is found, for the journal told every column.
import type { Knex } from 'knex';
import { marketRowsCheck } from '../../services/audit/market-rows';
import { amendmentColumns } from '../../services/exchange/market/amendment-rows';
import { orderColumns } from '../../services/exchange/market/order-rows';
import { tradeColumns } from '../../services/exchange/market/trade-rows';
import { createWorld, type World } from './world';

let world: World;
/** Orders that rest, were filled, amended, replaced, cancelled, that wait and were set off; and their trades. */
beforeAll(async () => {
  world = await createWorld();
  const seller = await world.addTrader('1', '10000');
  const buyer = await world.addTrader('100');
  await world.setMark('0.05');
  await world.place(seller, { side: 'sell', price: '0.05', quantity: '100' });
  await world.place(buyer, { side: 'buy', price: '0.05', quantity: '40' });
  const { order } = await world.place(buyer, { side: 'buy', price: '0.04', quantity: '100' });
  await world.place(buyer, { side: 'buy', price: '0.04', quantity: '50' });
  const { order: replaced } = await world.amend(buyer, order.id, { price: '0.041' });
  await world.amend(buyer, replaced.id, { quantity: '80' });
  const stop = { side: 'sell', type: 'stop_loss', quantity: '10' } as const;
  await world.place(seller, { ...stop, triggerPrice: '0.03' });
  const { order: setOff } = await world.place(seller, { ...stop, triggerPrice: '0.045' });
  await world.trigger(setOff, seller);
});
afterAll(() => world.close());

async function findings(db: Knex): Promise<string[]> {
  const found: string[] = [];
  for await (const finding of marketRowsCheck.run({ db, onProgress: () => undefined })) {
    found.push(finding);
  }
  return found;
}

/** What is found when rows are changed; nothing of it stays. */
async function findingsAfter(...statements: readonly string[]): Promise<string[]> {
  const transaction = await world.db.transaction();
  try {
    await transaction.raw('alter table trades disable trigger user');
    for (const statement of statements) {
      const { rowCount } = await transaction.raw<{ rowCount: number }>(statement);
      expect(rowCount).toBeGreaterThan(0);
    }
    return await findings(transaction);
  } finally {
    await transaction.rollback();
  }
}

it('finds nothing where nobody touched anything', async () => {
  expect(await findings(world.db)).toEqual([]);
});

const values: Readonly<Record<string, readonly string[]>> = {
  owner_kind: ['user', 'platform'],
  side: ['buy', 'sell'],
  taker_side: ['buy', 'sell'],
  type: ['limit', 'take_profit'],
  time_in_force: ['GTC', 'FOK'],
  stp: ['expire_taker', 'expire_both'],
  status: ['expired', 'cancelled', 'open'],
  source: ['order', 'buyback'],
};

const numeric = `coalesce(%, 0) + 1`;
const others: Readonly<Record<string, string>> = {
  boolean: 'not %',
  integer: numeric,
  bigint: numeric,
  uuid: 'gen_random_uuid()',
  text: `coalesce(%, '') || 'x'`,
  'timestamp with time zone': `coalesce(%, now()) + interval '1 ms'`,
};

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
  const row = await world
    .db('information_schema.columns')
    .first<{ data_type: string }>('data_type')
    .where({ table_name: table, column_name: column });
  return (others[row.data_type] ?? 'null').replace('%', column);
}

const columnsOf = (columns: Readonly<Record<string, string>>) =>
  Object.entries(columns).map(([name, column]) => [name, column.split('.')[1] ?? ''] as const);

const picked = {
  resting: `status = 'open' and resting`,
  filled: `status = 'filled'`,
  cancelled: `status = 'cancelled' and filled_lots = 0`,
  waiting: `status = 'open' and not resting`,
};

describe.each(Object.entries(picked))('of an order that is %s', (_, which) => {
  it.each(columnsOf(orderColumns))('another %s is found', async (name, column) => {
    const one = `select id from orders where ${which} order by number limit 1`;
    const value = await otherValue('orders', column);
    const found = await findingsAfter(`update orders set ${column} = ${value} where id = (${one})`);
    const expected = name === 'id' ? /and has no row$/ : new RegExp(` says ${name} `);
    expect(found).toEqual([expect.stringMatching(expected)]);
  });
});

it.each(columnsOf(tradeColumns))('of a trade, another %s is found', async (name, column) => {
  const value = await otherValue('trades', column);
  const found = await findingsAfter(`update trades set ${column} = ${value} where id = 1`);
  const expected = name === 'id' ? /and has no row$/ : new RegExp(`^trade 1 says ${name} `);
  expect(found).toEqual([expect.stringMatching(expected)]);
});

it.each(columnsOf(amendmentColumns))(
  'of an amendment, another %s is found',
  async (name, column) => {
    const value = await otherValue('order_amendments', column);
    const one = '(select id from order_amendments order by amended_at limit 1)';
    const found = await findingsAfter(
      `update order_amendments set ${column} = ${value} where id = ${one}`,
    );
    const expected = name === 'id' ? /and has no row$/ : new RegExp(`^amendment .* says ${name} `);
    expect(found).toEqual([expect.stringMatching(expected)]);
  },
);

it.each(['orders', 'trades', 'order_amendments'])(
  'a row of %s that is missing, or that nobody told of, is found',
  async (table) => {
    const missing = await findingsAfter(
      `delete from ${table} where id = (select max(id::text) from ${table})::${table === 'trades' ? 'bigint' : 'uuid'}`,
    );
    expect(missing).toContainEqual(
      expect.stringMatching(/is told by the journal, and has no row$/),
    );
    const id = table === 'trades' ? '99' : 'gen_random_uuid()';
    const rest = `(select * from ${table} limit 1)`;
    const surplus = await findingsAfter(
      `create temporary table one on commit drop as ${rest}`,
      `update one set id = ${id}`,
      `insert into ${table} select * from one`,
    );
    expect(surplus).toEqual([expect.stringMatching(`rows of ${table}, the journal told of`)]);
  },
);
