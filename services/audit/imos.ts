// The books of the IMO launchpad (DESIGN 2.7 and 8): locks moved what their rows say; levels at the close and shares
// follow from the journal and the rule; quota is held by live calls and used by settled ones, of holders, in its time.
import { allocateQuota } from '../../domain/imo-allocation';
import { lowerLevel, weightOf } from '../../domain/imo';
import { tierOf, type TierLevel } from '../../domain/tiers';
import { balanceAfterBatchSql, lastBatchBeforeSql } from '../../ledger/past-balance';
import {
  imoColumns,
  subscriptionColumns,
  type ImoRow,
  type SubscriptionRow,
} from '../imos/imo-rows';
import { weightedLock } from '../imos/close-imo';
import { columnList } from '../column-list';
import { isoSql, sqlCheck, type AuditCheck } from './check';
import { select } from './journal-rows';

const locksCheck = sqlCheck(
  'IMOs: each lock was made up of what was locked within the window, and returned whole, once, when its row says',
  /* sql */ `
  with moved as (
    select t.reference as id, a.owner_id,
      sum(e.amount) filter (where t.kind = 'imo_lock') as locked,
      min(b.journal_time) filter (where t.kind = 'imo_lock') as first_at,
      max(b.journal_time) filter (where t.kind = 'imo_lock') as last_at,
      sum(-e.amount) filter (where t.kind = 'imo_return') as returned,
      count(*) filter (where t.kind = 'imo_return') as times,
      max(b.journal_time) filter (where t.kind = 'imo_return') as returned_at,
      bool_and(t.kind = 'imo_lock' and e.amount > 0 or t.kind = 'imo_return' and e.amount < 0) as is_known
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
    join journal_batches b on b.sequence = e.sequence
    where a.purpose = 'imo'
    group by t.reference, a.owner_id
  )
  select format('lock %s should have taken %s base units from %s on and returned them at %s; the journal says %s from %s to %s, and %s at %s, %s times',
    coalesce(s.id, m.id, 'without a row'), coalesce(s.locked, 0), s.subscribed_at, coalesce(s.returned_at::text, 'no time'),
    coalesce(m.locked, 0), m.first_at, m.last_at, coalesce(m.returned, 0), coalesce(m.returned_at::text, 'no time'),
    coalesce(m.times, 0)) as finding
  from imo_subscriptions s
  full join moved m on m.id = s.id and m.owner_id = s.user_id::text
  left join imos i on i.id = s.imo_id
  where (m.is_known and s.locked = m.locked and s.subscribed_at = m.first_at and m.first_at >= i.opens_at
    and m.last_at < i.closes_at and s.returned_at is not distinct from m.returned_at
    and m.times = (s.returned_at is not null)::int
    and coalesce(m.returned, s.locked) = s.locked) is not true`,
);

const quotaCheck = sqlCheck(
  'IMOs: what is held of a quota is held by live calls, what is used was used by settled ones, of its holder, in its time',
  /* sql */ `
  with calls as (
    select imo_id || '/' || user_id as id,
      coalesce(sum(quota) filter (where status = 'live'), 0) as held,
      coalesce(sum(quota) filter (where status = 'settled'), 0) as used
    from relay_calls where imo_id is not null group by imo_id, user_id
  )
  select format('quota %s has %s units used and %s held, its calls say %s and %s',
    coalesce(s.id, c.id), s.used, s.held, coalesce(c.used, 0), coalesce(c.held, 0)) as finding
  from imo_subscriptions s full join calls c using (id)
  where s.used is distinct from coalesce(c.used, 0) or s.held is distinct from coalesce(c.held, 0)
  union all
  select format('call %s of user %s for model %s used the quota of IMO %s at %s', c.id, c.user_id, c.model_id, c.imo_id, c.opened_at)
  from relay_calls c
  left join imos i on i.id = c.imo_id
  left join imo_subscriptions s on s.id = c.imo_id || '/' || c.user_id
  where c.imo_id is not null
    and (i.model_id = c.model_id and s.allocation > 0 and c.opened_at >= i.activated_at and c.opened_at < i.expires_at
      and c.opened_at <= coalesce(s.returned_at, c.opened_at) and c.opened_at <= coalesce(i.ended_at, c.opened_at)) is not true
  union all
  select format('call %s names an IMO or a quota, and not both', id)
  from relay_calls where (imo_id is null) <> (quota is null)
  union all
  select format('call %s used %s tokens and %s units of a quota', id,
    input_tokens + cached_input_tokens + cache_write_tokens + output_tokens, quota)
  from relay_calls
  where imo_id is not null and status = 'settled' and token_source <> 'reservation'
    and quota > input_tokens + cached_input_tokens + cache_write_tokens + output_tokens`,
);

