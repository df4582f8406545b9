import fc from 'fast-check';
import { OrderBook, type RestingOrder } from '../../../domain/exchange/order-book';
import { ask, bid, bookOf, pictureOf } from './matching-support';

const idsOf = (book: OrderBook, side: 'buy' | 'sell') => [...book.orders(side)].map(({ id }) => id);

it('lines orders up by price, then by arrival', () => {
  const book = bookOf(
    ...[ask('a', 102, 1), ask('b', 101, 2), ask('c', 102, 4), ask('d', 101, 8), ask('e', 103, 16)],
    ...[bid('f', 98, 1), bid('g', 99, 2), bid('h', 98, 4)],
  );
  expect(idsOf(book, 'sell')).toEqual(['b', 'd', 'a', 'c', 'e']);
  expect(idsOf(book, 'buy')).toEqual(['g', 'f', 'h']);
  expect([book.bestTicks('sell'), book.bestTicks('buy')]).toEqual([101, 99]);
  expect(book.levels('sell', 2)).toEqual([
    { ticks: 101, lots: 10 },
    { ticks: 102, lots: 5 },
  ]);
  expect(book.levels('buy', 10)).toEqual([
    { ticks: 99, lots: 2 },
    { ticks: 98, lots: 5 },
  ]);
  expect([book.lotsAt('sell', 102), book.lotsAt('sell', 98), book.size]).toEqual([5, 0, 8]);
});

it('keeps the place of an order that becomes smaller', () => {
  const book = bookOf(ask('a', 101, 5), ask('b', 101, 5));
  book.reduce('a', 2);
  expect(idsOf(book, 'sell')).toEqual(['a', 'b']);
  expect(book.get('a')?.lots).toBe(2);
  expect(book.lotsAt('sell', 101)).toBe(7);
});

it.each([
  ['first', 'a', ['b', 'c']],
  ['middle', 'b', ['a', 'c']],
  ['last', 'c', ['a', 'b']],
])('closes the line when the %s of it leaves', (_place, id, left) => {
  const book = bookOf(bid('a', 99, 1), bid('b', 99, 1), bid('c', 99, 1));
  book.remove(id);
  expect(idsOf(book, 'buy')).toEqual(left);
  expect(book.get(id)).toBeUndefined();
  book.add({ id: 'd', ownerId: 'x', side: 'buy', ticks: 99, number: 9, lots: 1 });
  expect(idsOf(book, 'buy')).toEqual([...left, 'd']);
});

it('copies what it is given', () => {
  const order = { id: 'a', ownerId: 'x', side: 'sell' as const, ticks: 100, number: 1, lots: 5 };
  const book = new OrderBook();
  book.add(order);
  book.reduce('a', 1);
  expect(order.lots).toBe(5);
});

it.each<[string, (book: OrderBook) => void]>([
  [
    'an order that rests already',
    (book) => book.add({ ...ask('a', 1, 1), ownerId: 'x', number: 2 }),
  ],
  ['an order of nothing', (book) => book.add({ ...ask('b', 1, 0), ownerId: 'x', number: 2 })],
  ['an order that grows', (book) => book.reduce('a', 6)],
  ['an order that stays as it is', (book) => book.reduce('a', 5)],
  ['an order reduced to nothing', (book) => book.reduce('a', 0)],
  ['the removal of an order that does not rest', (book) => book.remove('b')],
])('does not accept %s', (_what, change) => {
  const book = bookOf(ask('a', 100, 5));
  expect(() => change(book)).toThrow();
  expect(book.levels('sell', 9)).toEqual([{ ticks: 100, lots: 5 }]);
});

it('cancels 16,000 orders of one level in a time that their number does not multiply', () => {
  const count = 16_000;
  const orders = Array.from({ length: count }, (_, i) => bid(String(i), 100, 1));
  const book = bookOf(...orders);
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) book.remove(String((i * 7_919) % count));
  // some 10 ms; with a search through the level it would be seconds
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(book.size).toBe(0);
  expect(book.bestTicks('buy')).toBeUndefined();
});

/** Adds, reduces or removes: `pick` says which order. */
const change = fc.record({
  pick: fc.nat(1_000),
  what: fc.constantFrom('add', 'add', 'reduce', 'remove'),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  ticks: fc.integer({ min: 1, max: 12 }),
  lots: fc.integer({ min: 1, max: 20 }),
});

it('stays what a sorted list of orders would be', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
      const book = new OrderBook();
      let model: RestingOrder[] = [];
      changes.forEach(({ pick, what, side, ticks, lots }, number) => {
        const target = model[pick % Math.max(1, model.length)];
        if (what === 'add' || !target) {
          const order = { id: `o${number}`, ownerId: 'x', side, ticks, number, lots };
          book.add(order);
          model.push(order);
        } else if (what === 'remove') {
          book.remove(target.id);
          model = model.filter((order) => order !== target);
        } else if (target.lots > 1) {
          const left = 1 + (lots % (target.lots - 1));
          book.reduce(target.id, left);
          model = model.map((order) => (order === target ? { ...order, lots: left } : order));
        }
      });
      const bids = model.filter(({ side }) => side === 'buy');
      const asks = model.filter(({ side }) => side === 'sell');
      bids.sort((a, b) => b.ticks - a.ticks || a.number - b.number);
      asks.sort((a, b) => a.ticks - b.ticks || a.number - b.number);
      expect(pictureOf(book)).toEqual([...bids, ...asks]);
      expect(book.size).toBe(model.length);
      expect([book.bestTicks('buy'), book.bestTicks('sell')]).toEqual([
        bids[0]?.ticks,
        asks[0]?.ticks,
      ]);
      for (const { side, ticks } of model) {
        const there = model.filter((order) => order.side === side && order.ticks === ticks);
        expect(book.lotsAt(side, ticks)).toBe(there.reduce((sum, { lots }) => sum + lots, 0));
      }
    }),
    { numRuns: 300 },
  );
});
