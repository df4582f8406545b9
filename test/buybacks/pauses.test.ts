// Slices in time (DESIGN 2.5): none before its moment, none while the run is paused, and missed ones made up for
// within what is left of the spread, or at once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuybackProgress } from '../../services/buybacks/buyback-progress';
import type { Buybacks } from '../../services/buybacks/buybacks';
import { operatorCaller } from '../credits/world';
import { refusal } from '../support/refusals';
import { createWorld, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await world.sell('0.1');
  await world.mark('0.1');
});
afterEach(() => world.close());

const hour = 3_600_000;

interface Planned {
  readonly slice: number;
  readonly plannedAt: number;
  readonly executedAt: number | null;
}

async function plannedOf(id: string): Promise<Planned[]> {
  return world
    .db('buyback_slices')
    .select<Planned[]>({ slice: 'slice', plannedAt: 'planned_at', executedAt: 'executed_at' })
    .where({ buyback_id: id, fund: 'ecosystem_fund' })
    .orderBy('slice');
}

async function startRun(by: Buybacks): Promise<{ id: string; progress: BuybackProgress }> {
  const { buyback } = await by.openExtra(operatorCaller(world.operator), 'A test');
  return { id: buyback.id, progress: await by.start(buyback.id) };
}

/** Plans the slices for these moments, counted from now. */
async function plan(id: string, moments: readonly number[]): Promise<number> {
  const now = Date.now();
  for (const [i, ms] of moments.entries()) {
    await world
      .db('buyback_slices')
      .where({ buyback_id: id, slice: i + 1 })
      .update({ planned_at: new Date(now + ms) });
  }
  return now;
}

