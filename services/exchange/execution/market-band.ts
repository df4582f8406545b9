// How far from the mark a market order may fill (DESIGN 2.4).
import { Decimal } from 'decimal.js';
import { maxPriceTicks, ticksOfPrice, type Side } from '../../../domain/exchange/market';
import { currentMark } from '../../../domain/exchange/mark-price';
import { bpsDivisor } from '../../../domain/money';
import type { MarketState } from '../market/market-state';

/**
 * The worst price of a market order: the mark and a band around it, exactly; a price at the band's very edge is
 * inside (DESIGN 2.13). null without a mark.
 */
export function bandLimit(state: MarketState, side: Side, bandBps: number): number | null {
  const mark = currentMark(state.mark);
  return mark && limitAround(mark, side, bandBps);
}

/** The price in ticks that lies so many basis points from a mark to the taker's disadvantage, never beyond it. */
export function limitAround(mark: Decimal, side: Side, bps: number): number {
  const ratio = Number(bpsDivisor) + (side === 'buy' ? bps : -bps);
  const ticks = ticksOfPrice(mark).times(ratio).div(Number(bpsDivisor));
  const whole = side === 'buy' ? ticks.floor() : ticks.ceil();
  return Decimal.min(Decimal.max(whole, 1), maxPriceTicks).toNumber();
}
