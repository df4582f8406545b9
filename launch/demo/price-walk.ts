// The price that the demo's traders believe in (DESIGN 7): a walk that returns to a level, in ticks. It moves nobody's
// money by itself; what is traded, and the mark, follow from the orders that are placed around it.
import type { Random } from './random';

const dayMs = 24 * 60 * 60_000;
/** Of the distance to the level, what is made up in a day; of the price, what it strays in a day. */
const returnPerDay = 0.6;
const deviationPerDay = 0.05;

/**
 * What mining costs at genesis, 1 Credit for 10 LCO, in ticks: the level that the price returns to, for whoever finds
 * LCO dearer than that may mine it.
 */
export const levelTicks = 100_000;

export class PriceWalk {
  constructor(
    private readonly random: Random,
    /** A fraction of ticks is kept, so that small steps add up. */
    private price: number,
  ) {}

  /** The price in whole ticks. */
  get ticks(): number {
    return Math.max(1, Math.round(this.price));
  }

  /** Follows what was traded: the believers learn of the market. @param share of the distance, 0 to 1 */
  follow(ticks: number, share: number): void {
    this.price += (ticks - this.price) * share;
  }

  /** Goes on by a time, towards a level in ticks; returns the price in whole ticks. */
  advance(ms: number, level = levelTicks): number {
    const days = ms / dayMs;
    const pull = Math.log(level / this.price) * (1 - Math.exp(-returnPerDay * days));
    const stray = deviationPerDay * Math.sqrt(days) * this.random.normal();
    this.price *= Math.exp(pull + stray);
    return this.ticks;
  }
}
