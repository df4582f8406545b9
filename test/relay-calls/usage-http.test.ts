// Usage over HTTP (DESIGN 2.2 and 6): lists and files of receipts, and sums that are those of the receipts to the base unit.
import { parse } from 'csv-parse/sync';
import { formatAmount, parseAmount } from '../../domain/money';
import { createUsageWorld, modelId, otherModelId, type UsageWorld } from './usage-world';

interface Receipt {
  requestId: string;
  endpoint: string;
  model: string;
  keyId: string | null;
  tokens: { input: number; cachedInput: number; cacheWrite: number; output: number };
  charge: string;
  mined: string;
  at: string;
}
interface Sum {
  day: string;
  model?: string;
  keyId?: string | null;
  calls: number;
  tokens: Receipt['tokens'];
  charge: string;
  mined: string;
  freeCalls: number;
}

const oddName = '=HYPERLINK("http://a.example","b"), or so';

let world: UsageWorld;
let receipts: Receipt[];
let secondKey: string;
let period: string;

beforeAll(async () => {
  world = await createUsageWorld();
  const { ann, bob, days } = world;
  secondKey = await world.addNamedKey(ann, oddName);
  const bobsKey = await world.addNamedKey(bob, 'b');
  let output = 1;
  for (const day of days) {
    // The first and the last millisecond of a day, and one within.
    for (const time of ['00:00:00.000', '11:22:33.444', '23:59:59.999']) {
      await world.setTime(`${day}T${time}Z`);
      for (const model of [modelId, otherModelId]) {
        for (const keyId of [ann.keyId, secondKey, null]) {
          output += 37;
          await world.call({ user: ann, keyId, model, output, input: 3 * output, cachedInput: 7 });
        }
        await world.call({ user: bob, keyId: bobsKey, model, output: 999 });
      }
    }
  }
  receipts = await world.readAll<Receipt>('/usage?limit=7', ann);
  period = `from=${days[0]}T00:00:00Z&to=${days[2]}T23:59:59.999%2B00:00`;
});
afterAll(() => world.close());

/** What a grouping must say, from the receipts alone. */
function sumUp(groupBy: string, counted: readonly Receipt[]): Sum[] {
  const groups = new Map<string, Receipt[]>();
  const parts = groupBy.split(',');
  for (const receipt of counted) {
    const key = [
      receipt.at.slice(0, 10),
      ...(parts.includes('model') ? [receipt.model] : []),
      ...(parts.includes('key') ? [receipt.keyId ?? ''] : []),
    ].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), receipt]);
  }
  const add = (group: Receipt[], of: (receipt: Receipt) => string) =>
    formatAmount(group.reduce((sum, receipt) => sum + parseAmount(of(receipt)), 0n));
  const count = (group: Receipt[], of: keyof Receipt['tokens']) =>
    group.reduce((sum, { tokens }) => sum + tokens[of], 0);
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => ({
      day: key.slice(0, 10),
      ...(parts.includes('model') ? { model: group[0]!.model } : {}),
      ...(parts.includes('key') ? { keyId: group[0]!.keyId } : {}),
      calls: group.length,
      tokens: {
        input: count(group, 'input'),
        cachedInput: count(group, 'cachedInput'),
        cacheWrite: count(group, 'cacheWrite'),
        output: count(group, 'output'),
      },
      charge: add(group, ({ charge }) => charge),
      mined: add(group, ({ mined }) => mined),
      freeCalls: 0,
    }));
}

const readSums = (query: string) => world.readAll<Sum>(`/usage/daily?${query}`, world.ann);
const groupings = [['day'], ['day,model'], ['day,key'], ['day,model,key']];

