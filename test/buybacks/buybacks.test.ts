// The buyback's commands (DESIGN 2.5): the close, the split, the slices and the burn, each once, with their figures.
import { parameterDefinitions } from '../../domain/parameter-registry';
import { setParameter } from '../../services/parameters';
import { callerOf, operatorCaller, toAccount } from '../credits/world';
import { refusal } from '../support/refusals';
import { createWorld, type World } from './world';

jest.setTimeout(60_000);

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
/** Proves the books, too. */
afterEach(() => world.close());

/** 2026-11-20 is a Friday. */
const friday = Date.parse('2026-11-20T16:00:00Z');
const week = 7 * 24 * 3600 * 1000;

describe('a run', () => {
  it('closes the books, splits the profit, buys in four slices for two funds and burns once', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const { buyback } = await world.runExtra();

    expect(buyback.close).toMatchObject({
      shortfalls: '0',
      movedToCost: '0',
      profit: '500',
      tradingFees: '0',
      fundShare: '100',
      freeCalls: '10',
      prize: '20',
      treasuryShare: '400',
    });
    expect(buyback).toMatchObject({
      status: 'completed',
      kind: 'extra',
      reason: 'A test',
      mark: '0.1',
      averageMark: '0.1',
      priceCap: '0.105',
      burn: { carriedOver: '0', budget: '70' },
      prize: { carriedOver: '0', budget: '20' },
    });
    expect(buyback.slices.map((slice) => [slice.slice, slice.for])).toEqual(
      [1, 2, 3, 4].flatMap((slice) => [
        [slice, 'burn'],
        [slice, 'prize'],
      ]),
    );
    // 17,482 lots at 0.1 are 17.482 Credits; 10 bps of that, and the next lot would not fit.
    expect(buyback.slices[0]).toMatchObject({
      budget: '17.5',
      spent: '17.499482',
      fee: '0.017482',
      bought: '174.82',
      averagePrice: '0.1',
      reason: null,
    });

    expect(await world.balanceOf('revenue')).toBe('0');
    expect(await world.balanceOf('free_calls')).toBe('10');
    expect(await world.balanceOf('treasury')).toBe('400');
    expect(await world.balanceOf('black_hole', 'LCO')).toBe(buyback.burn.bought);
    expect(buyback.burned).toBe(buyback.burn.bought);
    expect(await world.balanceOf('prize_pool', 'LCO')).toBe(buyback.prize.bought);
    expect(await world.balanceOf('ecosystem_fund', 'LCO')).toBe('0');
    expect(await world.balanceOf('prize_fund', 'LCO')).toBe('0');
    // What buys no further lot is left for the next run.
    const spent = Number(buyback.burn.spent);
    expect(Number(await world.balanceOf('ecosystem_fund'))).toBeCloseTo(70 - spent, 8);
    expect(70 - spent).toBeLessThan(0.0011);
  });

  it('moves its orders through the market like anybody, marked as a buyback', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const { buyback } = await world.runExtra();
    const trades = await world
      .db('trades')
      .select<{ source: string; owner: string; lots: number }[]>({
        source: 'source',
        owner: 'taker_owner_id',
        lots: 'lots',
      })
      .orderBy('id');
    expect(trades).toHaveLength(8);
    expect(new Set(trades.map(({ source }) => source))).toEqual(new Set(['buyback']));
    const bought = trades
      .filter(({ owner }) => owner === 'ecosystem_fund')
      .reduce((sum, { lots }) => sum + lots, 0);
    expect(bought / 100).toBe(Number(buyback.burn.bought));
    expect(await world.balanceOf('trading_fees')).not.toBe('0');
  });

  it('takes each step once, however often and at once it is asked', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const { buyback } = await world.buybacks.openExtra(operatorCaller(world.operator), 'Twice');
    let progress = await world.buybacks.start(buyback.id);
    while (progress.next.kind !== 'nothing') {
      const now = progress;
      const answers = await Promise.all([1, 2, 3].map(() => world.step(buyback.id, now)));
      const revisions = answers.map(({ revision }) => revision);
      expect(Math.max(...revisions)).toBe(now.revision + 1);
      progress = await world.buybacks.start(buyback.id);
      expect(progress.revision).toBe(now.revision + 1);
    }
    const orders = await world.db('orders').where('source', 'buyback');
    expect(orders).toHaveLength(8);
    const kinds = await world
      .db('journal_transfers')
      .whereIn('kind', ['buyback_profit', 'buyback_split'])
      .pluck<string[]>('kind');
    expect(kinds.sort()).toEqual(['buyback_profit', 'buyback_split']);
    expect(await world.balanceOf('black_hole', 'LCO')).toBe(progress.buyback.burned);
  });

  it('never pays more than the cap, and leaves what it cannot spend to the next run', async () => {
    // The lower of mark and average is 0.08: at most 0.084.
    await world.sell('0.084', '100');
    await world.sell('0.085');
    await world.mark('0.1', { average: '0.08' });
    const first = await world.runExtra();
    expect(first.buyback).toMatchObject({
      status: 'completed',
      mark: '0.1',
      averageMark: '0.08',
      priceCap: '0.084',
      burn: { bought: '100', budget: '140' },
      prize: { bought: '0', spent: '0' },
    });
    expect(first.buyback.slices.map(({ reason }) => reason)).toEqual(Array(8).fill('price_cap'));
    const left = await world.balanceOf('ecosystem_fund');
    expect(Number(left)).toBeCloseTo(140 - 8.4084, 8);

    await world.mark('0.09');
    const second = await world.runExtra();
    expect(second.buyback.priceCap).toBe('0.0945');
    expect(second.buyback.burn.carriedOver).toBe(left);
    expect(Number(second.buyback.burn.bought)).toBeGreaterThan(1_500);
    expect(second.buyback.burnSeq).not.toBe(first.buyback.burnSeq);
  });

  it('buys and burns nothing in an empty book, without a burn record', async () => {
    await world.addTrader('1', '10000');
    await world.mark('0.1');
    const { buyback } = await world.runExtra();
    expect(buyback).toMatchObject({
      status: 'completed',
      burn: { spent: '0' },
      burned: '0',
      burnSeq: null,
    });
    expect(buyback.slices.map(({ reason }) => reason)).toEqual(Array(8).fill('no_liquidity'));
    expect(await world.balanceOf('ecosystem_fund')).toBe('70');
  });

  it('places no order for less than the market takes', async () => {
    await world.mark('0.1');
    const { buyback } = await world.runExtra();
    expect(buyback.close).toMatchObject({ profit: '0', fundShare: '0' });
    expect(buyback.slices).toHaveLength(8);
    expect(buyback.slices[0]).toMatchObject({ orderId: null, reason: 'too_little_to_spend' });
    expect(await world.db('orders')).toHaveLength(0);
  });

  it('without a mark closes and splits, and the buying waits for the next run', async () => {
    await world.sell('0.1');
    const { buyback, next } = await world.runExtra();
    expect(next).toEqual({ kind: 'nothing' });
    expect(buyback).toMatchObject({
      status: 'no_mark',
      mark: null,
      priceCap: null,
      slices: [],
      close: { profit: '500' },
    });
    expect(await world.balanceOf('ecosystem_fund')).toBe('70');
    expect(await world.balanceOf('prize_fund')).toBe('20');

    await world.mark('0.1');
    const second = await world.runExtra();
    expect(second.buyback).toMatchObject({
      status: 'completed',
      close: { profit: '0' },
      burn: { carriedOver: '70', budget: '70' },
    });
    expect(Number(second.buyback.burned)).toBeGreaterThan(690);
  });

  it('waits a while for a mark whose ticks have stopped, and then does without', async () => {
    await world.sell('0.1');
    await world.mark('0.1', { ageMs: 10_001 });
    const patient = world.buybacksOf(1_200);
    const { buyback } = await patient.openExtra(operatorCaller(world.operator), 'A late mark');
    const late = await patient.start(buyback.id);
    expect(late.next).toMatchObject({ kind: 'start', why: 'mark' });
    expect(late.buyback).toMatchObject({ status: 'opened', close: null });
    const over = await world.run(buyback.id, patient);
    expect(over.buyback.status).toBe('no_mark');

    await world.mark('0.1', { ageMs: 10_001 });
    const again = await patient.openExtra(operatorCaller(world.operator), 'A late mark');
    await patient.start(again.buyback.id);
    await world.mark('0.1');
    expect((await patient.start(again.buyback.id)).buyback.status).toBe('buying');
    await world.run(again.buyback.id, patient);
  });
});

