// What every committer of the product keeps in memory between its batches (DESIGN 3).
import type { Projection } from '../ledger/command';
import { marketState } from './exchange/market/market-state';
import { parameters } from './parameters';

export const projections: readonly Projection<unknown>[] = [parameters, marketState];