describe('the list of receipts', () => {
  it("has the caller's calls, all of them and no others, newest first", () => {
    expect(receipts).toHaveLength(3 * 3 * 2 * 3);
    expect(receipts.map(({ at }) => at)).toEqual(
      receipts
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
  });

  it.each([
    [
      'model',
      () => `model=${encodeURIComponent(otherModelId)}`,
      (r: Receipt) => r.model === otherModelId,
    ],
    ['keyId', () => `keyId=${secondKey}`, (r: Receipt) => r.keyId === secondKey],
    ['endpoint', () => 'endpoint=chat/completions', () => true],
    ['another endpoint', () => 'endpoint=embeddings', () => false],
    ['from', () => `from=${world.days[1]}T00:00:00Z`, (r: Receipt) => r.at >= `${world.days[1]}`],
    ['to', () => `to=${world.days[1]}T00:00:00Z`, (r: Receipt) => r.at < `${world.days[1]}`],
  ])('is filtered by %s, as the sums and both files are', async (_, query, isMeant) => {
    const expected = receipts.filter(isMeant);
    expect(await world.readAll('/usage?limit=9&' + query(), world.ann)).toEqual(expected);
    expect(await readSums(query())).toEqual(sumUp('day,model,key', expected));
    expect(await readFile(`/usage.csv?${query()}`)).toHaveLength(expected.length);
    expect(await readFile(`/usage/daily.csv?${query()}`)).toHaveLength(
      sumUp('day,model,key', expected).length,
    );
  });
});

describe('daily sums', () => {
  it.each(groupings)('are those of the receipts, by %s', async (groupBy) => {
    const expected = sumUp(groupBy, receipts);
    expect(await readSums(`groupBy=${groupBy}`)).toEqual(expected);
    for (const limit of [1, 4]) {
      expect(await readSums(`groupBy=${groupBy}&limit=${limit}`)).toEqual(expected);
    }
  });

  it('are by day, model and key unless it is said otherwise', async () => {
    expect(await readSums('')).toEqual(sumUp('day,model,key', receipts));
  });

  it('count what ended in the period, to the millisecond, and say which it was', async () => {
    const answer = await world.get(`/usage/daily?groupBy=day&${period}`, world.ann);
    const inTime = receipts.filter(({ at }) => at < `${world.days[2]}T23:59:59.999Z`);
    expect(answer.json).toEqual({
      items: sumUp('day', inTime),
      nextCursor: null,
      from: `${world.days[0]}T00:00:00.000Z`,
      to: `${world.days[2]}T23:59:59.999Z`,
    });
    expect(inTime).toHaveLength(receipts.length - 6);
  });

  it('are of thirty days, the last one included, without a beginning', async () => {
    const answer = await world.get('/usage/daily?to=2026-03-31T00:00:00Z', world.ann);
    expect(answer.json).toMatchObject({ items: [], from: '2026-03-01T00:00:00.000Z' });
    const later = await world.get('/usage/daily?to=2026-03-31T00:00:00.001Z', world.ann);
    expect(later.json).toMatchObject({ from: '2026-03-02T00:00:00.000Z' });
  });

  it.each([
    ['from=2024-01-01T00:00:00Z&to=2025-01-01T00:00:00Z', 200],
    ['from=2024-01-01T00:00:00Z&to=2025-01-01T00:00:00.001Z', 400],
    ['from=2020-01-01T00:00:00Z', 400],
    ['from=9999-12-31T23:59:59.999Z', 200],
    ['from=9999-12-01T00:00:00Z&to=9999-12-31T23:59:59.999Z', 200],
    ['to=0001-01-01T00:00:00Z', 200],
    ['to=9999-12-31T23:59:59.999Z', 200],
  ])('are of a period that is not too long: %s', async (query, status) => {
    for (const path of ['/usage/daily', '/usage/daily.csv']) {
      const answer = await world.get(`${path}?${query}`, world.ann);
      expect(answer.status).toBe(status);
      if (status === 400) expect(answer.problem.details).toEqual({ param: 'from' });
    }
  });

  it.each([
    ['x'],
    [Buffer.from('2026-02-30').toString('base64url')],
    [Buffer.from('2026-02-03 a b').toString('base64url')],
  ])('know no cursor %s', async (cursor) => {
    const answer = await world.get(`/usage/daily?groupBy=day&cursor=${cursor}`, world.ann);
    expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
  });
});

async function readFile(path: string): Promise<Record<string, string>[]> {
  const answer = await world.get(path, world.ann);
  if (answer.status !== 200) throw new Error(answer.text);
  return parse(answer.text, { columns: true, recordDelimiter: '\r\n' });
}

describe('the file of receipts', () => {
  it('says what the receipts say, in their order', async () => {
    const lines = await readFile('/usage.csv');
    expect(lines).toHaveLength(receipts.length);
    lines.forEach((line, i) => {
      const { tokens, ...receipt } = receipts[i]!;
      expect(line).toMatchObject({
        requestId: receipt.requestId,
        at: receipt.at,
        endpoint: receipt.endpoint,
        model: receipt.model,
        keyId: receipt.keyId ?? '',
        inputTokens: String(tokens.input),
        cachedInputTokens: String(tokens.cachedInput),
        cacheWriteTokens: String(tokens.cacheWrite),
        outputTokens: String(tokens.output),
        charge: receipt.charge,
        mined: receipt.mined,
        channel: 'test-channel',
        freeCallRoundId: '',
        imoId: '',
      });
    });
  });

  it('quotes what needs it, and leaves a spreadsheet nothing to compute', async () => {
    const { text } = await world.get(`/usage.csv?keyId=${secondKey}`, world.ann);
    expect(text).toContain(`,"'=HYPERLINK(""http://a.example"",""b""), or so",`);
    const lines = await readFile(`/usage.csv?keyId=${secondKey}`);
    expect(new Set(lines.map(({ keyName }) => keyName))).toEqual(new Set([`'${oddName}`]));
  });

  it('is one that a browser saves, with a header that stays as it is', async () => {
    const answer = await world.get(`/usage.csv?${period}`, world.ann);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="usage-from-${world.days[0]}-before-${world.days[2]}.csv"`,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.text.split('\r\n')[0]).toBe(
      'requestId,at,endpoint,model,keyId,keyName,inputTokens,cachedInputTokens,cacheWriteTokens,outputTokens,' +
        'tokenSource,priceVersion,multiplier,tier,charge,mined,epoch,freeCallRoundId,freeCallTaken,imoId,imoUsed,' +
        'channel,ending,latencyMs,ttftMs,unit,units',
    );
  });

  it('is a header alone when there is nothing to say', async () => {
    const answer = await world.get('/usage.csv?model=none', world.ann);
    expect(answer.text).toMatch(/^requestId,[A-Za-z,]+\r\n$/);
    const sums = await world.get('/usage/daily.csv?model=none', world.ann);
    expect(sums.text).toBe(
      'day,model,keyId,calls,inputTokens,cachedInputTokens,cacheWriteTokens,outputTokens,charge,mined,freeCalls\r\n',
    );
  });
});

describe('the file of sums', () => {
  it.each(groupings)('says what the sums say, by %s', async (groupBy) => {
    const sums = await readSums(`groupBy=${groupBy}`);
    // A long period is read a few days at a time.
    const from = new Date(
      Date.parse(`${world.days[0]}T12:00:00Z`) - 300 * 86_400_000,
    ).toISOString();
    expect(await readFile(`/usage/daily.csv?groupBy=${groupBy}&from=${from}`)).toEqual(
      sums.map(({ day, model = '', keyId, calls, tokens, charge, mined }) => ({
        day,
        model,
        keyId: keyId ?? '',
        calls: String(calls),
        inputTokens: String(tokens.input),
        cachedInputTokens: String(tokens.cachedInput),
        cacheWriteTokens: String(tokens.cacheWrite),
        outputTokens: String(tokens.output),
        charge,
        mined,
        freeCalls: '0',
      })),
    );
  });
});
