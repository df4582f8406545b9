// Users with Credits and LCO for benchmarks of what they do with them.
import type { Pool } from 'pg';
import { platformAccount, userAccount } from '../ledger/accounts';
import { moveBetween, type Command } from '../ledger/command';
import type { Committer } from '../ledger/committer';

/** Credits and LCO from nowhere: how they are come by is not measured. */
const fundUser: Command<{ userId: string }, null> = {
  kind: 'bench_fund',
  keys: () => ({}),
  decide: (_view, { userId }) => ({
    transfers: [
      moveBetween(
        'bench_fund',
        platformAccount('reserve', 'CREDIT'),
        userAccount(userId, 'available', 'CREDIT'),
        10n ** 14n,
      ),
      moveBetween(
        'bench_fund',
        platformAccount('mint', 'LCO'),
        userAccount(userId, 'available', 'LCO'),
        10n ** 12n,
      ),
    ],
    result: null,
  }),
};

/** A million Credits and 10,000 LCO each. */
export async function fundUsers(
  pool: Pick<Pool, 'query'>,
  committer: Committer,
  userIds: readonly string[],
): Promise<void> {
  await pool.query(
    `insert into users (id, email, handle, password_hash, role)
      select u, u || '@example.com', 'b' || right(replace(u::text, '-', ''), 20), 'none', 'user'
      from unnest($1::uuid[]) u`,
    [[...userIds]],
  );
  await Promise.all(
    userIds.map((userId) => committer.submit(fundUser, { userId }, { actor: 'bench' })),
  );
}
