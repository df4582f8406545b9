// How much worse than a reference an order trades (DESIGN 2.4): what its owner weighs before it is sent.
import { Decimal } from 'decimal.js';
import type { Side } from './market';

const Exact = Decimal.clone({ precision: 40 });

/**
 * The average price of trades against a reference, as a share of the reference: above 0 to the disadvantage of who buys or
 * sells. A notional (base units of CREDIT) over lots is in ticks.
 */
export function slippageOf(
  side: Side,
  trades: { readonly notional: bigint; readonly lots: number },
  referenceTicks: Decimal.Value,
): Decimal {
  const average = new Exact(trades.notional.toString()).div(trades.lots);
  const above = average.div(referenceTicks).minus(1);
  return side === 'buy' ? above : above.neg();
}
