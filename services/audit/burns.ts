// The burn log (DESIGN 2.12) against itself and against the journal: each record has its hash, its number and its
// supply, and is one posting to the black hole; nothing else ever went there.
import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import { platformAccount } from '../../ledger/accounts';
import { burnEvent, withHash, type BurnRow } from '../proofs/burn-rows';
import { sqlCheck, type AuditCheck, type AuditContext } from './check';
import { select } from './journal-rows';

/** A record with what the journal says of it. */
type AuditedBurn = BurnRow & {
  /** Base units that its posting moved, and the black hole's balance after it; null without a posting. */
  readonly posted: bigint | null;
  readonly burned: bigint | null;
  /** Base units ever minted just before; null when there were none. */
  readonly minted: bigint | null;
  /** Of its batch; null when there is none. */
  readonly journalTime: number | null;
  readonly feed: readonly unknown[] | null;
};

const pageSize = 1_000;
const blackHole = platformAccount('black_hole', 'LCO').key;
const mint = platformAccount('mint', 'LCO').key;

const pageSql = /* sql */ `
  select b.seq, b.at, b.kind, b.amount, b.supply_before as "supplyBefore", b.supply_after as "supplyAfter",
    b.source_ref as "sourceRef", b.hash, b.sequence, p.amount as posted, p.balance_after as burned,
    -m.balance_after as minted, j.journal_time as "journalTime", j.feed
  from (
    select seq, at, kind, amount, supply_before, supply_after, source_ref, hash, sequence
    from burns where seq > ? order by seq limit ?
  ) b
  left join journal_batches j using (sequence)
  left join lateral (
    select e.transfer, e.amount, e.balance_after
    from journal_entries e join journal_transfers t using (sequence, transfer)
    where e.account_id = (select id from accounts where key = ?)
      and e.sequence = b.sequence and t.kind = 'burn' and t.reference = b.seq::text
  ) p on true
  left join lateral (
    select balance_after from journal_entries
    where account_id = (select id from accounts where key = ?) and (sequence, transfer) < (b.sequence, p.transfer)
    order by sequence desc, transfer desc, entry desc limit 1
  ) m on true
  order by b.seq`;

async function* streamBurns(db: Knex): AsyncGenerator<AuditedBurn> {
  for (let last = -1n; ;) {
    const page = await select<AuditedBurn>(db, pageSql, [
      last.toString(),
      pageSize,
      blackHole,
      mint,
    ]);
    yield* page;
    if (page.length < pageSize) return;
    last = page.at(-1)?.seq ?? last;
  }
}

/** What does not hold of one record by itself. */
function* compareBurn(burn: AuditedBurn): Iterable<string> {
  const { posted, burned, minted, journalTime, feed, ...row } = burn;
  const name = `burn ${row.seq}`;
  if (!withHash(row).hash.equals(row.hash)) yield `${name} does not have the hash it carries`;
  if (row.supplyAfter !== row.supplyBefore - row.amount) {
    yield `${name} leaves a supply of ${row.supplyAfter}, not of ${row.supplyBefore} - ${row.amount}`;
  }
  if (posted !== row.amount) {
    yield `${name} is of ${row.amount} base units, the journal posted ${posted ?? 'none'} in batch ${row.sequence}`;
  }
  if (burned !== null) {
    const supply = (minted ?? 0n) - (burned - (posted ?? 0n));
    if (supply !== row.supplyBefore) {
      yield `${name} found a supply of ${row.supplyBefore} base units, the journal one of ${supply}`;
    }
  }
  if (journalTime !== row.at) yield `${name} was not at the time of batch ${row.sequence}`;
  if (!(feed ?? []).some((event) => isDeepStrictEqual(event, burnEvent(row)))) {
    yield `${name} is not what batch ${row.sequence} of the journal announced`;
  }
}

const figuresSql = /* sql */ `
  select coalesce((select size from burn_head where id = 1), -1) as size,
    coalesce((select balance from accounts where key = ?), 0)::bigint as balance`;

async function* checkBurns({ db, onProgress }: AuditContext): AsyncGenerator<string> {
  let next = 0n;
  let total = 0n;
  for await (const burn of streamBurns(db)) {
    if (burn.seq === next - 1n) {
      yield `burn ${burn.seq} was posted more than once`;
      continue;
    }
    if (burn.seq !== next) yield `burn ${burn.seq} stands where burn ${next} should`;
    yield* compareBurn(burn);
    next = burn.seq + 1n;
    total += burn.amount;
    if (next % BigInt(pageSize) === 0n) onProgress(`${next} burns`);
  }
  const [figures] = await select<{ size: bigint; balance: bigint }>(db, figuresSql, [blackHole]);
  if (figures?.size !== next) {
    yield `the burn log's head says ${figures?.size ?? 'no'} burns, there are ${next}`;
  }
  if (figures?.balance !== total) {
    yield `the burns come to ${total} base units, the black hole holds ${figures?.balance ?? 0n}`;
  }
}

export const burnsCheck: AuditCheck = {
  title:
    'the burn log: numbers, hashes and supply hold, each record is one posting, and all of them are the black hole',
  run: checkBurns,
};

export const blackHoleCheck = sqlCheck(
  'the black hole: whatever went there is a burn of the log',
  /* sql */ `
  select format('transfer %s of batch %s moved %s base units to the black hole, which no burn says',
    e.transfer, e.sequence, e.amount) as finding
  from accounts a
  join journal_entries e on e.account_id = a.id
  join journal_transfers t using (sequence, transfer)
  left join burns b on t.kind = 'burn' and t.reference = b.seq::text and b.sequence = e.sequence
  where a.key = 'platform/l-exchange/black_hole/LCO' and b.seq is null`,
);

export const burnChecks: readonly AuditCheck[] = [burnsCheck, blackHoleCheck];
