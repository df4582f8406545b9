// What the demo's traders decide, each by itself: quotes, leanings, and patience with an API that is away.
import { defaultWindows } from '../../config/windows';
import { renderBanner, type BannerFacts } from '../../launch/banner';
import { createLogger } from '../../services/logger';
import { ApiAway, ApiRefusal, type ApiClient } from '../../launch/demo/api-client';
import { ladderAround } from '../../launch/demo/ladder';
import { createMaker, leanOf, planQuotes } from '../../launch/demo/maker';
import type { OpenOrder } from '../../launch/demo/market-view';
import { keepActing } from '../../launch/demo/pace';
import { levelTicks, PriceWalk } from '../../launch/demo/price-walk';
import { Random } from '../../launch/demo/random';
import { timeline } from '../../launch/demo/timeline';
import { unit } from '../../domain/money';
import { notionalOf } from '../../domain/exchange/market';

const dayMs = 24 * 3_600_000;
const rich = { credits: 2_500n * unit, lots: 2_500_000 };
const ladder = (funds = rich) => ladderAround(100_000, funds, { random: new Random(1), width: 1 });

describe("a maker's ladder", () => {
  it('is deeper than the mark needs, within the spread that the mark allows', () => {
    const quotes = ladder();
    for (const side of ['buy', 'sell'] as const) {
      const ofSide = quotes.filter((quote) => quote.side === side);
      const worth = ofSide.reduce((sum, { ticks, lots }) => sum + notionalOf(ticks, lots), 0n);
      expect(ofSide).toHaveLength(6);
      expect(worth).toBeGreaterThan(2_000n * unit);
      expect(worth).toBeLessThanOrEqual(2_600n * unit);
      for (const { ticks } of ofSide) expect(Math.abs(ticks - 100_000)).toBeLessThan(2_700);
    }
  });

  it('quotes only the side that it has funds for', () => {
    expect(new Set(ladder({ ...rich, lots: 0 }).map(({ side }) => side))).toEqual(new Set(['buy']));
    expect(ladder({ credits: 0n, lots: 3 })).toEqual([]);
  });
});

describe("a maker's plan", () => {
  const standing = (quotes = ladder()): OpenOrder[] =>
    quotes.map(({ side, ticks, lots }, index) => {
      return { id: String(index), side, ticks, restLots: lots, filledLots: 0 };
    });

  it('leaves alone what stands well', () => {
    expect(planQuotes(standing(), ladder())).toEqual([]);
  });

  it('places all when nothing stands, and cancels what has no place', () => {
    expect(planQuotes([], ladder()).every(({ kind }) => kind === 'place')).toBe(true);
    const doubled = [...standing(), { ...standing()[0], id: 'more' } as OpenOrder];
    expect(planQuotes(doubled, ladder())).toMatchObject([
      { kind: 'cancel', order: { id: 'more' } },
    ]);
  });

  it('amends first what others could take at a bad price', () => {
    const higher = ladderAround(103_000, rich, { random: new Random(1), width: 1 });
    const [first] = planQuotes(standing(), higher);
    // The lowest ask lies below the new price.
    expect(first).toMatchObject({ kind: 'amend', order: { side: 'sell', ticks: 100_150 } });
  });

  it('amends what is filled for the most part', () => {
    const [eaten, ...others] = standing();
    if (!eaten) throw new Error('a ladder has orders');
    const filledLots = Math.round(eaten.restLots * 0.7);
    const order = { ...eaten, filledLots, restLots: eaten.restLots - filledLots };
    expect(planQuotes([order, ...others], ladder())).toMatchObject([{ kind: 'amend', order }]);
  });

  it.each([
    ['as it is with equal worth on both sides', 10_000n * unit, 10_000_000, 1],
    ['lower with LCO alone', 0n, 10_000_000, 0.99],
    ['higher with Credits alone', 10_000n * unit, 0, 1.01],
    ['as it is with nothing', 0n, 0, 1],
  ])('leans its price: %s', (_, credits, lots, expected) => {
    expect(leanOf({ credits, lots, heldCredits: 0n, heldLots: 0 }, 100_000)).toBe(expected);
  });
});

describe('a maker that is alone on the market', () => {
  it('does not drive the price by following its own leaning', async () => {
    const orders = new Map<string, { id: string; side: 'buy' | 'sell'; price: string }>();
    const mid = () => {
      const prices = (side: string) =>
        [...orders.values()].filter((order) => order.side === side).map(({ price }) => +price);
      return (Math.max(...prices('buy')) + Math.min(...prices('sell'))) / 2;
    };
    let placed = 0;
    const put = (terms: object) => {
      const id = String(++placed);
      const order = { ...terms, id, type: 'limit', filledQuantity: '0' } as never;
      orders.set(id, order);
    };
    const send: ApiClient['send'] = async (method, path, body) => {
      const id = path.split('/').at(-1) ?? '';
      if (path.endsWith('/mark')) return { mark: orders.size === 12 ? String(mid()) : '0.1' };
      if (path.endsWith('/balances')) {
        const funds = { available: '20000', orders: '0' };
        return {
          balances: [
            { asset: 'CREDIT', ...funds },
            { asset: 'LCO', ...funds },
          ],
        };
      }
      if (method === 'GET') return { items: [...orders.values()] };
      const old = orders.get(id);
      orders.delete(id);
      if (method !== 'DELETE') put({ ...old, ...(body as object) });
      return {};
    };
    // Ten times as much worth in Credits: it leans upwards by most of a percent all the time.
    const act = createMaker({ api: { send }, random: new Random(1), width: 1 });
    for (let i = 0; i < 1_000; i++) await act();
    expect(orders.size).toBe(12);
    expect(mid()).toBeGreaterThan(0.1);
    expect(mid()).toBeLessThan(0.102);
  });
});

