// The buyback's life over HTTP, on a real Temporal server with a real worker (DESIGN 2.5 and 5).
import { defaultPayloadConverter } from '@temporalio/common';
import { isoWeekOf, lastDue } from '../../domain/buyback';
import { restartWorkflows } from '../../launch/lifecycles';
import { checkEngines } from '../../launch/running-checks';
import { pauseUpdate, progressQuery, resumeUpdate } from '../../workflows/buyback-and-burn';
import { lxEntity, lxKind, lxStatus } from '../../workflows/search-attributes';
import { paced } from '../support/pace';
import { createWorkedBuybackWorld, type BuybackWorld } from './buyback-world';
import { eventually, expectStatus, newKey } from './support';

async function detailsOf(world: BuybackWorld, id: string): Promise<string> {
  const metadata = await world
    .handleOf(id)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}

/** What the UI shows beside activities and timers. */
async function summariesOf(world: BuybackWorld, id: string): Promise<string[]> {
  const { events } = await world.handleOf(id).fetchHistory();
  return (events ?? []).flatMap(({ userMetadata }) => {
    const payload = userMetadata?.summary;
    return payload ? [defaultPayloadConverter.fromPayload<string>(payload)] : [];
  });
}

describe('a buyback', () => {
  let world: BuybackWorld;

  beforeAll(async () => {
    world = await createWorkedBuybackWorld('2s');
  });
  afterAll(() => world.close());

  it('closes, buys in slices and burns when an operator wants an extra one', async () => {
    const key = newKey();
    const answer = await world.post('/admin/buybacks', 'Because', world.operator, key);
    const { buyback } = expectStatus(answer, 201).as<{ buyback: { id: string } }>();
    const repeat = await world.post('/admin/buybacks', 'Because', world.operator, key);
    expect(repeat.text).toBe(answer.text);
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    const other = await world.post('/admin/buybacks', 'Another');
    expect(other.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });

    const { id } = buyback;
    const ended = await world.reaches(id, 'completed');
    expect(ended).toMatchObject({
      kind: 'extra',
      reason: 'Because',
      spreadSeconds: paced(2_000) / 1_000,
    });
    expect(ended.close).toMatchObject({ profit: '500', fundShare: '100' });
    expect(ended.slices).toHaveLength(8);
    expect(ended.slices[0]).toMatchObject({ slice: 1, for: 'burn', spent: '17.499482' });
    for (const slice of ended.slices) {
      const lateMs = Date.parse(slice.executedAt) - Date.parse(slice.plannedAt);
      expect(lateMs).toBeGreaterThanOrEqual(0);
      expect(lateMs).toBeLessThan(10_000);
    }
    expect(await world.market.balanceOf('black_hole', 'LCO')).toBe(ended.burned);
    const burn = await world.api.send('GET', `/burns/${ended.burnSeq}`);
    expect(expectStatus(burn, 200).text).toContain(`"sourceRef":"${id}"`);

    await expect(world.handleOf(id).result()).resolves.toEqual(ended);
    await expect(world.handleOf(id).query(progressQuery)).resolves.toEqual(ended);
  });

  it('can be read in the Temporal UI', async () => {
    await world.market.sell('0.1');
    const id = await world.openExtra();
    const ended = await world.reaches(id, 'completed');
    await world.handleOf(id).result();
    const description = await world.handleOf(id).describe();
    const attributes = description.typedSearchAttributes;
    expect(attributes.get(lxKind)).toBe('buyback');
    expect(attributes.get(lxEntity)).toBe(id);
    expect(attributes.get(lxStatus)).toBe('completed');
    expect(await description.staticSummary()).toBe(`Extra buyback ${id}`);

    const details = await detailsOf(world, id);
    expect(details).toContain('| **net relay profit** | **500** |');
    expect(details).toContain('pays **at most 0.105** Credits');
    expect(details).toMatch(/\| 4 \| prize \| 2\d{3}-/);
    expect(details).toContain(`**Burned ${ended.burned} LCO**, record ${ended.burnSeq}`);

    const summaries = await summariesOf(world, id);
    expect(summaries).toContain('Close the books, fix the price cap, plan the slices');
    expect(
      summaries.some((text) => /^Slice 2 of 4: spend [\d.]+ Credits, to burn$/.test(text)),
    ).toBe(true);
    expect(summaries).toContain(`Burn the ${ended.burned} LCO that were bought for it`);
  });

  it('is paused and resumed by operators, and makes up for what it missed', async () => {
    await world.market.sell('0.1');
    const id = await world.openExtra();
    await world.reaches(id, 'buying');
    const key = newKey();
    const paused = expectStatus(await world.steer('pause', id, world.operator, key), 200);
    expect(paused.json).toMatchObject({ buyback: { id, status: 'paused' } });
    const repeat = await world.steer('pause', id, world.operator, key);
    expect(repeat.text).toBe(paused.text);
    const again = await world.steer('pause', id);
    expect(again.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });

    // Longer than the spread: nothing is bought meanwhile.
    const before = await world.read(id);
    await new Promise((resolve) => setTimeout(resolve, paced(2_500)));
    expect(await world.read(id)).toEqual(before);
    expect(await detailsOf(world, id)).toContain('**Paused**');
    expect((await world.handleOf(id).describe()).typedSearchAttributes.get(lxStatus)).toBe(
      'paused',
    );

    expectStatus(await world.steer('resume', id), 200);
    const resumedAt = Date.now();
    const ended = await world.reaches(id, 'completed');
    expect(Date.now() - resumedAt).toBeLessThan(10_000);
    expect(ended.slices).toHaveLength(8);
    await world.handleOf(id).result();
    expect(await world.market.actionsOn(id)).toEqual([
      'buyback.open',
      'buyback.pause',
      'buyback.resume',
    ]);
    const late = await world.steer('pause', id);
    expect(late.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  });

  it('takes no act from who may not, with a bad form, or on a run that is not there', async () => {
    await world.market.sell('0.1');
    const id = await world.openExtra();
    await world.reaches(id, 'buying');
    const user = await world.api.signUp();
    expect((await world.steer('pause', id, user)).status).toBe(403);
    expect((await world.post('/admin/buybacks', 'Mine', user)).status).toBe(403);
    const unknown = await world.steer('pause', '2020-W01');
    expect(unknown.problem).toMatchObject({ status: 404, code: 'BUYBACK_NOT_FOUND' });
    expect((await world.api.send('GET', '/buybacks/2020-W01')).status).toBe(404);

    const handle = world.handleOf(id);
    await expect(
      handle.executeUpdate(pauseUpdate, { args: [{ operatorId: 'me', reason: 'x' }] }),
    ).rejects.toMatchObject({ cause: { type: 'INVALID_REQUEST' } });
    await expect(
      handle.executeUpdate(resumeUpdate, { args: [{ operatorId: user.id, reason: 'x' }] }),
    ).rejects.toMatchObject({ cause: { cause: { type: 'FORBIDDEN' } } });
    await world.reaches(id, 'completed');
  });

  it('goes on when somebody cancels its workflow', async () => {
    const id = await world.openExtra();
    await eventually(() => world.handleOf(id).describe());
    await world.handleOf(id).cancel();
    await world.reaches(id, 'completed');
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'completed' });
  });

  it('goes on when its workflow was ended from outside and is begun again', async () => {
    const id = await world.openExtra();
    await world.reaches(id, 'buying');
    expectStatus(await world.steer('pause', id), 200);
    await world.handleOf(id).terminate('by mistake');
    // As if it had been opened a while ago: a younger one may be on its way.
    await world.market
      .db('buybacks')
      .where({ id })
      .update({ opened_at: world.market.db.raw(`opened_at - interval '1 minute'`) });
    const engines = {
      databaseUrl: world.market.database.url,
      temporal: world.config.temporal,
    };
    expect(await checkEngines(engines)).toContainEqual({
      status: 'fail',
      text: expect.stringContaining(`no running workflow, such as ${id} (TERMINATED)`) as string,
      advice: expect.stringContaining('--restart-workflows') as string,
    });
    expect(await restartWorkflows(engines)).toEqual([`buyback/${id}`]);
    await world.market
      .db('buybacks')
      .where({ id })
      .update({ opened_at: world.market.db.raw(`opened_at + interval '1 minute'`) });
    await eventually(async () => (await world.steer('resume', id)).status === 200, 20_000);
    await world.reaches(id, 'completed');
  });

  it('lists its runs, newest first, and estimates the next', async () => {
    const page = await world.api.send('GET', '/buybacks?limit=2');
    const { items, nextCursor } = page.as<{ items: { id: string }[]; nextCursor: string }>();
    expect(items).toHaveLength(2);
    const rest = await world.api.send('GET', `/buybacks?cursor=${nextCursor}`);
    const ids = [...items, ...rest.as<{ items: { id: string }[] }>().items].map(({ id }) => id);
    const numbers = ids.map((id) => Number(/-(\d+)$/.exec(id)?.[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    const next = await world.api.send('GET', '/buybacks/next');
    expect(next.json).toMatchObject({ next: { priceCap: '0.105', slices: 4 } });
  });
});

describe('the weekly buyback', () => {
  let world: BuybackWorld;

  beforeAll(async () => {
    world = await createWorkedBuybackWorld('2s');
  });
  afterAll(() => world.close());

  it('is scheduled for Fridays, 16:00 UTC', async () => {
    const { info, policies } = await world.temporal.schedule.getHandle('open-buyback').describe();
    const [next] = info.nextActionTimes;
    expect(next?.toISOString()).toMatch(/T16:00:00.000Z$/);
    expect(next?.getUTCDay()).toBe(5);
    expect(policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 7 * 24 * 3600 * 1000 });
  });

  it('waits for an extra run that is on its way, runs once, and is the last Friday’s', async () => {
    const extra = await world.openExtra();
    await world.reaches(extra, 'buying');
    expectStatus(await world.steer('pause', extra), 200);
    const { result: id } = await world.trigger();
    expect(id).toBe(isoWeekOf(lastDue(Date.now())));
    // Asked again, there is nothing to open and nothing to start.
    expect((await world.trigger()).result).toBe(id);
    const details = await eventually(async () => {
      const text = await detailsOf(world, id);
      return text.includes('Waits for the run before it to end.') && text;
    });
    expect(details).toContain('The weekly run');
    expect(await world.read(id)).toMatchObject({ status: 'opened', close: null });

    expectStatus(await world.steer('resume', extra), 200);
    const first = await world.reaches(extra, 'completed');
    const second = await world.reaches(id, 'completed');
    expect(Date.parse(second.startedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(first.endedAt ?? ''),
    );
    expect(first.close).toMatchObject({ profit: '500' });
    // The exchange's fees of the first run.
    expect(second.close).toMatchObject({ profit: '0' });
    expect(second.close?.tradingFees).not.toBe('0');
    await world.handleOf(id).result();
    const description = await world.handleOf(id).describe();
    expect(await description.staticSummary()).toBe(`Buyback of week ${id}`);

    expect((await world.trigger()).result).toBe(id);
    expect((await world.handleOf(id).describe()).runId).toBe(description.runId);
  });
});
