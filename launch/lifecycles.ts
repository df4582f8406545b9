// Lifecycles that wait for a workflow (DESIGN 5): the open redemptions of our rows beside what Temporal says of their
// workflows, and how it is told of them again.
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../config/config';
import { clientConnectionOptions } from '../services/temporal-options';
import { requestedMessage } from '../services/credits/redemption-rows';
import { queryOnce } from './postgres/query-once';

/** Where the engines of an instance are. */
export interface Engines {
  readonly databaseUrl: string;
  readonly temporal: Config['temporal'];
}

interface StuckRedemption {
  readonly id: string;
  /** What Temporal says: TERMINATED, COMPLETED …, or MISSING. */
  readonly workflow: string;
}

/** As many are compared in one look, the oldest first. */
const comparedAtMost = 500;
const askedAtOnce = 20;
const connectTimeoutMs = 5_000;
const askTimeoutMs = 10_000;
/** A younger one may be on its way from the outbox. */
const bornWithin = '30 seconds';

/** Open redemptions whose workflow does not run. Rejects when an engine is away. */
export async function findStuckRedemptions(
  databaseUrl: string,
  client: Client,
): Promise<{ readonly open: number; readonly stuck: readonly StuckRedemption[] }> {
  const rows = await queryOnce<{ id: string }>(
    databaseUrl,
    `select id from redemptions
     where status in ('pending', 'awaiting_second')
       and requested_at < clock_timestamp() - interval '${bornWithin}'
     order by requested_at limit ${comparedAtMost}`,
  );
  const stuck: StuckRedemption[] = [];
  for (let i = 0; i < rows.length; i += askedAtOnce) {
    const some = rows.slice(i, i + askedAtOnce);
    const found = await Promise.all(
      some.map(async ({ id }) => ({ id, workflow: await workflowStatus(client, id) })),
    );
    stuck.push(...found.filter(({ workflow }) => workflow !== 'RUNNING'));
  }
  return { open: rows.length, stuck };
}

async function workflowStatus(client: Client, redemptionId: string): Promise<string> {
  try {
    return (await client.workflow.getHandle(`redemption/${redemptionId}`).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'MISSING';
    throw error;
  }
}

/** Tells of all that can be started anew; returns their ids. Rejects when an engine is away. */
export async function restartWorkflows({ databaseUrl, temporal }: Engines): Promise<string[]> {
  return withTemporal(temporal, async (client) => {
    const { stuck } = await findStuckRedemptions(databaseUrl, client);
    const ids = stuck.filter(({ workflow }) => workflow !== 'COMPLETED').map(({ id }) => id);
    if (ids.length > 0) await tellAgain(databaseUrl, ids);
    return ids;
  });
}

/** Connects for as long as `ask` takes, ten seconds at most. */
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
 * Writes to the outbox that these redemptions were requested, as their request once did: the dispatcher starts a
 * workflow that is missing or was ended from outside, and leaves alone one that runs or has ended by itself.
 */
async function tellAgain(databaseUrl: string, redemptionIds: readonly string[]): Promise<void> {
  const rows = await queryOnce<{ id: string; userId: string; amount: string }>(
    databaseUrl,
    `select id, user_id as "userId", amount::text from redemptions where id = any($1::uuid[])`,
    [redemptionIds],
  );
  const messages = rows.map((row) => requestedMessage({ ...row, amount: BigInt(row.amount) }));
  await queryOnce(
    databaseUrl,
    `insert into outbox (sequence, kind, entity_id, payload, created_at)
     select h.sequence, m.kind, m.entity_id, m.payload, clock_timestamp()
     from unnest($1::text[], $2::text[], $3::json[]) as m(kind, entity_id, payload)
       join redemptions r on r.id = m.entity_id::uuid and r.status in ('pending', 'awaiting_second'),
       journal_head h`,
    [
      messages.map(({ kind }) => kind),
      messages.map(({ entityId }) => entityId),
      messages.map(({ payload }) => JSON.stringify(payload)),
    ],
  );
}
