// Lifecycles that wait for a workflow (DESIGN 5): what is open by our rows beside what Temporal says of its workflow, and
// how it is told of it again.
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../config/config';
import type { OutboxMessage } from '../ledger/command';
import { openedMessage, type BuybackRow } from '../services/buybacks/buyback-rows';
import { proposedMessage, type ProposalRow } from '../services/governance/proposal-rows';
import { requestedMessage } from '../services/credits/redemption-rows';
import {
  proposedMessage as marketProposedMessage,
  type MarketRow,
} from '../services/predictions/market-rows';
import { imoAnnouncedMessage, type ImoRow } from '../services/imos/imo-rows';
import { positionMessage, type PositionRow } from '../services/margin/position-rows';
import { videoSubmittedMessage, type VideoRow } from '../services/videos/video-rows';
import { unstakeAskedMessage, type UnstakeRow } from '../services/staking/unstake-rows';
import { warOpenedMessage, type WarRoundRow } from '../services/wars/war-rows';
import { clientConnectionOptions } from '../services/temporal-options';
import { queryOnce } from './postgres/query-once';

/** Where the engines of an instance are. */
export interface Engines {
  readonly databaseUrl: string;
  readonly temporal: Config['temporal'];
}

export interface Lifecycle {
  /** For people. */
  readonly plural: string;
  /** What its workflows' ids begin with, before the row's id. */
  readonly workflow: string;
  /** Selects `id`, as text, and `since` of what is open. */
  readonly openSql: string;
  /** What told the outbox of these when they began. */
  readonly messagesOf: (databaseUrl: string, ids: readonly string[]) => Promise<OutboxMessage[]>;
}

const redemptions: Lifecycle = {
  plural: 'redemptions',
  workflow: 'redemption',
  openSql: `select id::text as id, requested_at as since from redemptions where status in ('pending', 'awaiting_second')`,
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<{ id: string; userId: string; amount: string }>(
      databaseUrl,
      `select id, user_id as "userId", amount::text from redemptions where id = any($1::uuid[])`,
      [ids],
    );
    return rows.map((row) => requestedMessage({ ...row, amount: BigInt(row.amount) }));
  },
};

const buybacks: Lifecycle = {
  plural: 'buybacks',
  workflow: 'buyback',
  openSql: 'select id, opened_at as since from buybacks where ended_at is null',
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<Pick<BuybackRow, 'id' | 'kind' | 'spreadMs'>>(
      databaseUrl,
      `select id, kind, spread_ms as "spreadMs" from buybacks where id = any($1::text[])`,
      [ids],
    );
    return rows.map(openedMessage);
  },
};

const unstakes: Lifecycle = {
  plural: 'unstakes',
  workflow: 'unstake',
  openSql: 'select id::text as id, asked_at as since from unstakes where returned_at is null',
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<
      Pick<UnstakeRow, 'id' | 'userId'> & { amount: string; unlockAt: Date }
    >(
      databaseUrl,
      `select id, user_id as "userId", amount::text, unlock_at as "unlockAt" from unstakes where id = any($1::uuid[])`,
      [ids],
    );
    return rows.map(({ amount, unlockAt, ...row }) =>
      unstakeAskedMessage({ ...row, amount: BigInt(amount), unlockAt: unlockAt.getTime() }),
    );
  },
};

const videos: Lifecycle = {
  plural: 'videos',
  workflow: 'video',
  openSql: 'select id::text as id, submitted_at as since from videos where ended_at is null',
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<
      Record<'submittedAt' | 'deadlineAt', Date> &
        Pick<VideoRow, 'id' | 'userId' | 'modelId' | 'seconds' | 'pollMs'>
    >(
      databaseUrl,
      `select id, user_id as "userId", model_id as "modelId", seconds, poll_ms as "pollMs",
         submitted_at as "submittedAt", deadline_at as "deadlineAt"
       from videos where id = any($1::uuid[])`,
      [ids],
    );
    return rows.map(({ submittedAt, deadlineAt, ...row }) =>
      videoSubmittedMessage({
        ...row,
        submittedAt: Number(submittedAt),
        deadlineAt: Number(deadlineAt),
      }),
    );
  },
};

const warRounds: Lifecycle = {
  plural: 'rounds of Compute Wars',
  workflow: 'wars',
  openSql: `select id::text as id, opened_at as since from war_rounds
    where status <> 'paid' or (champion_id is not null and perk_ended_at is null)`,
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<Record<'startsAt' | 'endsAt', Date> & Pick<WarRoundRow, 'id'>>(
      databaseUrl,
      `select id, starts_at as "startsAt", ends_at as "endsAt" from war_rounds where id = any($1::text[])`,
      [ids],
    );
    return rows.map(({ id, startsAt, endsAt }) =>
      warOpenedMessage({ id, startsAt: Number(startsAt), endsAt: Number(endsAt) }),
    );
  },
};

const imos: Lifecycle = {
  plural: 'IMOs',
  workflow: 'imo',
  openSql: 'select id::text as id, announced_at as since from imos where settled_at is null',
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<
      Record<'closesAt' | 'expiresAt', Date> & Pick<ImoRow, 'id' | 'modelId'>
    >(
      databaseUrl,
      `select id, model_id as "modelId", closes_at as "closesAt", expires_at as "expiresAt"
       from imos where id = any($1::uuid[])`,
      [ids],
    );
    return rows.map(({ closesAt, expiresAt, ...row }) =>
      imoAnnouncedMessage({ ...row, closesAt: Number(closesAt), expiresAt: Number(expiresAt) }),
    );
  },
};

