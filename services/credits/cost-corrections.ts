// True-ups (DESIGN 2.1, 2.5): an operator records that the upstreams cost more, or less, than was booked. The
// record moves nothing by itself: the next weekly close takes it in.
import type { Knex } from 'knex';
import { requirePositiveAmount } from '../../domain/credits';
import { assert } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { requireChannelName, requireReason } from '../../domain/text';
import { isoTime } from '../../domain/time';
import { putRow, rowKey, type Command, type RowKey } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { deriveId } from '../../ledger/ids';
import { defineTable, type RowOf } from '../../ledger/table';
import { auditAct } from '../identity/audit-log';
import { originOf, type Caller } from '../identity/caller';
import { readPage, type Page, type PageRequest } from '../pages';
import { requireOperator, userStates } from '../identity/user-state';

const costCorrections = defineTable({
  name: 'cost_corrections',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'uuid',
    amount: 'bigint',
    channel: 'text?',
    reason: 'text',
    recordedBy: 'uuid',
    recordedAt: 'timestamptz',
    /** In the order of recording: a close takes in all up to a number. */
    number: 'bigint',
  },
});

/** All corrections, and how many there are: one row, which tells a close what came since the last one. */
export const costCorrectionTotals = defineTable({
  name: 'cost_correction_totals',
  key: 'id',
  writes: 'update',
  columns: { id: 'int', amount: 'bigint', corrections: 'bigint' },
});
export const costCorrectionTotalsKey: RowKey = rowKey(costCorrectionTotals, '1');

/** A correction with the close that took it in. */
type CostCorrectionRow = Omit<RowOf<typeof costCorrections>, 'number'> & {
  readonly closedIn: string | null;
};

const columns = {
  id: 'c.id',
  amount: 'c.amount',
  channel: 'c.channel',
  reason: 'c.reason',
  recordedBy: 'c.recorded_by',
  recordedAt: 'c.recorded_at',
} satisfies Partial<Record<keyof CostCorrectionRow, string>>;

const closedInSql = /* sql */ `(
  select p.id from profit_closes p where p.corrections >= c.number order by p.number limit 1) as "closedIn"`;

/** A correction as it is told: the amount as a decimal string, above 0 when the upstream cost more. */
interface CostCorrection {
  readonly id: string;
  readonly amount: string;
  readonly channel: string | null;
  readonly reason: string;
  readonly recordedBy: string;
  readonly recordedAt: string;
  /** The weekly close that took it in; null until then. */
  readonly closedIn: string | null;
}

function presentCostCorrection(row: CostCorrectionRow): CostCorrection {
  return { ...row, amount: formatAmount(row.amount), recordedAt: isoTime(row.recordedAt) };
}

interface CostCorrectionRequest {
  /** Base units of CREDIT, not 0; above 0: the upstream cost more than was booked. */
  readonly amount: bigint;
  /** The upstream's name, for the reader of the record. */
  readonly channel: string | null;
  readonly reason: string;
}

interface CorrectCost extends CostCorrectionRequest {
  readonly id: string;
  readonly operatorId: string;
  readonly requestId: string;
}

const correctCost: Command<CorrectCost, CostCorrection> = {
  kind: 'correct_cost',
  keys: ({ id, operatorId }) => ({
    rows: [rowKey(costCorrections, id), rowKey(userStates, operatorId), costCorrectionTotalsKey],
  }),
  decide(view, { id, operatorId, amount, channel, reason, requestId }) {
    requireOperator(view, operatorId);
    requirePositiveAmount(amount < 0n ? -amount : amount);
    requireReason(reason);
    if (channel !== null) requireChannelName(channel);
    assert(!view.row(costCorrections, id), 'a stored answer stands before a second request');
    const totals = view.row(costCorrectionTotals, '1');
    assert(totals, 'the totals of corrections exist');
    const number = totals.corrections + 1n;
    const correction = {
      id,
      amount,
      channel,
      reason,
      recordedBy: operatorId,
      recordedAt: view.at,
    };
    const logged = auditAct(view.at, {
      operatorId,
      action: 'cost_correction.record',
      subjectKind: 'cost_correction',
      subjectId: id,
      reason,
      details: { amount: formatAmount(amount), channel: channel ?? '' },
      requestId,
    });
    return {
      rows: [
        putRow(costCorrections, { ...correction, number }),
        putRow(costCorrectionTotals, {
          ...totals,
          amount: totals.amount + amount,
          corrections: number,
        }),
        logged,
      ],
      result: presentCostCorrection({ ...correction, closedIn: null }),
    };
  },
};

export interface CostCorrections {
  /** @throws DomainError FORBIDDEN, AMOUNT_OUT_OF_RANGE, INVALID_REQUEST */
  record(
    caller: Caller,
    request: CostCorrectionRequest,
  ): Promise<{ correction: CostCorrection; replayed: boolean }>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<CostCorrection>>;
}

interface CostCorrectionsOptions {
  readonly db: Knex;
  readonly committer: Committer;
}

export function createCostCorrections({ db, committer }: CostCorrectionsOptions): CostCorrections {
  return {
    async record(caller, { amount, channel, reason }) {
      const { userId: operatorId, requestId, idempotency } = caller;
      assert(idempotency, 'a correction has an idempotency key');
      const id = deriveId('cost-correction', operatorId, idempotency.key);
      const input = { id, operatorId, requestId, amount, channel, reason };
      const { result, replayed } = await committer.submit(correctCost, input, originOf(caller));
      return { correction: result, replayed };
    },
    async list(page) {
      const query = db({ c: 'cost_corrections' }).select(columns).select(db.raw(closedInSql));
      const { items, nextCursor } = await readPage<CostCorrectionRow>(query, page, [
        { column: 'c.recorded_at', type: 'time', of: ({ recordedAt }) => recordedAt },
        { column: 'c.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map(presentCostCorrection), nextCursor };
    },
  };
}
