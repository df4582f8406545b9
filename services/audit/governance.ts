// The books of governance (DESIGN 2.11): snapshots and weights are what the journal says was staked then; thresholds,
// deadlines and outcomes follow from the row and its votes; only executed proposals changed parameters.
import { isDeepStrictEqual } from 'node:util';
import {
  countBallots,
  isQuorumReached,
  outcomeOf,
  type Ballot,
  type VoteChoice,
} from '../../domain/governance';
import { whaleStake } from '../../domain/tiers';
import { balanceAfterBatchSql } from '../../ledger/past-balance';
import { ballotsSql } from '../governance/ballots';
import { proposalColumns, termsOf, type ProposalRow } from '../governance/proposal-rows';
import { supplyKeys } from '../governance/snapshot';
import { columnList } from '../column-list';
import { isoSql, sqlCheck, type AuditCheck } from './check';
import { select } from './journal-rows';

const stakeKey = (user: string) => `'user/' || ${user} || '/staked/LCO'`;

const snapshotsCheck = sqlCheck(
  'governance: each snapshot is the Whales, and the LCO in circulation, that the journal had before the proposal',
  /* sql */ `
  with ever as (
    select distinct a.key, a.owner_id
    from accounts a join journal_entries e on e.account_id = a.id
    where a.purpose = 'staked' and a.asset = 'LCO' and a.owner_kind = 'user' and e.balance_after >= ${whaleStake}
  ), due as (
    select p.id as proposal_id, w.owner_id::uuid as user_id, b.stake
    from proposals p cross join ever w
    cross join lateral (select ${balanceAfterBatchSql('w.key', 'p.created_in - 1')} as stake) b
    where b.stake >= ${whaleStake}
  )
  select format('the snapshot of proposal %s has user %s with %s base units, the journal %s', proposal_id, user_id,
    coalesce(v.stake::text, 'nothing'), coalesce(d.stake::text, 'nothing')) as finding
  from proposal_voters v full join due d using (proposal_id, user_id)
  where v.stake is distinct from d.stake
  union all
  select format('voter %s is user %s of proposal %s', id, user_id, proposal_id)
  from proposal_voters where id <> proposal_id || '/' || user_id
  union all
  select format('proposal %s says %s Whales with %s base units, its snapshot has %s with %s', p.id, p.snapshot_voters,
    p.snapshot_weight, count(v.id), coalesce(sum(v.stake), 0))
  from proposals p left join proposal_voters v on v.proposal_id = p.id
  group by p.id
  having (p.snapshot_voters, p.snapshot_weight) is distinct from (count(v.id), coalesce(sum(v.stake), 0))
  union all
  select format('proposal %s says %s base units in circulation, the journal %s', p.id, p.circulating, c.circulating)
  from proposals p
  cross join lateral (
    select -(${supplyKeys.map((key) => balanceAfterBatchSql(`'${key}'`, 'p.created_in - 1')).join(' + ')}) as circulating
  ) c
  where p.circulating <> c.circulating
  union all
  select format('proposal %s was created at %s in batch %s, which is of %s', p.id, p.created_at, p.created_in,
    coalesce(b.journal_time::text, 'no time'))
  from proposals p left join journal_batches b on b.sequence = p.created_in
  where b.journal_time is distinct from p.created_at`,
);

const termsCheck = sqlCheck(
  'governance: each proposal is decided by what the journal told when it was made',
  /* sql */ `
  select format('proposal %s is decided by %s, the journal told %s', p.id, p.terms, coalesce(f.told::text, 'nothing')) as finding
  from (
    select id, created_in, jsonb_build_object('type', 'proposal.made', 'id', id, 'parameter', parameter,
      'value', value::jsonb, 'twoThirds', two_thirds, 'quorumBps', quorum_bps, 'circulatingBps', circulating_bps,
      'minVoters', min_voters, 'opensAt', ${isoSql('opens_at')}, 'activeMs', active_ms, 'extensionMs', extension_ms,
      'queuedMs', queued_ms, 'expiryMs', expiry_ms) as terms
    from proposals
  ) p
  left join lateral (
    select event.value::jsonb as told
    from journal_batches b cross join lateral json_array_elements(b.feed) as event
    where b.sequence = p.created_in and event.value ->> 'type' = 'proposal.made' and event.value ->> 'id' = p.id::text
  ) f on true
  where f.told is distinct from p.terms`,
);

