// A position's figures by example and by property (whitepaper 3.3, DESIGN 2.6 and 2.13).
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { Exact } from '../../../domain/exchange/mark-sums';
import { quantityOf } from '../../../domain/exchange/market';
import { accrue, debtOf, emptyPool, wad } from '../../../domain/margin/lending-pool';
import {
  bankruptcyLimit,
  bankruptcyPrice,
  closingSideOf,
  crossedKeys,
  debtAssetOf,
  equityAt,
  isBelow,
  liquidationKey,
  liquidationPrice,
  marginRatio,
  sizeOf,
  type PositionFigures,
} from '../../../domain/margin/position';
import { parseAmount } from '../../../domain/money';
import { anyLong, anyShort, longOf, shortOf } from './figures';

const usual = { maintenanceBps: 1_000 };
const at = (price: string) => new Decimal(price);

/** What 100 Credits at 5x are at 0.10: free of fees, and with 10 basis points out of the 500 Credits that are spent or got. */
const freeLong = longOf('5000', '400');
const freeShort = shortOf('600', '5000');
const long = longOf('4995', '399.9995', 10);
const short = shortOf('599.5', '5000', 10);

describe('100 Credits at 5x and a price of 0.10', () => {
  it.each([
    ['a long without fees, 11.1% lower', freeLong, '0.088888888889'],
    ['a short without fees, 9.1% higher', freeShort, '0.109090909091'],
    ['a long with a fee of 10 basis points', long, '0.089077'],
    ['a short with a fee of 10 basis points', short, '0.108901'],
  ])('are liquidated at, as %s', (_, figures, price) => {
    const decimals = price.length - 2;
    expect(liquidationPrice(figures, usual)?.toFixed(decimals)).toBe(price);
  });

  it.each([
    ['a long without fees', freeLong, '0.080000'],
    ['a short without fees', freeShort, '0.120000'],
    ['a long with a fee', long, '0.080160'],
    ['a short with a fee', short, '0.119780'],
  ])('have nothing left at, as %s', (_, figures, price) => {
    expect(bankruptcyPrice(figures)?.toFixed(6)).toBe(price);
  });

  it.each([
    ['a long', '0.1', freeLong, '0.2'],
    ['a long that has fallen', '0.09', freeLong, '0.111111'],
    ['a long below nothing', '0.0625', freeLong, '-0.28'],
    ['a long with a fee', '0.1', long, '0.1982'],
    ['a short', '0.1', freeShort, '0.2'],
    ['a short that has risen', '0.125', freeShort, '-0.04'],
    ['a short with a fee', '0.1', short, '0.198'],
  ])('have a margin ratio of, as %s at %s', (_, price, figures, ratio) => {
    expect(marginRatio(figures, at(price))?.toDecimalPlaces(6).toFixed()).toBe(ratio);
  });

  it('are worth what closing them would leave, the fee paid', () => {
    expect(equityAt(freeLong, at('0.09')).toFixed()).toBe(parseAmount('50').toString());
    expect(equityAt(long, at('0.1')).toFixed()).toBe(parseAmount('99.001').toString());
    expect(equityAt(short, at('0.1')).toFixed()).toBe(parseAmount('99').toString());
    expect(equityAt(freeShort, at('0.13')).toFixed()).toBe(parseAmount('-50').toString());
  });

  it('after a week of interest are liquidated earlier, and found by the same key', () => {
    const scaledDebt = freeLong.debt;
    const lent = { ...emptyPool, accruedAt: 0, scaledDebt, shares: parseAmount('1000') };
    const curve = {
      baseRateBps: 200,
      kinkUtilisationBps: 7_000,
      kinkRateBps: 1_200,
      fullRateBps: 10_000,
    };
    const weekMs = 7 * 24 * 60 * 60 * 1000;
    const { borrowIndex } = accrue(lent, parseAmount('600'), weekMs, curve);
    // 2% and 4/7 of the 10% up to the kink, for a week of 52 and a bit: 0.1479%.
    const figures = { ...freeLong, debt: debtOf(scaledDebt, borrowIndex) };
    expect(figures.debt).toBe(parseAmount('400.59178083'));
    expect(liquidationPrice(figures, usual)?.toFixed(6)).toBe('0.089020');
    const key = liquidationKey(freeLong, scaledDebt, usual);
    expect(key?.toFixed(12)).toBe('0.088888888889');
    expect(liquidationKey(figures, scaledDebt, usual)).toEqual(key);
    const crossedBy = (mark: string) =>
      key?.gt(crossedKeys(at(mark), { credit: borrowIndex, lco: wad }).longsAbove);
    expect(crossedBy('0.08902')).toBe(true);
    expect(crossedBy('0.089021')).toBe(false);
    expect(key?.gt(crossedKeys(at('0.08902'), { credit: wad, lco: wad }).longsAbove)).toBe(false);
  });
});

