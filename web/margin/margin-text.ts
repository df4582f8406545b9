// Words and figures of margin: sides, distances to the mark, and how near a position is to its liquidation.
import { Decimal } from 'decimal.js';
import { formatShare } from '../ui/share';
import type { Change, Liquidation, Position } from './margin-data';

export function nameOfSide(side: Position['side']): string {
  return side === 'long' ? 'Long' : 'Short';
}

/** `10.83% below the mark`; the price of a liquidation or bankruptcy. */
export function distanceText(price: string, mark: string): string {
  const away = new Decimal(price).div(mark).minus(1);
  const direction = away.isNegative() ? 'below' : 'above';
  return `${formatShare(away.abs().toFixed())} ${direction} the mark`;
}

interface Nearness {
  readonly tone: 'good' | 'warning' | 'danger';
  readonly words: string;
  /** Of the gauge: a third of it is the maintenance ratio. */
  readonly share: number;
}

/** How far a margin ratio is from the one that liquidates. */
export function nearnessOf(ratio: string, maintenance: string): Nearness {
  const times = new Decimal(ratio).div(maintenance);
  const share = times.div(3).toNumber();
  if (times.lt(1)) return { tone: 'danger', words: 'below the maintenance ratio', share };
  if (times.lt('1.25')) return { tone: 'danger', words: 'close to liquidation', share };
  if (times.lt('1.6')) return { tone: 'warning', words: 'nearing liquidation', share };
  return { tone: 'good', words: 'safe', share };
}

/** Percent as one writes it -> basis points; what is no number is the API's to refuse. */
export function bpsOfPercent(percent: string): number {
  return decimalOr(percent, (value) => value.times(100).toNumber(), Number.NaN);
}

/** Percent as one writes it -> a share of 1, as decimal text. */
export function shareOfPercent(percent: string): string {
  return decimalOr(percent, (value) => value.div(100).toFixed(), percent);
}

function decimalOr<Value>(text: string, then: (value: Decimal) => Value, otherwise: Value): Value {
  try {
    return then(new Decimal(text.trim()));
  } catch {
    return otherwise;
  }
}

export const changeNames: Readonly<Record<Change['kind'], string>> = {
  opened: 'Opened',
  collateral_added: 'Collateral added',
  collateral_taken: 'Collateral taken out',
  triggers_set: 'Stop loss or take profit set',
  trigger_set_off: 'Stop loss or take profit triggered',
  closed_in_part: 'Closed in part',
  closed: 'Closed',
  fenced: 'Liquidation began',
  spared: 'Liquidation ended: the mark came back',
  liquidated: 'Liquidated in part or whole',
  recovered: 'Liquidation ended: safe again',
  taken_over: 'Taken over by the risk reserve',
  offered: 'Offered by the risk reserve',
  worked_off: 'Closed by the risk reserve',
  written_off: 'Debt written off',
};

export const liquidationNames: Readonly<Record<Liquidation['kind'], string>> = {
  liquidated: 'Liquidated',
  taken_over: 'Taken over by the risk reserve',
  written_off: 'Debt written off',
};

export const closeNames: Readonly<Record<NonNullable<Position['closeReason']>, string>> = {
  closed_by_owner: 'By you',
  stop_loss: 'Stop loss',
  take_profit: 'Take profit',
  liquidated: 'Liquidated',
  worked_off: 'By the risk reserve',
};
