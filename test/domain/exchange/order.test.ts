import fc from 'fast-check';
import { notionalOf } from '../../../domain/exchange/market';
import {
  averagePriceOf,
  endingOf,
  faultsOf,
  feeOf,
  holdOf,
  type OrderProgress,
  type OrderTerms,
} from '../../../domain/exchange/order';

function terms(over: Partial<OrderTerms> = {}): OrderTerms {
  return {
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    postOnly: false,
    stp: 'expire_taker',
    priceTicks: 50_000,
    quantityLots: 100,
    quoteQuantity: null,
    triggerTicks: null,
    ...over,
  };
}

const market = { type: 'market', priceTicks: null, timeInForce: 'IOC' } as const;
const stop = { type: 'stop_loss', triggerTicks: 40_000 } as const;

describe('the terms of an order', () => {
  it.each<[string, Partial<OrderTerms>, string | undefined]>([
    ['a limit', {}, undefined],
    ['a limit IOC', { timeInForce: 'IOC' }, undefined],
    ['a limit without a price', { priceTicks: null }, 'price'],
    ['a limit by quote quantity', { quantityLots: null, quoteQuantity: 1n }, 'quoteQuantity'],
    ['a limit without a quantity', { quantityLots: null }, 'quantity'],
    ['a post-only', { postOnly: true }, undefined],
    ['a post-only IOC', { postOnly: true, timeInForce: 'IOC' }, 'postOnly'],
    ['a limit with a trigger', { triggerTicks: 1 }, 'triggerPrice'],
    ['a market buy', market, undefined],
    ['a market buy by quote', { ...market, quantityLots: null, quoteQuantity: 1n }, undefined],
    ['one by both', { ...market, quoteQuantity: 1n }, 'quoteQuantity'],
    [
      'a market sale by quote',
      { ...market, side: 'sell', quantityLots: null, quoteQuantity: 1n },
      'quoteQuantity',
    ],
    [
      'a FOK by quote',
      { ...market, timeInForce: 'FOK', quantityLots: null, quoteQuantity: 1n },
      'timeInForce',
    ],
    ['a market with a price', { ...market, priceTicks: 1 }, 'price'],
    ['a market GTC', { ...market, timeInForce: 'GTC' }, 'timeInForce'],
    ['a market FOK', { ...market, timeInForce: 'FOK' }, undefined],
    ['a stop with a price', stop, undefined],
    ['a stop without a trigger', { ...stop, triggerTicks: null }, 'triggerPrice'],
    ['a stop that sells at market', { ...market, ...stop, side: 'sell' }, undefined],
    ['a stop that buys a quantity at market', { ...market, ...stop }, 'quoteQuantity'],
    [
      'a stop that buys at market by quote',
      { ...market, ...stop, quantityLots: null, quoteQuantity: 1n },
      undefined,
    ],
  ])('%s', (_, over, field) => {
    expect(faultsOf(terms(over))[0]?.field).toBe(field);
  });
});

function progress(over: Partial<OrderProgress> = {}): OrderProgress {
  return {
    side: 'buy',
    priceTicks: 50_000,
    quantityLots: 100,
    filledLots: 0,
    makerNotional: 0n,
    takerNotional: 0n,
    feeCharged: 0n,
    makerFeeBps: 0,
    takerFeeBps: 10,
    ...over,
  };
}

describe("an order's figures", () => {
  it.each([
    ['a buy: the notional and the larger fee on it', progress(), 5_005_000n],
    ['a sale: its LCO', progress({ side: 'sell' }), 100_000_000n],
    [
      'half filled as taker',
      progress({ filledLots: 50, takerNotional: 2_500_000n, feeCharged: 2_500n }),
      2_502_500n,
    ],
    [
      'a fee that is rounded up once for the order',
      progress({ priceTicks: 1, quantityLots: 1 }),
      2n,
    ],
    ['filled', progress({ filledLots: 100 }), 0n],
  ])('hold: %s', (_, order, hold) => {
    expect(holdOf(order)).toBe(hold);
  });

  it('a fee grows with the fills to the same total, however they come', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 10 ** 6 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(shares, fc.integer({ min: 0, max: 100 }), (notionals, takerFeeBps) => {
        let order = progress({ takerFeeBps });
        for (const notional of notionals) {
          const more = { maker: 0n, taker: BigInt(notional) };
          const fee = feeOf(order, more) - order.feeCharged;
          // never more than what it is charged on
          expect(fee <= more.taker).toBe(true);
          order = {
            ...order,
            takerNotional: order.takerNotional + more.taker,
            feeCharged: order.feeCharged + fee,
          };
        }
        const whole = { maker: 0n, taker: BigInt(notionals.reduce((a, b) => a + b, 0)) };
        expect(order.feeCharged).toBe(feeOf(progress({ takerFeeBps }), whole));
      }),
    );
  });

  it('what a buy holds covers every way in which its rest may be filled', () => {
    const fills = fc.array(
      fc.record({ lots: fc.integer({ min: 1, max: 50 }), below: fc.integer({ min: 0, max: 999 }) }),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(
        fills,
        fc.integer({ min: 1_000, max: 10 ** 6 }),
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 100 }),
        (parts, priceTicks, makerFeeBps, takerFeeBps) => {
          const quantityLots = parts.reduce((sum, { lots }) => sum + lots, 0);
          let order = progress({ priceTicks, quantityLots, makerFeeBps, takerFeeBps });
          for (const [i, { lots, below }] of parts.entries()) {
            const notional = notionalOf(priceTicks - below, lots);
            const isTaker = i % 2 === 0;
            const more = isTaker ? { maker: 0n, taker: notional } : { maker: notional, taker: 0n };
            const fee = feeOf(order, more) - order.feeCharged;
            const next = {
              ...order,
              filledLots: order.filledLots + lots,
              makerNotional: order.makerNotional + more.maker,
              takerNotional: order.takerNotional + more.taker,
              feeCharged: order.feeCharged + fee,
            };
            expect(holdOf(order) - holdOf(next) >= notional + fee).toBe(true);
            order = next;
          }
          expect(holdOf(order)).toBe(0n);
        },
      ),
    );
  });

  it('an average price is rounded down to 8 decimals', () => {
    expect(averagePriceOf(progress())).toBeNull();
    expect(averagePriceOf(progress({ filledLots: 3, takerNotional: 100_000n }))).toBe(3_333_333n);
  });
});

it.each([
  ['filled', true, 'filled', null],
  ['book_empty', true, 'expired', 'no_liquidity'],
  ['book_empty', false, 'expired', 'immediate_or_cancel'],
  ['limit', true, 'expired', 'price_band'],
  ['limit', false, 'expired', 'immediate_or_cancel'],
  ['fill_limit', false, 'expired', 'fill_limit'],
  ['self_trade', false, 'expired', 'self_trade_prevention'],
  ['killed', false, 'expired', 'fill_or_kill'],
] as const)(
  'matching that ended by %s (band: %s) leaves it %s: %s',
  (end, hasBand, status, reason) => {
    expect(endingOf(end, hasBand)).toEqual({ status, reason });
  },
);
