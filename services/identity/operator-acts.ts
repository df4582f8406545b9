// What all acts of operators on users have in common (DESIGN 6): another person's case, a reason, the log.
import type { Role } from '../../domain/identity';
import { requireReason } from '../../domain/text';
import { rowKey, type RowKey, type RowWrite, type View } from '../../ledger/command';
import { auditAct, type AuditedAct } from './audit-log';
import {
  requireOperator,
  requireOtherPerson,
  requireUser,
  userStates,
  type UserState,
} from './user-state';

export interface ActOnUser {
  /** null: the set-up itself, which makes the first operators. */
  readonly operatorId: string | null;
  readonly userId: string;
  readonly reason: string;
  readonly requestId: string;
}

/** The user after the act; JSON, as it may be stored under an idempotency key. */
export interface UserStanding {
  readonly id: string;
  readonly role: Role;
  /** ISO 8601; null: not frozen. */
  readonly frozenAt: string | null;
  readonly frozenReason: string | null;
}

export function usersOfAct({ operatorId, userId }: ActOnUser): RowKey[] {
  const ids = operatorId === null ? [userId] : [operatorId, userId];
  return ids.map((id) => rowKey(userStates, id));
}

/** @throws DomainError FORBIDDEN, ACTION_BY_INTERESTED_OPERATOR, USER_NOT_FOUND, INVALID_REQUEST */
export function requireUserOfOthers(
  view: View,
  { operatorId, userId, reason }: ActOnUser,
): UserState {
  requireReason(reason);
  if (operatorId !== null) {
    requireOperator(view, operatorId);
    requireOtherPerson(operatorId, userId);
  }
  return requireUser(view, userId);
}

export function auditActOnUser(
  at: number,
  { operatorId, userId, reason, requestId }: ActOnUser,
  act: Pick<AuditedAct, 'action' | 'details'>,
): RowWrite {
  return auditAct(at, {
    ...act,
    operatorId,
    subjectKind: 'user',
    subjectId: userId,
    reason,
    requestId,
  });
}

export function standingOf(user: UserState): UserStanding {
  return {
    id: user.id,
    role: user.role as Role,
    frozenAt: user.frozenAt === null ? null : new Date(user.frozenAt).toISOString(),
    frozenReason: user.frozenReason,
  };
}
