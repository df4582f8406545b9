import {
  impactPrice,
  planMatch,
  type MatchPlan,
  type Taker,
} from '../../../domain/exchange/matching';
import type { OrderBook } from '../../../domain/exchange/order-book';
import { ask, bid, bookOf, pictureOf, taker } from './matching-support';

/** A plan in short: `a5@100` is five lots of order a at 100 ticks. */
const told = ({ fills, expiredMakers, restLots, end }: MatchPlan) => ({
  fills: fills.map(({ maker, ticks, lots }) => `${maker.id}${lots}@${ticks}`).join(' '),
  expired: expiredMakers.map(({ id }) => id).join(' '),
  rest: restLots,
  end,
});

function plan(book: OrderBook, over: Partial<Taker> = {}) {
  return told(planMatch(book, taker(over)));
}

const asks = () => bookOf(ask('b', 100, 5), ask('a', 99, 4), ask('c', 100, 5), ask('d', 101, 9));

describe('a limit order', () => {
  it.each([
    ['takes the best price first, then who came first', {}, 'a4@99 b5@100 c1@100', 0, 'filled'],
    ['stops at its limit', { lots: 20 }, 'a4@99 b5@100 c5@100', 6, 'limit'],
    ['takes nothing beyond its limit', { limitTicks: 98 }, '', 10, 'limit'],
    [
      'takes all there is',
      { lots: 30, limitTicks: 500 },
      'a4@99 b5@100 c5@100 d9@101',
      7,
      'book_empty',
    ],
    [
      'ends with the last lot there is',
      { lots: 23, limitTicks: 500 },
      'a4@99 b5@100 c5@100 d9@101',
      0,
      'filled',
    ],
  ])('%s', (_what, over, fills, rest, end) => {
    expect(plan(asks(), over)).toEqual({ fills, expired: '', rest, end });
  });

  it('to sell takes the highest bids', () => {
    const book = bookOf(bid('a', 99, 4), bid('b', 101, 4), bid('c', 100, 4));
    expect(plan(book, { side: 'sell', limitTicks: 100 })).toEqual({
      fills: 'b4@101 c4@100',
      expired: '',
      rest: 2,
      end: 'limit',
    });
  });

  it('meets nobody in an empty book', () => {
    expect(plan(bookOf())).toEqual({ fills: '', expired: '', rest: 10, end: 'book_empty' });
  });
});

describe('the limit of fills', () => {
  it('ends an order that would trade once more', () => {
    expect(plan(asks(), { maxFills: 2 })).toMatchObject({
      fills: 'a4@99 b5@100',
      rest: 1,
      end: 'fill_limit',
    });
  });

  it.each([
    ['is filled with the last of them', { lots: 9 }, 'filled'],
    ['would meet only prices beyond its limit', { lots: 20, limitTicks: 99, maxFills: 1 }, 'limit'],
  ])('says nothing of an order that %s', (_what, over, end) => {
    expect(plan(asks(), { maxFills: 2, ...over }).end).toBe(end);
  });

  it('stops a sweep of dust', () => {
    const dust = bookOf(
      ...Array.from({ length: 100_000 }, (_, i) => ask(String(i), 1 + (i % 50), 1)),
    );
    const swept = planMatch(dust, taker({ lots: 1_000_000, limitTicks: 1_000 }));
    expect(swept.fills).toHaveLength(500);
    expect(swept).toMatchObject({ end: 'fill_limit', restLots: 999_500 });
  });
});

describe('self-trade prevention', () => {
  const own = () =>
    bookOf(ask('a', 99, 4), ask('m', 99, 3, 'me'), ask('b', 100, 5), ask('n', 100, 3, 'me'));

  it.each([
    ['expire_taker', { fills: 'a4@99', expired: '', rest: 6, end: 'self_trade' }],
    ['expire_both', { fills: 'a4@99', expired: 'm', rest: 6, end: 'self_trade' }],
    ['expire_maker', { fills: 'a4@99 b5@100', expired: 'm n', rest: 1, end: 'book_empty' }],
  ] as const)('%s', (stp, expected) => {
    expect(plan(own(), { stp })).toEqual(expected);
  });

  it.each<[string, Partial<Taker>, string]>([
    ['what is filled before it', { lots: 4 }, 'filled'],
    ['a limit before it', { limitTicks: 98 }, 'limit'],
    ['500 fills before it', { maxFills: 1 }, 'fill_limit'],
    // 4 x 99 are spent; the rest of the budget does not buy another lot
    ['a budget spent before it', { lots: null, quoteBudget: 450n, takerFeeBps: 0 }, 'filled'],
  ])('leaves both alone after %s', (_what, over, end) => {
    for (const stp of ['expire_taker', 'expire_maker', 'expire_both'] as const) {
      expect(plan(own(), { stp, ...over })).toMatchObject({ expired: '', end });
    }
  });

  it('does not see the order that an amendment replaces', () => {
    expect(plan(own(), { ignoredOrderId: 'm', lots: 9 })).toEqual({
      fills: 'a4@99 b5@100',
      expired: '',
      rest: 0,
      end: 'filled',
    });
  });
});

