// Rows of the journal changed by hand, one at a time: the audit finds each.
import { openDatabase } from '../../ledger/connection';
import { allChecks } from '../../services/audit/audit';
import { headCheck, type NotedHead } from '../../services/audit/journal';
import { audit, createBooks, type Books } from './books';

let books: Books;

beforeAll(async () => {
  books = await createBooks();
});

afterAll(() => books.drop());

/** A batch in the middle with a settled call. */
const some = `(select max(sequence) from journal_transfers where kind = 'relay_settle')`;
const wrongHash = /^batch \d+: what it holds does not have the hash it carries$/;

it('finds nothing in books that nobody touched', async () => {
  expect(await books.withChanged([], (url) => audit(url))).toEqual([]);
});

describe('one column of one row of the journal', () => {
  it.each([
    ['sequence', `sequence + 1000`, /^batch \d+ follows batch \d+$/],
    ['journal_time', `journal_time + interval '1 millisecond'`, wrongHash],
    [
      'previous_hash',
      `set_byte(previous_hash, 7, 1 # get_byte(previous_hash, 7))`,
      /the hash it has for the batch before/,
    ],
    ['hash', `set_byte(hash, 31, 1 # get_byte(hash, 31))`, wrongHash],
    ['feed', `'[]'::json`, wrongHash],
  ])('journal_batches.%s', (column, value, finding) =>
    books.expectFinding(
      [`update journal_batches set ${column} = ${value} where sequence = ${some}`],
      finding,
    ),
  );

  it('a character of a feed', () =>
    books.expectFinding(
      [
        `update journal_batches set feed = overlay(feed::text placing ' ' from 2 for 0)::json
         where sequence = (select max(sequence) from journal_batches where feed is not null)`,
      ],
      wrongHash,
    ));

  it.each([
    ['sequence', `sequence + 1000`, wrongHash],
    ['transfer', `transfer + 5`, /^batch \d+: transfer \d+ stands at place \d+$/],
    ['kind', `'relay_settlf'`, wrongHash],
    ['reference', `reverse(reference)`, wrongHash],
    ['reference', `null`, wrongHash],
    ['actor', `actor || ' '`, wrongHash],
    ['request_id', `coalesce(request_id, '') || 'x'`, wrongHash],
  ])('journal_transfers.%s to %s', (column, value, finding) =>
    books.expectFinding(
      [
        `update journal_transfers set ${column} = ${value} where sequence = ${some} and kind = 'relay_settle'`,
      ],
      finding,
    ),
  );

  it.each([
    ['account_id', `account_id + 1`, wrongHash],
    ['sequence', `sequence + 1000`, wrongHash],
    ['transfer', `transfer + 5`, /an entry belongs to transfer \d+, which is not there$/],
    ['entry', `entry + 5`, /^batch \d+: entry \d+ of transfer \d+ stands at place \d+$/],
    ['amount', `amount + 1`, /a transfer relay_settle does not sum to zero$/],
    ['balance_after', `balance_after + 1`, /base units, the entry says \d+$/],
  ])('journal_entries.%s', (column, value, finding) =>
    books.expectFinding(
      [
        `update journal_entries set ${column} = ${value}
         where sequence = ${some} and transfer = 0 and entry = 0`,
      ],
      finding,
    ),
  );

  it.each([
    ['id', `id + 1000`, /^account \d+ follows account \d+$/],
    ['owner_kind', `'position'`, wrongHash],
    ['owner_id', `reverse(owner_id)`, wrongHash],
    ['purpose', `'imo'`, wrongHash],
    ['key', `reverse(key)`, /^user\/.* is found by .*\/resu$/],
    ['balance', `balance + 1`, /says \d+ base units, its entries come to \d+$/],
    ['opened_in', `opened_in - 1`, wrongHash],
    ['opened_in', `opened_in + 1000`, /which is not there$/],
  ])('accounts.%s to %s', (column, value, finding) =>
    books.expectFinding(
      [
        `update accounts set ${column} = ${value} where id = (select max(id) from accounts where owner_kind = 'user')`,
      ],
      finding,
    ),
  );

  it('accounts.asset', () =>
    books.expectFinding(
      [`update accounts set asset = 'CREDIT' where purpose = 'mint'`],
      wrongHash,
    ));

  it.each([
    ['sequence', `sequence - 1`, /^the head is at batch \d+, not at the last batch, \d+$/],
    ['hash', `set_byte(hash, 0, 1 # get_byte(hash, 0))`, /^the head has another hash/],
    ['journal_time', `journal_time + interval '1 hour'`, /^the head has another journal time/],
    [
      'next_account_id',
      `next_account_id + 1`,
      /^the head would open account \d+ next, the last one is \d+$/,
    ],
  ])('journal_head.%s', (column, value, finding) =>
    books.expectFinding([`update journal_head set ${column} = ${value}`], finding),
  );
});

