// Rows of buybacks changed by hand, one at a time: the audit finds each.
import { buybackChecks } from '../../services/audit/buybacks';
import { audit, createBooks, type Books } from '../ledger/books';
import { createWorld } from './world';

let books: Books;

/** Two runs, with shortfalls and corrections before and between them. */
async function fillBooks() {
  const world = await createWorld();
  await world.sell('0.1');
  await world.callBelowCost('5');
  await world.correctCost('7');
  await world.mark('0.1');
  await world.runExtra();
  await world.correctCost('-3');
  await world.sell('0.1');
  await world.mark('0.1');
  await world.runExtra();
  await world.committer.close();
  await world.db.destroy();
  return world.database;
}

beforeAll(async () => {
  books = await createBooks(fillBooks);
});
afterAll(() => books.drop());

const auditBuybacks = (url: string) => audit(url, buybackChecks);

it('finds nothing where nobody touched anything', async () => {
  expect(await books.withChanged([], (url) => audit(url))).toEqual([]);
});

const first = 'where number = 1';
const slice = `where id like '%:slice:2:ecosystem_fund' and buyback_id = (select id from buybacks where number = 1)`;
const order = `where client_order_id = (select id from buyback_slices ${slice})`;

it.each([
  ['a close that did not happen', `delete from profit_closes ${first}`, 'closed the books'],
  [
    'a close of another time',
    `update profit_closes set closed_at = closed_at + interval '1 ms' ${first}`,
    'its buyback_profit should have moved',
  ],
  ...[
    ['settled_calls', 'settled_calls - 1', 'took in shortfalls of 500000000, its calls come to 0'],
    [
      'corrections',
      'corrections + 1',
      'took in corrections of 700000000, their rows come to 400000000',
    ],
    ['revenue', 'revenue + 100', 'says profit'],
    ['shortfall', 'shortfall + 1', 'took in shortfalls of 500000001'],
    ['corrected', 'corrected + 1', 'took in corrections of 700000001'],
    ['loss_carried', '1', 'carried 1, the close before left 0'],
    ['moved_to_cost', 'moved_to_cost + 1', 'says movedToCost'],
    ['loss_carried_on', '1', 'says lossCarriedOn 1'],
    ['profit', 'profit + 1', 'its buyback_profit should have moved'],
    ['fund_share', 'fund_share + 1', 'says fundShare'],
    ['free_calls', 'free_calls - 1', 'its buyback_split should have moved'],
    ['prize', 'prize - 1', 'says prize'],
    ['refilled', '1', 'says refilled 1'],
    ['treasury_share', 'treasury_share + 1', 'says treasuryShare'],
    ['trading_fees', 'trading_fees + 100', 'should have moved'],
  ].map(([column, value, finding]) => [
    `${column} of a close`,
    `update profit_closes set ${column} = ${value} ${first}`,
    finding,
  ]),
  ...[
    ['burn_bought', 'burn_bought + 1', 'says it bought'],
    ['prize_spent', 'prize_spent + 1', 'says it bought'],
    ['slices', '5', 'says it bought'],
    ['price_cap_ticks', '99999', 'the price cap is 99999'],
    ['burn_seq', '7', 'as record 7, the burn log says'],
    ['ended_at', `ended_at + interval '1 ms'`, 'should have burned'],
    ['profit_share_bps', '5000', 'says fundShare'],
    ['number', '3', 'are over, their state says'],
  ].map(([column, value, finding]) => [
    `${column} of a run`,
    `update buybacks set ${column} = ${value} ${first}`,
    finding,
  ]),
  ...[
    ['spent', 'spent - 1', 'orders, these say'],
    ['bought', 'bought + 1', 'orders, these say'],
    ['budget', 'budget + 1', 'orders, these say'],
    ['fund', `'prize_fund'`, 'orders, these say'],
    ['executed_at', `executed_at + interval '1 hour'`, 'before an earlier one'],
    ['planned_at', `executed_at + interval '1 ms'`, 'before its time'],
    ['orders', 'orders + 1', 'orders, these say'],
    ['orders', '0', 'orders, these say'],
  ].map(([column, value, finding]) => [
    `${column} of a slice`,
    `alter table buyback_slices drop constraint buyback_slices_executed, drop constraint buyback_slices_buyback_id_slice_fund_key; update buyback_slices set ${column} = ${value} ${slice}`,
    finding,
  ]),
  ['a slice without a row', `delete from buyback_slices ${slice}`, 'says it bought'],
  [
    'an order of another price',
    `update trades set ticks = 200000 where taker_order_id = (select id from orders ${order})`,
    'is at 200000 ticks',
  ],
  [
    'an order of another budget',
    `update orders set quote_quantity = quote_quantity - 1 ${order}`,
    'orders, these say',
  ],
  [
    'an order of no slice',
    `update orders set client_order_id = client_order_id || ':3' ${order}`,
    'to spend',
  ],
  [
    'an order of another fund',
    `update orders set owner_id = 'treasury' ${order}`,
    'orders, these say',
  ],
  [
    'a shortfall more',
    'update relay_totals set shortfalls = shortfalls + 1',
    'the total of shortfalls says',
  ],
  [
    'a correction less',
    'delete from cost_corrections where number = 2',
    'the total of 2 corrections says',
  ],
  [
    'another total of corrections',
    'update cost_correction_totals set amount = 0',
    'the total of 2 corrections says 0',
  ],
  [
    'a state that lost its way',
    'update buyback_state set settled_calls = settled_calls - 1',
    'the closes come to',
  ],
  [
    'a state that thinks a run is on its way',
    'update buyback_state set opened = opened + 1',
    'their state says',
  ],
])('finds %s', async (_, sql, finding) => {
  const findings = await books.withChanged([sql ?? ''], auditBuybacks);
  expect(findings).toContainEqual(expect.stringContaining(finding ?? ''));
});
