// The model of users: who may act, freezing, and who becomes an operator (DESIGN 2.1, 6, ADR 0011).
import { note, Refusal, requireLine, type State, type User } from './state';

export function requireUser(state: State, userId: string): User {
  const user = state.users.get(userId);
  if (!user) throw new Refusal('USER_NOT_FOUND');
  return user;
}

export function requireActive(state: State, userId: string): User {
  const user = requireUser(state, userId);
  if (user.frozen) throw new Refusal('USER_FROZEN');
  return user;
}

export function requireOperator(state: State, operatorId: string): void {
  if (requireActive(state, operatorId).role !== 'operator') throw new Refusal('FORBIDDEN');
}

/** Nobody acts in their own case. */
export function requireOther(operatorId: string, interested: string | null): void {
  if (operatorId === interested) throw new Refusal('ACTION_BY_INTERESTED_OPERATOR');
}

interface ActOnUser {
  readonly operatorId: string;
  readonly userId: string;
  readonly reason: string;
}

function requireUserOfOthers(state: State, { operatorId, userId, reason }: ActOnUser): User {
  requireLine(reason);
  requireOperator(state, operatorId);
  requireOther(operatorId, userId);
  return requireUser(state, userId);
}

export function freeze(state: State, act: ActOnUser): string {
  const user = requireUserOfOthers(state, act);
  if (user.frozen) throw new Refusal('STATE_CONFLICT');
  user.frozen = true;
  note(state, 'user.freeze');
  return 'frozen';
}

export function unfreeze(state: State, act: ActOnUser): string {
  const user = requireUserOfOthers(state, act);
  if (!user.frozen) throw new Refusal('STATE_CONFLICT');
  user.frozen = false;
  note(state, 'user.unfreeze');
  return 'free';
}

function canAct(user: User | undefined): boolean {
  return user?.role === 'operator' && !user.frozen;
}

/** An appointment takes two operators. */
function appoint(state: State, user: User, operatorId: string): string {
  const counts = user.proposedBy !== null && canAct(state.users.get(user.proposedBy));
  if (counts && user.proposedBy === operatorId) return 'user awaiting_second';
  if (!counts) {
    user.proposedBy = operatorId;
    note(state, 'user.role_propose');
    return 'user awaiting_second';
  }
  user.role = 'operator';
  user.proposedBy = null;
  state.newOperators.add(user);
  note(state, 'user.role');
  return 'operator done';
}

/**
 * A dismissal takes one, unless fewer than two who can act would be left. Who was appointed in the same batch counts from
 * the next one on.
 */
function dismiss(state: State, user: User): string {
  if (user.role === 'user') {
    if (user.proposedBy === null) throw new Refusal('STATE_CONFLICT');
    user.proposedBy = null;
    note(state, 'user.role_withdraw');
    return 'user done';
  }
  const others = [...state.users.values()].filter(
    (other) => other !== user && canAct(other) && !state.newOperators.has(other),
  );
  if (canAct(user) && others.length < 2) throw new Refusal('STATE_CONFLICT');
  user.role = 'user';
  note(state, 'user.role');
  return 'user done';
}

export function changeRole(state: State, act: ActOnUser & { role: User['role'] }): string {
  const user = requireUserOfOthers(state, act);
  if (act.role === 'user') return dismiss(state, user);
  if (user.role === 'operator') throw new Refusal('STATE_CONFLICT');
  return appoint(state, user, act.operatorId);
}
