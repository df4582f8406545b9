// The relay's books (DESIGN 8, invariants 3, 4 and 10): what is held is what is live, what was charged is what was
// minted, and every reservation ended exactly once.
import { emission } from '../../domain/mining';
import { sqlCheck, type AuditCheck } from './check';

export const heldCheck = sqlCheck(
  'the relay: what is held is what live calls reserved, of each user and key',
  /* sql */ `
  with live as (
    select user_id, count(*) as calls, sum(reserved) as reserved
    from relay_calls where status = 'live' group by user_id
  ), held as (
    select owner_id::uuid as user_id, balance
    from accounts where owner_kind = 'user' and purpose = 'relay' and asset = 'CREDIT'
  ), keys as (
    select key_id,
      coalesce(sum(reserved) filter (where status = 'live'), 0) as reserved,
      coalesce(sum(charge), 0) as spent
    from relay_calls where key_id is not null group by key_id
  )
  select format('user %s holds %s base units for calls, the live ones reserved %s',
    user_id, coalesce(balance, 0), coalesce(reserved, 0)) as finding
  from held full join live using (user_id)
  where coalesce(balance, 0) <> coalesce(reserved, 0)
  union all
  select format('user %s has %s live calls, the count says %s', u.id, coalesce(l.calls, 0), u.live_calls)
  from users u left join live l on l.user_id = u.id
  where u.live_calls <> coalesce(l.calls, 0)
  union all
  select format('key %s: spent %s and reserved %s, its calls say %s and %s',
    k.id, k.spent, k.reserved, coalesce(c.spent, 0), coalesce(c.reserved, 0))
  from api_keys k left join keys c on c.key_id = k.id
  where k.spent <> coalesce(c.spent, 0) or k.reserved <> coalesce(c.reserved, 0)`,
);

export const callsCheck = sqlCheck(
  'the relay: every call was reserved once and ended once, as its row says',
  /* sql */ `
  with moved as (
    select reference,
      count(*) filter (where kind = 'relay_reserve') as reserves,
      count(*) filter (where kind = 'relay_settle') as settles,
      count(*) filter (where kind = 'relay_release') as releases
    from journal_transfers
    where kind in ('relay_reserve', 'relay_settle', 'relay_release')
    group by reference
  )
  select format('call %s: %s, yet reserved %s, settled %s and released %s times',
    coalesce(c.id::text, m.reference), coalesce(c.status, 'without a row'),
    coalesce(m.reserves, 0), coalesce(m.settles, 0), coalesce(m.releases, 0)) as finding
  from relay_calls c full join moved m on m.reference = c.id::text
  where c.id is null
    or (c.reserved > 0 and coalesce(m.reserves, 0) <> 1)
    or (c.reserved = 0 and m.reference is not null)
    or (c.reserved > 0 and coalesce(m.settles, 0) <> (c.status = 'settled')::int)
    or (c.reserved > 0 and coalesce(m.releases, 0) <> (c.status = 'released')::int)`,
);

export const miningCheck: AuditCheck = {
  title: 'mining: minted = E(charged), call by call and in all',
  async *run({ db, onProgress }) {
    const total = { charged: 0n, mined: 0n, number: 0n };
    for (;;) {
      const { rows } = await db.raw<{
        rows: { id: string; number: bigint; charge: bigint; mined: bigint }[];
      }>(
        `select id, settlement_number as number, charge, mined from relay_calls
         where settlement_number > ? order by settlement_number limit 10000`,
        [total.number.toString()],
      );
      if (rows.length === 0) break;
      for (const { id, number, charge, mined } of rows) {
        if (number !== total.number + 1n) yield `settlement ${number} follows ${total.number}`;
        const due = emission(total.charged + charge) - emission(total.charged);
        if (mined !== due) yield `call ${id} mined ${mined} base units, its charge mines ${due}`;
        total.number = number;
        total.charged += charge;
        total.mined += mined;
      }
      onProgress(`mining recomputed up to settlement ${total.number}`);
    }
    const { rows } = await db.raw<{
      rows: { charged: bigint; settledCalls: bigint; minted: bigint; journal: bigint }[];
    }>(/* sql */ `
      select t.charged, t.settled_calls as "settledCalls",
        coalesce((select -balance from accounts where key = 'platform/l-exchange/mint/LCO'), 0) as minted,
        coalesce((select sum(charge) from relay_calls where status = 'settled'), 0)::bigint as journal
      from relay_totals t where id = 1`);
    const [totals] = rows;
    if (totals?.charged !== total.charged) {
      yield `the total charged says ${totals?.charged}, the calls sum to ${total.charged}`;
    }
    if (totals?.settledCalls !== total.number) {
      yield `the count of settled calls says ${totals?.settledCalls}, there are ${total.number}`;
    }
    if (totals?.minted !== emission(total.charged)) {
      yield `minted ${totals?.minted} base units, E(charged) is ${emission(total.charged)}`;
    }
  },
};
