// Staking's rows changed by hand, one at a time: the audit finds each (DESIGN 8).
import { stakingChecks } from '../../services/audit/staking';
import { audit, createBooks, type Books } from '../ledger/books';
import { createWorld } from './world';

async function fillStaking() {
  const world = await createWorld();
  const [ann, bob] = [await world.addStaker('10000', '5000'), await world.addStaker('10000', '50')];
  await world.staking.returnUnstaked((await world.take(ann, '100')).id);
  await world.take(ann, '200');
  await world.take(bob, '50');
  await world.committer.close();
  await world.db.destroy();
  return world.database;
}

let books: Books;
beforeAll(async () => {
  books = await createBooks(fillStaking);
});
afterAll(() => books.drop());

it('finds nothing where nobody touched anything', async () => {
  expect(await books.withChanged([], (url) => audit(url))).toEqual([]);
});

const open = 'where amount = 20000000000';
const returned = 'where returned_at is not null';

it.each([
  [
    `update unstakes set amount = amount + 1 ${open}`,
    /should hold 20000000001 base units, it holds/,
  ],
  [
    `update unstakes set user_id = gen_random_uuid() ${open}`,
    /should hold \d+ base units, it holds 0/,
  ],
  [`delete from unstakes ${open}`, /should hold 0 base units, it holds 20000000000/],
  [
    `update unstakes set asked_at = asked_at - interval '1 ms' ${open}`,
    /^unstake .* should have moved/,
  ],
  [
    `update unstakes set returned_at = unlock_at + interval '1 s' ${open}`,
    /should hold 0 base units/,
  ],
  [
    `update unstakes set returned_at = returned_at + interval '1 ms' ${returned}`,
    /^unstake_return .* should have moved/,
  ],
  [`update unstakes set returned_at = null ${returned}`, /should hold 10000000000 base units/],
  ['update stakers set open_unstakes = open_unstakes + 1', /has 1 unstakes under way, 2 are noted/],
  ['delete from stakers', /has 1 unstakes under way, 0 are noted/],
  [
    `update journal_transfers set kind = 'gift' where kind = 'stake'`,
    /of kind gift moved a stake$/,
  ],
])('%s', async (statement, finding) => {
  const findings = await books.withChanged([statement], (url) => audit(url, stakingChecks));
  expect(findings).toContainEqual(expect.stringMatching(finding));
});
