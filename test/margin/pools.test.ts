// The lending pools against the real database (DESIGN 2.6): supplying, earning, withdrawing what is not lent, the treasury's
// seed, and what suppliers lose. Journal time is ahead of the clock, so that it stands still between ticks.
import { randomUUID } from 'node:crypto';
import { Decimal } from 'decimal.js';
import { claimOf, reserveShareOf, wad } from '../../domain/margin/lending-pool';
import { formatAmount, mulDivUp, parseAmount, type Asset } from '../../domain/money';
import { Pool } from '../../services/margin/pool';
import { callerOf, operatorCaller, toAccount } from '../credits/world';
import { refusal } from '../support/refusals';
import { createMarginWorld, type MarginWorld } from './world';

const dayMs = 24 * 60 * 60 * 1000;
const yearMs = 365 * dayMs;

let world: MarginWorld;
let operator: string;
beforeEach(async () => {
  world = await createMarginWorld();
  operator = await world.addUser('operator');
  world.pass(dayMs);
  await world.startMarket(0.1, '15000');
});
afterEach(async () => {
  await assertPoolsBalance();
  await world.end();
});

/** A pool with interest until now, as a decision sees it; amounts in base units. */
function poolOf(asset: Asset) {
  return world.decide((view) => {
    const pool = new Pool(view, asset);
    const { cash, debt, current } = pool;
    return {
      ...current,
      cash,
      debt,
      claims: claimOf(current.shares, current.supplyIndex),
      at: view.at,
    };
  });
}

/** Sums of rows are those of the pool, and what it has is never less than what is claimed of it. */
async function assertPoolsBalance(): Promise<void> {
  const { db } = world;
  const sumOf = async (table: string, column: string, where: Record<string, string>) => {
    const row = await db(table).where(where).sum<{ sum: string | null }[]>({ sum: column });
    return BigInt(row[0]?.sum ?? 0);
  };
  for (const [asset, side] of [
    ['CREDIT', 'long'],
    ['LCO', 'short'],
  ] as const) {
    const row = await db('lending_pools')
      .first<Record<'scaled_debt' | 'shares' | 'lost', bigint>>('scaled_debt', 'shares', 'lost')
      .where({ asset });
    expect(row).toEqual({
      shares: await sumOf('lending_supplies', 'shares', { asset }),
      scaled_debt: await sumOf('margin_positions', 'scaled_debt', { side }),
      lost: await sumOf('lending_losses', 'by_suppliers', { asset }),
    });
    const { cash, ...state } = await poolOf(asset);
    expect(reserveShareOf(state, cash)).toBeGreaterThanOrEqual(0n);
  }
}

/** Lets time pass, and counts it. */
async function wait(ms: number): Promise<void> {
  world.pass(ms - 1_000);
  await world.tick();
}

const seed = (amount: string, reason = 'A pool to begin with', key?: string) =>
  world.margin
    .seed(callerOf(operator, 'operator', key, amount), parseAmount(amount), reason)
    .then(({ result }) => result.supply);

const capital = (account: 'treasury' | 'risk_reserve', amount: string) =>
  world.deposits.record(operatorCaller(operator), toAccount(account, amount));

const creditsOf = (userId: string) => world.availableOf(userId, 'CREDIT');
const reserve = () => world.platformCredits('risk_reserve');
const units = (value: bigint) => new Decimal(value.toString());

