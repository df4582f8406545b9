// Orders of users, and what the ticker of the mark does to them. Prices lie so near to each other that most orders
// meet somebody.
import { createOrders, type PlacedOrder } from '../../../services/exchange/orders/orders';
import { executeTriggered } from '../../../services/exchange/execution/trigger';
import { tickMark, type Tick } from '../../../services/exchange/mark/mark';
import { orderIdOf } from '../../../services/exchange/orders/place-order';
import { parseAmount } from '../../../domain/money';
import { fickleOperator, nameOf, unknownId, users } from '../cast';
import { waitingStops } from '../model/market';
import * as model from '../model/orders';
import { balanceOf, ofUser, type State } from '../model/state';
import type { Terms } from '../model/trading';
import type { SimulatedProcess } from '../processes';
import { callerOf, pickRecent, pickUser, type Draw, type Request } from './request';

/** One Credit for an LCO. */
const usualTicks = 1_000_000;

export function tell({ order, fills, replayed }: PlacedOrder): string {
  const { id, status, reason, filledQuantity, fee, held } = order;
  const lots = parseAmount(filledQuantity) / 1_000_000n;
  const prices = fills.map(
    ({ quantity, price }) => `${parseAmount(quantity) / 1_000_000n}@${parseAmount(price) / 100n}`,
  );
  const progress = `${lots} for ${parseAmount(fee)}, holds ${parseAmount(held)}`;
  return `${id} ${status} ${reason ?? '-'}: ${progress} [${prices.join(' ')}]${replayed ? ' (replayed)' : ''}`;
}

export function toProductTerms({ tif, price, lots, quote, trigger, ...rest }: Terms) {
  return {
    ...rest,
    timeInForce: tif,
    priceTicks: price,
    quantityLots: lots,
    quoteQuantity: quote,
    triggerTicks: trigger,
  };
}

/** A new one, or now and then one that its owner has used already. */
function drawClientOrderId({ random, memory }: Draw, userId: string): string {
  const used = memory.orders.filter((order) => order.userId === userId);
  if (used.length > 0 && random.chance(0.05)) return random.pick(used).clientOrderId;
  const clientOrderId = `order-${memory.orders.length}`;
  memory.orders.push({ id: orderIdOf(userId, clientOrderId), userId, clientOrderId });
  return clientOrderId;
}

/** Buyers offer a little less than sellers ask for, but not always. */
function drawTicks({ random }: Draw, side: 'buy' | 'sell'): number {
  if (random.chance(0.02)) return random.pick([1, 50, 900_000, 1_200_000, 1_000_000_000]);
  const sign = side === 'buy' ? -1 : 1;
  return usualTicks + sign * random.pick([500, 1_000]) * random.between(-6, 20);
}

function drawLots({ random }: Draw): number {
  return random.weighted([
    [3, random.between(1, 9)],
    [6, random.between(1, 9) * 1_000],
    [8, random.between(1, 9) * 10_000],
    [1, 1_000_000_000],
  ]);
}

const usual = { tif: 'GTC', postOnly: false, quote: null, trigger: null } as const;

/** What an order is drawn as; quantities by what the owner has, and triggers by the mark, follow when it is sent. */
interface Drawn {
  readonly terms: Terms;
  /** All that the owner has of what the order gives, and so much more. */
  readonly allAnd: number | null;
  /** Ticks away from the mark. */
  readonly fromMark: number | null;
}

function drawShape(draw: Draw, side: 'buy' | 'sell', stp: Terms['stp']): Terms {
  const { random } = draw;
  const base = { ...usual, side, stp, price: drawTicks(draw, side), lots: drawLots(draw) };
  const limit = { ...base, type: 'limit' } as const;
  const market = { ...base, type: 'market', tif: 'IOC', price: null } as const;
  const quote = BigInt(random.between(1, 9)) * random.pick([10n ** 5n, 10n ** 8n, 10n ** 10n]);
  const byQuote = { ...market, side: 'buy', lots: null, quote } as const;
  const kind = random.pick(['stop_loss', 'take_profit'] as const);
  const atMarket = side === 'buy' ? byQuote : market;
  return random.weighted<Terms>([
    [40, limit],
    [8, { ...limit, postOnly: true }],
    [6, { ...limit, tif: 'IOC' }],
    [6, { ...limit, tif: 'FOK' }],
    [10, market],
    [3, { ...market, tif: 'FOK' }],
    [6, byQuote],
    [10, { ...limit, type: kind, tif: random.pick(['GTC', 'GTC', 'IOC', 'FOK']), trigger: 1 }],
    [8, { ...atMarket, type: kind, trigger: 1 }],
    [1, { ...market, tif: 'GTC' }],
    [1, { ...limit, price: null }],
    [1, { ...limit, tif: 'IOC', postOnly: true }],
    [1, { ...market, type: kind, side: 'buy', trigger: 1 }],
    [1, { ...limit, quote: 10n ** 8n }],
  ]);
}

