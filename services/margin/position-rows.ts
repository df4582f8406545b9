// The tables of margin positions (DESIGN 2.6): where each stands, all that ever happened to it, and what a user owes on each
// side together.
import type { CloseReason, PositionSide, PositionStatus } from '../../domain/margin/position';
import type { Asset } from '../../domain/money';
import type { OutboxMessage } from '../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

export type TriggerKind = 'stop_loss' | 'take_profit';

const positionTable = defineTable({
  name: 'margin_positions',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    userId: 'uuid',
    side: 'text',
    status: 'text',
    revision: 'int',
    leverage: 'int',
    lots: 'int',
    credits: 'bigint',
    scaledDebt: 'bigint',
    liquidationKey: 'numeric?',
    takerFeeBps: 'int',
    maintenanceBps: 'int',
    safeBps: 'int',
    takeoverBps: 'int',
    entryLots: 'int',
    entryNotional: 'bigint',
    stopLossTicks: 'int?',
    takeProfitTicks: 'int?',
    triggered: 'text?',
    triggeredAt: 'timestamptz?',
    paidIn: 'bigint',
    paidOut: 'bigint',
    penalties: 'bigint',
    orders: 'int',
    openedAt: 'timestamptz',
    updatedAt: 'timestamptz',
    fencedAt: 'timestamptz?',
    fencedLots: 'int?',
    sliced: 'boolean',
    takenOverAt: 'timestamptz?',
    workOffOrderId: 'uuid?',
    closedAt: 'timestamptz?',
    closeReason: 'text?',
  },
});

export type PositionRow = Omit<
  RowOf<typeof positionTable>,
  'side' | 'status' | 'triggered' | 'closeReason'
> & {
  readonly side: PositionSide;
  readonly status: PositionStatus;
  readonly triggered: TriggerKind | null;
  readonly closeReason: CloseReason | null;
};
export const marginPositions = positionTable as unknown as Table<PositionRow>;

/** For reads outside the committer, with the table as `p`. */
export const positionColumns = {
  id: 'p.id',
  userId: 'p.user_id',
  side: 'p.side',
  status: 'p.status',
  revision: 'p.revision',
  leverage: 'p.leverage',
  lots: 'p.lots',
  credits: 'p.credits',
  scaledDebt: 'p.scaled_debt',
  liquidationKey: 'p.liquidation_key',
  takerFeeBps: 'p.taker_fee_bps',
  maintenanceBps: 'p.maintenance_bps',
  safeBps: 'p.safe_bps',
  takeoverBps: 'p.takeover_bps',
  entryLots: 'p.entry_lots',
  entryNotional: 'p.entry_notional',
  stopLossTicks: 'p.stop_loss_ticks',
  takeProfitTicks: 'p.take_profit_ticks',
  triggered: 'p.triggered',
  triggeredAt: 'p.triggered_at',
  paidIn: 'p.paid_in',
  paidOut: 'p.paid_out',
  penalties: 'p.penalties',
  orders: 'p.orders',
  openedAt: 'p.opened_at',
  updatedAt: 'p.updated_at',
  fencedAt: 'p.fenced_at',
  fencedLots: 'p.fenced_lots',
  sliced: 'p.sliced',
  takenOverAt: 'p.taken_over_at',
  workOffOrderId: 'p.work_off_order_id',
  closedAt: 'p.closed_at',
  closeReason: 'p.close_reason',
} satisfies Record<keyof PositionRow, string>;

export const changeKinds = [
  'opened',
  'collateral_added',
  'collateral_taken',
  'triggers_set',
  'trigger_set_off',
  'closed_in_part',
  'closed',
  'fenced',
  'spared',
  'liquidated',
  'recovered',
  'taken_over',
  'offered',
  'worked_off',
  'written_off',
] as const;
/**
 * spared, recovered: open again, before and after something was closed. offered: the reserve's next order is in the book.
 */
export type ChangeKind = (typeof changeKinds)[number];

const changeTable = defineTable({
  name: 'margin_changes',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'text',
    positionId: 'uuid',
    number: 'int',
    kind: 'text',
    at: 'timestamptz',
    mark: 'numeric?',
    marginRatio: 'numeric?',
    orderId: 'uuid?',
    lots: 'int',
    credits: 'bigint',
    scaledDebt: 'bigint',
    debt: 'bigint',
    tradedLots: 'int',
    notional: 'bigint',
    fee: 'bigint',
    penalty: 'bigint',
    paidIn: 'bigint',
    paidOut: 'bigint',
    surplus: 'bigint',
    coinsIn: 'bigint',
  },
});

export type ChangeRow = Omit<RowOf<typeof changeTable>, 'kind'> & { readonly kind: ChangeKind };
export const marginChanges = changeTable as unknown as Table<ChangeRow>;

/** For reads outside the committer, with the table as `c`. */
export const changeColumns = {
  id: 'c.id',
  positionId: 'c.position_id',
  number: 'c.number',
  kind: 'c.kind',
  at: 'c.at',
  mark: 'c.mark',
  marginRatio: 'c.margin_ratio',
  orderId: 'c.order_id',
  lots: 'c.lots',
  credits: 'c.credits',
  scaledDebt: 'c.scaled_debt',
  debt: 'c.debt',
  tradedLots: 'c.traded_lots',
  notional: 'c.notional',
  fee: 'c.fee',
  penalty: 'c.penalty',
  paidIn: 'c.paid_in',
  paidOut: 'c.paid_out',
  surplus: 'c.surplus',
  coinsIn: 'c.coins_in',
} satisfies Record<keyof ChangeRow, string>;

export const marginUsers = defineTable({
  name: 'margin_users',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    userId: 'uuid',
    asset: 'text',
    positions: 'int',
    scaledDebt: 'bigint',
  },
});

export function marginUserIdOf(userId: string, asset: Asset): string {
  return `${userId}/${asset}`;
}

/** What a position's monitor is started with. */
export interface MonitorTerms {
  readonly positionId: string;
  readonly userId: string;
  readonly side: PositionSide;
}

/** Tells the worker of a position: of its birth, that its key was crossed, that it was closed. */
export function positionMessage(
  kind: 'margin.opened' | 'margin.crossed' | 'margin.closed',
  { id, userId, side }: Pick<PositionRow, 'id' | 'userId' | 'side'>,
): OutboxMessage {
  const terms: MonitorTerms = { positionId: id, userId, side };
  return { kind, entityId: id, payload: { ...terms } };
}
