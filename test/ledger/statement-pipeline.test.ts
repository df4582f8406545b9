// Statements in one piece: each gets its own answer, and whatever goes wrong reaches all that it concerns.
import { Client, DatabaseError, types } from 'pg';
import { connectionSettings } from '../../ledger/connection';
import { PreparedStatements, StatementPipeline } from '../../ledger/statement-pipeline';
import { createTestDatabase, type TestDatabase } from '../support/engines';

let database: TestDatabase;
let client: Client;
let prepared: PreparedStatements;

beforeAll(async () => {
  database = await createTestDatabase();
});

beforeEach(async () => {
  client = new Client(connectionSettings(database.url, 'lx-test'));
  client.on('error', () => undefined);
  prepared = new PreparedStatements();
  await client.connect();
  await client.query('create table if not exists notes (id int primary key, body text not null)');
  await client.query('delete from notes');
});

afterEach(() => client.end());
afterAll(() => database.drop());

type Step = readonly [text: string, ...values: unknown[]];

/** Sends the statements in one piece and tells what became of each. */
function send(...steps: Step[]) {
  const pipeline = new StatementPipeline();
  const answers = steps.map(([text, ...values]) =>
    pipeline.add(prepared.find('test', text), values),
  );
  client.query(pipeline);
  return Promise.allSettled(answers);
}

const done = (over: object = {}) => ({
  status: 'fulfilled',
  value: expect.objectContaining(over) as unknown,
});
const failed = (reason: object) => ({
  status: 'rejected',
  reason: expect.objectContaining(reason) as unknown,
});
const pointOid = 600;
const insert = 'insert into notes select * from unnest($1::int[], $2::text[])';

async function noteIds(): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>('select id from notes order by id');
  return rows.map(({ id }) => id);
}

it('gives each statement its own rows, in the types of the ledger', async () => {
  const bytes = Buffer.from([0, 255]);
  const typed = 'select $1::bigint as a, $2::timestamptz as b, $3::bytea as c, $4::text as d';
  const answers = await send(
    ['begin'],
    [insert, '{1,2}', '{one,two}'],
    ['select id, body from notes order by id'],
    [typed, 9_007_199_254_740_993n, '2026-01-31 12:00:00.123+00', bytes, null],
    ['select id from notes where id = $1::int', 7],
    ['commit'],
  );
  const at = Date.UTC(2026, 0, 31, 12, 0, 0, 123);
  expect(answers).toEqual([
    done({ command: 'BEGIN', rowCount: 0, rows: [] }),
    done({ command: 'INSERT', rowCount: 2, rows: [] }),
    done({
      command: 'SELECT',
      rows: [
        { id: 1, body: 'one' },
        { id: 2, body: 'two' },
      ],
    }),
    done({ rows: [{ a: 9_007_199_254_740_993n, b: at, c: bytes, d: null }] }),
    done({ rowCount: 0, rows: [] }),
    done({ command: 'COMMIT' }),
  ]);
});

it('prepares a statement once a connection, also when it comes twice in one piece', async () => {
  const text = 'select $1::int as n';
  for (let round = 0; round < 2; round++) {
    expect(await send([text, 1], [text, 2])).toEqual([
      done({ rows: [{ n: 1 }] }),
      done({ rows: [{ n: 2 }] }),
    ]);
  }
  const { rows } = await client.query('select name from pg_prepared_statements');
  expect(rows).toEqual([{ name: '0 test' }]);
});

it.each([
  ['when it runs', insert, ['{1}', '{again}'], '23505'],
  ['when it is parsed', 'insert into nowhere values (1)', [], '42P01'],
  ['when its parameters are read', 'select $1::int', ['x'], '22P02'],
])('a statement that is refused %s takes along all behind it', async (_, text, values, code) => {
  const answers = await send(['begin'], [insert, '{1}', '{one}'], [text, ...values], ['commit']);
  expect(answers).toEqual([done(), done({ rowCount: 1 }), failed({ code }), failed({ code })]);
  await client.query('rollback');
  expect(await noteIds()).toEqual([]);
});

it('a constraint that waits for the commit refuses the commit alone', async () => {
  await client.query(`create temp table pairs (
    id int primary key, other int references pairs deferrable initially deferred)`);
  const answers = await send(['begin'], ['insert into pairs values (1, 2)'], ['commit']);
  expect(answers).toEqual([done(), done(), failed({ code: '23503' })]);
});

it('a session that is ended in the middle rejects what had no answer', async () => {
  const answers = await send(
    ['begin'],
    [insert, '{1}', '{one}'],
    ['select pg_terminate_backend(pg_backend_pid())'],
    ['commit'],
  );
  expect(answers).toEqual([
    done(),
    done(),
    failed({ code: '57P01' }),
    { status: 'rejected', reason: expect.any(DatabaseError) as unknown },
  ]);
  expect(await send(['select 1'])).toMatchObject([{ status: 'rejected' }]);
});

it('a connection that breaks without a word rejects all', async () => {
  const waiting = send(['begin'], ['select pg_sleep(60)'], ['commit']);
  (
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy();
  expect(await waiting).toMatchObject(Array(3).fill({ status: 'rejected' }));
});

it('a row that cannot be read rejects its statement, not the process', async () => {
  const unreadable = new Error('unreadable');
  types.setTypeParser(pointOid as never, () => {
    throw unreadable;
  });
  expect(await send(['select point(1, 2)'], ['select 1 as one'])).toEqual([
    { status: 'rejected', reason: unreadable },
    done({ rows: [{ one: 1 }] }),
  ]);
});

it('what cannot be encoded is thrown before a commit could go out behind it', () => {
  const pipeline = new StatementPipeline();
  const statement = prepared.find('test', insert);
  expect(() => pipeline.add(statement, [{}, '{one}'])).toThrow('a parameter of a known type');
});
