// Whole lives of margin positions' monitors on a real Temporal server (DESIGN 2.6 and 5): born of the outbox, asleep without a
// timer until the mark crosses a key, and at their end when the position is.
import type { temporal } from '@temporalio/proto';
import { restartWorkflows } from '../../launch/lifecycles';
import { checkEngines } from '../../launch/running-checks';
import type { RunningWorker } from '../../worker/start-worker';
import { closedSignal, keyCrossedSignal, snapshotQuery } from '../../workflows/margin-monitor';
import { createMarginWorld, prices, sumOf, thinBook, type MarginWorld } from './margin-world';
import { eventually, startTestWorker } from './support';

let world: MarginWorld;
let worker: RunningWorker;

beforeAll(async () => {
  world = await createMarginWorld();
  worker = await startTestWorker(world.config);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});
afterEach(() => world.jump(prices.start));

async function openHeard(side: 'long' | 'short' = 'long') {
  const owner = await world.addOwner();
  const { id } = await world.open(owner, side);
  await eventually(async () => (await world.statusAttribute(id)) === 'open');
  return { id, owner };
}

/** What is in its history of these, oldest first. */
/** A local activity leaves a marker that tells its name. */
function localActivityOf({
  markerRecordedEventAttributes: marker,
}: temporal.api.history.v1.IHistoryEvent) {
  if (marker?.markerName !== 'core_local_activity') return undefined;
  const data = marker.details?.['data']?.payloads?.[0]?.data ?? new Uint8Array();
  return (JSON.parse(Buffer.from(data).toString()) as { activity_type: string }).activity_type;
}

async function eventsOf(id: string) {
  const { events = [] } = await world.handleOf(id).fetchHistory();
  const some = <T>(of: (event: NonNullable<typeof events>[number]) => T | null | undefined) =>
    (events ?? []).flatMap((event) => of(event) ?? []);
  return {
    timers: some((event) => event.timerStartedEventAttributes).length,
    activities: some(
      (event) =>
        event.activityTaskScheduledEventAttributes?.activityType?.name ?? localActivityOf(event),
    ),
    signals: some((event) => event.workflowExecutionSignaledEventAttributes?.signalName),
  };
}

/** It is over, by the row, by its workflow and in Temporal's search, and it holds and owes nothing. */
async function endsAs(id: string, closeReason: string) {
  const ended = await world.becomes(id, 'closed');
  await eventually(() => world.handleOf(id).describe());
  const { position, next } = await world.handleOf(id).result();
  expect(next).toEqual({ kind: 'nothing', waitMs: 0 });
  expect(position).toMatchObject({
    ...{ id, status: 'closed', closeReason, closedAt: ended.closedAt },
    ...{ quantity: '0', credits: '0', debt: '0', paidOut: ended.paidOut },
  });
  expect(await world.statusAttribute(id)).toBe('closed');
  return ended;
}

it('is born of the outbox, idles without a timer, and shows itself', async () => {
  const { id, owner } = await openHeard();
  const description = await world.handleOf(id).describe();
  expect(description).toMatchObject({
    type: 'marginMonitor',
    searchAttributes: {
      LxKind: ['margin'],
      LxEntity: [id],
      LxUser: [owner],
      LxStatus: ['open'],
    },
  });
  expect(await description.staticSummary()).toBe('Margin position, long');
  expect(description.raw.pendingActivities).toEqual([]);
  expect(await world.handleOf(id).query(snapshotQuery)).toEqual({
    ...{ positionId: id, userId: owner, side: 'long', progress: null },
  });
  const details = await world.detailsOf(id);
  expect(details).toContain(`A **long** position of user \`${owner}\``);
  expect(details).toContain('**Open**: nothing is done until the mark crosses its key.');
  expect(await eventsOf(id)).toEqual({ timers: 0, activities: [], signals: [] });

  await world.market.close(owner, id);
  await endsAs(id, 'closed_by_owner');
  expect(await eventsOf(id)).toEqual({
    ...{ timers: 0, activities: ['readPosition'], signals: ['closed'] },
  });
});

