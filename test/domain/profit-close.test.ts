// The weekly close (DESIGN 2.5): golden figures in Credits, and what holds for any books.
import fc from 'fast-check';
import { formatAmount, parseAmount } from '../../domain/money';
import { planClose, type BooksBeforeClose, type CloseShares } from '../../domain/profit-close';

const shares: CloseShares = {
  profitShareBps: 2_000,
  freeCallShareBps: 1_000,
  prizeShareBps: 2_000,
};

type Texts<T> = { readonly [K in keyof T]: string };
const nothing: Texts<BooksBeforeClose> = {
  revenue: '0',
  upstreamCost: '0',
  tradingFees: '0',
  losses: '0',
  shortfalls: '0',
  corrections: '0',
  lossCarried: '0',
};

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  map: (value: From) => To,
) {
  const entries = Object.entries(record) as [Key, From][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value)])) as Record<Key, To>;
}

function close(books: Partial<Texts<BooksBeforeClose>>, given = shares) {
  const amounts = mapValues({ ...nothing, ...books }, parseAmount) as unknown as BooksBeforeClose;
  return mapValues({ ...planClose(amounts, given) }, formatAmount);
}

describe('a weekly close', () => {
  it.each([
    [
      'splits a plain profit: 20% to the fund, of which 10% for free calls and 20% for prizes',
      { revenue: '1000', upstreamCost: '500' },
      {
        movedToCost: '0',
        lossCarriedOn: '0',
        profit: '1000',
        fundShare: '200',
        freeCalls: '20',
        prize: '40',
        refilled: '0',
        treasuryShare: '800',
      },
    ],
    [
      'gives the treasury all trading fees',
      { revenue: '100', tradingFees: '7.5' },
      { profit: '100', fundShare: '20', treasuryShare: '87.5' },
    ],
    [
      'takes shortfalls and corrections out of the profit first',
      { revenue: '100', shortfalls: '12', corrections: '8' },
      { movedToCost: '20', profit: '80', fundShare: '16', treasuryShare: '64' },
    ],
    [
      'carries on what revenue does not cover, and makes no profit',
      { revenue: '100', shortfalls: '90', corrections: '30', tradingFees: '3' },
      { movedToCost: '100', lossCarriedOn: '20', profit: '0', fundShare: '0', treasuryShare: '3' },
    ],
    [
      'takes the loss that was carried on out of the next profit',
      { revenue: '50', lossCarried: '20' },
      { movedToCost: '20', lossCarriedOn: '0', profit: '30', fundShare: '6', treasuryShare: '24' },
    ],
    [
      'moves back cost that was booked too high',
      { revenue: '10', upstreamCost: '100', corrections: '-40' },
      { movedToCost: '-40', lossCarriedOn: '0', profit: '50', fundShare: '10' },
    ],
    [
      'moves back no more than is payable, and carries on the rest',
      { revenue: '10', upstreamCost: '15', corrections: '-40' },
      { movedToCost: '-15', lossCarriedOn: '-25', profit: '25', fundShare: '5' },
    ],
    [
      'sets a correction downwards against shortfalls and the loss carried',
      { revenue: '10', upstreamCost: '15', shortfalls: '6', corrections: '-4', lossCarried: '3' },
      { movedToCost: '5', lossCarriedOn: '0', profit: '5', fundShare: '1', treasuryShare: '4' },
    ],
    [
      "refills losses first, from the treasury's part alone",
      { revenue: '100', tradingFees: '5', losses: '-30' },
      { profit: '100', fundShare: '20', refilled: '30', treasuryShare: '55' },
    ],
    [
      'refills losses with trading fees where there is no profit',
      { tradingFees: '5', losses: '-30' },
      { profit: '0', fundShare: '0', refilled: '5', treasuryShare: '0' },
    ],
    [
      'refills losses as far as it reaches, the fund untouched',
      { revenue: '100', losses: '-200' },
      { fundShare: '20', freeCalls: '2', prize: '4', refilled: '80', treasuryShare: '0' },
    ],
    [
      'rounds the shares down: 9 base units leave 1 to the fund and nothing to be set aside',
      { revenue: '0.00000009' },
      {
        profit: '0.00000009',
        fundShare: '0.00000001',
        freeCalls: '0',
        prize: '0',
        treasuryShare: '0.00000008',
      },
    ],
    [
      'moves nothing where there is nothing',
      {},
      { profit: '0', fundShare: '0', treasuryShare: '0' },
    ],
  ])('%s', (_, books, expected) => {
    expect(close(books)).toMatchObject(expected);
  });

  it('carries a loss over two weeks until it is covered', () => {
    const first = close({ revenue: '10', shortfalls: '25' });
    expect(first).toMatchObject({ movedToCost: '10', lossCarriedOn: '15', profit: '0' });
    const second = close({
      revenue: '12',
      shortfalls: '1',
      lossCarried: first.lossCarriedOn ?? '',
    });
    expect(second).toMatchObject({ movedToCost: '12', lossCarriedOn: '4', profit: '0' });
    const third = close({ revenue: '9', lossCarried: second.lossCarriedOn ?? '' });
    expect(third).toMatchObject({
      movedToCost: '4',
      lossCarriedOn: '0',
      profit: '5',
      fundShare: '1',
    });
  });

  it('follows the shares of the run', () => {
    const given = { profitShareBps: 5_000, freeCallShareBps: 2_000, prizeShareBps: 3_000 };
    expect(close({ revenue: '100' }, given)).toMatchObject({
      fundShare: '50',
      freeCalls: '10',
      prize: '15',
      treasuryShare: '50',
    });
  });

  it('creates and loses nothing, whatever the books', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 17n });
    const signed = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });
    const books = fc.record({
      revenue: amount,
      upstreamCost: amount,
      tradingFees: amount,
      losses: amount.map((value) => -value),
      shortfalls: amount,
      corrections: signed,
      lossCarried: signed,
    });
    const anyShares = fc.record({
      profitShareBps: fc.integer({ min: 1_000, max: 5_000 }),
      freeCallShareBps: fc.integer({ min: 0, max: 2_000 }),
      prizeShareBps: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(books, anyShares, (before, given) => {
        const plan = planClose(before, given);
        expect(plan.fundShare + plan.refilled + plan.treasuryShare).toBe(
          before.revenue - plan.movedToCost + before.tradingFees,
        );
        expect(plan.movedToCost + plan.lossCarriedOn).toBe(
          before.shortfalls + before.corrections + before.lossCarried,
        );
        // Nobody is left below their floor, and nothing flows the wrong way.
        expect(before.upstreamCost + plan.movedToCost >= 0n).toBe(true);
        expect(before.losses + plan.refilled <= 0n).toBe(true);
        const { profit, fundShare, freeCalls, prize, refilled, treasuryShare } = plan;
        for (const value of [profit, fundShare, freeCalls, prize, refilled, treasuryShare]) {
          expect(value >= 0n).toBe(true);
        }
        expect(fundShare - freeCalls - prize >= 0n).toBe(true);
        // A loss is carried on only when nothing is left to cover it, and the other way round.
        if (plan.lossCarriedOn > 0n) expect(profit).toBe(0n);
        if (plan.lossCarriedOn < 0n) expect(before.upstreamCost + plan.movedToCost).toBe(0n);
      }),
    );
  });
});
