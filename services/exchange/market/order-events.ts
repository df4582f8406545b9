// Orders as the feed tells them (DESIGN 3): without what is usual, amounts as decimal strings. An event is applied as it
// is by the process that made it, and as it was read by the others: what it says in JSON is told by `toJSON`, so that
// the first need not convert it twice.
import type { FeedEvent } from '../../../ledger/command';
import type { OrderPatch, OrderRow } from './order-rows';

/** Fields as JSON has them. */
type Told<Fields> = {
  readonly [Name in keyof Fields]: bigint extends Fields[Name]
    ? string | Exclude<Fields[Name], bigint>
    : Fields[Name];
};

/** What most orders are: the feed leaves it out. */
const usual = {
  ownerKind: 'user',
  type: 'limit',
  timeInForce: 'GTC',
  postOnly: false,
  stp: 'expire_taker',
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
  replaces: null,
  source: 'order',
  closedAt: null,
} as const satisfies Partial<OrderRow>;

/** Tells followers of an order that was accepted, as it is after its first commit. */
export function orderEvent(order: OrderRow): FeedEvent {
  return { type: 'order', order, toJSON: () => ({ type: 'order', order: tellOrder(order) }) };
}

function tellOrder(order: OrderRow): Record<string, unknown> {
  const told = tellFields(order, usual);
  if (order.requestedLots === order.quantityLots) delete told['requestedLots'];
  if (order.updatedAt === order.acceptedAt) delete told['updatedAt'];
  return told;
}

type UnusualOrder = Told<Omit<OrderRow, keyof typeof usual | 'requestedLots' | 'updatedAt'>> &
  Partial<Told<OrderRow>>;

export function readOrderEvent(event: FeedEvent): OrderRow {
  const order = event['order'] as OrderRow | UnusualOrder;
  if (typeof order.number === 'bigint') return order as OrderRow;
  return readOrder(order as UnusualOrder);
}

/** Field by field, as in order-draft. */
function readOrder(told: UnusualOrder): OrderRow {
  return {
    id: told.id,
    ownerKind: told.ownerKind ?? usual.ownerKind,
    ownerId: told.ownerId,
    clientOrderId: told.clientOrderId,
    number: BigInt(told.number),
    side: told.side,
    type: told.type ?? usual.type,
    timeInForce: told.timeInForce ?? usual.timeInForce,
    postOnly: told.postOnly ?? usual.postOnly,
    stp: told.stp ?? usual.stp,
    priceTicks: told.priceTicks,
    quantityLots: told.quantityLots,
    requestedLots: told.requestedLots === undefined ? told.quantityLots : told.requestedLots,
    quoteQuantity: readAmount(told.quoteQuantity, null),
    triggerTicks: told.triggerTicks ?? null,
    triggeredAt: told.triggeredAt ?? null,
    resting: told.resting ?? usual.resting,
    status: told.status ?? usual.status,
    reason: told.reason ?? null,
    filledLots: told.filledLots ?? usual.filledLots,
    makerNotional: readAmount(told.makerNotional, 0n),
    takerNotional: readAmount(told.takerNotional, 0n),
    feeCharged: readAmount(told.feeCharged, 0n),
    hold: readAmount(told.hold, 0n),
    makerFeeBps: told.makerFeeBps,
    takerFeeBps: told.takerFeeBps,
    bandBps: told.bandBps,
    replaces: told.replaces ?? null,
    source: told.source ?? usual.source,
    acceptedAt: told.acceptedAt,
    updatedAt: told.updatedAt ?? told.acceptedAt,
    closedAt: told.closedAt ?? null,
  };
}

function readAmount<Else>(told: string | null | undefined, otherwise: Else): bigint | Else {
  return typeof told === 'string' ? BigInt(told) : otherwise;
}

/** Tells followers what changed of an order. */
export function orderChangedEvent({ id, ownerId }: OrderRow, patch: OrderPatch): FeedEvent {
  const type = 'order.changed';
  return {
    type,
    id,
    ownerId,
    patch,
    toJSON: () => ({ type, id, ownerId, patch: tellFields(patch, {}) }),
  };
}

export function readOrderChange(event: FeedEvent): {
  readonly id: string;
  readonly ownerId: string;
  readonly patch: OrderPatch;
} {
  const { id, ownerId, patch } = event as unknown as {
    id: string;
    ownerId: string;
    patch: Record<string, unknown>;
  };
  return { id, ownerId, patch: readPatch(patch) };
}

const amounts = [
  'number',
  'makerNotional',
  'takerNotional',
  'feeCharged',
  'hold',
] as const satisfies readonly (keyof OrderPatch)[];

function readPatch(told: Record<string, unknown>): OrderPatch {
  const patch = { ...told };
  for (const name of amounts) {
    const value = patch[name];
    if (typeof value === 'string') patch[name] = BigInt(value);
  }
  return patch;
}

function tellFields(row: OrderPatch, left: Partial<OrderRow>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name in row) {
    const value: unknown = row[name as keyof OrderPatch];
    if (value === left[name as keyof OrderRow] && name in left) continue;
    fields[name] = typeof value === 'bigint' ? value.toString() : value;
  }
  return fields;
}