it.each(['long', 'short'] as const)(
  'liquidates a %s whose key is crossed, and ends with it',
  async (side) => {
    const { id, owner } = await openHeard(side);
    const before = await world.market.availableOf(owner, 'CREDIT');
    await world.jump(side === 'long' ? prices.far : 0.117);
    const ended = await endsAs(id, 'liquidated');
    expect(await world.kindsOf(id)).toEqual(['opened', 'fenced', 'liquidated']);
    const penalties = await world.postingsOf(id, 'margin_penalty');
    expect(penalties).toEqual([ended.penalties]);
    expect(Number(ended.penalties)).toBeGreaterThan(5);
    const left = Number(await world.market.availableOf(owner, 'CREDIT')) - Number(before);
    expect(left).toBeCloseTo(Number(ended.paidOut), 8);
    expect(await world.detailsOf(id)).toMatch(/\*\*Closed\*\* .*: liquidated\./);
    expect(await eventsOf(id)).toEqual({
      ...{ timers: 0, activities: ['liquidatePosition'], signals: ['keyCrossed'] },
    });
  },
);

it.each([
  ['long', prices.far],
  ['short', 0.117],
] as const)('closes a %s in slices where the book is thin, a second apart', async (side, price) => {
  const { id } = await openHeard(side);
  await world.jump(price, { quantity: thinBook });
  const ended = await endsAs(id, 'liquidated');
  expect(await world.kindsOf(id)).toEqual([
    ...['opened', 'fenced', 'liquidated', 'liquidated', 'liquidated'],
  ]);
  const penalties = await world.postingsOf(id, 'margin_penalty');
  expect(penalties).toHaveLength(3);
  expect(sumOf(penalties)).toBe(ended.penalties);
  const { timers, activities } = await eventsOf(id);
  expect([timers, activities.length]).toEqual([2, 3]);
});

it('idles again when a slice has made it safe, and is crossed again', async () => {
  const { id } = await openHeard();
  await world.jump(prices.slightly, { quantity: thinBook });
  await eventually(async () => {
    const { progress } = await world.handleOf(id).query(snapshotQuery);
    return progress?.next.kind === 'watch' && progress.position.status === 'open';
  });
  expect(await world.kindsOf(id)).toEqual(['opened', 'fenced', 'liquidated']);
  const { position } = await world.margin.read(id);
  expect(Number(position.marginRatio)).toBeGreaterThan(0.125);
  expect(await world.statusAttribute(id)).toBe('open');
  expect(await world.detailsOf(id)).toContain('until the mark crosses its key');
  expect(await eventsOf(id)).toMatchObject({ timers: 0, activities: ['liquidatePosition'] });

  await world.jump(0.077);
  await endsAs(id, 'liquidated');
  expect(await world.kindsOf(id)).toEqual([
    ...['opened', 'fenced', 'liquidated', 'fenced', 'liquidated'],
  ]);
  expect((await eventsOf(id)).signals).toEqual(['keyCrossed', 'keyCrossed']);
});

it('does nothing for a signal that comes again, or for nothing', async () => {
  const { id } = await openHeard();
  const handle = world.handleOf(id);
  for (let i = 0; i < 2; i++) {
    await handle.signal(keyCrossedSignal, '7');
    await handle.signal(closedSignal, '8');
  }
  await eventually(async () => (await handle.query(snapshotQuery)).progress?.next.kind === 'watch');
  expect(await world.kindsOf(id)).toEqual(['opened']);
  await world.jump(prices.far, { quantity: thinBook });
  await handle.signal(keyCrossedSignal, '7');
  await endsAs(id, 'liquidated');
  const kinds = await world.kindsOf(id);
  // In slices, of which a workflow's task that is made again may have asked for one more.
  expect(kinds.filter((kind) => kind === 'liquidated').length).toBeGreaterThan(2);

  // What was delivered is told of once more, when it is over.
  for (const kind of ['margin.opened', 'margin.crossed']) await world.tellAgain(id, kind);
  expect(await world.kindsOf(id)).toEqual(kinds);
  expect((await handle.describe()).status.name).toBe('COMPLETED');
});

it('hands over what nobody takes to the reserve, works it off at the mark, and ends', async () => {
  await world.endowReserve('1000');
  const { id, owner } = await openHeard();
  const before = await world.market.availableOf(owner, 'CREDIT');
  await world.jump(prices.nothing, { bid: 0.0799 });
  await eventually(async () => (await world.kindsOf(id)).includes('offered'));
  expect(await world.statusAttribute(id)).toBe('taken_over');
  expect(await world.detailsOf(id)).toContain('**Taken over** by the risk reserve');
  const taken = await world.margin.read(id);
  expect(taken.position).toMatchObject({ paidOut: '0', penalties: '0' });
  const buyer = await world.addOwner();
  const { quantity } = taken.position;
  const bid = { side: 'buy', price: '0.08155', quantity } as const;
  const { order } = await world.market.place(buyer, bid);
  expect(order).toMatchObject({ status: 'filled', filledQuantity: quantity });
  await endsAs(id, 'worked_off');
  expect(await world.kindsOf(id)).toEqual([
    ...['opened', 'fenced', 'taken_over', 'offered', 'worked_off'],
  ]);
  expect(await world.market.availableOf(owner, 'CREDIT')).toBe(before);
  expect(await eventsOf(id)).toEqual({
    timers: 1,
    activities: ['liquidatePosition', 'workOffPosition', 'workOffPosition'],
    signals: ['keyCrossed'],
  });
});

