// The mark price as it is shown (DESIGN 2.4), with its average of a day.
import type { Decimal } from 'decimal.js';
import type { Knex } from 'knex';
import {
  currentMark,
  isFresh,
  warmUpLeftMs,
  type MarkSettings,
  type MarkState,
} from '../../../domain/exchange/mark-price';
import { averageMark } from '../../../domain/exchange/mark-sums';
import { isoTime } from '../../../domain/time';
import { readMarkState, readWindowStart } from './mark-rows';

const dayMs = 24 * 60 * 60 * 1000;

/** `twapOfMark` outside of a decision. */
export async function readAverageMark(
  db: Knex,
  { sums }: MarkState,
  windowMs: number,
): Promise<Decimal | null> {
  return averageMark(await readWindowStart(db, sums, windowMs), sums);
}

/** The mark as everybody sees it: prices in Credits for one LCO. */
export interface MarkView {
  /** null until the market has warmed up. */
  readonly mark: string | null;
  /** When it was computed last; null: never. */
  readonly at: string | null;
  /** Whether positions may be opened and collateral be taken out by it. */
  readonly isFresh: boolean;
  readonly isTwoSided: boolean;
  /** What filling the impact notional costs on average; null where the book is not that deep. */
  readonly bid: string | null;
  readonly ask: string | null;
  /** The average of the last 24 hours, or of as much as there is. */
  readonly twap24h: string | null;
  /** How much longer the book must be two-sided until there is a mark. */
  readonly warmUpLeftMs: number;
}

export interface Marks {
  current(): Promise<MarkView>;
}

interface MarksDeps extends MarkSettings {
  readonly db: Knex;
}

export function createMarks({ db, warmUpMs }: MarksDeps): Marks {
  return {
    async current() {
      const state = await readMarkState(db);
      const average = state && (await readAverageMark(db, state, dayMs));
      return presentMark(state, { at: Date.now(), average, warmUpMs });
    },
  };
}

interface Moment extends MarkSettings {
  /** Milliseconds since 1970, now. */
  readonly at: number;
  /** Over the last 24 hours. */
  readonly average: Decimal | null;
}

export function presentMark(state: MarkState | null, moment: Moment): MarkView {
  return {
    mark: priceText(currentMark(state)),
    at: state && isoTime(state.at),
    isFresh: isFresh(state, moment.at),
    isTwoSided: state?.isTwoSided ?? false,
    bid: state?.bid ?? null,
    ask: state?.ask ?? null,
    twap24h: priceText(moment.average),
    warmUpLeftMs: warmUpLeftMs(state, moment),
  };
}

/** With the 12 decimals that the mark has, rounded half to even. */
function priceText(price: Decimal | null): string | null {
  return price && price.toDecimalPlaces(12).toFixed();
}