function drawOrder(draw: Draw): Drawn {
  const { random } = draw;
  const stp = random.pick(['expire_taker', 'expire_taker', 'expire_maker', 'expire_both'] as const);
  const terms = drawShape(draw, random.pick(['buy', 'sell']), stp);
  return {
    terms,
    allAnd: random.chance(0.08) ? random.pick([-1, 0, 0, 1]) : null,
    fromMark: terms.trigger === null ? null : random.pick([1, 60]) * random.between(-10, 10),
  };
}

function resolve(before: State, userId: string, { terms, allAnd, fromMark }: Drawn): Terms {
  const mark = before.mark === null ? usualTicks : Number(before.mark / 10n ** 6n);
  const trigger = fromMark === null ? null : mark + fromMark;
  // Prices go where the mark goes.
  const price = terms.price === null ? null : nearMark(terms.price, mark);
  return resolveAmounts(before, userId, { ...terms, trigger, price }, allAnd);
}

const grid = 500;

function nearMark(drawn: number, mark: number): number {
  if (Math.abs(drawn - usualTicks) > usualTicks / 2) return drawn;
  return drawn + Math.round((mark - usualTicks) / grid) * grid;
}

function resolveAmounts(before: State, userId: string, terms: Terms, allAnd: number | null): Terms {
  if (allAnd === null) return terms;
  if (terms.quote !== null) {
    const all = balanceOf(before, ofUser(userId, 'available')) + BigInt(allAnd);
    return { ...terms, quote: all > 0n ? all : 1n };
  }
  const all = Number(balanceOf(before, ofUser(userId, 'available', 'LCO')) / 1_000_000n) + allAnd;
  return { ...terms, lots: Math.min(Math.max(all, 1), 1_000_000_000) };
}

function textOf({ terms, allAnd, fromMark }: Drawn): string {
  const { side, type, tif, postOnly, stp, price, lots, quote } = terms;
  const amount =
    allAnd === null ? (quote === null ? `${lots}` : `for ${quote}`) : `all and ${allAnd}`;
  const trigger = fromMark === null ? '' : ` once the mark is ${fromMark} off`;
  return `${side} ${type} ${tif}${postOnly ? ' post-only' : ''} ${amount} at ${price}${trigger}, ${stp}`;
}

const traders = [...users, ...users, ...users, fickleOperator];

function pickTrader(draw: Draw): string {
  if (draw.random.chance(0.01)) return unknownId;
  return draw.random.chance(0.3) ? pickUser(draw) : draw.random.pick(traders);
}

export function ordersOf({ world, committer }: SimulatedProcess) {
  return createOrders({ db: world.db, committer });
}

export function placeOrder(draw: Draw): Request {
  const userId = pickTrader(draw);
  const drawn = drawOrder(draw);
  const clientOrderId = drawClientOrderId(draw, userId);
  const id = orderIdOf(userId, clientOrderId);
  return {
    text: `${nameOf(userId)} places ${clientOrderId}: ${textOf(drawn)}`,
    isRepeatable: true,
    bind(before) {
      const terms = resolve(before, userId, drawn);
      return {
        send: async (process) =>
          tell(
            await ordersOf(process).place(callerOf(userId), clientOrderId, toProductTerms(terms)),
          ),
        expect: (state) => model.placeOrder(state, { id, userId, terms }),
      };
    },
  };
}

