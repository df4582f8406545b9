// Governance (DESIGN 2.11): proposals with all that they are decided by, the Whales of their snapshots, and votes.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table proposals (
      -- derived from the proposer and the request's idempotency key
      id uuid primary key,
      proposer_id uuid not null references users,
      kind text collate "C" not null check (kind in ('parameter', 'text')),
      title text not null check (length(title) between 1 and 120),
      text text not null check (length(text) between 1 and 4000),
      parameter text collate "C",
      value json,
      -- in force when it was created; the version is what execution compares with
      value_before json,
      parameter_version int check (parameter_version > 0),
      status text collate "C" not null check (status in
        ('pending', 'active', 'succeeded', 'defeated', 'queued', 'executed', 'expired', 'vetoed')),
      -- counts the changes of the row
      revision int not null,
      created_at timestamptz(3) not null,
      -- the batch that created it: the snapshot is what stood before
      created_in bigint not null check (created_in > 0),
      snapshot_voters int not null check (snapshot_voters >= 0),
      snapshot_weight base_units not null,
      circulating base_units not null,
      quorum_bps int not null check (quorum_bps between 0 and 10000),
      circulating_bps int not null check (circulating_bps between 0 and 10000),
      min_voters int not null check (min_voters > 0),
      two_thirds boolean not null,
      pending_ms bigint not null check (pending_ms >= 0),
      active_ms bigint not null check (active_ms >= 0),
      extension_ms bigint not null check (extension_ms >= 0),
      queued_ms bigint not null check (queued_ms >= 0),
      expiry_ms bigint not null check (expiry_ms >= 0),
      opens_at timestamptz(3) not null,
      closes_at timestamptz(3) not null,
      -- by the vote of that time
      extended_at timestamptz(3),
      votes int not null check (votes between 0 and snapshot_voters),
      counted_at timestamptz(3),
      for_weight base_units,
      against_weight base_units,
      abstain_weight base_units,
      -- those whose vote had any weight
      voters int check (voters between 0 and votes),
      queued_until timestamptz(3),
      executable_until timestamptz(3),
      executed_version int,
      ended_at timestamptz(3),
      ended_because text collate "C" check (ended_because in ('no_quorum', 'outvoted', 'too_late', 'stale', 'invalid')),
      vetoed_by uuid references users,
      veto_reason text,
      constraint proposals_parameter check (
        (kind = 'parameter') = (parameter is not null)
        and (parameter is null) = (value is null)
        and (parameter is null) = (value_before is null)
        and (parameter is null) = (parameter_version is null)
        and (kind = 'parameter' or (not two_thirds and queued_until is null))),
      constraint proposals_time check (
        opens_at = created_at + pending_ms * interval '1 ms'
        and closes_at = opens_at + active_ms * interval '1 ms'
          + case when extended_at is null then 0 else extension_ms end * interval '1 ms'
        and extended_at >= opens_at and extended_at < closes_at
        and counted_at >= closes_at
        and queued_until = counted_at + queued_ms * interval '1 ms'
        and executable_until = queued_until + expiry_ms * interval '1 ms'
        and ended_at >= created_at),
      constraint proposals_counted check (
        (counted_at is null) = (for_weight is null)
        and (counted_at is null) = (against_weight is null)
        and (counted_at is null) = (abstain_weight is null)
        and (counted_at is null) = (voters is null)
        and (queued_until is null) = (executable_until is null)
        and (queued_until is null or counted_at is not null)),
      constraint proposals_status check (case status
        when 'pending' then counted_at is null
        when 'active' then counted_at is null
        when 'succeeded' then kind = 'text' and counted_at is not null
        when 'defeated' then counted_at is not null and queued_until is null
        when 'queued' then queued_until is not null
        when 'executed' then queued_until is not null
        when 'expired' then queued_until is not null
        else true end),
      constraint proposals_ended check (
        (status in ('pending', 'active', 'queued')) = (ended_at is null)
        and (status in ('defeated', 'expired')) = (ended_because is not null)
        and (ended_because in ('no_quorum', 'outvoted')) is not distinct from
          (case when ended_because is not null then status = 'defeated' end)
        and (status = 'executed') = (executed_version is not null)
        and executed_version > parameter_version
        and (status = 'vetoed') = (vetoed_by is not null)
        and (status = 'vetoed') = (veto_reason is not null)
        and vetoed_by <> proposer_id)
    );
    create index proposals_newest on proposals (created_at desc, id desc);
    create index proposals_by_status on proposals (status, created_at desc, id desc);

    -- the Whales that a proposal's votes are counted of
    create table proposal_voters (
      -- <proposal>/<user>
      id text collate "C" primary key,
      proposal_id uuid not null references proposals,
      user_id uuid not null references users,
      -- base units of LCO that were staked
      stake base_units not null check (stake > 0),
      unique (proposal_id, user_id)
    );
    create trigger proposal_voters_append_only before update or delete or truncate on proposal_voters
    for each statement execute function refuse_change();

    create table proposal_votes (
      -- <proposal>/<user>
      id text collate "C" primary key references proposal_voters,
      proposal_id uuid not null references proposals,
      user_id uuid not null references users,
      choice text collate "C" not null check (choice in ('for', 'against', 'abstain')),
      -- in the order of their decisions
      number int not null check (number > 0),
      cast_at timestamptz(3) not null,
      -- the batch that it was cast in
      cast_in bigint not null check (cast_in > 0),
      unique (proposal_id, number)
    );
    create trigger proposal_votes_append_only before update or delete or truncate on proposal_votes
    for each statement execute function refuse_change();

    create table proposers (
      user_id uuid primary key references users,
      open_proposals int not null check (open_proposals between 0 and 3)
    );

    -- A snapshot looks for large stakes among all that there are. The balance itself is not in the index: each change of
    -- a balance, by a call or an order, would have to write it.
    create index accounts_staked on accounts (id) where purpose = 'staked';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop index accounts_staked;
    drop table proposal_votes, proposal_voters, proposals, proposers;
  `);
}
