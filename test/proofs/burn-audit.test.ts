// Rows of the burn log changed by hand, one at a time: the audit finds each.
import { burnChecks } from '../../services/audit/burns';
import { audit, createBooks, type Books } from '../ledger/books';
import { createWorld } from '../relay-calls/world';
import { burn } from './burn-support';

let books: Books;

/** Three burns, with a call between them that mined. */
async function fillBooks() {
  const world = await createWorld();
  const ann = await world.addCaller('10');
  await world.settle(await world.reserve(ann, 100_000), 100_000);
  await burn(world.committer, ann, '0.1');
  await world.settle(await world.reserve(ann, 100_000), 100_000);
  await burn(world.committer, ann, '0.2', { kind: 'prediction_fee', sourceRef: 'market-1' });
  await burn(world.committer, ann, '0.3', { kind: 'bond', sourceRef: 'dispute-1' });
  await world.committer.close();
  await world.db.destroy();
  return world.database;
}

beforeAll(async () => {
  books = await createBooks(fillBooks);
});

afterAll(() => books.drop());

const auditBurns = (url: string) => audit(url, burnChecks);

/** A posting of the journal to the black hole. */
const posting = (seq: number) => `
  account_id = (select id from accounts where key = 'platform/l-exchange/black_hole/LCO')
  and sequence = (select sequence from burns where seq = ${seq})`;

it('finds nothing in a log that nobody touched', async () => {
  expect(await books.withChanged([], (url) => audit(url))).toEqual([]);
});

it.each([
  ['at', `at + interval '1 millisecond'`, 'burn 1 was not at the time of batch'],
  ['kind', `'bond'`, 'burn 1 does not have the hash it carries'],
  ['amount', `amount - 1, supply_after = supply_after + 1`, 'burn 1 is of 19999999 base units'],
  ['supply_before', `supply_before + 1, supply_after = supply_after + 1`, 'found a supply of'],
  ['source_ref', `'market-2'`, 'burn 1 does not have the hash it carries'],
  ['hash', `set_byte(hash, 0, get_byte(hash, 0) # 1)`, 'burn 1 does not have the hash it carries'],
  ['sequence', `sequence + 1`, 'the journal posted none'],
  ['seq', `7`, 'burn 7 stands where burn 2 should'],
])('finds a record whose %s was changed', async (column, value, finding) => {
  // Another record's seq cannot be taken: the last one goes.
  const seq = column === 'seq' ? 2 : 1;
  const findings = await books.withChanged(
    [`update burns set ${column} = ${value} where seq = ${seq}`],
    auditBurns,
  );
  expect(findings).toContainEqual(expect.stringContaining(finding));
});

it('finds a record that was changed with its hash, for the journal announced another', async () => {
  // The leaf as docs/formats/burn-log.md has it.
  const leaf = `'{"amount":"0.2","at":"' || to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    || '","kind":"prediction_fee","seq":1,"sourceRef":"market-2","supplyAfter":"1.7","supplyBefore":"1.9"}'`;
  const hash = `sha256(decode('00', 'hex') || convert_to(${leaf}, 'UTF8'))`;
  const findings = await books.withChanged(
    [`update burns set source_ref = 'market-2', hash = ${hash} where seq = 1`],
    auditBurns,
  );
  expect(findings).toEqual([
    expect.stringMatching(/^burn 1 is not what batch \d+ of the journal announced$/),
  ]);
});

it.each([
  [
    'a record that is gone',
    `delete from burns where seq = 1`,
    ['burn 2 stands where burn 1 should', /to the black hole, which no burn says$/],
  ],
  [
    'the last record gone with its number',
    `with gone as (delete from burns where seq = 2) update burn_head set size = 2`,
    [/to the black hole, which no burn says$/, /^the burns come to 30000000 base units/],
  ],
  [
    'a head that counts one more',
    `update burn_head set size = 4`,
    [`the burn log's head says 4 burns, there are 3`],
  ],
  [
    'a head that is gone',
    `delete from burn_head`,
    [`the burn log's head says -1 burns, there are 3`],
  ],
  [
    'a posting that is gone',
    `delete from journal_entries where ${posting(1)}`,
    [/^burn 1 is of 20000000 base units, the journal posted none/],
  ],
  [
    'a posting of another amount',
    `update journal_entries set amount = amount + 5 where ${posting(1)}`,
    [/^burn 1 is of 20000000 base units, the journal posted 20000005/],
  ],
  [
    'a posting twice',
    `with twice as (
       insert into journal_transfers (sequence, transfer, kind, reference, actor)
       select sequence, 9, kind, reference, actor from journal_transfers where kind = 'burn' and reference = '1')
     insert into journal_entries (account_id, sequence, transfer, entry, amount, balance_after)
     select account_id, sequence, 9, entry, amount, balance_after from journal_entries where ${posting(1)}`,
    ['burn 1 was posted more than once'],
  ],
  [
    'what went to the black hole as something else',
    `update journal_transfers set kind = 'gift' where kind = 'burn' and reference = '1'`,
    [/^transfer 0 of batch \d+ moved 20000000 base units to the black hole, which no burn says$/],
  ],
  [
    'a black hole that lost some',
    `update accounts set balance = balance - 1 where key = 'platform/l-exchange/black_hole/LCO'`,
    ['the burns come to 60000000 base units, the black hole holds 59999999'],
  ],
])('finds %s', async (_, statement, expected) => {
  const findings = await books.withChanged([statement], auditBurns);
  for (const finding of expected) {
    expect(findings).toContainEqual(
      typeof finding === 'string' ? finding : expect.stringMatching(finding),
    );
  }
});