describe('a supply', () => {
  it('leaves what can be spent, and is in the pool', async () => {
    const ann = await world.addTrader('1000', '10000');
    expect(await world.supply(ann, 'CREDIT', '400.5')).toMatchObject({
      asset: 'CREDIT',
      claim: '400.5',
      supplied: '400.5',
      withdrawn: '0',
      earned: '0',
    });
    expect(await world.supply(ann, 'CREDIT', '99.5')).toMatchObject({ claim: '500' });
    expect(await world.supply(ann, 'LCO', '7000')).toMatchObject({ asset: 'LCO', claim: '7000' });
    expect(await creditsOf(ann)).toBe('500');
    expect(await world.availableOf(ann, 'LCO')).toBe('3000');
    expect((await world.margin.supplies(ann)).map(({ asset, claim }) => [asset, claim])).toEqual([
      ['CREDIT', '500'],
      ['LCO', '7000'],
    ]);
    const { items } = await world.margin.pools();
    expect(
      items.map(({ asset, supplied, cash, borrowable, utilisation }) => ({
        asset,
        supplied,
        cash,
        borrowable,
        utilisation,
      })),
    ).toEqual([
      { asset: 'CREDIT', supplied: '500', cash: '500', borrowable: '425', utilisation: '0' },
      { asset: 'LCO', supplied: '7000', cash: '7000', borrowable: '5950', utilisation: '0' },
    ]);
  });

  it.each([
    ['nothing', 'CREDIT', '0', 'AMOUNT_OUT_OF_RANGE'],
    ['less than nothing', 'CREDIT', '-1', 'AMOUNT_OUT_OF_RANGE'],
    ['more than there is', 'CREDIT', '100.00000001', 'INSUFFICIENT_FUNDS'],
    ['an asset that is not there', 'LCO', '0.00000001', 'INSUFFICIENT_FUNDS'],
  ] as const)('of %s is refused', async (_, asset, amount, code) => {
    const ann = await world.addTrader('100');
    await expect(world.supply(ann, asset, amount)).rejects.toEqual(refusal(code));
    expect(await creditsOf(ann)).toBe('100');
    expect(await world.margin.supplies(ann)).toEqual([]);
  });

  it('is made once under its key, and another body is refused', async () => {
    const ann = await world.addTrader('100');
    const supply = (key: string, amount: string) =>
      world.margin.supply(callerOf(ann, 'user', key, amount), 'CREDIT', parseAmount(amount));
    const key = randomUUID();
    const [first, again] = await Promise.all([supply(key, '10'), supply(key, '10')]);
    expect([first.replayed, again.replayed].sort()).toEqual([false, true]);
    expect(again.result).toEqual(first.result);
    await expect(supply(key, '11')).rejects.toEqual(refusal('IDEMPOTENCY_MISMATCH'));
    expect(await creditsOf(ann)).toBe('90');
    const other = randomUUID();
    const withdraw = () =>
      world.margin.withdraw(callerOf(ann, 'user', other), 'CREDIT', parseAmount('4'));
    expect(await withdraw()).toMatchObject({ replayed: false, result: { supply: { claim: '6' } } });
    expect(await withdraw()).toMatchObject({ replayed: true, result: { supply: { claim: '6' } } });
    expect(await creditsOf(ann)).toBe('94');
  });

  it('is not for the frozen, who may withdraw all the same', async () => {
    const ann = await world.addTrader('100');
    await world.supply(ann, 'CREDIT', '60');
    await world.freeze(ann);
    await expect(world.supply(ann, 'CREDIT', '10')).rejects.toEqual(refusal('USER_FROZEN'));
    expect(await world.withdraw(ann, 'CREDIT', '20')).toMatchObject({ claim: '40' });
    expect(await world.withdraw(ann, 'CREDIT', null)).toMatchObject({ claim: '0' });
    expect(await creditsOf(ann)).toBe('100');
  });
});

