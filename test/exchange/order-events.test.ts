import {
  orderChangedEvent,
  orderEvent,
  readOrderChange,
  readOrderEvent,
} from '../../services/exchange/market/order-events';
import type { OrderRow } from '../../services/exchange/market/order-rows';
import type { FeedEvent } from '../../ledger/command';

const plain: OrderRow = {
  id: '00000000-0000-4000-8000-000000000001',
  ownerKind: 'user',
  ownerId: '00000000-0000-4000-8000-000000000002',
  clientOrderId: 'first',
  number: 7n,
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  postOnly: false,
  stp: 'expire_taker',
  priceTicks: 50_000,
  quantityLots: 1_000,
  requestedLots: 1_000,
  quoteQuantity: null,
  triggerTicks: null,
  triggeredAt: null,
  resting: false,
  status: 'open',
  reason: null,
  filledLots: 0,
  makerNotional: 0n,
  takerNotional: 0n,
  feeCharged: 0n,
  hold: 0n,
  makerFeeBps: 0,
  takerFeeBps: 10,
  bandBps: 1_000,
  replaces: null,
  source: 'order',
  acceptedAt: 1_700_000_000_000,
  updatedAt: 1_700_000_000_000,
  closedAt: null,
};

/** Another value for every field that may have one. */
const unusual: OrderRow = {
  id: '00000000-0000-4000-8000-000000000003',
  ownerKind: 'platform',
  ownerId: 'ecosystem_fund',
  clientOrderId: 'second',
  number: 2n ** 60n,
  side: 'sell',
  type: 'take_profit',
  timeInForce: 'FOK',
  postOnly: true,
  stp: 'expire_both',
  priceTicks: null,
  quantityLots: null,
  requestedLots: 900,
  quoteQuantity: 10n ** 18n,
  triggerTicks: 49_000,
  triggeredAt: 1_700_000_000_001,
  resting: true,
  status: 'expired',
  reason: 'price_band',
  filledLots: 3,
  makerNotional: 1n,
  takerNotional: 2n,
  feeCharged: 3n,
  hold: 4n,
  makerFeeBps: 5,
  takerFeeBps: 6,
  bandBps: 7,
  replaces: '00000000-0000-4000-8000-000000000004',
  source: 'buyback',
  acceptedAt: 1_700_000_000_002,
  updatedAt: 1_700_000_000_003,
  closedAt: 1_700_000_000_004,
};

/** What another process gets. */
const told = (event: FeedEvent) => JSON.parse(JSON.stringify(event)) as FeedEvent;

const fields = Object.keys(plain) as (keyof OrderRow)[];

it.each(fields)('an order is read as it was told when %s is unusual', (field) => {
  const order = { ...plain, [field]: unusual[field] };
  expect(order).not.toEqual(plain);
  expect(readOrderEvent(told(orderEvent(order)))).toEqual(order);
});

it('an order of which all is usual, or nothing, is read as it was told', () => {
  for (const order of [plain, unusual]) {
    expect(readOrderEvent(told(orderEvent(order)))).toEqual(order);
    expect(readOrderEvent(orderEvent(order))).toBe(order);
  }
});

it('says little of what is usual', () => {
  expect(Object.keys(told(orderEvent(plain))['order'] ?? {})).toEqual([
    ...['id', 'ownerId', 'clientOrderId', 'number', 'side', 'priceTicks', 'quantityLots'],
    ...['makerFeeBps', 'takerFeeBps', 'bandBps', 'acceptedAt'],
  ]);
});

it('a change is read as it was told', () => {
  const { number, quantityLots, triggeredAt, resting, status, reason } = unusual;
  const { filledLots, makerNotional, takerNotional, feeCharged, hold, updatedAt, closedAt } =
    unusual;
  const progress = { filledLots, makerNotional, takerNotional, feeCharged, hold };
  const times = { triggeredAt, updatedAt, closedAt };
  const patch = { number, quantityLots, resting, status, reason, ...progress, ...times };
  const { id, ownerId } = plain;
  expect(readOrderChange(told(orderChangedEvent(plain, patch)))).toEqual({ id, ownerId, patch });
  expect(readOrderChange(orderChangedEvent(plain, patch))).toEqual({ id, ownerId, patch });
});
