// Counts a pool's interest up to now and pays the risk reserve its share (DESIGN 2.6): once a minute, so that a change of the
// rates counts from then on, and so that what nobody touches earns on what it earned.
import type { Asset } from '../../domain/money';
import type { Command } from '../../ledger/command';
import { Pool, poolKeys } from './pool';
import { reserveAccount } from './pool-rows';
import { shortfallOf } from './shortfall';

/** Base units: less is left until it is more. */
const leastPaid = 1_000_000n;

/** Returns what the reserve was paid, base units of the pool's asset. */
export const collectInterest: Command<{ readonly asset: Asset }, bigint> = {
  kind: 'collect_interest',
  keys: ({ asset }) => {
    const pool = poolKeys(asset);
    return { ...pool, accounts: [...pool.accounts, reserveAccount(asset)] };
  },
  decide(view, { asset }) {
    const pool = new Pool(view, asset);
    // While positions owe more than they are worth it stays for that, and those who leave are not marked down twice.
    const isMissing = shortfallOf(view, pool) > 0n;
    const paid = isMissing ? 0n : pool.payReserveShare(reserveAccount(asset), leastPaid);
    if (paid === 0n && pool.current.scaledDebt === 0n) return { result: 0n };
    return { transfers: pool.transfers, rows: pool.rows(), result: paid };
  },
};
