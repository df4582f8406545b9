// What opens a position by example (DESIGN 2.6 and 2.13).
import { Decimal } from 'decimal.js';
import {
  exposureOf,
  parseLeverage,
  requireDepthForDebt,
  requireOpeningRatio,
  worstPrice,
} from '../../../domain/margin/opening';
import type { PositionFigures } from '../../../domain/margin/position';
import { parseAmount } from '../../../domain/money';
import { refusal } from '../../support/refusals';
import { longOf, shortOf } from './figures';

describe('leverage', () => {
  it.each([
    ['1.01', 101],
    ['1.5', 150],
    ['2.50', 250],
    ['4.99', 499],
    ['5', 500],
    ['5.00', 500],
  ])('%s is read as %d hundredths', (text, hundredths) => {
    expect(parseLeverage(text)).toBe(hundredths);
  });

  it.each([
    '0',
    '1',
    '1.00',
    '1.001',
    '5.01',
    '6',
    '50',
    '500',
    '-2',
    '+2',
    'NaN',
    'Infinity',
    '1e1',
    '0x3',
    '',
    ' 2',
    '2 ',
    '2\n',
    '2.',
    '.5',
    '2,5',
    '२',
  ])('"%s" is refused', (text) => {
    expect(() => parseLeverage(text)).toThrow(refusal('INVALID_REQUEST'));
  });

  it.each([
    ['100', 500, '500'],
    ['10.00000001', 101, '10.10000001'],
    ['0.00000099', 150, '0.00000148'],
  ])('of %s Credits at %d hundredths makes %s, rounded down', (collateral, leverage, exposure) => {
    expect(exposureOf(parseAmount(collateral), leverage)).toBe(parseAmount(exposure));
  });
});

describe('the worst price', () => {
  const [low, high] = [new Decimal('0.09'), new Decimal('0.11')];
  it.each([
    ['of a long is the lower one', 'long', low, high, '0.09'],
    ['of a long is the lower one, whichever it is', 'long', high, low, '0.09'],
    ['of a short is the higher one', 'short', low, high, '0.11'],
    ['of a short is the higher one, whichever it is', 'short', high, low, '0.11'],
    ['is the quote where there was no mark yet', 'short', low, null, '0.09'],
  ] as const)('%s', (_, side, quote, average, price) => {
    expect(worstPrice(side, quote, average).toFixed()).toBe(price);
  });
});

interface Asked {
  readonly mark?: string;
  readonly worst?: string;
  readonly leverage?: number;
  readonly slippageBps?: number;
}

function testOf(
  figures: PositionFigures,
  { mark = '0.1', worst = '0.1', leverage = 500, slippageBps = 0 }: Asked,
) {
  const prices = { mark: new Decimal(mark), worst: new Decimal(worst) };
  return () => requireOpeningRatio({ figures, ...prices, leverage, slippageBps, safeBps: 1_250 });
}

describe('the ratio that opening leaves', () => {
  // Of a long of 5,000 LCO at 0.10 it is 1 - debt / 500.
  it.each([
    ['1/L at the mark', longOf('5000', '400'), {}],
    ['1/L less a millionth', longOf('5000', '400.0005'), {}],
    ['1/L less the slippage that was allowed', longOf('5000', '405'), { slippageBps: 100 }],
    ['1/L less two fees', longOf('5000', '400.5', 10), {}],
    ['1/L of a lower leverage', longOf('5000', '250'), { leverage: 200 }],
    ['1/L of a short', shortOf('600', '5000'), {}],
    ['12.5% at the worst price', longOf('5000', '437.5'), { slippageBps: 750 }],
    ['12.5% less a millionth', longOf('5000', '437.5'), { slippageBps: 750, worst: '0.0999999' }],
    ['anything, if nothing is owed', longOf('5000', '0'), { worst: '0.000001' }],
  ] as const)('may be %s', (_, figures, asked) => {
    expect(testOf(figures, asked)).not.toThrow();
  });

  it.each([
    ['1/L less more than a millionth', longOf('5000', '400.00050001'), {}, '0.199999', '0.2'],
    [
      'less than the slippage allows',
      longOf('5000', '405.0006'),
      { slippageBps: 100 },
      '0.189999',
      '0.19',
    ],
    ['less than two fees allow', longOf('5000', '400.5006', 10), {}, '0.197999', '0.198'],
    ['less than a lower leverage has', longOf('5000', '251'), { leverage: 200 }, '0.498', '0.5'],
    ['less than 1/L of a short', shortOf('599', '5000'), {}, '0.198', '0.2'],
    [
      'less than 12.5% at the worst price of a long',
      longOf('5000', '400'),
      { worst: '0.0914' },
      '0.124726',
      '0.125',
    ],
    [
      'less than 12.5% at the worst price of a short',
      shortOf('600', '5000'),
      { worst: '0.1067' },
      '0.124649',
      '0.125',
    ],
  ] as const)('may not be %s', (_, figures, asked, ratio, least) => {
    expect(testOf(figures, asked)).toThrow(
      refusal('MARGIN_RATIO_TOO_LOW', { marginRatio: ratio, least }),
    );
  });
});

describe('the depth that bears a debt', () => {
  const asked = { asset: 'CREDIT', total: 999n, own: 249n, depth: 1_000n } as const;
  it('is more than all of a side owe, and more than four times what one user owes', () => {
    expect(() => requireDepthForDebt(asked)).not.toThrow();
  });

  it.each([
    ['all owe as much', { total: 1_000n }],
    ['one user owes a quarter of it', { own: 250n }],
    ['there is none', { depth: 0n, total: 0n, own: 0n }],
  ])('is not enough if %s', (_, over) => {
    expect(() => requireDepthForDebt({ ...asked, ...over })).toThrow(refusal('DEBT_LIMIT'));
  });
});