describe('a withdrawal', () => {
  it('is of a part, or of all', async () => {
    const ann = await world.addTrader('100');
    await world.supply(ann, 'CREDIT', '100');
    expect(await world.withdraw(ann, 'CREDIT', '30.00000001')).toMatchObject({
      claim: '69.99999999',
      supplied: '100',
      withdrawn: '30.00000001',
      earned: '0',
    });
    expect(await world.withdraw(ann, 'CREDIT', null)).toMatchObject({
      claim: '0',
      withdrawn: '100',
      earned: '0',
    });
    expect(await creditsOf(ann)).toBe('100');
    expect(await poolOf('CREDIT')).toMatchObject({ cash: 0n, shares: 0n });
    await expect(world.withdraw(ann, 'CREDIT', null)).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS'),
    );
  });

  it.each([
    ['nothing', '0', 'AMOUNT_OUT_OF_RANGE'],
    ['less than nothing', '-1', 'AMOUNT_OUT_OF_RANGE'],
    ['more than the claim', '50.00000001', 'INSUFFICIENT_FUNDS'],
  ] as const)('of %s is refused', async (_, amount, code) => {
    const [ann, bob] = [await world.addTrader('50'), await world.addTrader('1000')];
    await world.supply(ann, 'CREDIT', '50');
    await world.supply(bob, 'CREDIT', '1000');
    await expect(world.withdraw(ann, 'CREDIT', amount)).rejects.toEqual(refusal(code));
    await expect(world.withdraw(ann, 'LCO', null)).rejects.toEqual(refusal('INSUFFICIENT_FUNDS'));
    expect(await creditsOf(ann)).toBe('0');
  });

  it('of what is lent waits until it is repaid', async () => {
    const [ann, carl] = [await world.addTrader('400'), await world.addTrader('100')];
    await world.supply(ann, 'CREDIT', '400');
    const { id, debt } = await world.open(carl, { collateral: '80' });
    const cash = formatAmount(parseAmount('400') - parseAmount(debt));
    await expect(world.withdraw(ann, 'CREDIT', null)).rejects.toEqual(
      refusal('POOL_CASH_SHORT', { asset: 'CREDIT', withdrawable: cash }),
    );
    const more = formatAmount(parseAmount(cash) + 1n);
    await expect(world.withdraw(ann, 'CREDIT', more)).rejects.toEqual(refusal('POOL_CASH_SHORT'));
    expect(await world.withdraw(ann, 'CREDIT', cash)).toMatchObject({ claim: debt });
    await expect(world.withdraw(ann, 'CREDIT', '0.00000001')).rejects.toEqual(
      refusal('POOL_CASH_SHORT', { asset: 'CREDIT', withdrawable: '0' }),
    );
    expect((await world.margin.pools()).items[0]).toMatchObject({
      utilisation: '1',
      borrowRate: '1',
      supplyRate: '0.9',
      borrowable: '0',
    });
    await world.close(carl, id);
    await world.withdraw(ann, 'CREDIT', null);
    expect(await creditsOf(ann)).toBe('400');
  });

  it('is of what is there, however many ask for it at once', async () => {
    const suppliers = await Promise.all([...Array(8).keys()].map(() => world.addTrader('100')));
    for (const each of suppliers) await world.supply(each, 'CREDIT', '100');
    await world.open(await world.addTrader('80'), { collateral: '80' });
    const answers = await Promise.allSettled(
      suppliers.map((each) => world.withdraw(each, 'CREDIT', null)),
    );
    const refused = answers.filter(({ status }) => status === 'rejected');
    // Of 800 Credits some 480 are not lent.
    expect(refused).toHaveLength(4);
    for (const answer of refused) {
      expect(answer).toMatchObject({ reason: refusal('POOL_CASH_SHORT') });
    }
    const paid = await Promise.all(suppliers.map(creditsOf));
    expect(paid.filter((credits) => credits === '100')).toHaveLength(4);
    expect(paid.filter((credits) => credits === '0')).toHaveLength(4);
  });
});

describe('borrowing', () => {
  it('is up to 85% of a pool, to a base unit', async () => {
    const [ann, carl] = [await world.addTrader('400'), await world.addTrader('400')];
    await world.supply(ann, 'CREDIT', '399.99999998');
    await expect(world.open(carl, { collateral: '85' })).rejects.toEqual(
      refusal('POOL_UTILISATION_LIMIT', {
        asset: 'CREDIT',
        asked: '340',
        lent: '0',
        cash: '399.99999998',
      }),
    );
    expect(await creditsOf(carl)).toBe('400');
    await world.supply(ann, 'CREDIT', '0.00000002');
    const { debt } = await world.open(carl, { collateral: '85' });
    const { items } = await world.margin.pools();
    expect(items[0]).toMatchObject({ borrowed: debt, maxUtilisation: '0.85' });
    await expect(world.open(carl, { collateral: '10', leverage: 110 })).rejects.toEqual(
      refusal('POOL_UTILISATION_LIMIT'),
    );
  });

  it('of LCO is bounded by the pool of LCO alone', async () => {
    const ann = await world.addTrader('400', '10000');
    const carl = await world.addTrader('100');
    await world.supply(ann, 'CREDIT', '400');
    await expect(world.open(carl, { side: 'short', collateral: '40' })).rejects.toEqual(
      refusal('POOL_UTILISATION_LIMIT'),
    );
    await world.supply(ann, 'LCO', '2400');
    const { debt } = await world.open(carl, { side: 'short', collateral: '40' });
    expect(debt).toBe('2000');
    expect(await poolOf('LCO')).toMatchObject({
      debt: parseAmount('2000'),
      cash: parseAmount('400'),
    });
    expect(await poolOf('CREDIT')).toMatchObject({ debt: 0n, cash: parseAmount('400') });
  });
});

