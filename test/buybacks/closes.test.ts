// The close of a buyback (DESIGN 2.5): which profit it shares, and what it makes of shortfalls, corrections and losses.
import { operatorCaller, toAccount } from '../credits/world';
import { createWorld, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
/** Proves the books, too. */
afterEach(() => world.close());

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
