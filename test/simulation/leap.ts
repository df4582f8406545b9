// Minutes of ticks in one stroke: the mark is elsewhere, and so are all averages that it is compared with. Of what ticks
// would have done on the way nothing is done: the next one finds it.
import { Exact } from '../../domain/exchange/mark-sums';
import type { Command } from '../../ledger/command';
import { markWrites } from '../../services/exchange/mark/mark-rows';
import { marketState } from '../../services/exchange/market/market-state';

/** Rounded down to the 12 decimals of a mark. */
function scaled<Text extends string | null>(text: Text, bps: number): Text {
  if (text === null) return text;
  const value = new Exact(text).times(10_000 + bps).div(10_000);
  return value.toDecimalPlaces(12, Exact.ROUND_DOWN).toFixed() as Text;
}

export const advanceMinutes: Command<{ readonly bps: number }, null> = {
  kind: 'test_advance_minutes',
  keys: () => ({}),
  decide(view, { bps }) {
    const { mark: before } = view.projection(marketState);
    if (!before?.mark) return { result: null };
    const { mark, ema, sums } = before;
    const state = {
      ...before,
      mark: scaled(mark, bps),
      ema: scaled(ema, bps),
      sums: { ...sums, mark: scaled(sums.mark, bps), trade: scaled(sums.trade, bps) },
    };
    return { rows: markWrites(before, state), feed: [{ type: 'mark', state }], result: null };
  },
};
