import fc from 'fast-check';
import { StopBook, type WaitingStop } from '../../../domain/exchange/stop-book';

function stop(id: string, over: Partial<WaitingStop>): WaitingStop {
  return { id, side: 'sell', type: 'stop_loss', triggerTicks: 100, number: Number(id), ...over };
}

it('finds what a mark has reached: falling for a loss on a holding, rising for a profit', () => {
  const book = new StopBook();
  book.add(stop('1', { side: 'sell', type: 'stop_loss', triggerTicks: 90 }));
  book.add(stop('2', { side: 'sell', type: 'take_profit', triggerTicks: 110 }));
  book.add(stop('3', { side: 'buy', type: 'stop_loss', triggerTicks: 110 }));
  book.add(stop('4', { side: 'buy', type: 'take_profit', triggerTicks: 90 }));
  expect(book.crossed(100, 100, 10)).toEqual([]);
  expect(book.crossed(110, 110, 10)).toEqual(['2', '3']);
  expect(book.crossed(90, 90, 10)).toEqual(['1', '4']);
  // a mark between two ticks has reached neither of them
  expect(book.crossed(109, 110, 10)).toEqual([]);
});

it('tells at most as many as it is asked for, those reached first, first; equal ones by arrival', () => {
  const book = new StopBook();
  book.add(stop('1', { triggerTicks: 80 }));
  book.add(stop('3', { triggerTicks: 90 }));
  book.add(stop('2', { triggerTicks: 90 }));
  expect(book.crossed(70, 70, 2)).toEqual(['2', '3']);
  expect(book.remove('2')).toBe(true);
  expect(book.remove('2')).toBe(false);
  expect(book.crossed(70, 70, 2)).toEqual(['3', '1']);
});

it('agrees with looking at every stop', () => {
  const stops = fc.array(
    fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      type: fc.constantFrom('stop_loss' as const, 'take_profit' as const),
      triggerTicks: fc.integer({ min: 1, max: 50 }),
      isRemoved: fc.boolean(),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(stops, fc.integer({ min: 1, max: 50 }), (given, mark) => {
      const book = new StopBook();
      given.forEach((one, i) => book.add(stop(String(i), one)));
      given.forEach((one, i) => one.isRemoved && book.remove(String(i)));
      const expected = given.flatMap((one, i) => {
        const rises = (one.type === 'stop_loss') === (one.side === 'buy');
        const isReached = rises ? mark >= one.triggerTicks : mark <= one.triggerTicks;
        return isReached && !one.isRemoved ? [String(i)] : [];
      });
      expect(new Set(book.crossed(mark, mark, 100))).toEqual(new Set(expected));
    }),
  );
});
