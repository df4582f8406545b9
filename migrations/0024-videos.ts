// Videos (DESIGN 2.2): jobs at upstreams, whose calls belong to a workflow instead of a process until they end.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table relay_calls alter column process_id drop not null;

    create table videos (
      -- the call's
      id uuid primary key,
      user_id uuid not null,
      model_id text collate "C" not null,
      channel_id uuid not null,
      upstream_id text collate "C" not null,
      seconds int not null check (seconds > 0),
      units_per_second int not null check (units_per_second > 0),
      size text collate "C",
      status text collate "C" not null check (status in ('queued', 'in_progress', 'completed', 'failed')),
      progress int not null check (progress between 0 and 100),
      submitted_at timestamptz(3) not null,
      deadline_at timestamptz(3) not null,
      poll_ms int not null check (poll_ms > 0),
      ended_at timestamptz(3),
      expires_at timestamptz(3),
      error_code text collate "C",
      error_message text,
      constraint videos_end check ((status in ('completed', 'failed')) = (ended_at is not null)),
      constraint videos_error check ((status = 'failed') = (error_code is not null)),
      constraint videos_error_told check ((error_code is null) = (error_message is null))
    );
    create index videos_of_user on videos (user_id, submitted_at desc, id desc);
    create index videos_open on videos (submitted_at) where ended_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table videos;
    -- what was handed over belongs to nobody then, and is given back
    update relay_calls set process_id = '00000000-0000-0000-0000-000000000000' where process_id is null;
    alter table relay_calls alter column process_id set not null;
  `);
}
