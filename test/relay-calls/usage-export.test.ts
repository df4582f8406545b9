// The file of a caller with many calls: read as fast as it is taken, by few at once, and no longer than somebody takes it.
import { connect, type Socket } from 'node:net';
import { parse } from 'csv-parse/sync';
import { formatAmount, parseAmount } from '../../domain/money';
import { startApi, type SignedUp, type TestApi } from '../api/harness';
import { until } from '../catalog/support';
import { seed } from '../relay/relay-world';

/** Many more than the buffers of a connection hold. */
const callCount = 40_000;
const batchCount = callCount / 250;
const period = 'from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z';

let api: TestApi;
let ann: SignedUp;
/** Batches that were read. */
let batches = 0;
const sockets: Socket[] = [];

/** Rows as calls leave them, without the money that they moved; every hundredth is a free call. */
async function addCalls(user: SignedUp, count: number): Promise<void> {
  await api.context.db.raw(
    /* sql */ `
    insert into relay_calls (id, user_id, key_id, process_id, endpoint, model_id, price_version_id, tier, price_bps,
      reserved, status, opened_at, ended_at, ending, settlement_number, input_tokens, cached_input_tokens,
      cache_write_tokens, output_tokens, token_source, charge, cost, shortfall, excess, mined, epoch, channel_id,
      latency_ms, ttft_ms, war_round_id, free_charge)
    select gen_random_uuid(), :userId, :keyId, gen_random_uuid(), 'chat/completions', 'model-' || i % 3, 'chat@1', 'Lv1',
      10000, 10000000, 'settled', at, at, 'completed', taken + i, 1000 + i % 100, 50, 1, 200 + i % 77, 'upstream',
      case when is_free then 0 else 1234567 + i end, 100, 0, 0, 12345670 + i, 0, (select id from channels where name = 'mock'),
      900, 200, case when is_free then 'round' end, case when is_free then 7 end
    from (
      select i, timestamptz '2026-03-01T00:00:00Z' + i * interval '30 s' as at, i % 100 = 0 as is_free,
        (select coalesce(max(settlement_number), 0) from relay_calls) as taken
      from generate_series(1, :count::int) i) s`,
    { userId: user.id, keyId: user.keyId, count },
  );
}

beforeAll(async () => {
  api = await startApi({ UPSTREAM_API_KEY: 'sk-0123456789', ALLOW_PRIVATE_UPSTREAMS: '1' });
  await seed(api.context, 'http://127.0.0.1:9/v1');
  ann = await api.signUp();
  await addCalls(ann, callCount);
  await addCalls(await api.signUp(), 1_000);
  await api.context.db.raw('analyze relay_calls');
  api.context.db.on('query', ({ sql }: { sql: string }) => {
    if (sql.includes('"keyName"')) batches++;
  });
});
afterAll(() => api.close());
beforeEach(() => {
  batches = 0;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Asks for the file, and reads nothing. */
function askOnly(): Socket {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.pause();
  socket.write(
    `GET /api/v1/usage.csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${ann.key}\r\n\r\n`,
  );
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Until nothing more is read from the database. */
async function untilStill(): Promise<void> {
  let before = -1;
  await until(async () => {
    const isStill = batches > 0 && batches === before;
    before = batches;
    await new Promise((done) => setTimeout(done, 200));
    return isStill;
  });
}

/** Connections of the pool that a query has. */
function busyConnections(): number {
  return (api.context.db.client as { pool: { numUsed(): number } }).pool.numUsed();
}

const get = (path: string) => api.send('GET', path, { key: ann.key });

describe('the file of forty thousand calls', () => {
  it('has each of them once, and adds up to the sums', async () => {
    const { text } = await get('/usage.csv');
    const lines: Record<string, string>[] = parse(text, { columns: true });
    expect(lines).toHaveLength(callCount);
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(callCount);
    const sumOf = (amounts: (string | undefined)[]) =>
      formatAmount(amounts.reduce((sum, amount) => sum + parseAmount(amount ?? ''), 0n));
    const { items } = (await get(`/usage/daily?groupBy=day&${period}`)).as<{
      items: { charge: string; mined: string; calls: number; freeCalls: number }[];
    }>();
    expect(sumOf(items.map(({ charge }) => charge))).toBe(sumOf(lines.map(({ charge }) => charge)));
    expect(sumOf(items.map(({ mined }) => mined))).toBe(sumOf(lines.map(({ mined }) => mined)));
    expect(items.reduce((sum, { calls }) => sum + calls, 0)).toBe(callCount);
    expect(items.reduce((sum, { freeCalls }) => sum + freeCalls, 0)).toBe(callCount / 100);
    const free = lines.filter(({ freeCallRoundId }) => freeCallRoundId === 'round');
    expect(free).toHaveLength(callCount / 100);
    expect(new Set(free.map((line) => [line.charge, line.freeCallTaken].join()))).toEqual(
      new Set(['0,0.00000007']),
    );
  });

  it('is read no faster than it is taken, and holds no connection of the database meanwhile', async () => {
    const reader = askOnly();
    await untilStill();
    expect(batches).toBeLessThan(0.75 * batchCount);
    expect(busyConnections()).toBe(0);
    let length = 0;
    reader.on('data', (chunk) => (length += chunk.length));
    reader.resume();
    await new Promise((resolve) => reader.once('close', resolve));
    expect(length).toBeGreaterThan((await get('/usage.csv')).text.length);
  });

  it('is sent twice at once to an address, and a client that leaves gives its place back', async () => {
    const readers = [askOnly(), askOnly()];
    await untilStill();
    const third = await get('/usage/daily.csv');
    expect([third.status, third.problem.code]).toEqual([429, 'RATE_LIMITED']);
    expect(third.headers.get('content-disposition')).toBeNull();
    const before = batches;
    for (const reader of readers) reader.destroy();
    await until(async () => (await get('/usage/daily.csv')).status === 200);
    await untilStill();
    expect(batches - before).toBeLessThanOrEqual(2);
    expect(busyConnections()).toBe(0);
  });
});
