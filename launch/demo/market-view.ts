// What the demo's traders know of the market and of themselves, read over the public API (DESIGN 7).
import { z } from 'zod';
import { lotsOf, ticksOf, type Side } from '../../domain/exchange/market';
import { parseAmount } from '../../domain/money';
import type { ApiClient } from './api-client';

const amount = z.string().transform((text) => parseAmount(text));

const markAnswer = z.object({ mark: z.string().nullable() });
const tradesAnswer = z.object({ items: z.array(z.object({ price: amount })) });
const balancesAnswer = z.object({
  balances: z.array(z.object({ asset: z.string(), available: amount, orders: amount })),
});
const ordersAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      side: z.enum(['buy', 'sell']),
      type: z.string(),
      price: amount.nullable(),
      quantity: amount.nullable(),
      filledQuantity: amount,
    }),
  ),
});

/** The price that the market goes by, in ticks: the mark, before there is one the last trade; undefined: neither. */
export async function readPrice(api: ApiClient): Promise<number | undefined> {
  const { mark } = markAnswer.parse(await api.send('GET', '/api/v1/exchange/mark'));
  // A mark has more decimals than an amount.
  if (mark !== null) return Math.max(1, Math.round(Number(mark) * 1e6));
  const { items } = tradesAnswer.parse(await api.send('GET', '/api/v1/exchange/trades?limit=1'));
  const [last] = items;
  return last && ticksOf(last.price);
}

export interface Funds {
  /** Base units of CREDIT, and lots: free, and held by open orders. */
  readonly credits: bigint;
  readonly heldCredits: bigint;
  readonly lots: number;
  readonly heldLots: number;
}

export async function readFunds(api: ApiClient): Promise<Funds> {
  const { balances } = balancesAnswer.parse(await api.send('GET', '/api/v1/balances'));
  const of = (name: string) => balances.find(({ asset }) => asset === name);
  const wholeLots = (units: bigint) => Number(units / 1_000_000n);
  return {
    credits: of('CREDIT')?.available ?? 0n,
    heldCredits: of('CREDIT')?.orders ?? 0n,
    lots: wholeLots(of('LCO')?.available ?? 0n),
    heldLots: wholeLots(of('LCO')?.orders ?? 0n),
  };
}

export interface OpenOrder {
  readonly id: string;
  readonly side: Side;
  readonly ticks: number;
  /** Not filled yet. */
  readonly restLots: number;
  readonly filledLots: number;
}

/** One's resting limit orders. */
export async function readOpenOrders(api: ApiClient): Promise<OpenOrder[]> {
  const answer = await api.send('GET', '/api/v1/exchange/orders?status=open&limit=100');
  return ordersAnswer.parse(answer).items.flatMap((order) => {
    const { id, side, type, price, quantity, filledQuantity } = order;
    if (type !== 'limit' || price === null || quantity === null) return [];
    const filledLots = filledQuantity === 0n ? 0 : lotsOf(filledQuantity);
    const restLots = lotsOf(quantity) - filledLots;
    return [{ id, side, ticks: ticksOf(price), restLots, filledLots }];
  });
}
