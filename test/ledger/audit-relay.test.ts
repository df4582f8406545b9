// Rows of the relay changed by hand, one at a time: the audit finds each. And how `npm run audit` says so.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../launch/paths';
import { testEngines } from '../support/engines';
import { createBooks, type Books } from './books';

let books: Books;

beforeAll(async () => {
  books = await createBooks();
});

afterAll(() => books.drop());

describe('one column of a row of the relay', () => {
  const settled = `where settlement_number = 3`;

  it.each([
    ['user_id', 'gen_random_uuid()', /should have moved/],
    ['key_id', 'gen_random_uuid()', /^key .* says spent/],
    ['key_id', 'null', /^key .* says spent/],
    ['model_id', `'another'`, /is no price of it$/],
    ['price_version_id', `'another'`, /is no price of it$/],
    ['price_version_id', `'test-model@2'`, /was charged \d+ base units, its usage comes to \d+$/],
    ['tier', `'Lv4'`, /^call .* paid 10000 of 10,000 at Lv4$/],
    ['price_bps', '9500', /^call .* paid 9500 of 10,000 at Lv1$/],
    ['reserved', 'reserved + 1', /its relay_reserve should have moved/],
    ['opened_at', `opened_at + interval '1 millisecond'`, /its relay_reserve should have moved/],
    ['ended_at', `ended_at + interval '1 millisecond'`, /its relay_settle should have moved/],
    ['settlement_number', '1000', /^settlement 4 follows 2$/],
    ['input_tokens', 'input_tokens + 1', /its usage comes to/],
    ['cached_input_tokens', 'cached_input_tokens + 1', /its usage comes to/],
    ['cache_write_tokens', 'cache_write_tokens + 1', /its usage comes to/],
    ['output_tokens', 'output_tokens + 1', /its usage comes to/],
    ['token_source', `'reservation'`, /its usage comes to/],
    ['charge', 'charge - 1', /its usage comes to/],
    ['cost', 'cost - 1', /its relay_settle should have moved/],
    ['excess', 'excess + 1', /has an excess of 1, its usage one of 0$/],
    ['mined', 'mined + 1', /its charge mines \d+$/],
    ['epoch', 'epoch + 1', /says epoch 1, it fell in 0$/],
    ['ending', 'null', /is settled, and its row does not say so$/],
    ['shortfall', 'shortfall + 1', /is settled, and its row does not say so$/],
    ['channel_id', 'null', /is settled, and its row does not say so$/],
    ['latency_ms', 'null', /is settled, and its row does not say so$/],
  ])('relay_calls.%s to %s', (column, value, finding) =>
    books.expectFinding([`update relay_calls set ${column} = ${value} ${settled}`], finding),
  );

  it.each([
    [
      'a live call',
      `delete from relay_calls where status = 'live'`,
      /^user .* holds \d+ base units for calls/,
    ],
    ['a settled call', `delete from relay_calls ${settled}`, /^settlement 4 follows 2$/],
    [
      'a live call that was none',
      `update relay_calls set status = 'live', ended_at = null, ending = null where status = 'released'`,
      /its relay_release should have moved 0 base units/,
    ],
    [
      'the total charged',
      'update relay_totals set charged = charged + 1',
      /^the total charged says/,
    ],
    [
      'the count of settled calls',
      'update relay_totals set settled_calls = settled_calls + 1',
      /^the count of settled calls says 8, there are 7$/,
    ],
    ['the totals, gone', 'delete from relay_totals', /^the total charged says nothing/],
    [
      'live calls of a user',
      'update users set live_calls = live_calls + 1 where live_calls = 1',
      /has 1 live calls, the count says 2$/,
    ],
    ['what a key spent', 'update api_keys set spent = spent - 1', /^key .* says spent/],
    ['what a key reserved', 'update api_keys set reserved = 0', /^key .* says spent/],
    [
      'a price',
      'update price_versions set list_output = list_output + 1 where version = 1',
      /its usage comes to/,
    ],
  ])('%s', (_, statement, finding) => books.expectFinding([statement], finding));
});

describe('npm run audit', () => {
  function run(...args: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      const path = join(projectRoot(), 'dist/launch/audit.js');
      execFile(process.execPath, [path, ...args], (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });
  }

  it('exits with 0 when the books hold, 1 when they do not', async () => {
    await books.withChanged([], async (url) => {
      expect(await run('--database', url)).toEqual({
        code: 0,
        output: expect.stringContaining('The books hold.') as string,
      });
    });
    await books.withChanged(
      ['update accounts set balance = balance + 1 where id = 1'],
      async (url) => {
        const { code, output } = await run('--database', url, '--quiet');
        expect(code).toBe(1);
        expect(output).toContain('its entries come to');
        expect(output).toContain('The books do NOT hold.');
      },
    );
  });

  it('exits with 1 when a head that was noted is not there', async () => {
    await books.withChanged([], async (url) => {
      const { code, output } = await run('--database', url, '--head', `2:${'00'.repeat(32)}`);
      expect(code).toBe(1);
      expect(output).toContain('batch 2 had the hash 0000');
    });
  });

  it.each([
    ['nobody answers', () => 'postgres://nobody@127.0.0.1:1/nothing'],
    ['it is no database of ours', () => testEngines().postgres.superuserUrl],
  ])('exits with 2 when %s', async (_, url) => {
    expect((await run('--database', url())).code).toBe(2);
  });
});
