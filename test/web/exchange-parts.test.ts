// What the exchange's page computes by itself: the book that it follows, the rows it shows of it, and what a ticket sends.
import { followBook, unknownBook, type BookMessage } from '../../web/exchange/book-follower';
import { bookRows, spreadOf } from '../../web/exchange/book-view';
import { mergeCandles, mergeTrades, type Candle, type Trade } from '../../web/exchange/merging';
import {
  emptyDraft,
  isComplete,
  termsOf,
  withPrice,
  withShare,
} from '../../web/exchange/ticket-draft';
import type { Level } from '../../web/live/stream-messages';
import { Random } from '../simulation/random';

const at = '2026-01-31T12:00:00.000Z';
const snapshot = (sequence: number, bids: Level[], asks: Level[]): BookMessage => ({
  type: 'book.snapshot',
  sequence,
  at,
  bids,
  asks,
});
const diff = (
  previousSequence: number,
  sequence: number,
  bids: Level[],
  asks: Level[] = [],
): BookMessage => ({ type: 'book.diff', previousSequence, sequence, at, bids, asks });
const follow = (...messages: BookMessage[]) => messages.reduce(followBook, unknownBook);
const start = snapshot(
  10,
  [
    ['0.05', '1'],
    ['0.049', '2'],
  ],
  [
    ['0.051', '3'],
    ['0.1', '4'],
  ],
);

describe('a book that is followed', () => {
  it('begins with a snapshot, and takes levels in, anew and out', () => {
    const { book, hasGap } = follow(
      start,
      diff(
        10,
        12,
        [
          ['0.0495', '7'],
          ['0.05', '0'],
        ],
        [['0.051', '1']],
      ),
    );
    expect(hasGap).toBe(false);
    expect(book).toMatchObject({
      sequence: 12,
      bids: [
        ['0.0495', '7'],
        ['0.049', '2'],
      ],
      asks: [
        ['0.051', '1'],
        ['0.1', '4'],
      ],
    });
  });

  it('is in the order of values, not of texts', () => {
    const { book } = follow(
      snapshot(1, [], []),
      diff(
        1,
        2,
        [
          ['9', '1'],
          ['10', '1'],
          ['0.5', '1'],
        ],
        [
          ['10', '1'],
          ['9', '1'],
          ['100', '1'],
        ],
      ),
    );
    expect(book?.bids.map(([price]) => price)).toEqual(['10', '9', '0.5']);
    expect(book?.asks.map(([price]) => price)).toEqual(['9', '10', '100']);
  });

  it('ignores differences that its snapshot has, also when they overlap it', () => {
    expect(follow(start, diff(8, 9, [['0.05', '9']]), diff(9, 10, [['0.05', '8']])).book).toEqual(
      follow(start).book,
    );
    // One that began before the snapshot and ended after it says what rests at its end.
    expect(follow(start, diff(9, 11, [['0.05', '9']])).book?.bids[0]).toEqual(['0.05', '9']);
  });

  it('takes out a level that it never had', () => {
    expect(follow(start, diff(10, 11, [['0.01', '0']])).book?.bids).toHaveLength(2);
  });

  it('stands still after a gap until the next snapshot', () => {
    const missed = diff(11, 12, [['0.05', '9']]);
    const gone = follow(start, missed);
    expect(gone).toEqual({ book: follow(start).book, hasGap: true });
    expect(follow(start, missed, diff(12, 13, []))).toEqual(gone);
    expect(follow(start, missed, snapshot(13, [], []), diff(13, 14, [['1', '1']]))).toEqual({
      hasGap: false,
      book: { sequence: 14, at, bids: [['1', '1']], asks: [] },
    });
  });

  it('has a gap where nothing was told before, and begins anew with any snapshot', () => {
    expect(follow(diff(1, 2, []))).toEqual({ book: null, hasGap: true });
    // After a reconnect to a process whose journal was set back, too.
    expect(follow(start, snapshot(3, [['1', '1']], [])).book?.sequence).toBe(3);
  });

  it('is what one makes from scratch, whatever comes', () => {
    const random = new Random(7);
    const levels = { bids: new Map<string, string>(), asks: new Map<string, string>() };
    let followed = follow(snapshot(0, [], []));
    for (let sequence = 1; sequence <= 300; sequence++) {
      const change = (): Level => [
        String(random.between(1, 60) / 1_000),
        String(random.chance(0.4) ? 0 : random.between(1, 9)),
      ];
      // Of a price that is named twice the later word holds.
      const bids = [change(), change(), change()];
      const asks = [change()];
      for (const [side, changes] of [
        ['bids', bids],
        ['asks', asks],
      ] as const) {
        for (const [price, quantity] of changes) {
          if (quantity === '0') levels[side].delete(price);
          else levels[side].set(price, quantity);
        }
      }
      followed = followBook(followed, diff(sequence - 1, sequence, bids, asks));
    }
    const sorted = (side: 'bids' | 'asks', sign: number) =>
      [...levels[side]].sort(([a], [b]) => sign * (Number(a) - Number(b)));
    expect(followed.book).toMatchObject({ bids: sorted('bids', -1), asks: sorted('asks', 1) });
  });
});