describe('rows of the journal', () => {
  const tables = ['journal_batches', 'journal_transfers', 'journal_entries', 'accounts'] as const;

  it.each(tables)('one deleted from %s', async (table) => {
    const column = table === 'accounts' ? 'opened_in' : 'sequence';
    const row = `select ctid from ${table} where ${column} < ${some} order by ${column} desc limit 1`;
    const findings = await books.withChanged(
      [`delete from ${table} where ctid in (${row})`],
      (url) => audit(url),
    );
    expect(findings).not.toEqual([]);
  });

  it('a transfer that balances, added to a batch', () =>
    books.expectFinding(
      [
        `insert into journal_transfers (sequence, transfer, kind, actor) values (${some}, 100, 'gift', 'nobody')`,
        `insert into journal_entries (account_id, sequence, transfer, entry, amount, balance_after)
         select id, ${some}, 100, 0, -1, balance - 1 from accounts where purpose = 'reserve'
         union all select id, ${some}, 100, 1, 1, balance + 1 from accounts where purpose = 'revenue'`,
      ],
      wrongHash,
    ));

  it('an entry of a transfer that is not there', () =>
    books.expectFinding(
      [`insert into journal_entries values (1, ${some}, 99, 0, 1, 1)`],
      /^batch \d+: an entry belongs to transfer 99, which is not there$/,
    ));

  it.each([0, 1_000_000])('a transfer of batch %s, which is not there', (sequence) =>
    books.expectFinding(
      [
        `insert into journal_transfers (sequence, transfer, kind, actor) values (${sequence}, 0, 'gift', 'nobody')`,
      ],
      /^there are 1 transfers more than the chain leads to$/,
    ),
  );

  it('transfers numbered anew, their entries with them', () =>
    books.expectFinding(
      ['journal_transfers', 'journal_entries'].map(
        (table) => `update ${table} set transfer = transfer + 7 where sequence = ${some}`,
      ),
      /^batch \d+: transfer 7 stands at place 0$/,
    ));

  it('two batches that change places', () => {
    const tables = ['journal_batches', 'journal_transfers', 'journal_entries'];
    return books.expectFinding(
      [
        `create temporary table pair as select ${some} as a, ${some} - 1 as b`,
        ...tables.map(
          (table) =>
            `update ${table} set sequence = -sequence where sequence in (select a from pair union select b from pair)`,
        ),
        ...tables.map(
          (table) =>
            `update ${table} set sequence = (select case when -sequence = a then b else a end from pair) where sequence < 0`,
        ),
      ],
      wrongHash,
    );
  });

  it('the whole journal, gone', () =>
    books.expectFinding(
      ['truncate journal_batches, journal_transfers, journal_entries'],
      /^the head is at batch \d+, not at the last batch, 0$/,
    ));
});

describe('the end of the journal, cut off', () => {
  const end = '(select max(sequence) - 3 from journal_batches)';
  const cut = [
    `create temporary table cut as select ${end} as last`,
    ...[
      'journal_batches',
      'journal_transfers',
      'journal_entries',
      'idempotency_keys',
      'outbox',
    ].map((table) => `delete from ${table} where sequence > (select last from cut)`),
    'delete from accounts where opened_in > (select last from cut)',
    `update accounts a set balance = coalesce((
       select e.balance_after from journal_entries e where e.account_id = a.id
       order by e.sequence desc, e.transfer desc, e.entry desc limit 1), 0)`,
    `update journal_head set (sequence, hash, journal_time, next_account_id) = (
       select sequence, hash, journal_time, (select max(id) + 1 from accounts)
       from journal_batches order by sequence desc limit 1)`,
  ];

  it('without the head is found', () =>
    books.expectFinding(cut.slice(0, 4), /^the head is at batch/));

  it('with everything that belongs to it leaves a chain that holds: a head noted elsewhere tells', async () => {
    let noted: NotedHead | undefined;
    await books.withChanged([], async (url) => {
      const db = openDatabase(url, 'lx-test', 1);
      noted = await db('journal_head').first<NotedHead>('sequence', 'hash');
      expect(await audit(url, [headCheck(noted)])).toEqual([]);
      await db.destroy();
    });
    await books.withChanged(cut, async (url) => {
      const [journal] = allChecks;
      expect(await audit(url, journal ? [journal] : [])).toEqual([]);
      if (!noted) throw new Error('no head was noted');
      expect(await audit(url, [headCheck(noted)])).toEqual([
        `batch ${noted.sequence} was the head once; now it is not there`,
      ]);
      const older = { sequence: noted.sequence - 5n, hash: Buffer.alloc(32, 1) };
      expect(await audit(url, [headCheck(older)])).toEqual([
        expect.stringContaining('had the hash 0101'),
      ]);
    });
  });
});
