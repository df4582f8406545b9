// What operators do to users (DESIGN 6): change a role, freeze, unfreeze. Commands, since decisions read these
// columns under the lock; each act is logged in its own commit.
import { DomainError } from '../../domain/errors';
import type { Role } from '../../domain/identity';
import { requireReason } from '../../domain/text';
import { rowKey, putRow, type Command, type Decision, type View } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { auditAct, type AuditedAct } from './audit-log';
import { originOf, type Caller } from './caller';
import {
  requireOperator,
  requireOtherPerson,
  requireUser,
  userStates,
  type UserState,
} from './user-state';

interface ActOnUser {
  /** null: the set-up itself, which makes the first operators. */
  readonly operatorId: string | null;
  readonly userId: string;
  readonly reason: string;
  readonly requestId: string;
}

/** The user after the act; JSON, as it may be stored under an idempotency key. */
interface UserStanding {
  readonly id: string;
  readonly role: Role;
  /** ISO 8601; null: not frozen. */
  readonly frozenAt: string | null;
  readonly frozenReason: string | null;
}

function keysOf({ operatorId, userId }: ActOnUser) {
  const ids = operatorId === null ? [userId] : [operatorId, userId];
  return { rows: ids.map((id) => rowKey(userStates, id)) };
}

function requireUserOfOthers(view: View, { operatorId, userId, reason }: ActOnUser): UserState {
  requireReason(reason);
  if (operatorId !== null) {
    requireOperator(view, operatorId);
    requireOtherPerson(operatorId, userId);
  }
  return requireUser(view, userId);
}

function changeUser(
  view: View,
  { operatorId, userId, reason, requestId }: ActOnUser,
  user: UserState,
  act: Pick<AuditedAct, 'action' | 'details'>,
): Decision<UserStanding> {
  return {
    rows: [
      putRow(userStates, user),
      auditAct(view.at, {
        ...act,
        operatorId,
        subjectKind: 'user',
        subjectId: userId,
        reason,
        requestId,
      }),
    ],
    result: {
      id: user.id,
      role: user.role as Role,
      frozenAt: user.frozenAt === null ? null : new Date(user.frozenAt).toISOString(),
      frozenReason: user.frozenReason,
    },
  };
}

const changeRole: Command<ActOnUser & { role: Role }, UserStanding> = {
  kind: 'change_role',
  keys: keysOf,
  decide(view, act) {
    const user = requireUserOfOthers(view, act);
    if (user.role === act.role) {
      throw new DomainError('STATE_CONFLICT', `The user has the role ${act.role} already.`);
    }
    return changeUser(
      view,
      act,
      { ...user, role: act.role },
      {
        action: 'user.role',
        details: { from: user.role, to: act.role },
      },
    );
  },
};

const freezeUser: Command<ActOnUser, UserStanding> = {
  kind: 'freeze_user',
  keys: keysOf,
  decide(view, act) {
    const user = requireUserOfOthers(view, act);
    if (user.frozenAt !== null)
      throw new DomainError('STATE_CONFLICT', 'The user is frozen already.');
    const frozen = { ...user, frozenAt: view.at, frozenReason: act.reason };
    return changeUser(view, act, frozen, { action: 'user.freeze' });
  },
};

const unfreezeUser: Command<ActOnUser, UserStanding> = {
  kind: 'unfreeze_user',
  keys: keysOf,
  decide(view, act) {
    const user = requireUserOfOthers(view, act);
    if (user.frozenAt === null) throw new DomainError('STATE_CONFLICT', 'The user is not frozen.');
    const free = { ...user, frozenAt: null, frozenReason: null };
    return changeUser(view, act, free, {
      action: 'user.unfreeze',
      details: { frozenFor: user.frozenReason ?? '' },
    });
  },
};

interface ActOutcome {
  readonly user: UserStanding;
  readonly replayed: boolean;
}

/** All throw FORBIDDEN, ACTION_BY_INTERESTED_OPERATOR, USER_NOT_FOUND, INVALID_REQUEST and STATE_CONFLICT (nothing to change). */
export interface Operators {
  changeRole(caller: Caller, userId: string, role: Role, reason: string): Promise<ActOutcome>;
  freeze(caller: Caller, userId: string, reason: string): Promise<ActOutcome>;
  unfreeze(caller: Caller, userId: string, reason: string): Promise<ActOutcome>;
  /** For the set-up, which has no operator yet. */
  appointFirst(userId: string, requestId: string): Promise<void>;
}

export function createOperators(committer: Committer): Operators {
  async function act<Input extends ActOnUser>(
    command: Command<Input, UserStanding>,
    input: Input,
    caller: Caller,
  ): Promise<ActOutcome> {
    const { result, replayed } = await committer.submit(command, input, originOf(caller));
    return { user: result, replayed };
  }

  return {
    changeRole: (caller, userId, role, reason) =>
      act(changeRole, { ...basis(caller, userId, reason), role }, caller),
    freeze: (caller, userId, reason) => act(freezeUser, basis(caller, userId, reason), caller),
    unfreeze: (caller, userId, reason) => act(unfreezeUser, basis(caller, userId, reason), caller),

    async appointFirst(userId, requestId) {
      const reason = 'The first operators come with the set-up.';
      await committer.submit(
        changeRole,
        { operatorId: null, userId, role: 'operator', reason, requestId },
        { actor: 'setup', requestId },
      );
    },
  };
}

function basis(caller: Caller, userId: string, reason: string): ActOnUser {
  return { operatorId: caller.userId, userId, reason, requestId: caller.requestId };
}
