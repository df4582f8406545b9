// Margin positions by HTTP (DESIGN 2.6 and 6): opened, adjusted and closed; who may, what is repeated, and what is refused by
// name. No worker runs, and the mark is the test's.
import { newId } from '../../ledger/ids';
import type { Position } from '../../services/margin/position-views';
import type { SignedUp } from '../api/harness';
import { prices } from '../workflows/margin-world';
import { expectStatus, newKey } from '../workflows/support';
import {
  badAmounts,
  badCredits,
  beyond,
  createHttpWorld,
  expectNamed,
  expectOncePerKey,
  expectRefused,
  long,
  positionOf,
  rowsOf,
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

describe('opening', () => {
  const send = (body: unknown, key: string) => world.post('/margin/positions', ann, body, key);

  it('answers with the position, once under its key however many ask at once', async () => {
    const before = Number(await world.market.availableOf(ann.id, 'CREDIT'));
    const answer = await expectOncePerKey(send, {
      ...{ status: 201, body: long, other: { ...long, leverage: '4' } },
    });
    const position = positionOf(answer);
    expect(position).toMatchObject({
      ...{ side: 'long', status: 'open', leverage: '5', credits: '0', debtAsset: 'CREDIT' },
      ...{ entryPrice: '0.1001', maintenanceRatio: '0.1', paidIn: '100', paidOut: '0' },
      ...{ penalties: '0', stopLoss: null, takeProfit: null, triggered: null, closedAt: null },
    });
    expect(Number(position.debt)).toBeCloseTo(400, 2);
    expect(Number(position.marginRatio)).toBeCloseTo(0.197, 2);
    expect(Number(position.liquidationPrice)).toBeCloseTo(0.0892, 4);
    expect(Number(position.bankruptcyPrice)).toBeCloseTo(0.0802, 4);
    expect(Number(await world.market.availableOf(ann.id, 'CREDIT'))).toBe(before - 100);
    const shown = await world.readAs<{ position: Position }>(
      `/margin/positions/${position.id}`,
      ann,
    );
    expect(shown.position).toMatchObject({ id: position.id, quantity: position.quantity });
    await world.closeAll(ann, position);
  });

  it('goes short, with a number for the leverage and the slippage that is asked for', async () => {
    const short = await world.openOver(ann, { side: 'short', leverage: 2.5, maxSlippageBps: 200 });
    expect(short).toMatchObject({
      ...{ side: 'short', leverage: '2.5', debtAsset: 'LCO' },
      ...{ entryPrice: '0.0999', debt: short.quantity },
    });
    expect(Number(short.quantity)).toBeCloseTo(2_500, 0);
    expect(Number(short.credits)).toBeCloseTo(100 + 249.75 * 0.999, 1);
    await world.closeAll(ann, short);
  });

  it.each(
    rowsOf({
      side: [undefined, 'buy', 'LONG', 1, null, ['long'], '__proto__'],
      collateral: badCredits,
      leverage: [
        ...[undefined, null, '0', 0, '1', 1, '1.00', '5.01', 5.01, '-2', 'NaN', 'Infinity', '1e1'],
        ...['2.005', '0x2', '', ' 2', '100', true, ['2'], { value: 2 }],
      ],
      maxSlippageBps: [0, 201, -1, 1.5, '100', null],
      userId: [newId()],
      price: ['0.1'],
    }),
  )('is refused with a bad %s: %j', async (field, over) => {
    expectNamed(await world.post('/margin/positions', ann, { ...long, ...over }), field);
  });

  it('is refused without a key of idempotency, a key, and the right to trade', async () => {
    const path = '/margin/positions';
    const keyless = await world.api.send('POST', path, { key: ann.key, body: long });
    expectRefused(keyless, 400, 'IDEMPOTENCY_KEY_REQUIRED');
    const headers = { 'idempotency-key': newKey() };
    expectStatus(await world.api.send('POST', path, { body: long, headers }), 401);
    expectRefused(
      await world.post(path, await world.withScopes(ann, 'read'), long),
      403,
      'SCOPE_REQUIRED',
    );
  });

  it('is refused below the least collateral, and beyond what there is', async () => {
    const small = await world.post('/margin/positions', ann, { ...long, collateral: '5' });
    expectRefused(small, 400, 'AMOUNT_OUT_OF_RANGE');
    expect(small.problem).toMatchObject({
      ...{ detail: expect.stringMatching(/^collateral: /) as string, details: { minimum: '10' } },
    });
    const large = await world.post('/margin/positions', bob, { ...long, collateral: '2000.01' });
    expectRefused(large, 422, 'INSUFFICIENT_FUNDS');
  });

  it('is refused beyond what the pool, the book and its depth bear', async () => {
    const refusals = [
      [{ side: 'short', collateral: '900' }, 'POOL_UTILISATION_LIMIT'],
      [{ collateral: '1300' }, 'POSITION_NOT_FILLED'],
      [{ collateral: '400' }, 'DEBT_LIMIT'],
      [{ side: 'short', collateral: '400' }, 'DEBT_LIMIT'],
      [{ maxSlippageBps: 1 }, 'POSITION_NOT_FILLED'],
    ] as const;
    for (const [over, code] of refusals) {
      expectRefused(await world.post('/margin/positions', ann, { ...long, ...over }), 422, code);
    }
    const { items } = await world.readAs<Listed<Position>>('/margin/positions?status=open', ann);
    expect(items).toEqual([]);
  });

  it('is refused without a mark, and where the book has one side', async () => {
    await world.loseMark();
    expectRefused(await world.post('/margin/positions', ann, long), 422, 'MARK_UNAVAILABLE');
    await world.jump(prices.start, { ask: null });
    expectRefused(await world.post('/margin/positions', ann, long), 422, 'MARKET_NOT_TWO_SIDED');
  });

  it('is refused to who is frozen, who may close', async () => {
    const eve = await world.signUp('200');
    const position = await world.openOver(eve);
    await world.market.freeze(eve.id);
    expectRefused(await world.post('/margin/positions', eve, long), 403, 'USER_FROZEN');
    expectRefused(
      await world.act('collateral', position.id, eve, { amount: '1' }),
      403,
      'USER_FROZEN',
    );
    await world.closeAll(eve, position);
    await world.market.unfreeze(eve.id);
  });
});

describe('a position', () => {
  let position: Position;
  beforeAll(async () => {
    await world.jump(prices.start);
    position = await world.openOver(ann);
  });
  afterAll(async () => {
    await world.jump(prices.start);
    await world.closeAll(ann, position);
  });
  const pathOf = (rest = '') => `/margin/positions/${position.id}${rest}`;

  it('takes collateral and gives it back, once under a key', async () => {
    const send = (body: unknown, key: string) => world.post(pathOf('/collateral'), ann, body, key);
    const other = { amount: '51' };
    const added = await expectOncePerKey(send, { status: 200, body: { amount: '50' }, other });
    expect(Number(positionOf(added).debt)).toBeCloseTo(350, 1);
    expect(positionOf(added)).toMatchObject({ id: position.id, paidIn: '150', paidOut: '0' });
    const taken = positionOf(expectStatus(await send({ amount: '-40' }, newKey()), 200));
    expect(Number(taken.debt)).toBeCloseTo(390, 1);
    expect(taken.paidOut).toBe('40');
  });

  it.each(rowsOf({ amount: [undefined, ...badAmounts], debt: ['1'] }))(
    'takes no collateral with a bad %s: %j',
    async (field, over) => {
      expectNamed(await world.act('collateral', position.id, ann, { amount: '1', ...over }), field);
    },
  );

  it('refuses what would make it unsafe, what is not owed, and what is not there', async () => {
    const adjust = (amount: string) => world.act('collateral', position.id, ann, { amount });
    expectRefused(await adjust('-30'), 422, 'MARGIN_RATIO_TOO_LOW');
    const more = await adjust('450');
    expectRefused(more, 400, 'AMOUNT_OUT_OF_RANGE');
    expect(more.problem.detail).toMatch(/^amount: .*repays its debt/);
    const poor = await world.signUp('100');
    const own = await world.openOver(poor);
    const none = await world.act('collateral', own.id, poor, { amount: '1' });
    expectRefused(none, 422, 'INSUFFICIENT_FUNDS');
    await world.closeAll(poor, own);
  });

  it.each(
    rowsOf({
      fraction: [
        ...['0', 0, '1.5', 1.5, 'NaN', '-0.5', '0.00001', '0x1', '1e-1', '', null, true, ['1']],
      ],
      quantity: ['1'],
    }),
  )('is not closed with a bad %s: %j', async (field, over) => {
    expectNamed(await world.act('close', position.id, ann, over), field);
  });

  it('is closed in part, once under a key; less than a lot is nothing', async () => {
    const send = (body: unknown, key: string) => world.post(pathOf('/close'), ann, body, key);
    const before = (await world.readAs<{ position: Position }>(pathOf(), ann)).position;
    const closed = await expectOncePerKey(send, {
      ...{ status: 200, body: { fraction: '0.5' }, other: { fraction: '0.6' } },
    });
    const { closedQuantity } = closed.as<{ closedQuantity: string }>();
    expect(Number(closedQuantity)).toBeCloseTo(Number(before.quantity) / 2, 1);
    const after = positionOf(closed);
    expect(Number(after.debt)).toBeCloseTo(Number(before.debt) / 2, 1);
    expect(Number(after.quantity) + Number(closedQuantity)).toBeCloseTo(Number(before.quantity), 8);
    position = after;
  });

  it('has triggers that are set together, and taken back', async () => {
    const set = async (body: unknown) =>
      positionOf(expectStatus(await world.put(pathOf('/triggers'), ann, body), 200));
    expect(await set({ stopLoss: '0.095', takeProfit: '0.12' })).toMatchObject({
      ...{ stopLoss: '0.095', takeProfit: '0.12', triggered: null },
    });
    expect(await set({ takeProfit: '0.13' })).toMatchObject({ stopLoss: null, takeProfit: '0.13' });
    expect(await set({ stopLoss: null })).toMatchObject({ stopLoss: null, takeProfit: null });
  });

  it.each(
    rowsOf({
      stopLoss: ['0.0950001', '0', '-1', 0.095, 'x', '0.11'],
      takeProfit: ['0.1200001', '0', '', '0.09', beyond],
      trailing: ['0.01'],
    }),
  )('has no trigger with a bad %s: %j', async (field, over) => {
    expectNamed(await world.put(pathOf('/triggers'), ann, over), field);
  });

  it('is moved only by a key that may trade, and seen only by one that may read', async () => {
    const [reader, trader] = [
      await world.withScopes(ann, 'read'),
      await world.withScopes(ann, 'trade'),
    ];
    for (const answer of [
      await world.act('collateral', position.id, reader, { amount: '1' }),
      await world.act('close', position.id, reader),
      await world.put(pathOf('/triggers'), reader, {}),
      await world.get(pathOf(), trader),
      await world.get('/margin/positions', trader),
      await world.get(pathOf('/history'), trader),
    ]) {
      expectRefused(answer, 403, 'SCOPE_REQUIRED');
    }
    for (const [verb, body] of [['collateral', { amount: '1' }], ['close']] as const) {
      const keyless = await world.api.send('POST', pathOf(`/${verb}`), { key: ann.key, body });
      expectRefused(keyless, 400, 'IDEMPOTENCY_KEY_REQUIRED');
    }
    for (const path of [pathOf(), '/margin/positions', pathOf('/history')]) {
      expectStatus(await world.get(path), 401);
      expectStatus(await world.get(path, reader), 200);
    }
  });

  it('is not found by others, as is one that there is not; a name is no id', async () => {
    for (const [id, status] of [
      [position.id, 404],
      [newId(), 404],
      ['nothing', 400],
    ] as const) {
      for (const answer of [
        await world.get(`/margin/positions/${id}`, bob),
        await world.get(`/margin/positions/${id}/history`, bob),
        await world.act('collateral', id, bob, { amount: '1' }),
        await world.act('close', id, bob, {}),
        await world.put(`/margin/positions/${id}/triggers`, bob, {}),
      ]) {
        expect(answer.status).toBe(status);
        if (status === 404) expect(answer.problem.code).toBe('POSITION_NOT_FOUND');
      }
    }
  });

  it('is nothing to be moved any more once it is closed', async () => {
    const own = await world.openOver(bob);
    const closed = await world.closeAll(bob, own);
    expect(closed).toMatchObject({
      ...{ status: 'closed', closeReason: 'closed_by_owner', quantity: '0', debt: '0' },
      ...{ equity: null, marginRatio: null, liquidationPrice: null },
    });
    for (const answer of [
      await world.act('close', own.id, bob),
      await world.act('collateral', own.id, bob, { amount: '1' }),
      await world.put(`/margin/positions/${own.id}/triggers`, bob, { stopLoss: '0.095' }),
    ]) {
      expectRefused(answer, 409, 'STATE_CONFLICT');
      expect(answer.problem.details).toMatchObject({ status: 'closed' });
    }
  });

  it('that nobody trades with stays as it is', async () => {
    await world.jump(prices.start, { bid: null });
    expectRefused(await world.act('close', position.id, ann), 422, 'POSITION_NOT_FILLED');
  });
});