const figuresCheck = sqlCheck(
  'IMOs: their figures are those of their subscriptions, what is active is given out, and what is over is returned',
  /* sql */ `
  with sums as (
    select imo_id, count(*) as subscriptions, sum(locked) as locked,
      count(*) filter (where returned_at is null) as open_locks,
      count(*) filter (where closing_stake is not null) as weighed,
      count(*) filter (where weight > 0) as participants,
      coalesce(sum(locked) filter (where weight > 0), 0) as participants_locked,
      coalesce(sum(locked * weight), 0) as participants_weight,
      count(*) filter (where allocation is not null) as allocated,
      coalesce(sum(allocation), 0) as allocated_quota
    from imo_subscriptions group by imo_id
  )
  select format('IMO %s (%s) says %s, its subscriptions come to %s', coalesce(i.id, s.imo_id), i.status,
    json_build_array(i.subscriptions, i.locked, i.open_locks, i.weighed, i.participants, i.participants_locked,
      i.participants_weight, i.allocated, i.allocated_quota),
    json_build_array(s.subscriptions, s.locked, s.open_locks, s.weighed, s.participants, s.participants_locked,
      s.participants_weight, s.allocated, s.allocated_quota)) as finding
  from imos i full join sums s on s.imo_id = i.id
  where (i.subscriptions, i.locked, i.open_locks, i.weighed, i.participants, i.participants_locked,
      i.participants_weight, i.allocated, i.allocated_quota)
    is distinct from (coalesce(s.subscriptions, 0), coalesce(s.locked, 0), coalesce(s.open_locks, 0),
      coalesce(s.weighed, 0), coalesce(s.participants, 0), coalesce(s.participants_locked, 0),
      coalesce(s.participants_weight, 0), coalesce(s.allocated, 0), coalesce(s.allocated_quota, 0))
  union all
  select format('IMO %s is %s, and not all was given out', id, status)
  from imos
  where status in ('active', 'expired')
    and (weighed <> subscriptions or allocated <> participants or (cap_per_user is null and allocated_quota <> quota))
  union all
  select format('IMO %s is over and settled %s, with %s locks not returned', id, coalesce(settled_at::text, 'never'), open_locks)
  from imos where (settled_at is not null) <> (ended_at is not null and open_locks = 0)
  union all
  select format('subscription %s is found by %s', s.id, s.holder)
  from imo_subscriptions s left join imos i on i.id = s.imo_id
  where (s.holder = s.user_id || '/' || i.model_id and s.id = s.imo_id || '/' || s.user_id) is not true
  union all
  select format('IMO %s was announced or cancelled by %s, the audit log does not say so', i.id,
    coalesce(i.cancelled_by, i.announced_by))
  from imos i
  where not exists (
      select 1 from audit_log l where l.action = 'imo.announce' and l.subject_id = i.id::text
        and l.operator_id is not distinct from i.announced_by and l.at = i.announced_at
        and l.details ->> 'model' = i.model_id and l.details ->> 'quota' = i.quota::text
        and l.details ->> 'opensAt' = ${isoSql('i.opens_at')}
        and l.details ->> 'closesAt' = ${isoSql('i.closes_at')}
        and l.details ->> 'expiresAt' = ${isoSql('i.expires_at')}
        and l.details ->> 'capPerUser' is not distinct from i.cap_per_user::text
        and l.details ->> 'minParticipants' is not distinct from i.min_participants::text
        and (l.details ->> 'minLocked')::numeric * 100000000 is not distinct from i.min_locked::numeric
        and l.details ->> 'weights' = (
          select string_agg(w.key || ' ' || w.value, ', ' order by w.place)
          from json_each_text(i.weights) with ordinality as w (key, value, place)))
    or (i.cancelled_by is not null and not exists (
      select 1 from audit_log l where l.action = 'imo.cancel' and l.subject_id = i.id::text
        and l.operator_id = i.cancelled_by and l.at = i.ended_at and l.reason = i.cancel_reason))`,
);

const imosSql = /* sql */ `
  select ${columnList(imoColumns)} from imos i order by i.announced_at, i.id`;

interface CheckedSubscription extends SubscriptionRow {
  /** Base units of LCO that the journal says were staked when the window ended, */
  readonly stakedAtClose: bigint;
  /** and when each lock was made, just before it. */
  readonly stakedAtLocks: readonly string[] | null;
}