describe('interest', () => {
  it('is the suppliers’ to nine tenths, and the risk reserve’s to one', async () => {
    const [ann, carl] = [await world.addTrader('400'), await world.addTrader('100')];
    await world.supply(ann, 'CREDIT', '400');
    const { id } = await world.open(carl, { collateral: '80' });
    const before = await poolOf('CREDIT');
    await wait(yearMs / 4);
    const { at, ...pool } = await poolOf('CREDIT');
    // 12% at 70%, and 88% more over the rest.
    const utilisation = units(before.debt).div(units(parseAmount('400')));
    const rate = utilisation.minus('0.7').times('0.88').div('0.3').plus('0.12');
    const interest = units(before.debt)
      .times(rate)
      .times(at - before.at)
      .div(yearMs);
    expect(
      units(pool.debt - before.debt)
        .minus(interest)
        .abs()
        .lte(1),
    ).toBe(true);
    const reconciled = await world.margin.reconcile();
    expect(units(reconciled.interest.CREDIT).minus(interest.div(10)).abs().lte(2)).toBe(true);
    expect(await reserve()).toBe(formatAmount(reconciled.interest.CREDIT));
    expect((await world.margin.reconcile()).interest).toEqual({ CREDIT: 0n, LCO: 0n });
    const [supply] = await world.margin.supplies(ann);
    const earned = units(parseAmount(supply!.earned));
    expect(earned.minus(interest.times('0.9')).abs().lte(2)).toBe(true);
    expect((await world.get(carl, id)).debt).toBe(formatAmount(pool.debt));
  });

  it('is left in the pool until it is a hundredth of a Credit', async () => {
    const [ann, carl] = [await world.addTrader('400'), await world.addTrader('100')];
    await world.supply(ann, 'CREDIT', '400');
    await world.open(carl, { collateral: '10', leverage: 200 });
    // Some 10 Credits at some 2.4% owe about 0.0024 a year to the reserve in a month's tenth.
    await wait(yearMs / 4);
    expect((await world.margin.reconcile()).interest.CREDIT).toBe(0n);
    const { accrued_at: counted } = (await world
      .db('lending_pools')
      .first('accrued_at')
      .where('asset', 'CREDIT')) as { accrued_at: number };
    expect(counted).toBe((await poolOf('CREDIT')).at);
    await wait(yearMs / 4);
    expect((await world.margin.reconcile()).interest.CREDIT).toBeGreaterThan(1_000_000n);
  });

  it('that is lent is paid to the reserve once there is cash', async () => {
    const [ann, carl] = [await world.addTrader('400'), await world.addTrader('300')];
    await world.supply(ann, 'CREDIT', '400');
    const { id } = await world.open(carl, { collateral: '80' });
    await world.withdraw(ann, 'CREDIT', formatAmount((await poolOf('CREDIT')).cash));
    await wait(yearMs / 12);
    const { cash, ...state } = await poolOf('CREDIT');
    const owed = reserveShareOf(state, cash) / wad;
    expect(owed).toBeGreaterThan(parseAmount('2'));
    expect((await world.margin.reconcile()).interest.CREDIT).toBe(0n);
    await world.adjust(carl, id, '1.5');
    expect((await world.margin.reconcile()).interest.CREDIT).toBe(parseAmount('1.5'));
    await world.adjust(carl, id, '50');
    const rest = (await world.margin.reconcile()).interest.CREDIT - (owed - parseAmount('1.5'));
    // What a repayment's rounding leaves is the reserve's, too.
    expect([0n, 1n, 2n]).toContain(rest);
  });

  it('is earned by each for the time and the sum that they had in the pool', async () => {
    const [ann, bob] = [await world.addTrader('1000'), await world.addTrader('2000')];
    await world.supply(ann, 'CREDIT', '1000');
    await world.open(await world.addTrader('100'), { collateral: '80' });
    await wait(yearMs / 2);
    const first = units((await poolOf('CREDIT')).claims).minus(parseAmount('1000').toString());
    const supplied = await world.supply(bob, 'CREDIT', '2000');
    expect(
      units(parseAmount('2000') - parseAmount(supplied.claim))
        .abs()
        .lte(1),
    ).toBe(true);
    const middle = await poolOf('CREDIT');
    await wait(yearMs / 2);
    const end = await poolOf('CREDIT');
    const second = units(end.claims - middle.claims);
    await world.margin.reconcile();
    const [[annual], [half]] = [await world.margin.supplies(ann), await world.margin.supplies(bob)];
    expect(first.gt(0) && second.gt(0)).toBe(true);
    const share = units(parseAmount('2000')).div(units(middle.claims));
    const bobs = units(parseAmount(half!.earned));
    expect(bobs.minus(second.times(share)).abs().lte(3)).toBe(true);
    const anns = units(parseAmount(annual!.earned));
    expect(
      anns
        .minus(first)
        .minus(second.times(new Decimal(1).minus(share)))
        .abs()
        .lte(3),
    ).toBe(true);
    await world.withdraw(bob, 'CREDIT', null);
    expect(await creditsOf(bob)).toBe(
      formatAmount(parseAmount('2000') + parseAmount(half!.earned)),
    );
  });

  it('can be told from what was counted: each step follows from the one before', async () => {
    const [ann, carl] = [await world.addTrader('1000'), await world.addTrader('300')];
    await world.supply(ann, 'CREDIT', '600');
    const { id } = await world.open(carl, { collateral: '80' });
    await wait(dayMs);
    await world.supply(ann, 'CREDIT', '100');
    await wait(dayMs);
    await world.adjust(carl, id, '20');
    await wait(dayMs);
    await world.margin.reconcile();
    type Accrual = Record<
      | 'number'
      | 'at'
      | 'elapsed_ms'
      | 'scaled_debt'
      | 'shares'
      | 'rate'
      | 'borrow_index'
      | 'supply_index',
      string
    >;
    const rows = await world
      .db('lending_accruals')
      .where('asset', 'CREDIT')
      .orderBy('number')
      .select<Accrual[]>();
    expect(rows.length).toBeGreaterThanOrEqual(3);
    let [borrow, supply] = [wad, wad];
    rows.forEach((row, i) => {
      expect(Number(row.number)).toBe(i + 1);
      const growth = BigInt(row.borrow_index) - borrow;
      const exact = units(borrow)
        .times(row.rate)
        .times(row.elapsed_ms)
        .div(yearMs)
        .div(wad.toString());
      expect(units(growth).minus(exact).abs().lte(1)).toBe(true);
      const paid = (BigInt(row.scaled_debt) * growth * 9n) / 10n / BigInt(row.shares);
      expect(BigInt(row.supply_index) - supply).toBe(paid);
      [borrow, supply] = [BigInt(row.borrow_index), BigInt(row.supply_index)];
    });
    expect(await poolOf('CREDIT')).toMatchObject({ borrowIndex: borrow, supplyIndex: supply });
    const { accruals } = (await world
      .db('lending_pools')
      .first('accruals')
      .where('asset', 'CREDIT')) as { accruals: number };
    expect(accruals).toBe(rows.length);
  });
});

