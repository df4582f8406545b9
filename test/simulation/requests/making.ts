// Somebody who makes the market, so that it is deep on both sides at times and follows the mark, and minutes in which the
// mark goes far: a tick moves it by a three-thousandth at most.
import { advanceMinutes } from '../leap';
import { createOrders } from '../../../services/exchange/orders/orders';
import { tickMark } from '../../../services/exchange/mark/mark';
import { orderIdOf } from '../../../services/exchange/orders/place-order';
import { maker } from '../cast';
import * as model from '../model/orders';
import { balanceOf, ofUser, type State } from '../model/state';
import type { Terms } from '../model/trading';
import type { SimulatedProcess } from '../processes';
import { tell, tellTick, toProductTerms } from './orders';
import { callerOf, orCode, orRefusal, type Act, type Draw, type Request } from './request';

interface Quoted {
  readonly side: 'buy' | 'sell';
  /** Ten-thousandths away from the mark, to the maker's advantage. */
  readonly away: number;
  /** Of what the maker has, in hundredths. */
  readonly percent: number;
  /** Takes what is there at once, and does not rest. */
  readonly isTaker?: boolean;
}

function drawQuotes({ random }: Draw): Quoted[] {
  const away = random.pick([2, 10, 40]);
  const shares = [0, 5, 15, 25, 30, 30, 30, 30, 30, 30];
  const [bid, ask] = [random.pick(shares), random.pick(shares)];
  const sweeps: Quoted[] = [
    { side: 'sell', away: 0, percent: 35, isTaker: true },
    { side: 'buy', away: 0, percent: 35, isTaker: true },
  ];
  const near: Quoted[] = [
    { side: 'buy', away, percent: bid },
    { side: 'sell', away, percent: ask },
  ];
  const far: Quoted[] = near.map((quoted) => ({ ...quoted, away: away + 300 }));
  return random
    .weighted([
      [2, []],
      [8, [...sweeps, ...near, ...far]],
      [3, [...sweeps, ...near]],
      [2, near],
      [1, [...sweeps, ...far]],
    ])
    .filter(({ percent }) => percent > 0);
}

function termsOf(
  before: State,
  mark: number,
  { side, away, percent, isTaker = false }: Quoted,
): Terms {
  const sign = side === 'buy' ? -1 : 1;
  const price = Math.max(1, Math.round(mark * (1 + (sign * away) / 10_000)));
  const asset = side === 'buy' ? 'CREDIT' : 'LCO';
  const all =
    balanceOf(before, ofUser(maker, 'available', asset)) +
    balanceOf(before, ofUser(maker, 'orders', asset));
  const units = (all * BigInt(percent)) / 100n;
  const lots = Number(side === 'buy' ? units / BigInt(price) : units / 1_000_000n);
  return {
    ...{ side, type: 'limit', tif: isTaker ? 'IOC' : 'GTC', postOnly: false, stp: 'expire_maker' },
    ...{ price, lots: Math.max(1, lots), quote: null, trigger: null },
  };
}

/** Takes back all quotes, trades away what is beyond the mark, and quotes anew. */
function drawQuoting(draw: Draw) {
  const quotes = drawQuotes(draw);
  const number = draw.memory.quotes++;
  const nameOf = (i: number) => `quote-${number}-${i}`;
  const told = quotes.map(({ side, away, percent, isTaker }) =>
    [side, isTaker ? 'now' : away, `${percent}%`].join(' '),
  );
  return {
    text: `the maker quotes ${told.join(', ') || 'nothing'}`,
    /** @param mark in ticks */
    bind(before: State, mark: number): Pick<Act, 'send' | 'expect'> {
      const asked = quotes.map((quoted) => termsOf(before, mark, quoted));
      return {
        async send({ world, committer }: SimulatedProcess) {
          const orders = createOrders({ db: world.db, committer });
          const cancelling = orders.cancelAll(callerOf(maker));
          const placing = asked.map((terms, i) => {
            const placed = orders.place(callerOf(maker), nameOf(i), toProductTerms(terms));
            return orRefusal(placed.then(tell));
          });
          const [cancelled, ...placed] = await Promise.all([cancelling, ...placing]);
          const ids = cancelled.map(({ id }) => id).sort();
          return [`cancelled ${ids.join(' ')}`, ...placed].join(' / ');
        },
        expect(state) {
          const cancelled = model.cancelAllOrders(state, maker);
          const placed = asked.map((terms, i) => {
            const id = orderIdOf(maker, nameOf(i));
            return orCode(() => model.placeOrder(state, { id, userId: maker, terms }));
          });
          return [cancelled, ...placed].join(' / ');
        },
      };
    },
  };
}

/** One after the other, in one batch. */
function sequence(acts: readonly Pick<Act, 'send' | 'expect'>[]): Act {
  return {
    send: async (process) => (await Promise.all(acts.map((act) => act.send(process)))).join(' / '),
    expect: (...args) => acts.map((act) => act.expect(...args)).join(' / '),
  };
}

const ticking: Pick<Act, 'send' | 'expect'> = {
  async send({ committer }) {
    const { result } = await committer.submit(tickMark, { warmUpMs: 0 }, { actor: 'mark' });
    return tellTick(result);
  },
  expect: (state, _, observed) => model.tick(state, observed.mark),
};

function inTicks(mark: bigint | null): number {
  return mark === null ? 1_000_000 : Number(mark / 10n ** 6n);
}

/** Ticked then, most often: a tick says whether the book is deep on both sides. */
export function quote(draw: Draw): Request {
  const { random, memory } = draw;
  const quoting = drawQuoting(draw);
  const isTicked = !memory.isTicked && random.chance(0.6);
  if (isTicked) memory.isTicked = true;
  return {
    text: `${quoting.text}${isTicked ? ', and the mark is ticked' : ''}`,
    isRepeatable: !isTicked,
    bind(before) {
      const quoted = quoting.bind(before, inTicks(before.mark));
      return sequence(isTicked ? [quoted, ticking] : [quoted]);
    },
  };
}

/** Where prices are to stay, times 10^12. */
const [lowest, highest] = [6n * 10n ** 11n, 17n * 10n ** 11n];

/** Ticks of minutes in one stroke, and one more that sees where the mark is; the maker may have followed it. */
export function minutesPass(draw: Draw): Request {
  const { random, memory } = draw;
  memory.isTicked = true;
  const size = random.weighted([
    [3, random.between(1, 90)],
    [3, random.between(300, 900)],
    [4, random.between(1_000, 1_800)],
    [4, random.between(1_800, 3_000)],
  ]);
  const drawn = random.pick([-1, 1]);
  const quoting = random.chance(0.6) ? drawQuoting(draw) : null;
  return {
    text: `in minutes the mark goes ${drawn * size} bps, unless it is far out${quoting ? `; ${quoting.text}` : ''}`,
    isRepeatable: false,
    bind(before) {
      const { mark } = before;
      const isFar = mark !== null && (mark < lowest || mark > highest);
      const sign = isFar ? (mark < lowest ? 1 : -1) : drawn;
      const bps = sign * size;
      const moving: Pick<Act, 'send' | 'expect'> = {
        async send({ committer }) {
          await committer.submit(advanceMinutes, { bps }, { actor: 'mark' });
          return 'later';
        },
        expect(state) {
          model.advanceMinutes(state, bps);
          return 'later';
        },
      };
      const ticks = Math.floor((inTicks(mark) * (10_000 + bps)) / 10_000);
      const quoted = quoting?.bind(before, ticks);
      return sequence([moving, ...(quoted ? [quoted] : []), ticking]);
    },
  };
}
