// The outbox' dispatcher on a real Temporal server (DESIGN 5): at least once, shared by several, stopped by nobody.
// No worker is needed: what arrived is what the server recorded.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import { z } from 'zod';
import { openDatabase } from '../../ledger/connection';
import { createLogger } from '../../services/logger';
import { createOutbox, type Outbox } from '../../services/outbox';
import { prepareNamespace } from '../../worker/namespace';
import { listenTo } from '../../worker/notifications';
import { startOutboxDispatcher, type OutboxDispatcher } from '../../worker/outbox-dispatcher';
import type { OutboxRoutes } from '../../worker/outbox-routes';
import { createTestDatabase, testEngines, type TestDatabase } from '../support/engines';
import { eventually } from './support';

const routes: OutboxRoutes = {
  'thing.born': ({ entityId }) => ({
    workflowType: 'thing',
    workflowId: `thing/${entityId}`,
    args: [{ entityId }],
    summary: 'A thing',
    searchAttributes: [],
  }),
  'thing.moved': ({ id, entityId, payload }) => ({
    workflowType: 'thing',
    workflowId: `thing/${entityId}`,
    args: [{ entityId }],
    summary: 'A thing',
    searchAttributes: [],
    signal: {
      name: 'moved',
      args: [{ eventId: String(id), ...z.object({ to: z.string() }).parse(payload) }],
    },
  }),
};

