// The lending pools by HTTP (DESIGN 2.6 and 6): supplied, withdrawn from and seeded; who may, what is repeated, and what is
// refused by name.
import { newId } from '../../ledger/ids';
import type { PoolView, Supply } from '../../services/margin/pool-views';
import type { Answer, SignedUp } from '../api/harness';
import { operatorCaller, toAccount } from '../credits/world';
import { prices } from '../workflows/margin-world';
import { expectStatus, newKey } from '../workflows/support';
import {
  badAmounts,
  badCredits,
  createHttpWorld,
  expectNamed,
  expectOncePerKey,
  expectRefused,
  rowsOf,
  type HttpWorld,
} from './http-world';

let world: HttpWorld;
let ann: SignedUp;
let bob: SignedUp;
let operator: SignedUp;

beforeAll(async () => {
  world = await createHttpWorld();
  ({ ann, bob, operator } = world);
});
afterAll(() => world.close());
// A mark is good for ten seconds, and every tick moves it a little.
beforeEach(() => world.jump(prices.start));

describe('the lending pools', () => {
  const poolOf = async (asset: string) => {
    const { items } = await world.readAs<{ items: PoolView[] }>('/margin/pools');
    return items.find((pool) => pool.asset === asset) as PoolView;
  };
  const supplyOf = (answer: Answer) => answer.as<{ supply: Supply }>().supply;
  const move = (verb: 'supply' | 'withdraw', body: unknown, key?: string, asset = 'CREDIT') =>
    world.post(`/margin/pools/${asset}/${verb}`, bob, body, key);

  it('are told to everybody, with the reserve', async () => {
    const answer = await world.readAs<{ items: PoolView[]; riskReserve: object }>('/margin/pools');
    expect(answer.items.map(({ asset }) => asset).sort()).toEqual(['CREDIT', 'LCO']);
    expect(Object.keys(answer.riskReserve).sort()).toEqual(['CREDIT', 'LCO']);
    expect(await poolOf('CREDIT')).toMatchObject({ maxUtilisation: '0.85', lost: '0' });
    const before = Number((await poolOf('CREDIT')).borrowed);
    const position = await world.openOver(ann);
    const after = await poolOf('CREDIT');
    expect(Number(after.borrowed) - before).toBeCloseTo(400, 1);
    expect(Number(after.borrowRate)).toBeGreaterThan(Number(after.supplyRate));
    await world.closeAll(ann, position);
    expect(await world.readAs('/margin/losses')).toEqual({ items: [], nextCursor: null });
    expectNamed(await world.get('/margin/pools?asset=LCO'), 'asset');
  });

  it('take supplies and give them back with interest, once under a key', async () => {
    const before = Number((await poolOf('CREDIT')).supplied);
    const supplied = await expectOncePerKey((body, key) => move('supply', body, key), {
      ...{ status: 200, body: { amount: '500' }, other: { amount: '501' } },
    });
    expect(supplyOf(supplied)).toMatchObject({ asset: 'CREDIT', supplied: '500', withdrawn: '0' });
    expect(Number((await poolOf('CREDIT')).supplied)).toBeCloseTo(before + 500, 2);
    const taken = await expectOncePerKey((body, key) => move('withdraw', body, key), {
      ...{ status: 200, body: { amount: '200' }, other: { amount: 'all' } },
    });
    expect(supplyOf(taken)).toMatchObject({ supplied: '500', withdrawn: '200' });
    const { items } = await world.readAs<{ items: Supply[] }>('/margin/supplies', bob);
    expect(items).toMatchObject([{ asset: 'CREDIT', supplied: '500', withdrawn: '200' }]);
    const rest = supplyOf(expectStatus(await move('withdraw', { amount: 'all' }), 200));
    expect(rest).toMatchObject({ claim: '0', supplied: '500' });
    expect(Number(rest.withdrawn)).toBeCloseTo(500, 2);
    expectRefused(await move('withdraw', { amount: 'all' }), 422, 'INSUFFICIENT_FUNDS');
  });

  it('are named in any case, and there are two', async () => {
    const { asset } = supplyOf(
      expectStatus(await move('supply', { amount: '1' }, undefined, 'credit'), 200),
    );
    expect(asset).toBe('CREDIT');
    expectStatus(await move('withdraw', { amount: 'all' }, undefined, 'Credit'), 200);
    for (const unknown of ['USD', '__proto__', 'CREDITS', '%20']) {
      expectNamed(await move('supply', { amount: '1' }, undefined, unknown), 'asset');
      expectNamed(await move('withdraw', { amount: '1' }, undefined, unknown), 'asset');
    }
  });

  it.each([
    ...rowsOf({ amount: badCredits, userId: [newId()] }).map((row) => ['supply', ...row] as const),
    ...rowsOf({ amount: [...badCredits, 'All', 'ALL'], asset: ['LCO'] }).map(
      (row) => ['withdraw', ...row] as const,
    ),
    ['supply', 'amount', { amount: 'all' }] as const,
  ])('%s: a bad %s is refused: %j', async (verb, field, over) => {
    expectNamed(await move(verb, { amount: '1', ...over }), field);
  });

  it('refuse what is not there, what is not theirs, and what is lent', async () => {
    expectRefused(await move('supply', { amount: '99999' }), 422, 'INSUFFICIENT_FUNDS');
    expectRefused(await move('withdraw', { amount: '1' }), 422, 'INSUFFICIENT_FUNDS');
    expectRefused(
      await move('withdraw', { amount: '1' }, undefined, 'LCO'),
      422,
      'INSUFFICIENT_FUNDS',
    );
    expectStatus(await move('supply', { amount: '500' }), 200);
    expectRefused(await move('withdraw', { amount: '501' }), 422, 'INSUFFICIENT_FUNDS');
    const position = await world.openOver(ann);
    await world.market.withdraw(world.lender, 'CREDIT', '9000');
    const short = await move('withdraw', { amount: 'all' });
    expectRefused(short, 422, 'POOL_CASH_SHORT');
    const { cash } = await poolOf('CREDIT');
    expect(short.problem.details).toMatchObject({ asset: 'CREDIT', withdrawable: cash });
    expectStatus(await move('withdraw', { amount: cash }), 200);
    await world.closeAll(ann, position);
    expectStatus(await move('withdraw', { amount: 'all' }), 200);
    await world.market.supply(world.lender, 'CREDIT', '9000');
  });

  it('are moved by who may trade, and one’s supplies seen by who may read', async () => {
    const [reader, trader] = [
      await world.withScopes(ann, 'read'),
      await world.withScopes(ann, 'trade'),
    ];
    for (const verb of ['supply', 'withdraw']) {
      const path = `/margin/pools/CREDIT/${verb}`;
      const body = { amount: '1' };
      expectRefused(await world.post(path, reader, body), 403, 'SCOPE_REQUIRED');
      const keyless = await world.api.send('POST', path, { key: trader.key, body });
      expectRefused(keyless, 400, 'IDEMPOTENCY_KEY_REQUIRED');
      const headers = { 'idempotency-key': newKey() };
      expectStatus(await world.api.send('POST', path, { body, headers }), 401);
    }
    expectRefused(await world.get('/margin/supplies', trader), 403, 'SCOPE_REQUIRED');
    expectStatus(await world.get('/margin/supplies'), 401);
    expect(await world.readAs('/margin/supplies', reader)).toEqual({ items: [] });
  });

  it('are seeded of the treasury by operators, who say why', async () => {
    const path = '/admin/margin/pools/CREDIT/seed';
    const capital = toAccount('treasury', '300');
    await world.market.deposits.record(operatorCaller(operator.id), capital);
    const body = { amount: '250', reason: 'To begin with' };
    expectRefused(await world.post(path, ann, body), 403, 'SCOPE_REQUIRED');
    const headers = { 'idempotency-key': newKey() };
    expectStatus(await world.api.send('POST', path, { body, headers }), 401);
    const keyless = await world.api.send('POST', path, { key: operator.key, body });
    expectRefused(keyless, 400, 'IDEMPOTENCY_KEY_REQUIRED');
    for (const [field, over] of rowsOf({
      amount: [undefined, ...badAmounts],
      reason: [undefined, '', ' ', 'a\nb', 5, 'x'.repeat(501)],
      asset: ['LCO'],
    })) {
      expectNamed(await world.post(path, operator, { ...body, ...over }), field);
    }
    expectStatus(await world.post('/admin/margin/pools/LCO/seed', operator, body), 404);
    const seeded = await expectOncePerKey((sent, key) => world.post(path, operator, sent, key), {
      ...{ status: 200, body, other: { ...body, amount: '251' } },
    });
    expect(supplyOf(seeded)).toMatchObject({ asset: 'CREDIT', supplied: '250', withdrawn: '0' });
    expectRefused(await world.post(path, operator, body), 422, 'INSUFFICIENT_FUNDS');
    const back = await world.post(path, operator, { amount: '-100', reason: 'Enough' });
    expect(supplyOf(expectStatus(back, 200))).toMatchObject({ withdrawn: '100' });
    const log = await world.api.context.services.auditLog.list(
      { subjectId: 'CREDIT' },
      { limit: 5 },
    );
    expect(log.items.map(({ action, reason }) => [action, reason])).toEqual([
      ['margin.seed', 'Enough'],
      ['margin.seed', 'To begin with'],
    ]);
  });
});
