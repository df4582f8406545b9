// A demo trader that takes (DESIGN 7): small purchases and sales at the price of the moment, the more of the one the
// more it has of the other.
import { randomUUID } from 'node:crypto';
import { formatPrice, formatQuantity, minNotional, notionalOf } from '../../domain/exchange/market';
import { unit } from '../../domain/money';
import { ApiRefusal, type ApiClient } from './api-client';
import { readFunds, readPrice } from './market-view';
import type { Random } from './random';

/** In Credits. */
const worth = [1, 15] as const;
/** How far beyond the mark it goes, as a share. */
const reach = 0.01;

/** @returns what the taker does again and again. */
export function createTaker(api: ApiClient, random: Random): () => Promise<void> {
  return async () => {
    const [ticks, funds] = await Promise.all([readPrice(api), readFunds(api)]);
    if (ticks === undefined) return;
    const credits = Number(funds.credits);
    const shareOfCredits = credits / (credits + funds.lots * ticks || 1);
    // Between a third and two thirds of what it does, until one of the two is nearly gone.
    const side = random.chance(Math.min(0.97, Math.max(0.03, shareOfCredits))) ? 'buy' : 'sell';
    const price = Math.max(1, Math.round(ticks * (side === 'buy' ? 1 + reach : 1 - reach)));
    const wanted = Math.round((random.between(...worth) * Number(unit)) / ticks);
    const most = side === 'sell' ? funds.lots : Math.floor((credits * 0.99) / price);
    const lots = Math.min(wanted, most);
    if (notionalOf(price, lots) < minNotional) return;
    try {
      await api.send('POST', '/api/v1/exchange/orders', {
        clientOrderId: randomUUID(),
        side,
        type: 'limit',
        timeInForce: 'IOC',
        price: formatPrice(price),
        quantity: formatQuantity(lots),
      });
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.status !== 422) throw error;
    }
  };
}