describe('the price that the demo believes in', () => {
  it('strays, follows from its seed, and returns to what mining costs', () => {
    const walk = (seed: number) => {
      const price = new PriceWalk(new Random(seed), levelTicks / 2);
      return Array.from({ length: 400 }, () => price.advance(dayMs / 4));
    };
    expect(walk(7)).toEqual(walk(7));
    expect(walk(7)).not.toEqual(walk(8));
    for (const ticks of walk(7).slice(40)) {
      expect(ticks).toBeGreaterThan(levelTicks * 0.7);
      expect(ticks).toBeLessThan(levelTicks * 1.4);
    }
  });

  it('adds up steps that are smaller than a tick', () => {
    const walk = new PriceWalk(new Random(1), 1_000);
    for (let i = 0; i < 1_000; i++) walk.follow(1_010, 0.0005);
    expect(walk.ticks).toBe(1_004);
  });
});

describe('the timeline of the history', () => {
  it('ends in the present exactly, in steps that the mark warms up by', () => {
    const to = Date.parse('2026-11-20T15:00:00Z');
    const moments = [...timeline(to - 7 * dayMs, to, new Random(1))];
    expect(moments.at(-1)).toMatchObject({ at: to, isTicked: true });
    expect(moments.length).toBeLessThan(1_100);
    const ticked = moments.filter(({ isTicked }) => isTicked);
    expect(Math.max(...ticked.slice(1).map(({ ms }) => ms))).toBe(10_000);
    expect(to - (ticked[0]?.at ?? to)).toBeGreaterThan(30 * 60_000);
  });

  it('has nothing to say of a time that is over', () => {
    expect([...timeline(5, 5, new Random(1))]).toEqual([]);
  });
});

describe('the banner', () => {
  const facts: BannerFacts = {
    api: 'http://127.0.0.1:3000',
    temporalUi: undefined,
    temporalAddress: '127.0.0.1:7233',
    demoKey: 'lx_demo',
    operatorKey: 'lx_one',
    secondOperatorKey: 'lx_two',
    operatorLogins: [{ email: 'operator-1@l-exchange.local', password: 'a-password' }],
    upstreamBaseUrl: undefined,
    model: 'gpt-4o-mini',
    windows: defaultWindows,
    dataDir: '/data',
    tookMs: 6_900,
  };

  it('has a first order that can be pasted where there is a market to place it on', () => {
    const banner = renderBanner({ ...facts, hasDemoMarket: true }, false);
    expect(banner).toMatch(/Demo market +LCO-CREDIT/);
    const [line] = /^curl .*exchange.orders.*$/m.exec(banner) ?? [''];
    const [, body = ''] = /-d '(.*)'$/.exec(line) ?? [];
    expect(JSON.parse(body)).toMatchObject({ side: 'buy', type: 'market' });
    expect(renderBanner(facts, false)).not.toMatch(/Demo market|exchange.orders/);
  });
});

describe('the pace', () => {
  const pace = async (outcomes: (Error | undefined)[]) => {
    const stopping = new AbortController();
    const times: number[] = [];
    await keepActing({
      name: 'test',
      pauseMs: [1, 2],
      random: new Random(1),
      logger: createLogger('test', 'silent'),
      stopped: stopping.signal,
      act: async () => {
        times.push(performance.now());
        if (times.length > outcomes.length) return stopping.abort();
        const error = outcomes[times.length - 1];
        if (error) throw error;
      },
    });
    return times.slice(1).map((at, index) => at - (times[index] ?? 0));
  };

  it('waits longer each time that the API is away, and goes on when it is back', async () => {
    const [first, second, third] = await pace([
      new ApiAway('gone'),
      new ApiAway('gone'),
      undefined,
    ]);
    expect(first).toBeGreaterThan(900);
    expect(second).toBeGreaterThan(1_900);
    expect(third).toBeLessThan(500);
  });

  it('ends at once when it is told to, also in a pause', async () => {
    const stopping = new AbortController();
    const running = keepActing({
      name: 'test',
      pauseMs: [60_000, 60_000],
      random: new Random(1),
      logger: createLogger('test', 'silent'),
      stopped: stopping.signal,
      act: () => Promise.reject(new ApiRefusal(403, 'USER_FROZEN', 0)),
    });
    setTimeout(() => stopping.abort(), 50);
    await running;
  }, 2_000);
});
