// What opening would give, told beforehand (DESIGN 2.6): the same figures and the same refusals as opening, and nothing done.
import type { DomainError } from '../../domain/errors';
import { parseAmount } from '../../domain/money';
import { callerOf } from '../credits/world';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeAll(async () => {
  world = await createMarginWorld();
  await world.openMarket();
});
afterAll(() => world.end());

interface Asked {
  readonly side?: 'long' | 'short';
  readonly collateral?: string;
  readonly leverage?: number;
  readonly maxSlippageBps?: number;
}

function quote(
  userId: string,
  { side = 'long', collateral = '100', leverage = 500, maxSlippageBps = 100 }: Asked = {},
) {
  const request = { side, collateral: parseAmount(collateral), leverage, maxSlippageBps };
  return world.margin.quote(callerOf(userId), request);
}

/** What was thrown. */
const refusalOf = (asked: Promise<unknown>) =>
  asked.then(
    () => ({ code: 'none' }),
    ({ code, message, details }: DomainError) => ({ code, message, details }),
  );

/** What every commit changes. */
const headOf = async (): Promise<unknown> => world.db('journal_head').first('sequence', 'hash');

it.each([
  ['long', 500, '100'],
  ['long', 300, '33.33333333'],
  ['long', 101, '10'],
  ['short', 500, '100'],
  ['short', 275, '11.1'],
  ['short', 101, '50'],
] as const)(
  'a %s at %i/100 of %s Credits is what its quote said',
  async (side, leverage, collateral) => {
    const trader = await world.addTrader('1000');
    const asked = { side, leverage, collateral };
    const before = await headOf();
    const { exposure, notional, fee, borrowRate, ...figures } = await quote(trader, asked);
    expect(await headOf()).toEqual(before);

    const position = await world.open(trader, asked);
    expect(position).toMatchObject(figures);
    const [opened] = await world.changesOf(trader, position.id);
    expect(opened).toMatchObject({ notional, fee, marginRatio: figures.marginRatio });
    expect(Number(exposure)).toBeCloseTo((Number(collateral) * leverage) / 100, 6);
    const { items } = await world.margin.pools();
    const pool = items.find(({ asset }) => asset === figures.debtAsset);
    expect(Number(pool?.borrowRate)).toBeCloseTo(Number(borrowRate), 5);
    await world.close(trader, position.id);
  },
);

it('walks the book as the opening does: what lies deeper is dearer', async () => {
  const seller = await world.addTrader('0.01', '2000');
  await world.place(seller, { side: 'sell', price: '0.1', quantity: '1000' });
  const trader = await world.addTrader('1000');
  const [small, large] = [
    await quote(trader, { collateral: '10' }),
    await quote(trader, { collateral: '100' }),
  ];
  expect(small.entryPrice).toBe('0.1');
  expect(Number(large.entryPrice)).toBeGreaterThan(0.1);
  const position = await world.open(trader);
  expect(position).toMatchObject({
    entryPrice: large.entryPrice,
    liquidationPrice: large.liquidationPrice,
  });
  await world.close(trader, position.id);
});

it.each([
  [{ collateral: '9.99' }, 'AMOUNT_OUT_OF_RANGE'],
  [{ collateral: '1000.01' }, 'INSUFFICIENT_FUNDS'],
  [{ maxSlippageBps: 1 }, 'POSITION_NOT_FILLED'],
  [{ collateral: '900' }, 'POOL_UTILISATION_LIMIT'],
  [{ collateral: '400' }, 'DEBT_LIMIT'],
  [{ collateral: '400', side: 'short' }, 'DEBT_LIMIT'],
] as const)('%j is refused as opening it is', async (asked, code) => {
  const trader = await world.addTrader('1000');
  const before = await headOf();
  const told = await refusalOf(quote(trader, asked));
  expect(told.code).toBe(code);
  expect(await headOf()).toEqual(before);
  expect(await refusalOf(world.open(trader, asked))).toEqual(told);
});

it('is of no use to who is frozen', async () => {
  const trader = await world.addTrader('1000');
  await world.freeze(trader);
  await expect(quote(trader)).rejects.toMatchObject({ code: 'USER_FROZEN' });
});

it('says what a vote has changed', async () => {
  const terms = await world.margin.openingTerms();
  expect(terms).toEqual({
    ...{ minLeverage: '1.01', maxLeverage: '5', minCollateral: '10', maxOpenPositions: 100 },
    ...{ defaultSlippageBps: 100, maxSlippageBps: 200, takerFeeBps: 10 },
    ...{ maintenanceRatio: '0.1', safeRatio: '0.125', takeoverRatio: '0.067' },
  });
  await world.setParameter('margin.minCollateral', '25');
  expect(await world.margin.openingTerms()).toMatchObject({ minCollateral: '25' });
});
