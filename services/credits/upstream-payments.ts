// Bills paid to upstreams (DESIGN 2.1): an operator's record, which destroys Credits of `upstream_cost`. A bill
// above what is booked there needs a correction of the cost, or capital paid in, first.
import type { Knex } from 'knex';
import { requirePositiveAmount } from '../../domain/credits';
import { assert, DomainError } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { requireChannelName, requireReason } from '../../domain/text';
import { isoTime } from '../../domain/time';
import { platformAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { deriveId } from '../../ledger/ids';
import { defineTable, type RowOf } from '../../ledger/table';
import { auditAct } from '../identity/audit-log';
import { originOf, type Caller } from '../identity/caller';
import { readPage, type Page, type PageRequest } from '../pages';
import { requireOperator, userStates } from '../identity/user-state';

const upstreamPayments = defineTable({
  name: 'upstream_payments',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'uuid',
    amount: 'bigint',
    channel: 'text?',
    reason: 'text',
    recordedBy: 'uuid',
    recordedAt: 'timestamptz',
  },
});
type UpstreamPaymentRow = RowOf<typeof upstreamPayments>;

const columns = {
  id: 'p.id',
  amount: 'p.amount',
  channel: 'p.channel',
  reason: 'p.reason',
  recordedBy: 'p.recorded_by',
  recordedAt: 'p.recorded_at',
} satisfies Record<keyof UpstreamPaymentRow, string>;

/** A paid bill as it is told: the amount as a decimal string, the time in ISO 8601. */
interface UpstreamPayment {
  readonly id: string;
  readonly amount: string;
  readonly channel: string | null;
  readonly reason: string;
  readonly recordedBy: string;
  readonly recordedAt: string;
}

function presentUpstreamPayment(row: UpstreamPaymentRow): UpstreamPayment {
  return { ...row, amount: formatAmount(row.amount), recordedAt: isoTime(row.recordedAt) };
}

interface UpstreamPaymentRequest {
  /** Base units of CREDIT. */
  readonly amount: bigint;
  /** The upstream's name, for the reader of the record. */
  readonly channel: string | null;
  readonly reason: string;
}

interface PayUpstream extends UpstreamPaymentRequest {
  readonly id: string;
  readonly operatorId: string;
  readonly requestId: string;
}

const payable = platformAccount('upstream_cost', 'CREDIT');
const reserve = platformAccount('reserve', 'CREDIT');

const payUpstream: Command<PayUpstream, UpstreamPayment> = {
  kind: 'pay_upstream',
  keys: ({ operatorId }) => ({
    accounts: [payable, reserve],
    rows: [rowKey(userStates, operatorId)],
  }),
  decide(view, { id, operatorId, amount, channel, reason, requestId }) {
    requireOperator(view, operatorId);
    requirePositiveAmount(amount);
    requireReason(reason);
    if (channel !== null) requireChannelName(channel);
    const booked = view.balance(payable);
    if (amount > booked) {
      throw new DomainError(
        'BILL_EXCEEDS_PAYABLE',
        'The bill is above what is booked as payable; correct the cost or pay capital in first.',
        { payable: formatAmount(booked) },
      );
    }
    const payment = {
      id,
      amount,
      channel,
      reason,
      recordedBy: operatorId,
      recordedAt: view.at,
    };
    const logged = auditAct(view.at, {
      operatorId,
      action: 'upstream_payment.record',
      subjectKind: 'upstream_payment',
      subjectId: id,
      reason,
      details: { amount: formatAmount(amount), channel: channel ?? '' },
      requestId,
    });
    return {
      transfers: [moveBetween('upstream_payment', payable, reserve, amount, id)],
      rows: [putRow(upstreamPayments, payment), logged],
      result: presentUpstreamPayment(payment),
    };
  },
};

export interface UpstreamPayments {
  /** @throws DomainError FORBIDDEN, BILL_EXCEEDS_PAYABLE, AMOUNT_OUT_OF_RANGE, INVALID_REQUEST */
  record(
    caller: Caller,
    request: UpstreamPaymentRequest,
  ): Promise<{ payment: UpstreamPayment; replayed: boolean }>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<UpstreamPayment>>;
}

interface UpstreamPaymentsOptions {
  readonly db: Knex;
  readonly committer: Committer;
}

export function createUpstreamPayments({
  db,
  committer,
}: UpstreamPaymentsOptions): UpstreamPayments {
  return {
    async record(caller, { amount, channel, reason }) {
      const { userId: operatorId, requestId, idempotency } = caller;
      assert(idempotency, 'a paid bill has an idempotency key');
      const id = deriveId('upstream-payment', operatorId, idempotency.key);
      const input = { id, operatorId, requestId, amount, channel, reason };
      const { result, replayed } = await committer.submit(payUpstream, input, originOf(caller));
      return { payment: result, replayed };
    },
    async list(page) {
      const query = db({ p: 'upstream_payments' }).select(columns);
      const { items, nextCursor } = await readPage<UpstreamPaymentRow>(query, page, [
        { column: 'p.recorded_at', type: 'time', of: ({ recordedAt }) => recordedAt },
        { column: 'p.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map(presentUpstreamPayment), nextCursor };
    },
  };
}