const votesCheck = sqlCheck(
  'governance: each vote is of a Whale of the snapshot, once, in time, and in the batch that it says',
  /* sql */ `
  select format('vote %s is that of user %s on proposal %s', id, user_id, proposal_id) as finding
  from proposal_votes where id <> proposal_id || '/' || user_id
  union all
  select format('vote %s was cast by nobody of the snapshot', v.id)
  from proposal_votes v left join proposal_voters w on w.id = v.id where w.id is null
  union all
  select format('vote %s was cast at %s in batch %s, which is of %s; votes were taken from %s to %s', v.id, v.cast_at,
    v.cast_in, coalesce(b.journal_time::text, 'no time'), p.opens_at, least(p.closes_at, p.ended_at))
  from proposal_votes v
  join proposals p on p.id = v.proposal_id
  left join journal_batches b on b.sequence = v.cast_in
  where b.journal_time is distinct from v.cast_at or v.cast_at < p.opens_at or v.cast_at >= p.closes_at
    or v.cast_at > p.ended_at
  union all
  -- who moved the stake in the same batch may have been a Whale in between
  select format('vote %s was cast by somebody who had %s base units staked', v.id, s.stake)
  from proposal_votes v
  cross join lateral (select ${balanceAfterBatchSql(stakeKey('v.user_id'), 'v.cast_in')} as stake) s
  where s.stake < ${whaleStake} and not exists (
    select from accounts a join journal_entries e on e.account_id = a.id
    where a.key = ${stakeKey('v.user_id')} and e.sequence = v.cast_in)
  union all
  select format('proposal %s says %s votes, there are %s, numbered up to %s', p.id, p.votes, count(v.id),
    coalesce(max(v.number), 0))
  from proposals p left join proposal_votes v on v.proposal_id = p.id
  group by p.id
  having p.votes <> count(v.id) or p.votes <> coalesce(max(v.number), 0)`,
);

const endsCheck = sqlCheck(
  'governance: vetoes are those of the audit log, and of each user as many proposals are open as is noted',
  /* sql */ `
  select format('proposal %s was vetoed at %s by %s, the audit log says %s by %s', coalesce(p.id::text, a.id),
    coalesce(p.ended_at::text, 'no time'), p.vetoed_by, coalesce(a.at::text, 'nothing'), a.operator_id) as finding
  from (select * from proposals where status = 'vetoed') p
  full join (
    select subject_id as id, at, operator_id, reason from audit_log where action = 'proposal.veto'
  ) a on a.id = p.id::text
  where (p.ended_at, p.vetoed_by, p.veto_reason) is distinct from (a.at, a.operator_id, a.reason)
  union all
  select format('proposal %s was vetoed by who voted on it', p.id)
  from proposals p join proposal_votes v on v.proposal_id = p.id and v.user_id = p.vetoed_by
  union all
  select format('user %s has %s proposals that are not over, %s are noted', coalesce(o.user_id, s.user_id),
    coalesce(o.open, 0), coalesce(s.open_proposals, 0))
  from (
    select proposer_id as user_id, count(*) as open from proposals
    where status in ('pending', 'active', 'queued') group by proposer_id
  ) o
  full join proposers s on s.user_id = o.user_id
  where coalesce(o.open, 0) <> coalesce(s.open_proposals, 0)`,
);

const executionsCheck = sqlCheck(
  'governance: what proposals changed of parameters is what they passed with, and what was executed',
  /* sql */ `
  select format('%s was set to %s as version %s at %s by %s, whose row says %s = %s as version %s at %s',
    h.name, h.value, h.version, h.changed_at, coalesce(h.source, 'nothing'),
    coalesce(p.parameter, 'nothing'), p.value, p.executed_version, p.ended_at) as finding
  from (select * from parameter_history where source like 'proposal/%') h
  full join (select * from proposals where status = 'executed') p
    on h.source = 'proposal/' || p.id and h.name = p.parameter
  where (h.name, h.value::jsonb, h.version, h.changed_at, h.version - 1, h.previous_value::jsonb)
    is distinct from (p.parameter, p.value::jsonb, p.executed_version, p.ended_at, p.parameter_version, p.value_before::jsonb)
  union all
  select format('proposal %s was executed at %s, its time was %s to %s', id, ended_at, queued_until, executable_until)
  from proposals where status = 'executed' and (ended_at < queued_until or ended_at > executable_until)
  union all
  select format('proposal %s expired at %s because it was %s, its time was %s to %s', id, ended_at, ended_because,
    queued_until, executable_until)
  from proposals
  where status = 'expired'
    and (ended_at < queued_until or (ended_because = 'too_late') <> (ended_at > executable_until))
  union all
  select format('proposal %s expired as stale, %s had version %s still', p.id, p.parameter, p.parameter_version)
  from proposals p
  where p.ended_because = 'stale' and not exists (
    select from parameter_history h
    where h.name = p.parameter and h.version > p.parameter_version and h.changed_at <= p.ended_at)`,
);

