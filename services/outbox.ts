// What commits wrote for workflows to hear of (DESIGN 3 and 5): taken in batches under row locks, so that several
// dispatchers share the work, marked when delivered, tried again later when not, and forgotten after a week.
import type { Knex } from 'knex';

export interface OutboxEvent {
  /** Names the event to workflows, which ignore one they had already. */
  readonly id: bigint;
  readonly kind: string;
  readonly entityId: string;
  readonly payload: unknown;
  readonly requestId: string | null;
  /** How often its delivery failed. */
  readonly attempts: number;
}

/** `failed` is tried again after a backoff. */
export type Delivery = 'delivered' | 'failed';

export interface Outbox {
  /**
   * Hands up to `limit` due events to `deliver` and records what came of each; one that its answer leaves out stays
   * due. They are locked meanwhile: another dispatcher skips them, and if this process dies they are free again
   * at once. Returns how many there were.
   */
  deliverBatch(
    limit: number,
    deliver: (events: readonly OutboxEvent[]) => Promise<ReadonlyMap<bigint, Delivery>>,
  ): Promise<number>;
  /** How many events wait, and how old the oldest of them is. */
  measure(): Promise<OutboxLag>;
  /** Deletes up to `limit` events that were delivered longer ago; returns how many. */
  prune(deliveredBeforeMs: number, limit: number): Promise<number>;
}

export interface OutboxLag {
  readonly waiting: number;
  readonly lagMs: number;
}

/** One row, an `OutboxLag`; never less than 0, whatever the clocks. */
export const outboxLagSql = /* sql */ `
  select
    count(*)::int as waiting,
    greatest(0, coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0))::float8 as "lagMs"
  from outbox where delivered_at is null`;

const firstBackoffMs = 1_000;
const longestBackoffMs = 60_000;

export function createOutbox(db: Knex): Outbox {
  return {
    deliverBatch: (limit, deliver) =>
      db.transaction(async (trx) => {
        const events = await lockDueEvents(trx, limit);
        if (events.length === 0) return 0;
        const deliveries = await deliver(events);
        const idsOf = (delivery: Delivery) =>
          [...deliveries].filter(([, d]) => d === delivery).map(([id]) => String(id));
        await trx.raw(
          'update outbox set delivered_at = clock_timestamp() where id = any(?::bigint[])',
          [idsOf('delivered')],
        );
        await postpone(trx, idsOf('failed'));
        return events.length;
      }),

    async measure() {
      const { rows } = await db.raw<{ rows: OutboxLag[] }>(outboxLagSql);
      const { waiting = 0, lagMs = 0 } = rows[0] ?? {};
      return { waiting, lagMs };
    },

    async prune(deliveredBeforeMs, limit) {
      const { rowCount } = await db.raw<{ rowCount: number }>(
        /* sql */ `
          delete from outbox where id in (
            select id from outbox where delivered_at < ?::timestamptz
            order by delivered_at limit ? for update skip locked)`,
        [new Date(deliveredBeforeMs).toISOString(), limit],
      );
      return rowCount;
    },
  };
}

async function lockDueEvents(trx: Knex.Transaction, limit: number): Promise<OutboxEvent[]> {
  const { rows } = await trx.raw<{ rows: OutboxEvent[] }>(
    /* sql */ `
      select id, kind, entity_id as "entityId", payload, request_id as "requestId", attempts
      from outbox
      where delivered_at is null and (next_attempt_at is null or next_attempt_at <= clock_timestamp())
      order by id limit ? for update skip locked`,
    [limit],
  );
  return rows;
}

async function postpone(trx: Knex.Transaction, ids: string[]): Promise<void> {
  await trx.raw(
    /* sql */ `
      update outbox set
        attempts = attempts + 1,
        next_attempt_at = clock_timestamp()
          + least(?::float8, ?::float8 * 2 ^ least(attempts, 20)) * interval '1 millisecond'
      where id = any(?::bigint[])`,
    [longestBackoffMs, firstBackoffMs, ids],
  );
}
