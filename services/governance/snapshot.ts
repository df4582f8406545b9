// Who may vote on a proposal (DESIGN 2.11): the Whales by what was staked after the last batch before the one that
// creates it, and the LCO in circulation then. Committed balances are read, so that the journal proves the same later.
import { assert } from '../../domain/errors';
import { whaleStake } from '../../domain/tiers';
import { platformAccount } from '../../ledger/accounts';
import type { View } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';

export const supplyKeys = [
  platformAccount('mint', 'LCO').key,
  platformAccount('black_hole', 'LCO').key,
];

interface StoredSnapshot {
  /** Base units as decimal digits, for JSON has no others. */
  readonly whales: readonly { readonly userId: string; readonly stake: string }[];
  readonly circulating: string;
}

const snapshotLookup = defineLookup<StoredSnapshot>({
  name: 'snapshot of the Whales',
  keyType: 'int',
  sql: /* sql */ `
    select k.key, w.whales, s.circulating
    from unnest($1::int[]) as k(key)
    cross join lateral (
      select coalesce(
        json_agg(json_build_object('userId', owner_id, 'stake', balance::text) order by balance desc, owner_id),
        '[]') as whales
      from accounts
      where purpose = 'staked' and asset = 'LCO' and owner_kind = 'user' and balance >= ${whaleStake}
    ) w
    cross join lateral (
      -- what was minted is the mint's balance below zero
      select (-coalesce(sum(balance), 0))::text as circulating
      from accounts where key in (${supplyKeys.map((key) => `'${key}'`).join(', ')})
    ) s`,
});

interface Snapshot {
  readonly whales: readonly { readonly userId: string; readonly stake: bigint }[];
  /** Base units of LCO. */
  readonly weight: bigint;
  readonly circulating: bigint;
}

/** Asked for by a decision that takes it: it reads every stake, which a proposal that is refused is not worth. */
export function takeSnapshot(view: View): Snapshot {
  const stored = view.row(snapshotLookup, '1');
  assert(stored, 'a snapshot can always be taken');
  const whales = stored.whales.map(({ userId, stake }) => ({ userId, stake: BigInt(stake) }));
  return {
    whales,
    weight: whales.reduce((sum, { stake }) => sum + stake, 0n),
    circulating: BigInt(stored.circulating),
  };
}