it('is not ended by a request to cancel its workflow', async () => {
  const { id } = await openHeard();
  await world.handleOf(id).cancel();
  await world.jump(prices.far);
  await endsAs(id, 'liquidated');
});

describe('the reconciliation', () => {
  it('is run every minute by a schedule that a worker makes sure of, one run after the other', async () => {
    const { spec, policies, action } = await world.temporal.schedule
      .getHandle('margin-reconcile')
      .describe();
    expect(spec.intervals).toMatchObject([{ every: 60_000 }]);
    expect(policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 7 * 24 * 3600 * 1000 });
    expect(action).toMatchObject({ workflowType: 'marginReconcile' });
  });

  /** Runs it now; what it did. */
  async function reconcile(): Promise<{ liquidations: number; workedOff: number }> {
    const schedule = world.temporal.schedule.getHandle('margin-reconcile');
    const before = (await schedule.describe()).info.numActionsTaken;
    await schedule.trigger();
    const action = await eventually(async () => {
      const { numActionsTaken, recentActions } = (await schedule.describe()).info;
      return numActionsTaken > before ? recentActions.at(-1) : undefined;
    });
    const { workflowId } = action.action.workflow;
    return (await world.temporal.workflow.getHandle(workflowId).result()) as {
      liquidations: number;
      workedOff: number;
    };
  }

  it('liquidates by itself what has no monitor any more', async () => {
    const { id } = await openHeard();
    // Nobody buys: it is on offer.
    await world.jump(prices.some, { bid: null });
    await eventually(
      async () => (await world.handleOf(id).query(snapshotQuery)).progress?.next.waitMs === 5_000,
    );
    expect(await world.detailsOf(id)).toContain('on offer at its bankruptcy price');
    await world.handleOf(id).terminate('by mistake');
    await world.jump(prices.some);
    await world.neglect(id);
    expect((await reconcile()).liquidations).toBeGreaterThanOrEqual(1);
    const ended = await world.becomes(id, 'closed');
    expect(ended.closeReason).toBe('liquidated');
    expect(await world.postingsOf(id, 'margin_penalty')).toEqual([ended.penalties]);
    // Who is told of the end begins anew, looks, and ends.
    await endsAs(id, 'liquidated');
    expect(await eventsOf(id)).toMatchObject({ activities: ['readPosition'], signals: ['closed'] });
  });

  it('closes what a trigger has set off and the ticker left, whatever else cannot be helped', async () => {
    const [stopped, broken] = [await openHeard(), await openHeard()];
    const { stopLoss } = await world.market.setTriggers(stopped.owner, stopped.id, {
      stopLoss: '0.095',
    });
    expect(stopLoss).toBe('0.095');
    // Nobody executes what this tick names.
    await world.jump(0.094);
    expect(await world.kindsOf(stopped.id)).toEqual(['opened', 'triggers_set', 'trigger_set_off']);
    const row = (id: string) => world.db('margin_positions').where({ id });
    const past = world.db.raw(`now() - interval '1 minute'`);
    await row(stopped.id).update({ triggered_at: past });
    const breaking = { status: 'taken_over', taken_over_at: past, work_off_order_id: broken.id };
    const mending = { status: 'open', taken_over_at: null, work_off_order_id: null };
    await row(broken.id).update({ ...breaking, updated_at: past });
    await expect(world.margin.reconcile()).rejects.toThrow("a position's order has a row");
    await row(broken.id).update(mending);
    await endsAs(stopped.id, 'stop_loss');
    await world.market.close(broken.owner, broken.id);
    await endsAs(broken.id, 'closed_by_owner');
  });

  it('leaves alone what is looked after', async () => {
    const { id } = await openHeard();
    await world.jump(prices.some, { bid: null });
    await eventually(
      async () => (await world.handleOf(id).query(snapshotQuery)).progress?.next.waitMs === 5_000,
    );
    await reconcile();
    expect(await world.kindsOf(id)).toEqual(['opened', 'fenced']);
    await world.jump(prices.some);
    await endsAs(id, 'liquidated');
  });
});