describe('the treasury', () => {
  beforeEach(() => capital('treasury', '1000'));

  it('seeds the pool of Credits and takes back, with an operator and a reason', async () => {
    expect(await seed('600', 'For the first positions')).toMatchObject({
      asset: 'CREDIT',
      claim: '600',
      supplied: '600',
    });
    expect(await world.platformCredits('treasury')).toBe('400');
    expect(await world.platformCredits('lending')).toBe('600');
    expect(await seed('-250.5', 'Users supply enough')).toMatchObject({
      claim: '349.5',
      withdrawn: '250.5',
    });
    expect(await world.platformCredits('treasury')).toBe('650.5');
    const acts = await world
      .db('audit_log')
      .select('operator_id', 'action', 'subject_kind', 'reason', 'details')
      .where('subject_id', 'CREDIT')
      .orderBy('id');
    const act = { operator_id: operator, action: 'margin.seed', subject_kind: 'lending_pool' };
    expect(acts).toEqual([
      { ...act, reason: 'For the first positions', details: { amount: '600' } },
      { ...act, reason: 'Users supply enough', details: { amount: '-250.5' } },
    ]);
    expect(await world.margin.supplies(operator)).toEqual([]);
  });

  it('earns as users do, and may take back no more than it claims and is not lent', async () => {
    await seed('400');
    await world.open(await world.addTrader('100'), { collateral: '80' });
    await wait(yearMs / 12);
    const { claims, cash } = await poolOf('CREDIT');
    expect(claims).toBeGreaterThan(parseAmount('405'));
    await expect(seed(formatAmount(-claims - 1n))).rejects.toEqual(refusal('INSUFFICIENT_FUNDS'));
    await expect(seed(formatAmount(-claims))).rejects.toEqual(refusal('POOL_CASH_SHORT'));
    await seed(formatAmount(-cash));
    expect(await world.platformCredits('lending')).toBe('0');
  });

  it.each([
    ['nothing', '0', 'A reason', 'AMOUNT_OUT_OF_RANGE'],
    ['more than it has', '1000.00000001', 'A reason', 'INSUFFICIENT_FUNDS'],
    ['without a reason', '1', ' ', 'INVALID_REQUEST'],
    ['back what it never gave', '-1', 'A reason', 'INSUFFICIENT_FUNDS'],
  ] as const)('gives nothing if asked for %s', async (_, amount, reason, code) => {
    await expect(seed(amount, reason)).rejects.toEqual(refusal(code));
    expect(await world.platformCredits('treasury')).toBe('1000');
    expect(await world.actionsOn('CREDIT')).toEqual([]);
  });

  it('gives nothing to who is no operator, and once under a key', async () => {
    const ann = await world.addTrader('100');
    await expect(
      world.margin.seed(callerOf(ann, 'operator'), parseAmount('10'), 'Mine'),
    ).rejects.toEqual(refusal('FORBIDDEN'));
    const key = randomUUID();
    expect(await seed('10', 'Once', key)).toEqual(await seed('10', 'Once', key));
    expect(await world.platformCredits('treasury')).toBe('990');
    expect(await world.actionsOn('CREDIT')).toEqual(['margin.seed']);
  });
});

