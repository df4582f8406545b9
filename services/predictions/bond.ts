// The bond of a dispute (DESIGN 2.8): put up by the disputer, held beside the pool, returned or burned once.
import { assert } from '../../domain/errors';
import { predictionAccount, userAccount } from '../../ledger/accounts';
import {
  moveBetween,
  type FeedEvent,
  type Keys,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import { burnKeys, planBurn } from '../proofs/burn-log';
import type { MarketRow } from './market-rows';

/** What ending a bond reads, whichever way. */
export function bondKeys(marketId: string): Required<Keys> {
  return burnKeys(predictionAccount(marketId, 'bond'));
}

/** To be spread into a decision; `market` into the market's row. */
interface EndedBond {
  readonly transfers: readonly Transfer[];
  readonly rows: readonly RowWrite[];
  readonly feed: readonly FeedEvent[];
  readonly market: Partial<Pick<MarketRow, 'bondFate' | 'bondBurnSeq'>>;
}

/** Ends the bond that is held; without one there is nothing to end. */
export function planBond(view: View, market: MarketRow, fate: 'returned' | 'burned'): EndedBond {
  const { id, bond, bondFate, disputedBy } = market;
  if (bondFate !== 'held') return { transfers: [], rows: [], feed: [], market: {} };
  assert(bond !== null && disputedBy !== null, "a bond that is held is somebody's");
  const from = predictionAccount(id, 'bond');
  if (fate === 'returned') {
    const owner = userAccount(disputedBy, 'available', 'LCO');
    const transfers = [moveBetween('prediction_bond_return', from, owner, bond, id)];
    return { transfers, rows: [], feed: [], market: { bondFate: 'returned' } };
  }
  const burn = planBurn(view, { kind: 'bond', from, amount: bond, sourceRef: id });
  return { ...burn, market: { bondFate: 'burned', bondBurnSeq: burn.record.seq } };
}
