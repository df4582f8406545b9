import fc from 'fast-check';
import { oppositeOf } from '../../../domain/exchange/market';
import { planMatch, type MatchPlan, type Taker } from '../../../domain/exchange/matching';
import type { OrderBook, RestingOrder } from '../../../domain/exchange/order-book';
import { bookOf, pictureOf, taker } from './matching-support';
import { applyPlan } from './matching-tape';

const side = fc.constantFrom('buy' as const, 'sell' as const);
const owner = fc.constantFrom('ann', 'ben', 'cleo');
const arrival = fc.record({
  side,
  ownerId: owner,
  limitTicks: fc.integer({ min: 1, max: 15 }),
  lots: fc.integer({ min: 1, max: 40 }),
  stp: fc.constantFrom('expire_taker' as const, 'expire_maker' as const, 'expire_both' as const),
  fillOrKill: fc.boolean(),
  postOnly: fc.boolean(),
  rests: fc.boolean(),
  maxFills: fc.constantFrom(1, 3, 500),
});
type Arrival = typeof arrival extends fc.Arbitrary<infer Value> ? Value : never;
const arrivals = fc.array(arrival, { maxLength: 60 });

/** Lets orders come in one after the other, and looks at each plan before and after it is carried out. */
function playAll(
  orders: readonly Arrival[],
  look: (seen: { before: RestingOrder[]; book: OrderBook; order: Taker; plan: MatchPlan }) => void,
): void {
  const book = bookOf();
  orders.forEach(({ rests, ...terms }, number) => {
    const order = taker(terms);
    const before = pictureOf(book);
    const plan = planMatch(book, order);
    expect(pictureOf(book)).toEqual(before);
    const lots = plan.fills.map((fill) => fill.lots);
    applyPlan(book, plan);
    expect(plan.fills.map((fill) => fill.lots)).toEqual(lots);
    const mayRest = rests && (plan.end === 'limit' || plan.end === 'book_empty');
    if (mayRest && plan.restLots > 0) {
      const { ownerId, limitTicks: ticks } = order;
      book.add({ id: `o${number}`, ownerId, side: order.side, ticks, number, lots: plan.restLots });
    }
    look({ before, book, order, plan });
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

it('never leaves a crossed book', () => {
  fc.assert(
    fc.property(arrivals, (orders) => {
      playAll(orders, ({ book }) => {
        expect(book.bestTicks('buy') ?? 0).toBeLessThan(book.bestTicks('sell') ?? Infinity);
      });
    }),
  );
});

it('neither makes nor loses a lot', () => {
  fc.assert(
    fc.property(arrivals, (orders) => {
      playAll(orders, ({ before, order, plan }) => {
        expect(sum(plan.fills.map(({ lots }) => lots)) + plan.restLots).toBe(order.lots);
        for (const { maker, lots } of plan.fills) {
          const rested = before.find(({ id }) => id === maker.id);
          expect(lots).toBeGreaterThan(0);
          expect(lots).toBeLessThanOrEqual(rested?.lots ?? 0);
        }
      });
    }),
  );
});

it('goes along the line of price and time: all before the last fill are filled, expired or nobody’s', () => {
  fc.assert(
    fc.property(arrivals, (orders) => {
      playAll(orders, ({ before, order, plan }) => {
        const line = before.filter((resting) => resting.side === oppositeOf(order.side));
        const met = new Set([
          ...plan.fills.map(({ maker }) => maker.id),
          ...plan.expiredMakers.map(({ id }) => id),
        ]);
        expect(line.slice(0, met.size).map(({ id }) => id)).toEqual(
          line.map(({ id }) => id).filter((id) => met.has(id)),
        );
        plan.fills.slice(0, -1).forEach(({ maker, lots }) => {
          expect(lots).toBe(line.find(({ id }) => id === maker.id)?.lots);
        });
        for (const { maker, ticks } of plan.fills) {
          expect(ticks).toBe(line.find(({ id }) => id === maker.id)?.ticks);
          expect(maker.ownerId).not.toBe(order.ownerId);
          if (order.side === 'buy') expect(ticks).toBeLessThanOrEqual(order.limitTicks);
          else expect(ticks).toBeGreaterThanOrEqual(order.limitTicks);
        }
      });
    }),
  );
});

it('fills all of a fill-or-kill order or nothing, and takes nothing for a post-only one', () => {
  fc.assert(
    fc.property(arrivals, (orders) => {
      playAll(orders, ({ order, plan }) => {
        if (order.fillOrKill && !order.postOnly && plan.end !== 'filled') {
          expect(plan).toEqual({
            fills: [],
            expiredMakers: [],
            restLots: order.lots,
            end: 'killed',
          });
        }
        if (order.postOnly) expect([plan.fills, plan.expiredMakers]).toEqual([[], []]);
        expect(plan.fills.length).toBeLessThanOrEqual(order.maxFills);
        expect(plan.end === 'filled').toBe(plan.restLots === 0);
      });
    }),
  );
});

it('spends no more than a budget, and so much that one more lot would be more', () => {
  const ticks = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10 ** 9 }));
  const level = fc.record({ ticks, lots: fc.integer({ min: 1, max: 10 ** 9 }) });
  const feeUp = (notional: bigint, bps: number) => (notional * BigInt(bps) + 9_999n) / 10_000n;
  fc.assert(
    fc.property(
      fc.array(level, { minLength: 1, maxLength: 8 }),
      fc.oneof(fc.bigInt(0n, 5_000n), fc.bigInt(0n, 10n ** 18n)),
      fc.constantFrom(0, 1, 10, 33, 10_000),
      (levels, quoteBudget, takerFeeBps) => {
        const book = bookOf(
          ...levels.map((one, i) => ({ ...one, id: `a${i}`, side: 'sell' as const })),
        );
        const line = [...book.orders('sell')];
        const order = taker({ lots: null, limitTicks: 10 ** 9, quoteBudget, takerFeeBps });
        const { fills, end } = planMatch(book, order);
        const notional = fills.reduce(
          (all, fill) => all + BigInt(fill.ticks) * BigInt(fill.lots),
          0n,
        );
        const cost = (more: bigint) => notional + more + feeUp(notional + more, takerFeeBps);
        expect(cost(0n)).toBeLessThanOrEqual(fills.length > 0 ? quoteBudget : 0n);
        const last = fills.at(-1);
        const place = fills.length - 1;
        const next = last && last.lots < (line[place]?.lots ?? 0) ? line[place] : line[place + 1];
        if (next) expect(cost(BigInt(next.ticks))).toBeGreaterThan(quoteBudget);
        expect(end === 'filled').toBe(next !== undefined || cost(1n) > quoteBudget);
      },
    ),
    { numRuns: 2_000 },
  );
});
