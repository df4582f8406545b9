// What of a model that is priced by image or second can be asked for, and how many units of its price that takes: sizes
// and qualities that the upstream bills differently (DESIGN 2.2).
import { DomainError } from './errors';

/** Units by name, `size` or `quality/size`: at least one each. The first is what is served when nothing is asked for. */
export type Variants = Readonly<Record<string, number>>;

export const maxVariants = 50;
export const maxUnits = 1_000;
/** `1024x1024` or `hd/1024x1792`. */
export const variantPattern = /^(?:[a-z]{1,20}\/)?(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/;

export interface VariantWish {
  readonly size: string | null;
  readonly quality: string | null;
}

export interface Variant extends VariantWish {
  readonly units: number;
}

function partsOf(name: string): VariantWish {
  const at = name.indexOf('/');
  return at < 0
    ? { size: name, quality: null }
    : { size: name.slice(at + 1), quality: name.slice(0, at) };
}

/**
 * The first variant that is as asked for; without a list anything is, and takes one unit.
 * @throws DomainError INVALID_REQUEST naming the field, if there is none.
 */
export function variantOf(variants: Variants | null, wish: VariantWish): Variant {
  if (variants === null) return { ...wish, units: 1 };
  for (const [name, units] of Object.entries(variants)) {
    const { size, quality } = partsOf(name);
    const isSize = wish.size === null || wish.size === size;
    const isQuality = wish.quality === null || wish.quality === quality;
    if (isSize && isQuality) return { size, quality, units };
  }
  throw new DomainError(
    'INVALID_REQUEST',
    `This model is not served so; there is ${Object.keys(variants).join(', ')}.`,
    { param: wish.size === null ? 'quality' : 'size', code: 'invalid_value' },
  );
}