describe('while a position owes more than it is worth', () => {
  /** What is missing at the mark: of a long in Credits, of a short in Credits too. */
  async function missing(userId: string, id: string): Promise<bigint> {
    const { equity } = await world.get(userId, id);
    return -parseAmount(equity ?? '0');
  }

  /** The mark as reads and decisions go by. */
  async function setMark(mark: string): Promise<void> {
    await world.setMark(mark);
    await world.storeMark((await world.markOf())!);
  }

  it('who leaves is paid as if it were lost already, and who stays has no less', async () => {
    const [ann, bob, carl] = [
      await world.addTrader('500'),
      await world.addTrader('500'),
      await world.addTrader('80'),
    ];
    await world.supply(ann, 'CREDIT', '500');
    await world.supply(bob, 'CREDIT', '500');
    const { id } = await world.open(carl, { collateral: '80' });
    await setMark('0.081');
    expect(await missing(carl, id)).toBeLessThan(0n);
    await world.withdraw(ann, 'CREDIT', '100');
    expect((await world.margin.supplies(ann))[0]).toMatchObject({ claim: '400', earned: '0' });
    await world.supply(ann, 'CREDIT', '100');
    await setMark('0.06');
    const loss = await missing(carl, id);
    expect(loss).toBeGreaterThan(parseAmount('80'));
    const fair = parseAmount('500') - (loss + 1n) / 2n;
    await expect(world.withdraw(ann, 'CREDIT', '500')).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS'),
    );
    expect(await world.withdraw(ann, 'CREDIT', null)).toMatchObject({ claim: '0' });
    const paid = parseAmount(await creditsOf(ann));
    expect(paid).toBeLessThanOrEqual(fair);
    expect(paid).toBeGreaterThanOrEqual(fair - 2n);
    expect((await poolOf('CREDIT')).claims).toBe(parseAmount('500'));
  });

  it('it is counted once: who leaves in parts, or after others, is paid by the same index', async () => {
    const [ann, bob, carl] = [
      await world.addTrader('500'),
      await world.addTrader('500'),
      await world.addTrader('80'),
    ];
    await world.supply(ann, 'CREDIT', '500');
    await world.supply(bob, 'CREDIT', '500');
    const { id } = await world.open(carl, { collateral: '80' });
    await setMark('0.06');
    const each = parseAmount('500') - (await missing(carl, id)) / 2n;
    await world.withdraw(ann, 'CREDIT', '100');
    await world.withdraw(ann, 'CREDIT', '150');
    await world.withdraw(ann, 'CREDIT', null);
    // What was withheld is kept for the loss meanwhile.
    expect((await world.margin.reconcile()).interest.CREDIT).toBe(0n);
    await world.withdraw(bob, 'CREDIT', '100');
    await setMark('0.1');
    const rest = (await poolOf('CREDIT')).claims;
    for (const [paid, fair] of [
      [parseAmount(await creditsOf(ann)), each],
      [parseAmount('500') - rest, mulDivUp(parseAmount('100'), parseAmount('500'), each)],
    ] as const) {
      expect(Number(paid - fair)).toBeGreaterThanOrEqual(-5);
      expect(Number(paid - fair)).toBeLessThanOrEqual(5);
    }
    const withheld =
      2n * parseAmount('500') - rest - parseAmount(await creditsOf(ann)) - parseAmount('100');
    await world.margin.reconcile();
    expect(await reserve()).toBe(formatAmount(withheld));
  });

  it('whoever leaves once it is worth more again loses nothing', async () => {
    const [ann, carl] = [await world.addTrader('500'), await world.addTrader('80')];
    await world.supply(ann, 'CREDIT', '500');
    const { id } = await world.open(carl, { collateral: '80' });
    await setMark('0.06');
    await expect(world.withdraw(ann, 'CREDIT', '450')).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS'),
    );
    await setMark('0.1');
    await world.close(carl, id);
    await world.withdraw(ann, 'CREDIT', null);
    expect(await creditsOf(ann)).toBe('500');
  });

  it('of LCO the suppliers of LCO are marked down, and nobody else', async () => {
    const [ann, bob, carl] = [
      await world.addTrader('500', '10000'),
      await world.addTrader('0.01', '10000'),
      await world.addTrader('40'),
    ];
    await world.supply(ann, 'CREDIT', '500');
    await world.supply(ann, 'LCO', '5000');
    await world.supply(bob, 'LCO', '5000');
    const { id } = await world.open(carl, { side: 'short', collateral: '40' });
    await setMark('0.15');
    const loss = await missing(carl, id);
    expect(loss).toBeGreaterThan(parseAmount('50'));
    await world.withdraw(ann, 'CREDIT', null);
    expect(await creditsOf(ann)).toBe('500');
    await world.withdraw(bob, 'LCO', null);
    const lost = units(loss).div('0.15').div(2);
    const paid = units(parseAmount(await world.availableOf(bob, 'LCO')) - parseAmount('5000'));
    const fair = units(parseAmount('5000')).minus(lost);
    expect(paid.lte(fair)).toBe(true);
    expect(paid.gte(fair.minus(3))).toBe(true);
  });

  it('a loss is borne by what was withheld before those who stay lose, though it is lent', async () => {
    const [ann, carl, dora] = [
      await world.addTrader('400'),
      await world.addTrader('80'),
      await world.addTrader('600'),
    ];
    await world.supply(ann, 'CREDIT', '400');
    await capital('treasury', '100');
    await capital('risk_reserve', '65');
    const { id } = await world.open(carl, { collateral: '80' });
    await world.quote({ bid: '0.03996', ask: '0.04004', quantity: '15000' });
    await world.setMark('0.04');
    await world.tick();
    await world.margin.liquidate(id);
    await world.withdrawQuotes();
    let { next } = await world.margin.workOff(id);
    for (let i = 0; next.kind === 'work_off' && i < 20; i++) {
      // Whatever was sold is taken out at once.
      await world.withdraw(ann, 'CREDIT', formatAmount((await poolOf('CREDIT')).cash));
      await world.place(dora, {
        side: 'buy',
        price: '0.0402',
        quantity: '4000',
        timeInForce: 'IOC',
      });
      ({ next } = await world.margin.workOff(id));
    }
    expect(next.kind).toBe('nothing');
    const [loss] = (await world.margin.losses({ limit: 10 })).items;
    expect(loss).toMatchObject({ bySuppliers: '0', byTreasury: '0', treasurySpent: '0' });
    expect(loss!.supplyIndexAfter).toBe(loss!.supplyIndexBefore);
    // More than the reserve had: the rest is what it had lent.
    expect(parseAmount(loss!.byReserve)).toBeGreaterThan(parseAmount('150'));
    expect(parseAmount(loss!.reserveSpent)).toBeLessThan(parseAmount('81'));
    const [left] = await world.margin.supplies(ann);
    await world.withdraw(ann, 'CREDIT', null);
    expect(parseAmount(left!.claim)).toBeGreaterThan(parseAmount('10'));
  });

  it('a loss is borne by who ran as by who stayed, and what is supplied later is whole', async () => {
    const [ann, bob, carl, dora] = [
      await world.addTrader('500'),
      await world.addTrader('500'),
      await world.addTrader('80'),
      await world.addTrader('600'),
    ];
    await world.supply(ann, 'CREDIT', '500');
    await world.supply(bob, 'CREDIT', '500');
    await capital('risk_reserve', '65');
    const { id } = await world.open(carl, { collateral: '80' });
    await world.quote({ bid: '0.03996', ask: '0.04004', quantity: '15000' });
    await world.setMark('0.04');
    await world.tick();
    expect(await world.get(carl, id)).toMatchObject({ status: 'liquidating' });
    expect((await world.margin.liquidate(id)).position).toMatchObject({ status: 'taken_over' });
    await world.withdraw(ann, 'CREDIT', null);
    const ran = parseAmount('500') - parseAmount(await creditsOf(ann));
    expect(ran).toBeGreaterThan(parseAmount('50'));
    const { claims: bobs } = await poolOf('CREDIT');

    await world.withdrawQuotes();
    let { next } = await world.margin.workOff(id);
    for (let i = 0; next.kind === 'work_off' && i < 20; i++) {
      await world.place(dora, {
        side: 'buy',
        price: '0.0402',
        quantity: '4000',
        timeInForce: 'IOC',
      });
      ({ next } = await world.margin.workOff(id));
    }
    expect(next.kind).toBe('nothing');
    const { items } = await world.margin.losses({ limit: 10 });
    const [loss] = items;
    expect(items).toHaveLength(1);
    expect(loss).toMatchObject({
      positionId: id,
      asset: 'CREDIT',
      byTreasury: '0',
    });
    expect(await reserve()).toBe('0');
    const struck = parseAmount(loss!.bySuppliers);
    expect(struck).toBeGreaterThan(0n);
    // The reserve paid with what it had, with what was withheld from the one who ran, and a second's interest.
    const second = parseAmount(loss!.byReserve) - (parseAmount('65') + ran);
    expect(second).toBeGreaterThanOrEqual(0n);
    expect(second).toBeLessThan(100n);
    const [left] = await world.margin.supplies(bob);
    const stayed = bobs - parseAmount(left!.claim);
    expect(stayed - struck).toBeLessThanOrEqual(1n);
    expect(stayed).toBeGreaterThanOrEqual(struck);
    expect(stayed).toBeLessThanOrEqual(ran);
    expect((await world.margin.pools()).items[0]).toMatchObject({ lost: loss!.bySuppliers });
    expect(new Decimal(loss!.supplyIndexAfter).lt(1)).toBe(true);

    const supplied = await world.supply(dora, 'CREDIT', '50');
    expect(parseAmount('50') - parseAmount(supplied.claim)).toBeLessThanOrEqual(1n);
    await world.withdraw(bob, 'CREDIT', null);
    expect(await creditsOf(bob)).toBe(left!.claim);
    await world.withdraw(dora, 'CREDIT', null);
  });
});
