// The operators' audit log (DESIGN 6): append-only; a row is written in the same commit as the act it records.
import type { Knex } from 'knex';
import type { ErrorDetails } from '../../domain/errors';
import { putRow, type RowWrite } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { defineTable } from '../../ledger/table';
import { readPage, type Page, type PageRequest } from '../pages';

const auditRows = defineTable({
  name: 'audit_log',
  key: 'eventId',
  writes: 'insert',
  columns: {
    eventId: 'uuid',
    at: 'timestamptz',
    operatorId: 'uuid?',
    action: 'text',
    subjectKind: 'text',
    subjectId: 'text',
    reason: 'text?',
    details: 'json',
    requestId: 'text',
  },
});

/** What an operator did, for the log. */
export interface AuditedAct {
  /** null: the set-up itself. */
  readonly operatorId: string | null;
  /** noun.verb, for example `user.freeze`. */
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly reason: string | null;
  /** What else explains the act; amounts as decimal strings, never secrets. */
  readonly details?: ErrorDetails;
  readonly requestId: string;
}

/** Plans the log's row of an act; `at` is journal time. One act of a request on a subject is logged once. */
export function auditAct(at: number, act: AuditedAct): RowWrite {
  return putRow(auditRows, {
    ...act,
    details: act.details ?? {},
    at,
    eventId: deriveId('audit', act.requestId, act.action, act.subjectKind, act.subjectId),
  });
}

export interface AuditEntry {
  readonly id: bigint;
  readonly at: number;
  readonly operatorId: string | null;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly reason: string | null;
  readonly details: ErrorDetails;
  readonly requestId: string;
}

interface AuditFilter {
  readonly operatorId?: string | undefined;
  readonly action?: string | undefined;
  readonly subjectKind?: string | undefined;
  readonly subjectId?: string | undefined;
}

export interface AuditLog {
  /** Newest first. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
}

const columns = {
  id: 'a.id',
  at: 'a.at',
  operatorId: 'a.operator_id',
  action: 'a.action',
  subjectKind: 'a.subject_kind',
  subjectId: 'a.subject_id',
  reason: 'a.reason',
  details: 'a.details',
  requestId: 'a.request_id',
};

export function createAuditLog(db: Knex): AuditLog {
  return {
    async list(filter, page) {
      const query = db({ a: 'audit_log' }).select(columns);
      if (filter.operatorId) void query.where('a.operator_id', filter.operatorId);
      if (filter.action) void query.where('a.action', filter.action);
      if (filter.subjectKind) void query.where('a.subject_kind', filter.subjectKind);
      if (filter.subjectId) void query.where('a.subject_id', filter.subjectId);
      return readPage<AuditEntry>(query, page, [
        { column: 'a.id', type: 'bigint', of: ({ id }) => id },
      ]);
    },
  };
}