describe('a position', () => {
  it('owes what its side borrows, and is closed by the other side', () => {
    expect([debtAssetOf('long'), closingSideOf('long')]).toEqual(['CREDIT', 'sell']);
    expect([debtAssetOf('short'), closingSideOf('short')]).toEqual(['LCO', 'buy']);
    expect([sizeOf(freeLong), sizeOf(freeShort)]).toEqual([
      parseAmount('5000'),
      parseAmount('5000'),
    ]);
  });

  it('that neither holds nor owes LCO has no ratio, and is below no threshold', () => {
    expect(marginRatio(longOf('0', '1'), at('0.1'))).toBeNull();
    expect(marginRatio(shortOf('1', '0'), at('0.1'))).toBeNull();
    expect(isBelow(null, 10_000)).toBe(false);
    expect(liquidationPrice(shortOf('1', '0'), usual)).toBeNull();
  });

  it('that is long and owes nothing is never liquidated', () => {
    const free = longOf('5000', '0');
    expect(liquidationPrice(free, usual)).toBeNull();
    expect(bankruptcyPrice(free)).toBeNull();
    expect(liquidationKey(free, 0n, usual)).toBeNull();
  });

  it('is below a threshold, not at it', () => {
    expect(isBelow(new Decimal('0.1'), 1_000)).toBe(false);
    expect(isBelow(new Decimal('0.0999999999999999999999999999'), 1_000)).toBe(true);
  });

  it('of which a debt alone is left is found by every mark', () => {
    const key = liquidationKey(longOf('0', '1'), parseAmount('1'), usual);
    const { longsAbove } = crossedKeys(at('1000'), { credit: wad, lco: wad });
    expect(key?.gt(longsAbove)).toBe(true);
    const shortKey = liquidationKey(shortOf('0', '1'), parseAmount('1'), usual);
    const { shortsBelow } = crossedKeys(at('0.000001'), { credit: wad, lco: 3n * wad });
    expect(shortKey?.lt(shortsBelow)).toBe(true);
  });
});

describe('the limit at which closing leaves nothing owed', () => {
  it.each([
    ['of a sale is the price itself where that is a tick', freeLong, 500_000, 80_000],
    ['of a sale is rounded up', longOf('5000', '400', 10), 500_000, 80_081],
    ['of a sale is the same for a part', longOf('5000', '400', 10), 1, 80_081],
    ['of a sale is a tick where nothing is owed', longOf('5000', '0', 10), 500_000, 1],
    ['of a sale is no more than the highest price', longOf('0.01', '11'), 1, 1_000_000_000],
    ['of a purchase is the price itself where that is a tick', freeShort, 500_000, 120_000],
    ['of a purchase is rounded down', shortOf('600', '5000', 10), 500_000, 119_880],
    ['of a purchase is the same for a part', shortOf('600', '5000', 10), 1, 119_880],
    [
      'of a purchase pays for the whole of its last lot',
      shortOf('600', '4999.991'),
      500_000,
      120_000,
    ],
    ['of a purchase of a part pays for what is owed', shortOf('600', '4999.991'), 499_999, 120_000],
    ['of a purchase of less than a lot pays for the lot', shortOf('0.0001', '0.005', 10), 1, 9_990],
    ['of a purchase is none where a lot costs more', shortOf('0.00000001', '1'), 100, 0],
    ['of a purchase is none where nothing is owed', shortOf('600', '0'), 0, 0],
    ['of a purchase is no more than the highest price', shortOf('11', '0.01'), 1, 1_000_000_000],
  ] as const)('%s', (_, figures, lots, ticks) => {
    expect(bankruptcyLimit(figures, lots)).toBe(ticks);
  });
});

