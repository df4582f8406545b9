// What may be opened (DESIGN 2.6 and 2.11): the limits of the rules, and the governed values that a new position would keep.
import type { Knex } from 'knex';
import {
  defaultSlippageBps,
  leverageScale,
  maxLeverage,
  maxOpenPositions,
  maxSlippageBps,
} from '../../domain/margin/opening';
import { formatAmount, formatDecimal } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { loadParameters } from '../parameters';

export interface OpeningTerms {
  readonly minLeverage: string;
  readonly maxLeverage: string;
  /** Credits. */
  readonly minCollateral: string;
  readonly defaultSlippageBps: number;
  readonly maxSlippageBps: number;
  readonly maxOpenPositions: number;
  readonly takerFeeBps: number;
  /** Shares of 1. */
  readonly maintenanceRatio: string;
  readonly safeRatio: string;
  readonly takeoverRatio: string;
}

export async function readOpeningTerms(db: Knex): Promise<OpeningTerms> {
  const parameters = await loadParameters(db);
  const ratio = (name: 'margin.maintenanceBps' | 'margin.safeBps' | 'margin.takeoverBps') =>
    formatDecimal(BigInt(parameterValue(parameters, name)), 4);
  return {
    minLeverage: formatDecimal(BigInt(leverageScale + 1), 2),
    maxLeverage: formatDecimal(BigInt(maxLeverage), 2),
    minCollateral: formatAmount(parameterValue(parameters, 'margin.minCollateral')),
    defaultSlippageBps,
    maxSlippageBps,
    maxOpenPositions,
    takerFeeBps: parameterValue(parameters, 'exchange.takerFeeBps'),
    maintenanceRatio: ratio('margin.maintenanceBps'),
    safeRatio: ratio('margin.safeBps'),
    takeoverRatio: ratio('margin.takeoverBps'),
  };
}