describe("the outbox' dispatcher", () => {
  let database: TestDatabase;
  let db: Knex;
  let outbox: Outbox;
  let connection: Connection;
  let client: Client;
  let measured: { waiting: number; lagMs: number } | undefined;
  let failed: string[] = [];
  const running: OutboxDispatcher[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    db = openDatabase(database.url, 'lx-test', 10);
    outbox = createOutbox(db);
    const namespace = `lx-${randomBytes(6).toString('hex')}`;
    connection = await Connection.connect({ address: testEngines().temporal.address });
    await prepareNamespace(connection, namespace);
    client = new Client({ connection, namespace });
  });

  beforeEach(() => {
    failed = [];
    measured = undefined;
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((dispatcher) => dispatcher.stop()));
    await db('outbox').delete();
  });

  afterAll(async () => {
    await connection.close();
    await db.destroy();
    await database.drop();
  });

  function dispatch(to: Client = client): OutboxDispatcher {
    const dispatcher = startOutboxDispatcher({
      outbox,
      client: to,
      routes,
      logger: createLogger('worker', 'silent'),
      pollIntervalMs: 50,
      deliveryTimeoutMs: to === client ? 5_000 : 500,
      metrics: {
        onDelivered: () => undefined,
        onFailed: (kind) => failed.push(kind),
        onMeasured: (waiting, lagMs) => (measured = { waiting, lagMs }),
      },
    });
    running.push(dispatcher);
    return dispatcher;
  }

  async function write(kind: string, entityId: string, payload: object = {}): Promise<string> {
    const [row] = await db('outbox')
      .insert({
        sequence: 1,
        kind,
        entity_id: entityId,
        payload: JSON.stringify(payload),
        request_id: 'request-1',
        created_at: db.fn.now(),
      })
      .returning<{ id: bigint }[]>('id');
    return String(row?.id);
  }

  const newEntity = () => randomBytes(6).toString('hex');
  const countWaiting = async () =>
    Number((await db('outbox').whereNull('delivered_at').count<{ count: bigint }[]>())[0]?.count);
  const allDelivered = () => eventually(async () => (await countWaiting()) === 0);

  async function signalsOf(entityId: string) {
    const { events } = await client.workflow.getHandle(`thing/${entityId}`).fetchHistory();
    return (events ?? []).flatMap((event) => {
      const payload = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
      return payload ? [JSON.parse(Buffer.from(payload).toString()) as object] : [];
    });
  }

  it('starts the workflow of an entity that was born, with the request in its memo', async () => {
    const entityId = newEntity();
    const id = await write('thing.born', entityId);
    dispatch();
    await allDelivered();
    const description = await client.workflow.getHandle(`thing/${entityId}`).describe();
    expect(description.type).toBe('thing');
    expect(description.memo).toEqual({ requestId: 'request-1', outboxEvent: id });
  });

  it('signals with the event id, and starts the workflow first when it is not there', async () => {
    const entityId = newEntity();
    const first = await write('thing.moved', entityId, { to: 'a' });
    const second = await write('thing.moved', entityId, { to: 'b' });
    dispatch();
    await allDelivered();
    const signals = await signalsOf(entityId);
    expect(signals).toHaveLength(2);
    expect(signals).toEqual(
      expect.arrayContaining([
        { eventId: first, to: 'a' },
        { eventId: second, to: 'b' },
      ]),
    );
  });

  it('tolerates a second delivery while the workflow runs, and begins it again once it was ended', async () => {
    const entityId = newEntity();
    await write('thing.born', entityId);
    dispatch();
    await allDelivered();
    const handle = client.workflow.getHandle(`thing/${entityId}`);
    const { runId } = await handle.describe();

    // As if the dispatcher had died between the start and its mark.
    await db('outbox').update({ delivered_at: null });
    await allDelivered();
    expect((await handle.describe()).runId).toBe(runId);

    await handle.terminate();
    await db('outbox').update({ delivered_at: null });
    await allDelivered();
    const again = await handle.describe();
    expect(again.status.name).toBe('RUNNING');
    expect(again.runId).not.toBe(runId);
    expect(failed).toEqual([]);
  });

  it('lets a poison message wait by itself while the others go through', async () => {
    const poison = await write('thing.unheard-of', newEntity());
    await write('thing.moved', newEntity(), { from: 'not what the route reads' });
    for (let i = 0; i < 60; i++) await write('thing.born', newEntity());
    dispatch();
    await eventually(async () => (await countWaiting()) === 2);
    expect(failed.sort()).toEqual(['thing.moved', 'thing.unheard-of']);
    const row = await db('outbox')
      .first<{ attempts: number; next_attempt_at: number }>('attempts', 'next_attempt_at')
      .where('id', poison);
    expect(row?.attempts).toBe(1);
    expect(row?.next_attempt_at).toBeGreaterThan(Date.now());
    await eventually(async () => measured?.waiting === 2 && measured.lagMs > 0);

    await db('outbox').update({ next_attempt_at: null });
    await eventually(async () => failed.length === 4);
  });

  it('shares the work among several dispatchers, each event once', async () => {
    const entities = Array.from({ length: 120 }, newEntity);
    await Promise.all(entities.map((entityId) => write('thing.moved', entityId, { to: 'x' })));
    dispatch();
    dispatch();
    dispatch();
    await allDelivered();
    const counts = await Promise.all(
      entities.slice(0, 20).map(async (entityId) => (await signalsOf(entityId)).length),
    );
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  it('leaves events as they are while Temporal is away', async () => {
    const away = Connection.lazy({ address: '127.0.0.1:1' });
    const entityId = newEntity();
    await write('thing.born', entityId);
    const dispatcher = dispatch(new Client({ connection: away, namespace: 'default' }));
    // The first try ends at its deadline, the second comes after a pause.
    await sleep(1_000);
    await dispatcher.stop();
    await away.close();
    expect(failed).toEqual([]);
    expect(await db('outbox').select('attempts', 'delivered_at')).toEqual([
      { attempts: 0, delivered_at: null },
    ]);
    dispatch();
    await allDelivered();
  });

  it('is woken by a notification, also on a connection that was lost and opened again', async () => {
    let woken = 0;
    const listener = listenTo(database.url, 'lx-test-listener', 'lx_outbox', () => woken++);
    // Being connected counts as one, for something may have been written before.
    await eventually(async () => woken === 1);
    await db.raw("notify lx_outbox, '1'");
    await eventually(async () => woken === 2);
    await db.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'lx-test-listener' and datname = current_database()`,
    );
    await eventually(async () => woken === 3);
    await db.raw("notify lx_outbox, '2'");
    await eventually(async () => woken === 4);
    await listener.close();
  });

  it('forgets what was delivered a week ago', async () => {
    for (let i = 0; i < 5; i++) await write('thing.born', newEntity());
    await db('outbox').update({ delivered_at: new Date(Date.now() - 8 * 24 * 3600 * 1000) });
    const kept = await write('thing.unheard-of', newEntity());
    dispatch();
    await eventually(async () => (await db('outbox').select('id')).length === 1);
    expect(await db('outbox').first('id')).toEqual({ id: BigInt(kept) });
  });
});