describe('the moments of slices', () => {
  it('lie within the spread, in order, differ from run to run, and are told to nobody', async () => {
    const by = world.buybacksOf(hour);
    const { id, progress } = await startRun(by);
    const planned = await plannedOf(id);
    const start = Date.parse(progress.buyback.startedAt ?? '');
    for (const { plannedAt } of planned) {
      expect(plannedAt).toBeGreaterThanOrEqual(start);
      expect(plannedAt).toBeLessThan(start + hour);
    }
    const moments = planned.map(({ plannedAt }) => plannedAt - start);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(new Set(moments).size).toBeGreaterThan(1);
    expect(progress.next).toMatchObject({ kind: 'slice', slice: 1, for: 'burn', budget: '17.5' });
    const told = JSON.stringify([await by.get(id), await by.list({ limit: 5 }), await by.next()]);
    for (const { plannedAt } of planned) {
      expect(told).not.toContain(new Date(plannedAt).toISOString());
    }
    expect((await by.get(id)).slices).toEqual([]);
    await finish(id, by);
  });

  it('are kept: asked too early, a slice says how long to wait', async () => {
    const by = world.buybacksOf(hour);
    const { id, progress } = await startRun(by);
    await plan(id, [700, 1_800_000, 2_400_000, 3_000_000]);
    const early = await by.buy({ buybackId: id, slice: 1, for: 'burn' });
    expect(early.revision).toBe(progress.revision);
    const { next } = early;
    if (next.kind !== 'slice') throw new Error(next.kind);
    expect(next.waitMs).toBeGreaterThan(0);
    expect(next.waitMs).toBeLessThanOrEqual(700);
    await sleep(next.waitMs);
    const bought = await by.buy({ buybackId: id, slice: 1, for: 'burn' });
    expect(bought.buyback.slices).toMatchObject([{ slice: 1, for: 'burn', spent: '17.499482' }]);
    // Neither out of turn nor early.
    for (const out of [
      { slice: 2, for: 'burn' },
      { slice: 1, for: 'burn' },
      { slice: 4, for: 'prize' },
    ] as const) {
      const same = await by.buy({ buybackId: id, ...out });
      expect(same.buyback.slices).toHaveLength(1);
      expect(same.next).toMatchObject({ kind: 'slice', slice: 1, for: 'prize', waitMs: 0 });
    }
    expect((await by.burn(id)).buyback.status).toBe('buying');
    await finish(id, by);
  });

  /** Makes all that is left due, and takes all steps. */
  async function finish(id: string, by: Buybacks): Promise<void> {
    await world
      .db('buyback_slices')
      .where({ buyback_id: id, executed_at: null })
      .update({ planned_at: new Date(Date.now() - 1_000) });
    const { buyback } = await world.run(id, by);
    expect(buyback.status).toBe('completed');
  }

  it('wait while an operator pauses the run', async () => {
    const by = world.buybacksOf(hour);
    const { id } = await startRun(by);
    const plannedFrom = await plan(id, [-500_000, -400_000, 600_000, 3_500_000]);
    const act = world.actOf(id);
    const paused = await by.pause(act);
    expect(paused.next).toEqual({ kind: 'resume' });
    expect(paused.buyback.status).toBe('paused');
    expect(await by.pause(act)).toEqual(paused);
    expect(await by.buy({ buybackId: id, slice: 1, for: 'burn' })).toEqual(paused);
    await expect(by.pause(world.actOf(id))).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'paused' }),
    );

    const before = Date.now();
    const resumed = await by.resume(world.actOf(id));
    expect(resumed.buyback.status).toBe('buying');
    const planned = await plannedOf(id);
    const endsAt = Date.parse(resumed.buyback.startedAt ?? '') + hour;
    // Two were missed: they are drawn anew within what is left of the hour; the others keep their moments.
    const moments = planned.map(({ plannedAt }) => plannedAt);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(moments.every((at) => at >= before && at < endsAt)).toBe(true);
    expect(moments).toContain(plannedFrom + 600_000);
    expect(moments).toContain(plannedFrom + 3_500_000);
    await expect(by.resume(world.actOf(id))).rejects.toEqual(refusal('STATE_CONFLICT'));
    expect(await world.actionsOn(id)).toEqual(['buyback.open', 'buyback.pause', 'buyback.resume']);
    await finish(id, by);
  });

  it('are at once, one after the other, when the pause outlasted the spread', async () => {
    const by = world.buybacks;
    const { id } = await startRun(by);
    await sleep(2);
    await by.buy({ buybackId: id, slice: 1, for: 'burn' });
    await by.pause(world.actOf(id));
    const resumed = await by.resume(world.actOf(id));
    expect(resumed.next).toMatchObject({ slice: 1, for: 'prize', waitMs: 0 });
    const { buyback } = await world.run(id, by);
    expect(buyback).toMatchObject({ status: 'completed' });
    expect(buyback.slices).toHaveLength(8);
  });

  it('go on to the burn when the pause came after the last of them', async () => {
    const { id } = await startRun(world.buybacks);
    for (const slice of [1, 2, 3, 4]) {
      for (const purpose of ['burn', 'prize'] as const) {
        await world.buybacks.buy({ buybackId: id, slice, for: purpose });
      }
    }
    await world.buybacks.pause(world.actOf(id));
    expect((await world.buybacks.burn(id)).buyback.status).toBe('paused');
    expect(await world.balanceOf('black_hole', 'LCO')).toBe('0');
    const resumed = await world.buybacks.resume(world.actOf(id));
    expect(resumed.next).toEqual({ kind: 'burn' });
    const burned = await world.buybacks.burn(id);
    expect(burned.buyback.status).toBe('completed');
    await expect(world.buybacks.pause(world.actOf(id))).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'completed' }),
    );
  });
});

describe('an act on a run', () => {
  it.each([
    ['somebody who is no operator', { operatorId: 'user' }, 'FORBIDDEN'],
    ['a frozen operator', { operatorId: 'frozen' }, 'USER_FROZEN'],
    ['an operator without a reason', { reason: '' }, 'INVALID_REQUEST'],
    ['an operator about a run that is not there', { buybackId: '2020-W01' }, 'BUYBACK_NOT_FOUND'],
  ] as const)('is refused from %s', async (_, over, code) => {
    const { id } = await startRun(world.buybacks);
    const user = await world.addUser();
    const frozen = await world.addUser('operator');
    await world.freeze(frozen);
    const people: Record<string, string> = { user, frozen };
    const given = 'operatorId' in over ? { operatorId: people[over.operatorId] ?? '' } : over;
    const act = world.actOf(id, given);
    await expect(world.buybacks.pause(act)).rejects.toEqual(refusal(code));
    await expect(world.buybacks.resume(act)).rejects.toEqual(refusal(code));
    expect((await world.buybacks.get(id)).status).toBe('buying');
    await world.run(id);
  });
});
