import { variantOf, variantPattern } from '../../domain/price-variants';
import { refusal } from '../support/refusals';

const variants = { '1024x1024': 1, '1024x1792': 2, 'hd/1024x1024': 3 };
const wish = (size: string | null, quality: string | null = null) => ({ size, quality });

it.each([
  [wish(null), { size: '1024x1024', quality: null, units: 1 }],
  [wish('1024x1792'), { size: '1024x1792', quality: null, units: 2 }],
  [wish(null, 'hd'), { size: '1024x1024', quality: 'hd', units: 3 }],
  [wish('1024x1024', 'hd'), { size: '1024x1024', quality: 'hd', units: 3 }],
])('serves %j as %j', (asked, variant) => {
  expect(variantOf(variants, asked)).toEqual(variant);
});

it('serves the first that fits when nothing is asked', () => {
  expect(variantOf({ 'low/1x1': 5, '2x2': 1 }, wish(null))).toMatchObject({ units: 5 });
});

it('serves anything for one unit without a list', () => {
  expect(variantOf(null, wish('7x7', 'odd'))).toEqual({ size: '7x7', quality: 'odd', units: 1 });
});

it.each([
  [wish('512x512'), 'size'],
  [wish('1024x1792', 'hd'), 'size'],
  [wish(null, 'low'), 'quality'],
])('refuses %j, naming the field', (asked, param) => {
  expect(() => variantOf(variants, asked)).toThrow(
    refusal('INVALID_REQUEST', { param, code: 'invalid_value' }),
  );
});

it.each(['1024x1024', 'hd/1024x1792', 'auto', 'standard/auto'])('%s is a name', (name) => {
  expect(name).toMatch(variantPattern);
});

it.each(['', '1024', 'x', '0x1', 'HD/1x1', 'a/b/1x1', '1x1 '])('"%s" is no name', (name) => {
  expect(name).not.toMatch(variantPattern);
});
