// Margin as it is read by HTTP (DESIGN 2.6 and 6): one's own positions and what happened to them, what opening would give,
// everybody's liquidations, and what the private channel tells of both.
import { newId } from '../../ledger/ids';
import type { Liquidation } from '../../services/margin/margin-reads';
import type { Position, PositionChange } from '../../services/margin/position-views';
import type { SignedUp } from '../api/harness';
import { prices, thinBook } from '../workflows/margin-world';
import { expectStatus } from '../workflows/support';
import {
  createHttpWorld,
  expectNamed,
  expectRefused,
  long,
  type HttpWorld,
  type Listed,
} from './http-world';

let world: HttpWorld;
let ann: SignedUp;
let bob: SignedUp;

beforeAll(async () => {
  world = await createHttpWorld();
  ({ ann, bob } = world);
});
afterAll(() => world.close());
// A mark is good for ten seconds, and every tick moves it a little.
beforeEach(() => world.jump(prices.start));

describe('lists', () => {
  let eve: SignedUp;
  let ids: string[];
  beforeAll(async () => {
    eve = await world.signUp('1000');
    await world.jump(prices.start);
    ids = [];
    for (let i = 0; i < 5; i++) {
      ids.unshift((await world.openOver(eve, { collateral: '20' })).id);
      await world.market.tick();
    }
    for (const id of ids.slice(3)) expectStatus(await world.act('close', id, eve), 200);
  });
  afterAll(async () => {
    for (const id of ids.slice(0, 3)) expectStatus(await world.act('close', id, eve), 200);
  });

  async function readAll<Item>(path: string, by?: SignedUp): Promise<Item[]> {
    const all: Item[] = [];
    for (let cursor = ''; ;) {
      const page = await world.readAs<Listed<Item>>(`${path}limit=2${cursor}`, by);
      expect(page.items.length).toBeLessThanOrEqual(2);
      all.push(...page.items);
      if (page.nextCursor === null) return all;
      cursor = `&cursor=${page.nextCursor}`;
    }
  }

  it.each([
    ['', () => ids],
    ['status=open&', () => ids.slice(0, 3)],
    ['status=closed&', () => ids.slice(3)],
  ])('the own positions page by page, newest first: %s', async (query, expected) => {
    const all = await readAll<Position>(`/margin/positions?${query}`, eve);
    expect(all.map(({ id }) => id)).toEqual(expected());
  });

  it('all that happened to a position, newest first', async () => {
    const path = `/margin/positions/${ids[2] ?? ''}`;
    for (const amount of ['1', '2', '3']) {
      expectStatus(await world.post(`${path}/collateral`, eve, { amount }), 200);
    }
    const all = await readAll<PositionChange>(`${path}/history?`, eve);
    expect(all.map(({ number, kind, paidIn }) => [number, kind, paidIn])).toEqual([
      [4, 'collateral_added', '3'],
      [3, 'collateral_added', '2'],
      [2, 'collateral_added', '1'],
      [1, 'opened', '20'],
    ]);
    expect(all[3]?.penalty).toBe('0');
    expect(Number(all[3]?.mark)).toBeCloseTo(0.1, 3);
    expect(Number(all[3]?.debt)).toBeCloseTo(80, 2);
    expect(all[3]?.orderId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['status', 'status=liquidating'],
    ['limit', 'limit=0'],
    ['limit', 'limit=201'],
    ['limit', 'limit=1e1'],
    ['side', 'side=long'],
  ])('are refused with a bad %s: %s', async (field, query) => {
    expectNamed(await world.get(`/margin/positions?${query}`, eve), field);
  });

  it('are refused with a cursor of nothing', async () => {
    for (const [path, by] of [
      ['/margin/positions', eve],
      [`/margin/positions/${ids[0] ?? ''}/history`, eve],
      ['/margin/liquidations', undefined],
      ['/margin/losses', undefined],
    ] as const) {
      expectRefused(await world.get(`${path}?cursor=x`, by), 400, 'INVALID_REQUEST');
    }
  });
});

describe('a quote', () => {
  const ask = (by: SignedUp, over: object = {}) =>
    world.api.send('POST', '/margin/positions/quote', { key: by.key, body: { ...long, ...over } });

  it('is what opening gives, for who may read, without a key of idempotency', async () => {
    const { quote } = expectStatus(await ask(await world.withScopes(ann, 'read')), 200).as<{
      quote: Partial<Position> & Record<'exposure' | 'notional' | 'fee' | 'borrowRate', string>;
    }>();
    const { exposure, notional, fee, borrowRate, ...figures } = quote;
    expect([exposure, notional, fee]).toEqual(['500', '499.500001', '0.49950001']);
    expect(Number(borrowRate)).toBeGreaterThan(0.02);
    const position = await world.openOver(ann);
    expect(position).toMatchObject(figures);
    await world.closeAll(ann, position);
  });

  it('is refused as opening is, and to who may not read', async () => {
    expectNamed(await ask(ann, { leverage: '5.01' }), 'leverage');
    expectNamed(await ask(ann, { positionId: newId() }), 'positionId');
    expectRefused(await ask(ann, { collateral: '5' }), 400, 'AMOUNT_OUT_OF_RANGE');
    expectRefused(await ask(ann, { collateral: '400' }), 422, 'DEBT_LIMIT');
    expectRefused(await ask(await world.withScopes(ann, 'trade')), 403, 'SCOPE_REQUIRED');
    expect(
      (await world.readAs<Listed<Position>>('/margin/positions?status=open', ann)).items,
    ).toEqual([]);
  });

  it('keeps to terms that anybody may read', async () => {
    expect(await world.readAs('/margin/info')).toMatchObject({
      ...{ minLeverage: '1.01', maxLeverage: '5', minCollateral: '10', maintenanceRatio: '0.1' },
    });
  });
});

describe('a liquidation', () => {
  it('is told to everybody, without whose it was, and to its owner as it happens', async () => {
    const eve = await world.signUp('1000');
    const [client, other] = [await world.follow(eve), await world.follow(bob)];

    const position = await world.openOver(eve);
    const told = (fits: (told: Position) => boolean) =>
      client.waitFor('user.position', (message) => fits(message.position as Position));
    expect((await told(({ status }) => status === 'open')).position).toEqual(position);

    await world.jump(prices.far, { quantity: thinBook });
    await told(({ status }) => status === 'liquidating');
    expectRefused(await world.act('close', position.id, eve), 409, 'STATE_CONFLICT');
    for (let i = 0; i < 3; i++) await world.margin.liquidate(position.id);
    const { position: last } = await told(({ status }) => status === 'closed');
    const shown = await world.readAs<{ position: Position }>(
      `/margin/positions/${position.id}`,
      eve,
    );
    expect(last).toEqual(shown.position);
    expect(shown.position).toMatchObject({ closeReason: 'liquidated', debt: '0' });
    const sequences = client.ofType('user.position').map(({ sequence }) => Number(sequence));
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(sequences).toHaveLength(5);
    expect(other.ofType('user.position')).toEqual([]);

    const answer = expectStatus(await world.get('/margin/liquidations?limit=2'), 200);
    const page = answer.as<Listed<Liquidation>>();
    const rest = await world.readAs<Listed<Liquidation>>(
      `/margin/liquidations?limit=2&cursor=${page.nextCursor ?? ''}`,
    );
    const all = [...page.items, ...rest.items];
    expect(all.map(({ positionId, kind }) => [positionId, kind])).toEqual(
      [1, 2, 3].map(() => [position.id, 'liquidated']),
    );
    expect(all[2]).toMatchObject({ side: 'long', price: '0.082418' });
    expect(Number(all[2]?.quantity)).toBeCloseTo(2_397.6, 0);
    const penalties = all.reduce((sum, { penalty }) => sum + Number(penalty), 0);
    expect(penalties).toBeCloseTo(Number(shown.position.penalties), 8);
    for (const secret of [eve.id, eve.handle, 'userId']) expect(answer.text).not.toContain(secret);
    expectNamed(await world.get('/margin/liquidations?userId=x'), 'userId');
    await Promise.all([client.close(), other.close()]);
  });
});

it('is described', async () => {
  const { paths, components } = (await world.api.send('GET', '//openapi.json')).as<{
    paths: Record<string, object>;
    components: { schemas: object };
  }>();
  const described = Object.entries(paths)
    .filter(([path]) => path.includes('/margin'))
    .map(([path, methods]) => [path.replace('/api/v1', ''), ...Object.keys(methods).sort()]);
  expect(described.sort()).toEqual([
    ['/admin/margin/pools/CREDIT/seed', 'post'],
    ['/margin/info', 'get'],
    ['/margin/liquidations', 'get'],
    ['/margin/losses', 'get'],
    ['/margin/pools', 'get'],
    ['/margin/pools/{asset}/supply', 'post'],
    ['/margin/pools/{asset}/withdraw', 'post'],
    ['/margin/positions', 'get', 'post'],
    ['/margin/positions/quote', 'post'],
    ['/margin/positions/{id}', 'get'],
    ['/margin/positions/{id}/close', 'post'],
    ['/margin/positions/{id}/collateral', 'post'],
    ['/margin/positions/{id}/history', 'get'],
    ['/margin/positions/{id}/triggers', 'put'],
    ['/margin/supplies', 'get'],
  ]);
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining([
      ...['Position', 'PositionChange', 'Liquidation', 'LendingPool', 'Supply', 'LendingLoss'],
    ]),
  );
});