const ratios = fc.record({ maintenanceBps: fc.integer({ min: 800, max: 1_200 }) });
const indices = fc.bigInt({ min: wad, max: 3n * wad });
/** How far a mark is from the liquidation price, as a share of it. */
const distances = fc.oneof(
  fc.constantFrom('0', '1e-24', '-1e-24', '1e-15', '-1e-15', '1e-9', '-1e-9', '1e-6', '-1e-6'),
  fc.integer({ min: -900, max: 2_000 }).map((parts) => new Decimal(parts).div(1_000).toFixed()),
);

describe('whatever is held and owed', () => {
  /** A position whose debt is one in scaled units, and a mark near the price at which it is liquidated. */
  const cases = fc
    .tuple(fc.oneof(anyLong, anyShort), ratios, indices, distances)
    .map(([drawn, pinned, borrowIndex, distance]) => {
      const scaledDebt = (drawn.debt * wad) / borrowIndex + 1n;
      const figures: PositionFigures = { ...drawn, debt: debtOf(scaledDebt, borrowIndex) };
      const price = liquidationPrice(figures, pinned)!;
      const mark = new Exact(distance).plus(1).times(price);
      const key = liquidationKey(figures, scaledDebt, pinned)!;
      const bounds = crossedKeys(mark, { credit: borrowIndex, lco: borrowIndex });
      const isCrossed =
        figures.side === 'long' ? key.gt(bounds.longsAbove) : key.lt(bounds.shortsBelow);
      return { figures, pinned, mark, isCrossed };
    });

  it('the key is never crossed late: without the rounding of its debt the ratio would not be below', () => {
    fc.assert(
      fc.property(cases, ({ figures, pinned, mark, isCrossed }) => {
        if (isCrossed) return;
        const lighter = { ...figures, debt: figures.debt - 1n };
        expect(isBelow(marginRatio(lighter, mark), pinned.maintenanceBps)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('the key is crossed early by less than a millionth of a millionth', () => {
    fc.assert(
      fc.property(cases, ({ figures, pinned, mark, isCrossed }) => {
        if (!isCrossed) return;
        const little = mark.times('1e-12').plus('1e-16');
        const worse = figures.side === 'long' ? mark.minus(little) : mark.plus(little);
        expect(isBelow(marginRatio(figures, worse), pinned.maintenanceBps)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('the ratio is the maintenance ratio at the liquidation price, and 0 at the bankruptcy price', () => {
    fc.assert(
      fc.property(fc.oneof(anyLong, anyShort), ratios, (figures, pinned) => {
        const ratio = marginRatio(figures, liquidationPrice(figures, pinned)!)!;
        expect(ratio.toFixed(20)).toBe(new Decimal(pinned.maintenanceBps).div(10_000).toFixed(20));
        const none = marginRatio(figures, bankruptcyPrice(figures)!)!;
        expect(none.abs().lt('1e-30')).toBe(true);
      }),
    );
  });

  it('a limit one tick better for the other side would not pay what is owed', () => {
    fc.assert(
      fc.property(anyLong, (figures) => {
        const ticks = bankruptcyLimit(figures, 1);
        fc.pre(ticks > 1);
        const equity = (of: number) => equityAt(figures, new Decimal(of).div(1_000_000));
        expect(equity(ticks).isNegative()).toBe(false);
        expect(equity(ticks - 1).isNegative()).toBe(true);
      }),
    );
    fc.assert(
      fc.property(anyShort, ({ debt, ...rest }) => {
        const lots = Math.ceil(Number(debt) / 1_000_000);
        const figures = { ...rest, debt: quantityOf(lots) };
        const ticks = bankruptcyLimit({ ...rest, debt }, lots);
        const equity = (of: number) => equityAt(figures, new Decimal(of).div(1_000_000));
        expect(equity(ticks).isNegative()).toBe(false);
        expect(equity(ticks + 1).isNegative()).toBe(true);
      }),
    );
  });
});
