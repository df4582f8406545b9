// Burns what a run bought, until the burn log keeps a record of it.
import { platformAccount, type Account } from '../../ledger/accounts';
import {
  moveBetween,
  type Keys,
  type View,
  type RowWrite,
  type FeedEvent,
} from '../../ledger/command';
const hole = platformAccount('black_hole', 'LCO');
export function burnKeys(_from: Account): Keys {
  return { accounts: [hole] };
}
export function planBurn(
  view: View,
  {
    from,
    amount,
    sourceRef,
  }: { kind: 'buyback'; from: Account; amount: bigint; sourceRef: string },
) {
  return {
    transfers: [moveBetween('burn', from, hole, amount, sourceRef)],
    rows: [] as RowWrite[],
    feed: [] as FeedEvent[],
    record: { seq: view.sequence },
  };
}