describe('fill or kill', () => {
  const killed = (rest: number) => ({ fills: '', expired: '', rest, end: 'killed' });

  it.each<[string, Partial<Taker>, object]>([
    [
      'fills wholly',
      { lots: 14 },
      { fills: 'a4@99 b5@100 c5@100', expired: '', rest: 0, end: 'filled' },
    ],
    ['is killed for one lot beyond its limit', { lots: 15 }, killed(15)],
    ['is killed by the limit of fills', { lots: 14, maxFills: 2 }, killed(14)],
  ])('%s', (_what, over, expected) => {
    expect(plan(asks(), { fillOrKill: true, ...over })).toEqual(expected);
  });

  const own = () => bookOf(ask('m', 99, 4, 'me'), ask('a', 100, 10));
  it.each<[Partial<Taker>, object]>([
    [{ stp: 'expire_taker' }, killed(10)],
    [{ stp: 'expire_both' }, killed(10)],
    [{ stp: 'expire_maker' }, { fills: 'a10@100', expired: 'm', rest: 0, end: 'filled' }],
    // with the own lots it would fill, without them it does not: these stay
    [{ stp: 'expire_maker', lots: 14 }, killed(14)],
  ])('is judged after self-trade prevention: %o', (over, expected) => {
    expect(plan(own(), { fillOrKill: true, ...over })).toEqual(expected);
  });
});

describe('post-only', () => {
  it.each<[string, Partial<Taker>, string]>([
    ['is refused when it meets an order at its price', { limitTicks: 99 }, 'would_take'],
    ['rests below all of them', { limitTicks: 98 }, 'limit'],
  ])('%s', (_what, over, end) => {
    expect(plan(asks(), { postOnly: true, ...over })).toEqual({
      fills: '',
      expired: '',
      rest: 10,
      end,
    });
  });

  const own = () => bookOf(ask('m', 99, 3, 'me'));
  it.each<[string, Partial<Taker>, string]>([
    ['is refused for an own order too', {}, 'would_take'],
    ['whatever self-trade prevention says', { stp: 'expire_maker' }, 'would_take'],
    ['but not for the one that it replaces', { ignoredOrderId: 'm' }, 'book_empty'],
  ])('%s', (_what, over, end) => {
    expect(plan(own(), { postOnly: true, ...over })).toMatchObject({ expired: '', end });
  });
});

describe('an order by what it spends', () => {
  const book = () => bookOf(ask('a', 1_000, 10), ask('b', 2_000, 10));
  it.each<[bigint, number, string]>([
    // ten lots at 1,000 cost 10,000 and a fee of ceil(10,000 x 10 / 10^4) = 10
    [10_010n, 10, 'a10@1000'],
    [10_009n, 10, 'a9@1000'],
    [12_011n, 10, 'a10@1000'],
    [12_012n, 10, 'a10@1000 b1@2000'],
    // nine cost 9,000 + 9
    [9_009n, 10, 'a9@1000'],
    [9_008n, 10, 'a8@1000'],
    // one costs 1,000 and a fee of 0.1 that is rounded up to 1
    [1_001n, 1, 'a1@1000'],
    [1_000n, 1, ''],
    [1_000n, 0, 'a1@1000'],
    [0n, 10, ''],
  ])(
    'of %d at %d bps buys the most that price and fee leave',
    (quoteBudget, takerFeeBps, fills) => {
      expect(plan(book(), { lots: null, limitTicks: 5_000, quoteBudget, takerFeeBps })).toEqual({
        fills,
        expired: '',
        rest: 0,
        end: 'filled',
      });
    },
  );

  it.each<[string, Partial<Taker>, string]>([
    ['has bought everything', { quoteBudget: 10n ** 9n }, 'book_empty'],
    ['meets its band', { quoteBudget: 10n ** 9n, limitTicks: 1_500 }, 'limit'],
    ['has had its fills', { quoteBudget: 10n ** 9n, maxFills: 1 }, 'fill_limit'],
  ])('has no rest when it %s', (_what, over, end) => {
    expect(plan(book(), { lots: null, limitTicks: 5_000, ...over })).toMatchObject({
      rest: 0,
      end,
    });
  });

  it('is exact where a notional is beyond what a number holds', () => {
    const huge = bookOf(ask('a', 1_000_000_000, 1_000_000_000));
    const notional = 999_999_999n * 1_000_000_000n;
    const exact = { lots: null, limitTicks: 1_000_000_000, takerFeeBps: 7 };
    const budget = notional + (notional * 7n + 9_999n) / 10_000n;
    expect(plan(huge, { ...exact, quoteBudget: budget }).fills).toBe('a999999999@1000000000');
    expect(plan(huge, { ...exact, quoteBudget: budget - 1n }).fills).toBe('a999999998@1000000000');
  });
});

it('changes nothing in the book', () => {
  const book = asks();
  const before = pictureOf(book);
  planMatch(book, taker({ lots: 30, limitTicks: 500, stp: 'expire_both' }));
  expect(pictureOf(book)).toEqual(before);
});

describe('the impact price', () => {
  // 10 lots at 2 Credits are worth 20,000,000 base units, 10 at 4 as many again twice
  const book = () =>
    bookOf(
      ...[ask('a', 2_000_000, 4), ask('b', 2_000_000, 6), ask('c', 4_000_000, 10)],
      ...[bid('d', 1_000_000, 10)],
    );
  it.each([
    ['sell', 1n, '2'],
    ['sell', 20_000_000n, '2'],
    // 10 lots at 2 and 5 at 4: 40,000,000 / 15
    ['sell', 40_000_000n, '2.6666666666666666666666666666666666667'],
    // a quarter of a lot counts
    ['sell', 21_000_000n, '2.0487804878048780487804878048780487805'],
    ['sell', 60_000_000n, '3'],
    ['sell', 60_000_001n, undefined],
    ['buy', 10_000_000n, '1'],
    ['buy', 10_000_001n, undefined],
  ] as const)('of the %s side for %d base units is %s', (side, notional, expected) => {
    expect(impactPrice(book(), side, notional)?.toSignificantDigits(38).toString()).toBe(expected);
  });
});
