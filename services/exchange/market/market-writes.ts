// What a command writes for all that it does on the market (DESIGN 2.4): gathered while it does it, and committed with it.
import type { FeedEvent, RowWrite, Transfer } from '../../../ledger/command';

export interface MarketWrites {
  readonly transfers: Transfer[];
  readonly rows: RowWrite[];
  readonly feed: FeedEvent[];
}

export function noWrites(): MarketWrites {
  return { transfers: [], rows: [], feed: [] };
}