const stakeKey = `'user/' || s.user_id || '/staked/LCO'`;

// Commands of one batch are decided one after the other: what counts is what was staked before the lock's own transfer.
const subscriptionsSql = /* sql */ `
  with locks as (
    select t.reference as id, json_agg(coalesce(e.balance_after, 0)::text) as staked
    from journal_transfers t
    join imo_subscriptions s on s.id = t.reference
    left join accounts a on a.key = ${stakeKey}
    left join lateral (
      select balance_after from journal_entries e
      where e.account_id = a.id and (e.sequence, e.transfer) < (t.sequence, t.transfer)
      order by e.sequence desc, e.transfer desc, e.entry desc limit 1
    ) e on true
    where t.kind = 'imo_lock' and s.imo_id = ?
    group by t.reference
  )
  select ${columnList(subscriptionColumns)}, locks.staked as "stakedAtLocks",
    ${balanceAfterBatchSql(stakeKey, 'c.sequence')} as "stakedAtClose"
  from imo_subscriptions s
  left join locks on locks.id = s.id
  cross join (select ${lastBatchBeforeSql('i.closes_at')} as sequence from imos i where i.id = ?) c
  where s.imo_id = ?
  order by s.subscribed_at, s.user_id`;

const allocationsCheck: AuditCheck = {
  title:
    'IMOs: weights are those of the levels that the journal tells of, and shares those of the rule',
  async *run({ db, onProgress }) {
    const all = await select<ImoRow>(db, imosSql);
    for (const imo of all) {
      onProgress(`IMO ${imo.id}`);
      const ids = [imo.id, imo.id, imo.id];
      const rows = await select<CheckedSubscription>(db, subscriptionsSql, ids);
      for (const row of rows) yield* checkWeight(imo, row);
      yield* checkWeightedLocked(imo, rows);
      if (imo.activatedAt !== null) yield* checkShares(imo, rows);
    }
  },
};

function* checkWeight(imo: ImoRow, row: CheckedSubscription): Iterable<string> {
  const { id, tier, closingStake, stakedAtClose, weight } = row;
  const atLocks = levelAtLocks(row);
  if (closingStake === null) {
    if (tier !== atLocks) {
      yield `subscription ${id} was made as ${tier}; the journal says ${atLocks}`;
    }
    return;
  }
  const lowest = lowerLevel(atLocks, tierOf(stakedAtClose).level);
  if (closingStake !== stakedAtClose || tier !== lowest) {
    yield `subscription ${id} was weighed as ${tier} with ${closingStake} base units staked at the close; the journal says ${lowest} and ${stakedAtClose}`;
  }
  if (BigInt(weight ?? -1) !== weightOf(imo.weights, tier)) {
    yield `subscription ${id} (${tier}) has weight ${weight}, the IMO gives it ${weightOf(imo.weights, tier)}`;
  }
}

/** The lowest level at which something was locked. */
function levelAtLocks({ stakedAtLocks }: CheckedSubscription): TierLevel {
  const levels = (stakedAtLocks ?? []).map((staked) => tierOf(BigInt(staked)).level);
  return levels.length === 0 ? 'Lv1' : levels.reduce(lowerLevel);
}

function* checkWeightedLocked(imo: ImoRow, rows: readonly CheckedSubscription[]): Iterable<string> {
  const sum = rows.reduce(
    (total, row) => total + row.locked * weightOf(imo.weights, levelAtLocks(row)),
    0n,
  );
  if (sum !== imo.weightedLocked) {
    yield `IMO ${imo.id} has ${imo.weightedLocked} weighted base units locked, its locks come to ${sum}`;
  }
}

function* checkShares(imo: ImoRow, rows: readonly SubscriptionRow[]): Iterable<string> {
  const locks = rows.filter(({ weight }) => weight !== null && weight > 0);
  const shares = allocateQuota({
    quota: imo.quota,
    capPerUser: imo.capPerUser,
    locks: locks.map((row) => ({ weight: weightedLock(row) })),
  });
  for (const [index, { id, allocation }] of locks.entries()) {
    if (allocation === shares[index]) continue;
    yield `subscription ${id} was given ${allocation} units, by the rule it has ${shares[index]}`;
  }
}

export const imoChecks: readonly AuditCheck[] = [
  locksCheck,
  quotaCheck,
  figuresCheck,
  allocationsCheck,
];
