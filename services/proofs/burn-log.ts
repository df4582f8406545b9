// Burning LCO (whitepaper 3.2, DESIGN 2.12): what goes to the black hole never leaves it, and each burn is a record of
// the log. It is no command of its own: who burns (a buyback, a settlement) spreads it into its own decision.
import type { BurnKind } from '../../domain/burn';
import { assert, DomainError } from '../../domain/errors';
import { platformAccount, type Account } from '../../ledger/accounts';
import {
  moveBetween,
  putRow,
  type FeedEvent,
  type Keys,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import {
  burnEvent,
  burnHead,
  burnHeadId,
  burnHeadKey,
  burns,
  withHash,
  type BurnRow,
} from './burn-rows';

const blackHole = platformAccount('black_hole', 'LCO');
const mint = platformAccount('mint', 'LCO');

export interface BurnRequest {
  /** Where the LCO are taken from. */
  readonly from: Account;
  /** Base units of LCO, more than zero. */
  readonly amount: bigint;
  readonly kind: BurnKind;
  /** What it is burned for: the id of a buyback, or of a prediction market. */
  readonly sourceRef: string;
}

/** To be spread into a decision. */
export interface Burn {
  readonly transfers: readonly Transfer[];
  readonly rows: readonly RowWrite[];
  readonly feed: readonly FeedEvent[];
  readonly record: BurnRow;
}

/** What `planBurn` reads, for the command's own keys. */
export function burnKeys(from: Account): Required<Keys> {
  return { accounts: [from, mint, blackHole], rows: [burnHeadKey] };
}

/**
 * Plans a burn; a decision has one at most, for the next one's number is read from the view.
 * @throws DomainError INSUFFICIENT_FUNDS when the account does not have so many LCO before the decision.
 */
export function planBurn(view: View, { from, amount, kind, sourceRef }: BurnRequest): Burn {
  assert(
    amount > 0n && from.asset === 'LCO' && sourceRef !== '',
    'a burn is of LCO, for something',
  );
  if (view.balance(from) < amount) {
    throw new DomainError('INSUFFICIENT_FUNDS', 'There are not so many LCO to burn.');
  }
  const head = view.row(burnHead, String(burnHeadId));
  assert(head, 'the burn log has a head');
  const supplyBefore = -view.balance(mint) - view.balance(blackHole);
  const record = withHash({
    seq: head.size,
    at: view.at,
    kind,
    amount,
    supplyBefore,
    supplyAfter: supplyBefore - amount,
    sourceRef,
    sequence: view.sequence,
  });
  return {
    transfers: [moveBetween('burn', from, blackHole, amount, record.seq.toString())],
    rows: [putRow(burns, record), putRow(burnHead, { ...head, size: head.size + 1n })],
    feed: [burnEvent(record)],
    record,
  };
}