describe('the close of a run', () => {
  it('takes shortfalls and corrections since the last one, and carries a loss on for two weeks', async () => {
    await world.addTrader('1', '10000');
    await world.callBelowCost('300');
    await world.correctCost('400');
    const first = await world.runExtra();
    expect(first.buyback.close).toMatchObject({
      shortfalls: '300',
      corrections: '400',
      movedToCost: '500',
      lossCarriedOn: '200',
      profit: '0',
      fundShare: '0',
    });

    await world.correctCost('-50');
    const second = await world.runExtra();
    expect(second.buyback.close).toMatchObject({
      shortfalls: '0',
      corrections: '-50',
      lossCarried: '200',
      movedToCost: '0',
      lossCarriedOn: '150',
    });

    await world.addTrader('1', '10000');
    const third = await world.runExtra();
    expect(third.buyback.close).toMatchObject({
      lossCarried: '150',
      movedToCost: '150',
      lossCarriedOn: '0',
      profit: '350',
      fundShare: '70',
    });

    const { items } = await world.costCorrections.list({ limit: 10 });
    expect(items.map(({ amount, closedIn }) => [amount, closedIn])).toEqual([
      ['-50', second.buyback.id],
      ['400', first.buyback.id],
    ]);
  });

  it('moves back cost that was booked too high, as far as it is payable', async () => {
    await world.addTrader('1', '10000');
    await world.correctCost('-600');
    const { buyback } = await world.runExtra();
    expect(buyback.close).toMatchObject({
      movedToCost: '-500',
      lossCarriedOn: '-100',
      profit: '1000',
      fundShare: '200',
    });
    expect(await world.balanceOf('upstream_cost')).toBe('0');
  });

  it("refills losses from the treasury's part", async () => {
    await world.addTrader('1', '10000');
    const user = await world.addUser();
    const record = await world.deposits.record(operatorCaller(world.operator), {
      userId: user,
      account: null,
      amount: 150_00000000n,
      externalRef: 'a-card',
      reason: 'Card',
    });
    await world.spend(user, '150');
    const { deposit } = record;
    await world.deposits.reverse(operatorCaller(world.operator), deposit.id, 'Charged back');
    expect(await world.balanceOf('losses')).toBe('-150');
    const { buyback } = await world.runExtra();
    // The 150 were spent: they are revenue.
    expect(buyback.close).toMatchObject({
      profit: '650',
      fundShare: '130',
      refilledLosses: '150',
      treasuryShare: '370',
    });
    expect(await world.balanceOf('losses')).toBe('0');
  });

  it('gives the trading fees of the exchange, its own buys included, to the treasury', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const first = await world.runExtra();
    const fees = await world.balanceOf('trading_fees');
    const paid = first.buyback.slices.reduce((sum, { fee }) => sum + Number(fee), 0);
    expect(Number(fees)).toBeCloseTo(paid, 8);
    const second = await world.runExtra();
    expect(second.buyback.close).toMatchObject({ tradingFees: fees, treasuryShare: fees });
    expect(await world.balanceOf('treasury')).toBe(String(Number(fees) + 400));
  });

  it('counts every call once while calls are settled', async () => {
    const settling = Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 6; i++) await world.callBelowCost('1');
      }),
    );
    const closes: string[] = [];
    for (let i = 0; i < 4; i++)
      closes.push((await world.runExtra()).buyback.close?.shortfalls ?? '');
    await settling;
    closes.push((await world.runExtra()).buyback.close?.shortfalls ?? '');
    expect(closes.reduce((sum, shortfalls) => sum + Number(shortfalls), 0)).toBe(48);
  });

  it('is what the estimate of the next one said', async () => {
    await world.sell('0.1');
    await world.callBelowCost('20');
    await world.correctCost('30');
    await world.deposits.record(operatorCaller(world.operator), toAccount('upstream_cost', '1'));
    await world.mark('0.1');
    const next = await world.buybacks.next();
    expect(next).toMatchObject({
      profit: '450',
      fundShare: '90',
      freeCalls: '9',
      burnBudget: '63',
      prizeBudget: '18',
      priceCap: '0.105',
      slices: 4,
    });
    expect(new Date(next.at).getUTCDay()).toBe(5);
    expect(next.at).toMatch(/T16:00:00.000Z$/);
    const { buyback } = await world.runExtra();
    expect(buyback.close).toMatchObject({ profit: '450', fundShare: '90', freeCalls: '9' });
    expect(buyback.burn.budget).toBe(next.burnBudget);
    expect(buyback.priceCap).toBe(next.priceCap);
  });
});

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