it('goes on with a liquidation when its workflow was ended from outside and is told of again', async () => {
  const [{ id }, idle] = [await openHeard(), await openHeard('short')];
  await world.jump(prices.some, { bid: null });
  await eventually(
    async () => (await world.handleOf(id).query(snapshotQuery)).progress?.next.waitMs === 5_000,
  );
  await world.handleOf(id).terminate('by mistake');
  await world.handleOf(idle.id).terminate('by mistake');
  // A younger one may be on its way from the outbox.
  const opened = (at: string) =>
    world
      .db('margin_positions as p')
      .whereIn('p.id', [id, idle.id])
      .update({ opened_at: world.db.raw(at) });
  await opened(`now() - interval '1 minute'`);
  const engines = {
    databaseUrl: world.config.databaseUrl ?? '',
    temporal: world.config.temporal,
  };
  const found = await checkEngines(engines);
  expect(found.map(({ text }) => text).join('\n')).toMatch(
    /2 .*open margin positions have no running workflow/,
  );
  expect((await restartWorkflows(engines)).sort()).toEqual(
    [`margin/${id}`, `margin/${idle.id}`].sort(),
  );
  // as the books have it
  await opened('(select c.at from margin_changes c where c.position_id = p.id and c.number = 1)');
  await world.jump(prices.some);
  await endsAs(id, 'liquidated');
  await eventually(async () => (await world.statusAttribute(idle.id)) === 'open');
  expect(await eventsOf(idle.id)).toEqual({ timers: 0, activities: [], signals: [] });
  await world.market.close(idle.owner, idle.id);
  await endsAs(idle.id, 'closed_by_owner');
});

describe('while no worker runs', () => {
  beforeEach(() => worker.stop());

  it('positions open, are adjusted and closed, the mark fences, and a worker catches up', async () => {
    const owners = await Promise.all([1, 2, 3].map(() => world.addOwner()));
    const [ann = '', bob = '', eve = ''] = owners;
    const [crossed, closed, reconciled] = [
      await world.open(ann),
      await world.open(bob, 'short'),
      await world.open(eve),
    ];
    const adjusted = await world.market.adjust(ann, crossed.id, '10');
    expect(Number(adjusted.debt)).toBeCloseTo(Number(crossed.debt) - 10, 2);
    await world.market.close(bob, closed.id);
    expect(await world.status(closed.id)).toBe('closed');

    await world.jump(prices.far);
    for (const { id } of [crossed, reconciled]) {
      expect(await world.status(id)).toBe('liquidating');
      await expect(world.handleOf(id).describe()).rejects.toThrow(/not found/i);
    }
    await expect(world.market.close(ann, crossed.id)).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
    });
    // Of one, all is done by others before its monitor hears of it.
    await world.neglect(reconciled.id);
    expect(await world.margin.reconcile()).toMatchObject({ liquidations: 1 });
    const kinds = await world.kindsOf(reconciled.id);
    expect(kinds).toEqual(['opened', 'fenced', 'liquidated']);
    expect(await world.kindsOf(crossed.id)).toEqual(['opened', 'collateral_added', 'fenced']);

    worker = await startTestWorker(world.config);
    await endsAs(closed.id, 'closed_by_owner');
    await endsAs(crossed.id, 'liquidated');
    expect((await world.kindsOf(crossed.id)).slice(3)).toEqual(['liquidated']);
    await endsAs(reconciled.id, 'liquidated');
    expect(await world.kindsOf(reconciled.id)).toEqual(kinds);
  });

  it('a mark that comes back spares what it has fenced', async () => {
    const owner = await world.addOwner();
    const { id, quantity, debt } = await world.open(owner);
    await world.jump(prices.far);
    await world.jump(prices.start);
    expect(await world.status(id)).toBe('liquidating');
    worker = await startTestWorker(world.config);
    const spared = await world.becomes(id, 'open');
    expect(await world.kindsOf(id)).toEqual(['opened', 'fenced', 'spared']);
    expect(spared).toMatchObject({ quantity, penalties: '0' });
    expect(Number(spared.debt)).toBeCloseTo(Number(debt), 2);
    await eventually(
      async () => (await world.handleOf(id).query(snapshotQuery)).progress?.next.kind === 'watch',
    );
    await world.market.close(owner, id);
    await endsAs(id, 'closed_by_owner');
  });
});