/** A known order, of the newest most often, and who asks something of it: mostly the owner. */
function drawKnown(draw: Draw): { orderId: string; userId: string } {
  const { random, memory } = draw;
  const orderId = pickRecent(
    draw,
    memory.orders.map(({ id }) => id),
    unknownId,
  );
  const owner = memory.orders.find(({ id }) => id === orderId)?.userId ?? random.pick(users);
  return { orderId, userId: random.chance(0.06) ? random.pick(users) : owner };
}

export function amendOrder(draw: Draw): Request {
  const { random } = draw;
  const { orderId, userId } = drawKnown(draw);
  const quarters = random.weighted([
    [3, null],
    [8, random.between(1, 3)],
    [3, random.between(4, 6)],
    [1, 0],
  ]);
  const price = random.chance(0.4) ? drawTicks(draw, random.pick(['buy', 'sell'])) : null;
  const clientOrderId = drawClientOrderId(draw, userId);
  const id = orderIdOf(userId, clientOrderId);
  const what = `${quarters ?? 'as many'} quarters at ${price ?? 'the same'}`;
  return {
    text: `${nameOf(userId)} amends ${orderId} by ${clientOrderId} to ${what}`,
    isRepeatable: true,
    bind(before) {
      const order = before.orders.find((known) => known.id === orderId);
      const total = order?.lots ?? order?.filled ?? 1_000;
      const lots = quarters === null ? null : Math.max(1, Math.floor((total * quarters) / 4));
      const asked = { orderId, clientOrderId, priceTicks: price, quantityLots: lots };
      return {
        send: async (process) => tell(await ordersOf(process).amend(callerOf(userId), asked)),
        expect: (state) => model.amendOrder(state, { id, userId, orderId, price, lots }),
      };
    },
  };
}

export function cancelOrder(draw: Draw): Request {
  const { orderId, userId } = drawKnown(draw);
  return {
    text: `${nameOf(userId)} cancels ${orderId}`,
    isRepeatable: true,
    bind: () => ({
      async send(process) {
        const { id, status, reason } = await ordersOf(process).cancel(callerOf(userId), orderId);
        return `${id} ${status} ${reason}`;
      },
      expect: (state) => model.cancelOrder(state, { userId, orderId }),
    }),
  };
}

export function cancelAllOrders(draw: Draw): Request {
  const userId = pickTrader(draw);
  return {
    text: `${nameOf(userId)} cancels everything`,
    isRepeatable: true,
    bind: () => ({
      async send(process) {
        const cancelled = await ordersOf(process).cancelAll(callerOf(userId));
        const ids = cancelled.map(({ id }) => id);
        return `cancelled ${ids.sort().join(' ')}`;
      },
      expect: (state) => model.cancelAllOrders(state, userId),
    }),
  };
}

export function tellTick({ waiting, positions }: Tick): string {
  const ids = [
    ...waiting.map(({ orderId }) => orderId),
    ...positions.map(({ positionId }) => positionId),
  ];
  return `waiting: ${ids.sort().join(' ')}`;
}

/** One a step: the model learns from the row that it leaves what the mark has become. */
export function tick(draw: Draw): Request {
  if (draw.memory.isTicked) return executeStop(draw);
  draw.memory.isTicked = true;
  return {
    text: 'the mark is ticked',
    isRepeatable: false,
    bind: () => ({
      async send({ committer }) {
        const input = { warmUpMs: 0 };
        const { result } = await committer.submit(tickMark, input, { actor: 'mark' });
        return tellTick(result);
      },
      expect: (state, _, observed) => model.tick(state, observed.mark),
    }),
  };
}

/** One that waits, or any: the ticker may be late. */
export function executeStop(draw: Draw): Request {
  const { random, memory } = draw;
  const place = random.chance(0.8) ? random.between(0, 3) : null;
  const known = random.chance(0.9) ? memory.orders.slice(-10) : memory.orders;
  const fallback = known.length > 0 ? random.pick(known) : { id: unknownId, userId: unknownId };
  return {
    text: `the stop ${place ?? fallback.id} is executed`,
    isRepeatable: true,
    bind(before) {
      const waiting = place === null ? undefined : waitingStops(before)[place];
      const { id, userId } = waiting ?? fallback;
      return {
        async send({ committer }) {
          const input = { orderId: id, ownerId: userId };
          await committer.submit(executeTriggered, input, { actor: 'mark' });
          return 'done';
        },
        expect: (state) => model.executeStop(state, id),
      };
    },
  };
}
