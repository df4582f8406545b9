// What decisions read of a user and of a key under the lock, and the rules that every command of a user keeps
// (DESIGN 2.1 frozen, 6 roles).
import { DomainError } from '../../domain/errors';
import type { View } from '../../ledger/command';
import { defineTable, type RowOf } from '../../ledger/table';

export const userStates = defineTable({
  name: 'users',
  key: 'id',
  writes: 'update',
  columns: {
    id: 'uuid',
    role: 'text',
    frozenAt: 'timestamptz?',
    frozenReason: 'text?',
    liveCalls: 'int',
    warPerkUntil: 'timestamptz?',
  },
});
export type UserState = RowOf<typeof userStates>;

export const keyStates = defineTable({
  name: 'api_keys',
  key: 'id',
  writes: 'update',
  readOnly: ['userId', 'expiresAt', 'revokedAt'],
  columns: {
    id: 'uuid',
    userId: 'uuid',
    expiresAt: 'timestamptz?',
    spendCap: 'bigint?',
    revokedAt: 'timestamptz?',
    spent: 'bigint',
    reserved: 'bigint',
  },
});
export type KeyState = RowOf<typeof keyStates>;

/** @throws DomainError USER_NOT_FOUND */
export function requireUser(view: View, userId: string): UserState {
  const user = view.row(userStates, userId);
  if (!user) throw new DomainError('USER_NOT_FOUND', 'There is no such user.');
  return user;
}

/** The user, who must be free to spend. @throws DomainError USER_NOT_FOUND, USER_FROZEN */
export function requireActiveUser(view: View, userId: string): UserState {
  const user = requireUser(view, userId);
  if (user.frozenAt !== null) {
    throw new DomainError(
      'USER_FROZEN',
      'This account is frozen; reading, cancelling and closing still work.',
    );
  }
  return user;
}

/** The operator who acts: the role counts at use. @throws DomainError FORBIDDEN, USER_FROZEN */
export function requireOperator(view: View, operatorId: string): UserState {
  const operator = requireActiveUser(view, operatorId);
  if (operator.role !== 'operator')
    throw new DomainError('FORBIDDEN', 'Only operators may do this.');
  return operator;
}

/** @throws DomainError ACTION_BY_INTERESTED_OPERATOR when an operator acts in their own case. */
export function requireOtherPerson(
  operatorId: string,
  ...interested: readonly (string | null)[]
): void {
  if (interested.includes(operatorId)) {
    throw new DomainError('ACTION_BY_INTERESTED_OPERATOR', 'No operator acts in their own case.');
  }
}
