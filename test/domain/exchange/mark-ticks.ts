// A market that ticks: what a tick sees, with what does not matter left out, and the minutes kept as the product does.
import { Decimal } from 'decimal.js';
import {
  advanceMark,
  countedMs,
  initialMarkState,
  tradeWindowMs,
  type MarkInputs,
  type MarkState,
} from '../../../domain/exchange/mark-price';
import { minuteOf, noSums, windowMinute, type MarkSums } from '../../../domain/exchange/mark-sums';

/** Prices as decimal strings; a side that is left out is not deep. */
export interface Sight {
  readonly bid?: string;
  readonly ask?: string;
  readonly last?: string;
  /** `last` unless it is said. */
  readonly lastOrdinary?: string | null;
}

const price = (text: string | null | undefined) => (text ? new Decimal(text) : null);

export function inputsOf(at: number, sight: Sight, windowStart = noSums): MarkInputs {
  const { bid, ask, last, lastOrdinary = last } = sight;
  return {
    at,
    bid: price(bid),
    ask: price(ask),
    last: price(last),
    lastOrdinary: price(lastOrdinary),
    depth: null,
    windowStart,
  };
}

export class TickingMarket {
  state: MarkState;
  private readonly minutes = new Map<number, MarkSums>();

  constructor(
    private readonly warmUpMs = 0,
    state: MarkState = initialMarkState(0),
  ) {
    this.state = state;
  }

  /** The mark in Credits for one LCO. */
  get mark(): number {
    return Number(this.state.mark);
  }

  /** So many ticks of what is seen, one every `everyMs`. */
  tick(sight: Sight, count = 1, everyMs = 1_000): this {
    for (let i = 0; i < count; i++) {
      const at = this.state.at + everyMs;
      const tickedMs = this.state.sums.tickedMs + countedMs(this.state, at);
      const minute = windowMinute({ tickedMs }, tradeWindowMs);
      const start = (minute !== null && this.minutes.get(minute)) || noSums;
      const inputs = inputsOf(at, sight, start);
      this.state = advanceMark(this.state, inputs, { warmUpMs: this.warmUpMs });
      const { sums } = this.state;
      if (!this.minutes.has(minuteOf(sums))) this.minutes.set(minuteOf(sums), sums);
    }
    return this;
  }
}

/** A market that has had a mark of 1 for an hour. */
export function settledMarket(): TickingMarket {
  return new TickingMarket().tick({ bid: '0.999', ask: '1.001', last: '1' }, 3_600);
}