describe('rows of a book', () => {
  const book = {
    sequence: 1,
    at,
    bids: [
      ['0.0512', '10'],
      ['0.0511', '5.5'],
      ['0.0499', '2'],
    ],
    asks: [
      ['0.0521', '1'],
      ['0.0538', '2'],
    ],
  } as const;

  it('are put together by steps, to the disadvantage of who trades with them', () => {
    const { bids, asks } = bookRows(book, 1_000, 10);
    expect(bids.map(({ price, quantity, total }) => [price, quantity, total])).toEqual([
      ['0.051', '15.50', '15.50'],
      ['0.049', '2.00', '17.50'],
    ]);
    expect(asks.map(({ price }) => price)).toEqual(['0.053', '0.054']);
    expect(bids.at(-1)?.share).toBe(1);
    expect(asks.at(-1)?.share).toBeCloseTo(3 / 17.5);
  });

  it('have a spread where both sides are there', () => {
    const spread = { amount: '0.0009', mid: '0.05165', share: '0.01742498' };
    expect(spreadOf('0.0512', '0.0521')).toEqual(spread);
    expect(spreadOf('0.0512', undefined)).toBeNull();
  });
});

describe('a ticket', () => {
  const limit = { ...emptyDraft, price: ' 0.05 ', quantity: '10', quoteQuantity: '3' };

  const atPrice = { price: '0.05', quantity: '10', timeInForce: 'GTC' };
  it.each([
    [limit, atPrice],
    [
      { ...limit, isPostOnly: true },
      { ...atPrice, postOnly: true },
    ],
    [
      { ...limit, isPostOnly: true, timeInForce: 'FOK' },
      { ...atPrice, timeInForce: 'FOK' },
    ],
    [
      { ...limit, type: 'market' },
      { quoteQuantity: '3', timeInForce: 'IOC' },
    ],
    [
      { ...limit, type: 'market', amountIn: 'LCO', timeInForce: 'FOK' },
      { quantity: '10', timeInForce: 'FOK' },
    ],
    [
      { ...limit, side: 'sell', type: 'market' },
      { quantity: '10', timeInForce: 'IOC' },
    ],
    [
      { ...limit, type: 'stop_loss', triggerPrice: '0.06', amountIn: 'LCO' },
      { triggerPrice: '0.06', quoteQuantity: '3', timeInForce: 'IOC' },
    ],
    [
      { ...limit, type: 'take_profit', triggerPrice: '0.04', executes: 'limit' },
      { ...atPrice, triggerPrice: '0.04' },
    ],
  ] as const)('%# sends what goes with its kind, and nothing else', (draft, fields) => {
    const { side, type, stp } = draft;
    expect(termsOf(draft)).toEqual({ side, type, stp, postOnly: false, ...fields });
    expect(isComplete(draft)).toBe(true);
    expect(isComplete({ ...draft, quantity: ' ', quoteQuantity: '' })).toBe(false);
  });

  it('takes a price over, and becomes a limit order for it', () => {
    expect(withPrice({ ...emptyDraft, type: 'market' }, '0.07')).toMatchObject({
      type: 'limit',
      price: '0.07',
    });
    const stop = { ...emptyDraft, type: 'stop_loss', executes: 'limit' } as const;
    expect(withPrice(stop, '0.07')).toMatchObject({ type: 'stop_loss', price: '0.07' });
  });

  it.each([
    ['a purchase by price, with its fee', limit, 100, '1', { quantity: '19.98' }],
    ['a half of it', limit, 50, '1', { quantity: '9.99' }],
    [
      'a purchase at market',
      { ...limit, type: 'market' },
      25,
      '1.00000001',
      { quoteQuantity: '0.25' },
    ],
    ['a sale', { ...limit, side: 'sell' }, 75, '0.99', { quantity: '0.74' }],
    ['a purchase without a price yet', { ...limit, price: '' }, 50, '1', null],
    ['a price that is none', { ...limit, price: '1e9' }, 50, '1', null],
  ] as const)(
    'takes a share of what is available: %s',
    (_, draft, percent, available, expected) => {
      const next = withShare(draft, percent, { available, largestFeeBps: 10 });
      if (expected === null) expect(next).toBeNull();
      else expect(next).toMatchObject(expected);
    },
  );
});

it('merges what was asked for and what was told', () => {
  const candle = (openTime: string, trades: number) => ({ openTime, trades }) as Candle;
  expect(
    mergeCandles(
      [candle('a', 1), candle('b', 5)],
      [candle('c', 1), candle('b', 4), candle('a', 2)],
    ),
  ).toEqual([candle('a', 2), candle('b', 5), candle('c', 1)]);
  const trade = (id: string) => ({ id }) as Trade;
  expect(mergeTrades([trade('9'), trade('8')], [trade('10'), trade('9')])).toEqual([
    trade('10'),
    trade('9'),
    trade('8'),
  ]);
});
