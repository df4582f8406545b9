// Rows behind the daily roots changed by hand, one at a time: the audit finds each (DESIGN 2.12 and 8).
import { snapshotLiabilities } from '../../services/proofs/liabilities';
import { audit, createBooks, type Books } from '../ledger/books';
import { createWorld } from './world';

/** Three days of records in subtrees of 2, and two days of liabilities; the last call lies in no root yet. */
async function fillProofs() {
  const world = await createWorld('2030-01-01T12:00:00Z');
  const users = [await world.addCaller('10'), await world.addCaller('20'), await world.addUser()];
  const [ann = '', bob = ''] = users;
  for (const tokens of [100, 200, 300, 400, 500]) {
    await world.settleAt(tokens % 200 === 0 ? ann : bob, tokens);
  }
  await world.clock.set('2030-01-02T00:05:00Z');
  await snapshotLiabilities(world, undefined, 2);
  await world.clock.set('2030-01-03T12:00:00Z');
  await world.settleAt(ann, 600);
  await world.clock.set('2030-01-04T00:05:00Z');
  await world.makeRoots(2);
  await world.addCaller('30');
  await snapshotLiabilities(world, undefined, 2);
  await world.settleAt(ann, 700);
  return world.leave();
}

let books: Books;

beforeAll(async () => {
  books = await createBooks(fillProofs);
});

afterAll(() => books.drop());

const zeros = `decode(repeat('00', 32), 'hex')`;

describe('a usage record', () => {
  it.each([
    ['user_id', 'gen_random_uuid()'],
    ['salt', 'gen_random_uuid()'],
    ['endpoint', `'embeddings'`],
    ['ending', `'aborted'`],
    ['latency_ms', 'latency_ms + 1'],
    ['ttft_ms', 'null'],
    ['channel_id', 'gen_random_uuid()'],
    ['output_tokens', 'output_tokens + 1'],
    ['ended_at', `ended_at + interval '1 millisecond'`],
    ['ended_at', `'2030-01-02T00:00:00Z'`],
  ])('%s to %s', (column, value) =>
    books.expectFinding(
      [`update relay_calls set ${column} = ${value} where settlement_number = 3`],
      /^the usage root of 2030-01-01 is [0-9a-f]{64}, its records give [0-9a-f]{64}$/,
    ),
  );

  it('taken out', () =>
    books.expectFinding(
      ['delete from relay_calls where settlement_number = 5'],
      /^the usage root of 2030-01-01 says size 5, its records come to 4$/,
    ));
});

describe("a day's usage root", () => {
  const set = (change: string) => `update usage_roots set ${change} where day = '2030-01-01'`;

  it.each([
    [set(`root = ${zeros}`), /^the usage root of 2030-01-01 is 0{64}, its records give/],
    [set(`root = ${zeros}`), /is not what batch \d+ of the journal announced$/],
    [set('subtrees = set_byte(subtrees, 40, 1)'), /has subtrees that its records do not give$/],
    [set('size = 6'), /says size 6, its records come to 5$/],
    [set('charged = charged + 1'), /says charged \d+, its records come to \d+$/],
    [set('mined = mined - 1'), /says mined \d+, its records come to \d+$/],
    [set('first_settlement = 2'), /begins with settlement 2, its records with 1$/],
    [set('sequence = 1'), /is not what batch 1 of the journal announced$/],
    [
      set(`published_at = published_at - interval '3 days'`),
      /not published by a batch after that day$/,
    ],
    [
      `delete from usage_roots where day = '2030-01-03'`,
      /^the usage root of 2030-01-03 that batch \d+ of the journal announced is gone$/,
    ],
    [
      `delete from usage_roots where day = '2030-01-02'`,
      /^the usage root of 2030-01-02 is missing, the next one is of 2030-01-03$/,
    ],
    [
      `delete from usage_roots where day = '2030-01-01'`,
      /^the usage root of 2030-01-01 is missing, the next one is of 2030-01-02$/,
    ],
  ])('%s', (statement, finding) => books.expectFinding([statement], finding));
});

describe('liabilities', () => {
  const leaf = (change: string, day: string) =>
    `update liability_leaves set ${change} where day = '${day}' and position = 1`;
  const root = (change: string) => `update liability_roots set ${change} where day = '2030-01-04'`;
  const noRoot =
    /^the liabilities of 2030-01-02 say root [0-9a-f]{64} with \d+ and \d+ base units, the leaves give/;

  it.each<[string, RegExp]>([
    [leaf('credit = credit + 1', '2030-01-02'), noRoot],
    [leaf('lco = lco + 1', '2030-01-02'), noRoot],
    [leaf('salt = gen_random_uuid()', '2030-01-02'), noRoot],
    [leaf('user_id = gen_random_uuid()', '2030-01-02'), noRoot],
    [
      leaf('credit = credit + 1', '2030-01-04'),
      /^user .* was owed \d+ and \d+ base units by the journal, the leaf says/,
    ],
    [
      `delete from liability_leaves where day = '2030-01-04' and position = 2`,
      /^user .* by the journal, the leaf says nothing and nothing$/,
    ],
    [
      `delete from liability_leaves where day = '2030-01-02' and position = 1`,
      /^the liabilities of 2030-01-02 say 2 users, there are leaves of 1$/,
    ],
    [
      `update liability_subtrees set credit = credit + 1 where number = 1`,
      /^the liabilities of 2030-01-04 have subtrees that the leaves do not give$/,
    ],
    [root(`root = ${zeros}`), /^the liabilities of 2030-01-04 say root 0{64}/],
    [root('credit = credit - 1'), /^the liabilities of 2030-01-04 say root/],
    [root('users = 2'), /say 2 users, there are leaves of 3$/],
    [root('sequence = 3'), /^user .* by the journal, the leaf says/],
    ...['sequence = sequence - 1', `taken_at = taken_at + interval '1 ms'`, 'subtree_size = 3'].map(
      (change): [string, RegExp] => [
        root(change),
        /^the root of the liabilities of 2030-01-04 is not what batch \d+ of the journal announced$/,
      ],
    ),
    [
      `insert into liability_roots select '2029-12-31', sequence, taken_at, users, subtree_size, root, credit, lco from liability_roots limit 1`,
      /^the root of the liabilities of 2029-12-31 was never announced by the journal$/,
    ],
    [
      'update liability_announcements set sequence = 999',
      /was announced by batch 999, which is no batch$/,
    ],
    [
      `delete from liability_roots where day = '2030-01-04'`,
      /^there are leaves of liabilities of 2030-01-04, and no root$/,
    ],
  ])('%s', (statement, finding) => books.expectFinding([statement], finding));

  it.each([
    ['credit = credit + 1', /2030-01-02 is not what batch \d+ of the journal announced$/],
    [undefined, /of 2030-01-02 was announced by batch \d+ of the journal, and is gone$/],
  ])('whose older leaves are gone: %s', async (change, finding) => {
    const where = `where day = '2030-01-02'`;
    await books.expectFinding(
      [
        `delete from liability_leaves ${where}`,
        `delete from liability_subtrees ${where}`,
        change
          ? `update liability_roots set ${change} ${where}`
          : `delete from liability_roots ${where}`,
      ],
      finding,
    );
  });

  it('whose older leaves are gone are sound', async () => {
    const statements = [`delete from liability_leaves where day = '2030-01-02'`];
    statements.push(`delete from liability_subtrees where day = '2030-01-02'`);
    await books.withChanged(statements, async (url) => {
      expect(await audit(url)).toEqual([]);
    });
  });
});
