// Prediction markets (DESIGN 2.8): their terms and lives, their pools, the lots that were bought, who holds them, and what
// a settlement has paid.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create domain prediction_status as text collate "C" constraint prediction_status_rule check (value in
      ('proposed', 'open', 'locked', 'resolution_proposed', 'disputed', 'final', 'settling', 'settled',
       'voiding', 'void', 'rejected', 'expired'));
    create domain prediction_side as text collate "C" constraint prediction_side_rule check (value in ('yes', 'no'));
    create domain prediction_lot_side as text collate "C" constraint prediction_lot_side_rule
      check (value in ('seed', 'yes', 'no'));

    create table prediction_markets (
      -- derived from the proposer and the request's idempotency key
      id uuid primary key,
      proposer_id uuid not null references users,
      question text not null check (length(question) between 1 and 200),
      rules text not null check (length(rules) between 1 and 4000),
      source text not null check (length(source) between 1 and 500),
      -- with blanks between them
      tags text collate "C" not null,
      -- what it is found by, likewise
      words text collate "C" not null,
      search tsvector generated always as (array_to_tsvector(string_to_array(words, ' '))) stored,
      status prediction_status not null,
      -- counts the changes of the row
      revision int not null,
      proposed_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      closes_at timestamptz(3) not null,
      dispute_ms bigint not null check (dispute_ms >= 0),
      ruling_ms bigint not null check (ruling_ms >= 0),
      auto_void_ms bigint not null check (auto_void_ms >= 0),
      -- approved, with the fee of that moment; or rejected
      reviewed_by uuid references users,
      review_reason text collate "C",
      opened_at timestamptz(3),
      fee_bps int check (fee_bps between 0 and 10000),
      -- closes_at, or before it by an operator
      locked_at timestamptz(3),
      proposed_outcome prediction_side,
      proposed_effective_at timestamptz(3),
      evidence text collate "C",
      resolved_by uuid references users,
      resolved_at timestamptz(3),
      disputable_until timestamptz(3),
      disputed_by uuid references users,
      disputed_at timestamptz(3),
      dispute_evidence text collate "C",
      bond base_units check (bond > 0),
      bond_fate text collate "C" check (bond_fate in ('held', 'returned', 'burned')),
      bond_burn_seq bigint,
      ruling_until timestamptz(3),
      ruled_by uuid references users,
      ruled_at timestamptz(3),
      ruling_reason text collate "C",
      -- what stands: null where the market was void before that
      outcome prediction_side,
      effective_at timestamptz(3),
      final_at timestamptz(3),
      void_cause text collate "C" check (void_cause in ('unresolved', 'thin', 'operator')),
      voided_at timestamptz(3),
      voided_by uuid references users,
      void_reason text collate "C",
      -- rejected, expired, settled or void, with nothing left in the pool
      ended_at timestamptz(3),
      constraint prediction_markets_times check (proposed_at < closes_at and expires_at <= closes_at
        and opened_at >= proposed_at and opened_at < closes_at and locked_at <= closes_at and locked_at >= opened_at
        and effective_at between opened_at and locked_at and proposed_effective_at between opened_at and locked_at
        and disputed_at < disputable_until and final_at >= resolved_at),
      constraint prediction_markets_review check (
        (opened_at is null) = (fee_bps is null)
        and (status not in ('proposed', 'expired') or reviewed_by is null)
        and (status not in ('proposed', 'expired', 'rejected')) = (opened_at is not null)
        and (status in ('proposed', 'expired')) = (review_reason is null)
        and reviewed_by <> proposer_id),
      constraint prediction_markets_locked check (
        (status in ('proposed', 'rejected', 'expired', 'open')) = (locked_at is null)),
      constraint prediction_markets_resolution check (
        (resolved_at is null) = (proposed_outcome is null) and (resolved_at is null) = (evidence is null)
        and (resolved_at is null) = (proposed_effective_at is null) and (resolved_at is null) = (resolved_by is null)
        and (resolved_at is null) = (disputable_until is null) and resolved_by <> proposer_id
        and (status not in ('resolution_proposed', 'disputed', 'final', 'settling', 'settled') or resolved_at is not null)
        and (status not in ('proposed', 'open', 'locked') or resolved_at is null)),
      constraint prediction_markets_dispute check (
        (disputed_at is null) = (disputed_by is null) and (disputed_at is null) = (dispute_evidence is null)
        and (disputed_at is null) = (bond is null) and (disputed_at is null) = (bond_fate is null)
        and (disputed_at is null) = (ruling_until is null)
        and (bond_fate = 'held') is not distinct from (case when bond_fate is not null then status = 'disputed' end)
        and (bond_fate is not distinct from 'burned') = (bond_burn_seq is not null)),
      constraint prediction_markets_ruling check (
        (ruled_at is null) = (ruled_by is null) and (ruled_at is null) = (ruling_reason is null)
        and (ruled_at is null or disputed_at is not null) and ruled_by <> resolved_by and ruled_by <> proposer_id),
      constraint prediction_markets_final check (
        (final_at is null) = (outcome is null) and (final_at is null) = (effective_at is null)
        and (status not in ('final', 'settling', 'settled') or final_at is not null)),
      constraint prediction_markets_void check (
        (status in ('voiding', 'void')) = (void_cause is not null) and (void_cause is null) = (voided_at is null)
        and (void_cause is not distinct from 'operator') = (voided_by is not null)
        and (void_cause is not distinct from 'operator') = (void_reason is not null)
        and voided_by <> proposer_id and voided_by <> resolved_by
        and (void_cause is distinct from 'unresolved' or resolved_at is null)
        and (void_cause is null or (void_cause = 'thin') = (final_at is not null))),
      constraint prediction_markets_ended check (
        (status in ('settled', 'void', 'rejected', 'expired')) = (ended_at is not null))
    );
    create index prediction_markets_newest on prediction_markets (proposed_at desc, id desc) where opened_at is not null;
    create index prediction_markets_by_status on prediction_markets (status, proposed_at desc, id desc);
    create index prediction_markets_closing on prediction_markets (closes_at, id) where status in ('open', 'locked');
    create index prediction_markets_search on prediction_markets using gin (search);
    create index prediction_markets_tags on prediction_markets using gin (string_to_array(tags, ' '));

    -- What bets change of a market. No foreign keys on what bets write: a batch writes its tables in any order, and each
    -- would be looked up for every lot.
    create table prediction_pools (
      id uuid primary key,
      seed base_units not null check (seed > 0),
      staked base_units not null check (staked >= seed),
      yes_shares base_units not null,
      no_shares base_units not null,
      -- of what users other than the proposer staked
      others_yes base_units not null,
      others_no base_units not null,
      -- without the seed
      volume base_units not null check (volume = staked - seed),
      -- the seed and the bets
      lots int not null check (lots > 0),
      -- users with a lot
      holders int not null check (holders between 1 and lots)
    );
    create index prediction_pools_volume on prediction_pools (volume desc, id desc);

    -- the seed and every bet, in their order; with the market's figures after it, by which a suffix is voided exactly
    create table prediction_lots (
      -- <market>/<number>
      id text collate "C" primary key,
      market_id uuid not null,
      -- from 0, the seed
      number int not null check (number >= 0),
      user_id uuid not null,
      side prediction_lot_side not null,
      stake base_units not null check (stake > 0),
      shares base_units not null check (shares > 0),
      -- the buyer's level, which decides about the fee
      tier text collate "C" not null,
      placed_at timestamptz(3) not null,
      -- the batch of the journal
      placed_in bigint not null check (placed_in > 0),
      staked_after base_units not null,
      yes_after base_units not null,
      no_after base_units not null,
      others_yes_after base_units not null,
      others_no_after base_units not null,
      -- net of the fee; null until it is settled or returned
      paid base_units,
      fee base_units,
      constraint prediction_lots_seed check ((side = 'seed') = (number = 0)),
      constraint prediction_lots_paid check ((paid is null) = (fee is null))
    ) with (fillfactor = 80);
    create index prediction_lots_order on prediction_lots (market_id, placed_at, number);
    create index prediction_lots_of_user on prediction_lots (user_id, market_id, number);

    create table prediction_positions (
      -- <market>/<user>
      id text collate "C" primary key,
      market_id uuid not null,
      user_id uuid not null,
      lots int not null check (lots > 0),
      staked base_units not null check (staked > 0),
      -- those of a seed included
      yes_shares base_units not null,
      no_shares base_units not null,
      last_bet_at timestamptz(3) not null
    );
    create index prediction_positions_of_user on prediction_positions (user_id, last_bet_at desc, market_id desc);

    create table prediction_settlements (
      id uuid primary key,
      -- lots that were in time, and the market's figures after the last of them
      cut int not null check (cut > 0),
      staked base_units not null,
      yes_shares base_units not null,
      no_shares base_units not null,
      others_yes base_units not null,
      others_no base_units not null,
      -- of which lots count: the cut, or none of a void market's
      kept int not null check (kept in (0, cut)),
      lots int not null check (lots >= cut),
      -- lots below this number are paid
      settled int not null check (settled between 0 and lots),
      paid base_units not null,
      refunded base_units not null,
      fees base_units not null,
      dust base_units,
      burn_seq bigint,
      manifest_hash sha256_digest,
      completed_at timestamptz(3),
      constraint prediction_settlements_completed check (
        (completed_at is null) = (dust is null) and (completed_at is null) = (manifest_hash is null)
        and (completed_at is null or settled = lots)
        and (burn_seq is not null) = (coalesce(dust, 0) + case when dust is null then 0 else fees end > 0)
        and (kept > 0 or (paid = 0 and fees = 0 and coalesce(dust, 0) = 0)))
    );

    -- The text whose hash the settlement publishes, in pieces: it never changes, and making it costs what calls need.
    create table prediction_manifests (
      market_id uuid not null,
      part int not null check (part >= 0),
      text text not null,
      primary key (market_id, part)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table prediction_manifests, prediction_settlements, prediction_positions, prediction_lots, prediction_pools, prediction_markets;
    drop domain prediction_status, prediction_side, prediction_lot_side;
  `);
}
