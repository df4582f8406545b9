// The opening of buybacks (DESIGN 2.5): one a week, extra ones by operators, one at a time.
import { parameterDefinitions } from '../../domain/parameter-registry';
import { setParameter } from '../../services/parameters';
import { callerOf, operatorCaller } from '../credits/world';
import { refusal } from '../support/refusals';
import { createWorld, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
/** Proves the books, too. */
afterEach(() => world.close());

/** 2026-11-20 is a Friday. */
const friday = Date.parse('2026-11-20T16:00:00Z');
const week = 7 * 24 * 3600 * 1000;

describe('opening', () => {
  it("opens the week's run once, whenever it is asked for", async () => {
    const opened = await world.buybacks.openWeekly(friday);
    expect(opened).toEqual({ buybackId: '2026-W47', kind: 'weekly', spreadMs: 1, isOver: false });
    expect(await world.buybacks.openWeekly(friday + week - 1)).toEqual(opened);
    await world.run('2026-W47');
    expect(await world.buybacks.openWeekly(friday + 1)).toMatchObject({ isOver: true });
    expect(await world.buybacks.openWeekly(friday + week)).toMatchObject({ buybackId: '2026-W48' });
    const { items } = await world.buybacks.list({ limit: 10 });
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      ['2026-W48', 'opened'],
      ['2026-W47', 'no_mark'],
    ]);
    expect(items[1]?.dueAt).toBe('2026-11-20T16:00:00.000Z');
    await world.run('2026-W48');
  });

  it('numbers extra runs from 2, one at a time, with the reason in the audit log', async () => {
    const caller = operatorCaller(world.operator);
    const first = await world.buybacks.openExtra(caller, 'Once more');
    expect(first.buyback).toMatchObject({ kind: 'extra', reason: 'Once more', status: 'opened' });
    expect(first.buyback.id).toMatch(/^\d{4}-W\d{2}-2$/);
    expect(await world.buybacks.openExtra(caller, 'Once more')).toEqual({
      ...first,
      replayed: true,
    });
    await expect(
      world.buybacks.openExtra(operatorCaller(world.operator), 'And another'),
    ).rejects.toEqual(refusal('STATE_CONFLICT'));
    await world.run(first.buyback.id);
    const second = await world.buybacks.openExtra(operatorCaller(world.operator), 'And another');
    expect(second.buyback.id).toBe(first.buyback.id.replace(/2$/, '3'));
    await world.run(second.buyback.id);
    expect(await world.actionsOn(first.buyback.id)).toEqual(['buyback.open']);
  });

  it.each([
    ['somebody who is no operator', 'user', 'Because', 'FORBIDDEN'],
    ['an operator without a reason', 'operator', ' ', 'INVALID_REQUEST'],
  ] as const)('refuses %s', async (_, role, reason, code) => {
    const id = await world.addUser(role);
    await expect(world.buybacks.openExtra(callerOf(id, role), reason)).rejects.toEqual(
      refusal(code),
    );
  });

  it('lets a weekly run that falls due meanwhile wait for the one before it', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const extra = await world.buybacks.openExtra(operatorCaller(world.operator), 'Before');
    const weekly = await world.buybacks.openWeekly(friday);
    const waiting = await world.buybacks.start(weekly.buybackId);
    expect(waiting.next).toEqual({ kind: 'start', why: 'turn', waitMs: 1_000 });
    expect(waiting.buyback).toMatchObject({ status: 'opened', close: null });
    await expect(
      world.buybacks.openExtra(operatorCaller(world.operator), 'Behind'),
    ).rejects.toEqual(refusal('STATE_CONFLICT'));
    await world.run(extra.buyback.id);
    const { buyback } = await world.run(weekly.buybackId);
    expect(buyback).toMatchObject({ status: 'completed', close: { profit: '0' } });
  });

  it('keeps the parameters and the spread of the opening', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const { buyback } = await world.buybacks.openExtra(operatorCaller(world.operator), 'Pinned');
    for (const [name, value] of [
      ['buyback.profitShareBps', 5_000],
      ['buyback.slices', 24],
      ['buyback.maxSlippageBps', 1_000],
      ['wars.freeCallShareBps', 0],
    ] as const) {
      const change = { name, value, expectedVersion: 1, source: 'test', reason: null };
      await world.committer.submit(setParameter, change, { actor: 'test' });
    }
    const run = await world.run(buyback.id);
    expect(run.buyback).toMatchObject({
      slicesPlanned: 4,
      profitShareBps: 2_000,
      priceCap: '0.105',
    });
    expect(run.buyback.close).toMatchObject({ fundShare: '100', freeCalls: '10' });
    const later = await world.runExtra(world.buybacksOf(2));
    expect(later.buyback).toMatchObject({ slicesPlanned: 24, spreadSeconds: 0.002 });
    expect(later.buyback.slices).toHaveLength(48);
    expect(parameterDefinitions['buyback.slices'].maximum).toBe(24);
  });
});