const predictions: Lifecycle = {
  plural: 'prediction markets',
  workflow: 'prediction',
  openSql:
    'select id::text as id, proposed_at as since from prediction_markets where ended_at is null',
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<Pick<MarketRow, 'id' | 'proposerId' | 'question'>>(
      databaseUrl,
      `select id, proposer_id as "proposerId", question from prediction_markets where id = any($1::uuid[])`,
      [ids],
    );
    return rows.map((row) => marketProposedMessage(row));
  },
};

const proposals: Lifecycle = {
  plural: 'proposals',
  workflow: 'proposal',
  openSql: `select id::text as id, created_at as since from proposals where status in ('pending', 'active', 'queued')`,
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<Pick<ProposalRow, 'id' | 'proposerId' | 'parameter' | 'value'>>(
      databaseUrl,
      `select id, proposer_id as "proposerId", parameter, value from proposals where id = any($1::uuid[])`,
      [ids],
    );
    return rows.map(proposedMessage);
  },
};

const positions: Lifecycle = {
  plural: 'margin positions',
  workflow: 'margin',
  openSql: `select id::text as id, opened_at as since from margin_positions where status <> 'closed'`,
  async messagesOf(databaseUrl, ids) {
    const rows = await queryOnce<Pick<PositionRow, 'id' | 'userId' | 'side' | 'status'>>(
      databaseUrl,
      `select id, user_id as "userId", side, status from margin_positions where id = any($1::uuid[])`,
      [ids],
    );
    // Told of its birth alone, a monitor would wait for a key that was crossed already.
    return rows.map((row) =>
      positionMessage(row.status === 'open' ? 'margin.opened' : 'margin.crossed', row),
    );
  },
};

export const lifecycles: readonly Lifecycle[] = [
  redemptions,
  buybacks,
  unstakes,
  videos,
  warRounds,
  imos,
  predictions,
  proposals,
  positions,
];

interface StuckEntity {
  readonly id: string;
  /** What Temporal says: TERMINATED, COMPLETED …, or MISSING. */
  readonly workflow: string;
}

/** As many are compared in one look, the oldest first. */
const comparedAtMost = 10_000;
const askedAtOnce = 50;
const connectTimeoutMs = 5_000;
/** Ten thousand take some twenty seconds. */
const askTimeoutMs = 60_000;
/** A younger one may be on its way from the outbox. */
const bornWithin = '30 seconds';

/** What is open and has no workflow that runs. Rejects when an engine is away. */
export async function findStuck(
  { openSql, workflow }: Lifecycle,
  databaseUrl: string,
  client: Client,
): Promise<{ readonly open: number; readonly stuck: readonly StuckEntity[] }> {
  const rows = await queryOnce<{ id: string }>(
    databaseUrl,
    `select o.id from (${openSql}) o
     where o.since < clock_timestamp() - interval '${bornWithin}'
     order by o.since limit ${comparedAtMost}`,
  );
  const stuck: StuckEntity[] = [];
  for (let i = 0; i < rows.length; i += askedAtOnce) {
    const some = rows.slice(i, i + askedAtOnce);
    const found = await Promise.all(
      some.map(async ({ id }) => ({
        id,
        workflow: await workflowStatus(client, `${workflow}/${id}`),
      })),
    );
    stuck.push(...found.filter((entity) => entity.workflow !== 'RUNNING'));
  }
  return { open: rows.length, stuck };
}

async function workflowStatus(client: Client, workflowId: string): Promise<string> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'MISSING';
    throw error;
  }
}

/** Tells of all that can be started anew; returns their workflows' ids. Rejects when an engine is away. */
export async function restartWorkflows({ databaseUrl, temporal }: Engines): Promise<string[]> {
  return withTemporal(temporal, async (client) => {
    const told: string[] = [];
    for (const lifecycle of lifecycles) {
      const { stuck } = await findStuck(lifecycle, databaseUrl, client);
      const ids = stuck.filter(({ workflow }) => workflow !== 'COMPLETED').map(({ id }) => id);
      if (ids.length > 0) await tellAgain(lifecycle, databaseUrl, ids);
      told.push(...ids.map((id) => `${lifecycle.workflow}/${id}`));
    }
    return told;
  });
}

/** Connects for as long as `ask` takes, a minute at most. */
export async function withTemporal<Answer>(
  temporal: Config['temporal'],
  ask: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  const connection = await Connection.connect({
    ...clientConnectionOptions(temporal),
    connectTimeout: connectTimeoutMs,
  });
  try {
    const client = new Client({ connection, namespace: temporal.namespace });
    return await client.withDeadline(Date.now() + askTimeoutMs, () => ask(client));
  } finally {
    await connection.close();
  }
}

/**
 * Writes to the outbox what told of these when they began, if they are still open: the dispatcher starts a workflow that
 * is missing or was ended from outside, and leaves alone one that runs or has ended by itself.
 */
async function tellAgain(
  { messagesOf, openSql }: Lifecycle,
  databaseUrl: string,
  ids: readonly string[],
): Promise<void> {
  const messages = await messagesOf(databaseUrl, ids);
  await queryOnce(
    databaseUrl,
    `insert into outbox (sequence, kind, entity_id, payload, created_at)
     select h.sequence, m.kind, m.entity_id, m.payload, clock_timestamp()
     from unnest($1::text[], $2::text[], $3::json[]) as m(kind, entity_id, payload)
       join (${openSql}) o on o.id = m.entity_id,
       journal_head h`,
    [
      messages.map(({ kind }) => kind),
      messages.map(({ entityId }) => entityId),
      messages.map(({ payload }) => JSON.stringify(payload)),
    ],
  );
}
