// Compute Wars (DESIGN 2.9): rounds, scores and prizes; what the champion's perk is to a user and to a call.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create domain war_round_id as text collate "C" constraint war_round_id_rule
      check (value ~ '^\\d{4}-(W\\d{2}|\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z)$');
    create domain war_status as text collate "C"
      constraint war_status_rule check (value in ('live', 'provisional', 'final', 'paid'));
    create domain war_perk as text collate "C"
      constraint war_perk_rule check (value in ('free_calls', 'unlimited_concurrency'));

    create table war_rounds (
      -- the ISO week; of another length than a week, the start
      id war_round_id primary key,
      starts_at timestamptz(3) not null,
      ends_at timestamptz(3) not null,
      status war_status not null,
      -- counts the changes of the row, and of who may be ranked
      revision int not null,
      opened_at timestamptz(3) not null,
      -- pinned at the opening
      prize_cap_bps int not null,
      provisional_ms bigint not null check (provisional_ms >= 0),
      perk_choice_ms bigint not null check (perk_choice_ms >= 0),
      perk_ms bigint not null check (perk_ms >= 0),
      -- the sums of the mark at the newest tick then
      opening_mark json,
      -- fixed at the close: LCO of the prize pool that earlier rounds have no claim to, Credits for one LCO
      closed_at timestamptz(3),
      pool base_units,
      mark_from json,
      mark_to json,
      twap numeric check (twap > 0),
      -- fixed at the end of the provisional time
      finalised_at timestamptz(3),
      champion_id uuid references users,
      champion_score base_units,
      prizes json,
      paid_players int not null check (paid_players >= 0),
      paid_amount base_units not null,
      paid_at timestamptz(3),
      perk_choice war_perk,
      perk_by_default boolean,
      perk_chosen_at timestamptz(3),
      perk_ends_at timestamptz(3),
      -- of free calls: Credits moved to the round's own account, and back from it
      perk_budget base_units,
      perk_ended_at timestamptz(3),
      perk_returned base_units,
      constraint war_rounds_time check (starts_at < ends_at and opened_at >= starts_at and closed_at >= ends_at),
      constraint war_rounds_apart exclude using gist (tstzrange(starts_at, ends_at) with &&),
      constraint war_rounds_closed check (
        (status = 'live') = (closed_at is null) and (closed_at is null) = (pool is null)
        and (closed_at is not null or twap is null) and paid_amount <= coalesce(pool, 0)),
      constraint war_rounds_final check (
        (status in ('live', 'provisional')) = (finalised_at is null)
        and (finalised_at is null) = (prizes is null)
        and (champion_id is null) = (champion_score is null)
        and (finalised_at is not null or (champion_id is null and paid_players = 0))),
      constraint war_rounds_paid check ((status = 'paid') = (paid_at is not null)),
      constraint war_rounds_perk check (
        (perk_choice is null) = (perk_chosen_at is null)
        and (perk_choice is null) = (perk_by_default is null)
        and (perk_choice is null) = (perk_ends_at is null)
        and (perk_choice = 'free_calls') is not distinct from
          (case when perk_choice is not null then perk_budget is not null end)
        and (perk_choice is null or champion_id is not null)
        and (perk_ended_at is null or (perk_choice is not null and perk_ended_at >= perk_ends_at))
        and (perk_returned is not null) = (perk_ended_at is not null and perk_budget is not null)
        and perk_returned <= perk_budget)
    );
    create unique index war_rounds_start on war_rounds (starts_at desc);
    create index war_rounds_perks on war_rounds (champion_id) where perk_ends_at is not null and perk_ended_at is null;
    create index war_rounds_champions on war_rounds (champion_id, starts_at desc) where champion_id is not null;

    -- No foreign keys: a write a settled call; the audit proves what they would have promised.
    create table war_scores (
      -- <round>/<user>
      id text collate "C" primary key,
      round_id text collate "C" not null,
      user_id uuid not null,
      -- Credits charged for calls that were settled in the round
      score base_units not null,
      -- when, and with which settlement, the present score was reached
      reached_at timestamptz(3) not null,
      reached_in bigint not null,
      disqualified_at timestamptz(3),
      disqualified_by uuid,
      disqualified_reason text collate "C",
      constraint war_scores_disqualified check (
        (disqualified_at is null) = (disqualified_by is null)
        and (disqualified_at is null) = (disqualified_reason is null))
    );
    -- the ranking itself: the top of a round is the index' beginning
    create index war_scores_ranking on war_scores (round_id, score desc, reached_in) include (user_id)
      where disqualified_at is null;

    create table war_prizes (
      -- <round>/<user>
      id text collate "C" primary key,
      round_id war_round_id not null references war_rounds,
      user_id uuid not null references users,
      place int not null check (place between 1 and 10),
      -- base units of LCO
      amount base_units not null check (amount > 0),
      paid_at timestamptz(3) not null
    );
    create index war_prizes_round on war_prizes (round_id);
    create trigger war_prizes_append_only before update or delete or truncate on war_prizes
    for each statement execute function refuse_change();

    -- one row: what closed rounds may still pay out of the prize pool, and which settlement was the last without a score
    create table war_state (
      id int primary key default 1 check (id = 1),
      claimed base_units not null,
      scored_from running_number not null
    );
    insert into war_state (claimed, scored_from) select 0, settled_calls from relay_totals;

    -- until then the user may have a perk: the rounds say which
    alter table users add column war_perk_until timestamptz(3);

    -- a champion's free call: the round that pays for it, and what it took of that
    alter table relay_calls add column war_round_id text collate "C", add column free_charge base_units;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table relay_calls drop column war_round_id, drop column free_charge;
    alter table users drop column war_perk_until;
    drop table war_prizes, war_scores, war_rounds, war_state;
    drop domain war_round_id, war_status, war_perk;
  `);
}
