// What the close of an IMO goes by, read beside the lock: who is still to be weighed, given a share or given a lock back,
// in the order of subscription, and what they had staked. Once the window is closed by a commit none of it changes but
// by the close itself, so that a chunk which was read before another attempt's is at worst done already.
import type { Knex } from 'knex';
import { balanceAfterBatchSql, lastBatchBeforeSql } from '../../ledger/past-balance';
import type { ClosingStake } from './close-imo';

interface Place {
  readonly subscribedAt: number;
  readonly userId: string;
}

type Pending = 'closing_stake is null' | 'returned_at is null';

/** Of which IMO, and how many subscribers at a time. */
interface Subscribers {
  readonly imoId: string;
  readonly atOnce: number;
}

/** Those of whom something holds, in order, some at a time. */
async function* readPending<Row extends Place>(
  db: Knex,
  { imoId, atOnce }: Subscribers,
  pending: Pending,
  columns: Record<string, string | Knex.Raw>,
): AsyncGenerator<Row[]> {
  let last: Place | undefined;
  for (;;) {
    const query = db({ s: 'imo_subscriptions' })
      .select({ userId: 's.user_id', subscribedAt: 's.subscribed_at', ...columns })
      .where('s.imo_id', imoId)
      .whereRaw(`s.${pending}`)
      .orderBy(['s.subscribed_at', 's.user_id'])
      .limit(atOnce);
    if (last) {
      const after = [new Date(last.subscribedAt), last.userId] as const;
      void query.whereRaw('(s.subscribed_at, s.user_id) > (?, ?)', after);
    }
    const rows = (await query) as Row[];
    if (rows.length > 0) yield rows;
    last = rows.at(-1);
    if (!last || rows.length < atOnce) return;
  }
}

/** Who is to be weighed, with what each had staked by the last batch before the window's end. */
export async function* readClosingStakes(
  db: Knex,
  of: Subscribers,
): AsyncGenerator<readonly ClosingStake[]> {
  const { rows } = await db.raw<{ rows: { sequence: string | null }[] }>(
    `select ${lastBatchBeforeSql('i.closes_at')}::text as sequence from imos i where i.id = ?`,
    [of.imoId],
  );
  const key = `'user/' || s.user_id || '/staked/LCO'`;
  const staked = db.raw(balanceAfterBatchSql(key, '?::bigint'), [rows[0]?.sequence ?? '0']);
  yield* readPending<ClosingStake & Place>(db, of, 'closing_stake is null', { staked });
}

export interface WeighedLock extends Place {
  readonly locked: bigint;
  readonly weight: number;
  readonly hasShare: boolean;
}

/** All whose lock has weight, in the order that breaks ties. */
export async function readWeighedLocks(db: Knex, imoId: string): Promise<WeighedLock[]> {
  const rows: unknown = await db({ s: 'imo_subscriptions' })
    .select({
      userId: 's.user_id',
      subscribedAt: 's.subscribed_at',
      locked: 's.locked',
      weight: 's.weight',
      hasShare: db.raw('s.allocation is not null'),
    })
    .where('s.imo_id', imoId)
    .where('s.weight', '>', 0)
    .orderBy(['s.subscribed_at', 's.user_id']);
  return rows as WeighedLock[];
}

/** Whose locks are still to be returned. */
export async function* readOpenLocks(db: Knex, of: Subscribers): AsyncGenerator<readonly string[]> {
  for await (const rows of readPending<Place>(db, of, 'returned_at is null', {})) {
    yield rows.map(({ userId }) => userId);
  }
}