interface CheckedProposal extends ProposalRow {
  readonly ballots:
    | readonly { readonly choice: VoteChoice; readonly stake: string; readonly staked: string }[]
    | null;
  /** Of each vote in the last stretch before the first close, those up to it with what was staked then. */
  readonly late:
    | readonly {
        readonly number: number;
        /** Whether a stake moved in the same batch: what it was at that moment is not known then. */
        readonly isUnsure: boolean;
        readonly isExtension: boolean;
        readonly ballots: NonNullable<CheckedProposal['ballots']>;
      }[]
    | null;
}

const columns = columnList(proposalColumns);

const proposalsSql = /* sql */ `
  select ${columns}, b.ballots, l.late
  from proposals p
  cross join lateral (
    select json_agg(json_build_object('choice', b.choice, 'stake', b.stake::text, 'staked', b.staked::text)) as ballots
    from (${ballotsSql}) b
  ) b
  cross join lateral (
    select json_agg(json_build_object('number', v.number, 'isUnsure', u.unsure, 'ballots', u.ballots,
      'isExtension', coalesce(v.cast_at = p.extended_at, false)) order by v.number) as late
    from proposal_votes v
    cross join lateral (
      select json_agg(json_build_object('choice', o.choice, 'stake', w.stake::text, 'staked', s.staked::text)
          order by o.number) as ballots,
        bool_or(s.moved) as unsure
      from proposal_votes o
      join proposal_voters w on w.id = o.id
      cross join lateral (
        select ${balanceAfterBatchSql(stakeKey('o.user_id'), 'v.cast_in')} as staked,
          exists (select from accounts a join journal_entries e on e.account_id = a.id
            where a.key = ${stakeKey('o.user_id')} and e.sequence = v.cast_in) as moved
      ) s
      where o.proposal_id = p.id and o.number <= v.number
    ) u
    where v.proposal_id = p.id
      and v.cast_at >= p.opens_at + (p.active_ms - p.extension_ms) * interval '1 ms'
      and v.cast_at < p.opens_at + p.active_ms * interval '1 ms'
  ) l
  order by p.created_at, p.id`;

/** Thresholds, tallies, outcomes and extensions, made again from the votes and the journal. */
const proposalsCheck: AuditCheck = {
  title: 'governance: tallies, outcomes and extensions follow from votes, stakes and thresholds',
  async *run({ db }) {
    for (const proposal of await select<CheckedProposal>(db, proposalsSql)) {
      yield* checkCount(proposal);
      yield* checkExtension(proposal);
    }
  },
};

function toBallots(stored: CheckedProposal['ballots']): Ballot[] {
  return (stored ?? []).map(({ choice, stake, staked }) => ({
    choice,
    snapshotStake: BigInt(stake),
    staked: BigInt(staked),
  }));
}

function* checkCount(proposal: CheckedProposal): Iterable<string> {
  const { id, kind, status, countedAt, forWeight, againstWeight, abstainWeight, voters } = proposal;
  if (countedAt === null) return;
  const tally = countBallots(toBallots(proposal.ballots));
  const counted = { for: forWeight, against: againstWeight, abstain: abstainWeight, voters };
  if (!isDeepStrictEqual(counted, tally)) {
    yield `proposal ${id} counted ${forWeight} for, ${againstWeight} against, ${abstainWeight} abstaining of ${voters}, its votes come to ${tally.for}, ${tally.against}, ${tally.abstain} of ${tally.voters}`;
  }
  const outcome = outcomeOf(tally, termsOf(proposal));
  const isDefeated = status === 'defeated';
  const isRight =
    outcome === 'passed'
      ? !isDefeated && (kind === 'text') === (proposal.queuedUntil === null)
      : isDefeated && proposal.endedBecause === outcome;
  if (!isRight) {
    yield `proposal ${id} is ${status} (${proposal.endedBecause ?? 'passed'}), its votes say ${outcome}`;
  }
}

function* checkExtension({ late, extendedAt, ...row }: CheckedProposal): Iterable<string> {
  const votes = late ?? [];
  if (extendedAt !== null && !votes.some(({ isExtension }) => isExtension)) {
    yield `proposal ${row.id} was extended by no vote of that time`;
  }
  const reaches = (ballots: Ballot[]) => isQuorumReached(countBallots(ballots), row);
  // Votes of one batch have the same time: the first of them that reaches the quorum is who extended.
  for (const { isUnsure, isExtension, number, ballots: stored } of votes) {
    if (isUnsure) return;
    const ballots = toBallots(stored);
    if (!reaches(ballots.slice(0, -1)) && reaches(ballots)) {
      if (!isExtension) {
        yield `vote ${number} of proposal ${row.id} reached the quorum late and extended nothing`;
      }
      return;
    }
  }
  if (extendedAt !== null) {
    yield `proposal ${row.id} was extended, no vote reached the quorum late`;
  }
}

export const governanceChecks: readonly AuditCheck[] = [
  snapshotsCheck,
  termsCheck,
  votesCheck,
  proposalsCheck,
  endsCheck,
  executionsCheck,
];
