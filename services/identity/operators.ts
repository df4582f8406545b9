// What operators do to users (DESIGN 6): change a role, freeze, unfreeze. Commands, since decisions read these
// columns under the lock; each act is logged in its own commit.
import { DomainError } from '../../domain/errors';
import type { Role } from '../../domain/identity';
import { putRow, type Command, type Decision, type View } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import type { AuditedAct } from './audit-log';
import { originOf, type Caller } from './caller';
import {
  auditActOnUser,
  requireUserOfOthers,
  standingOf,
  usersOfAct,
  type ActOnUser,
  type UserStanding,
} from './operator-acts';
import { changeRole, type RoleChange } from './role-changes';
import { userStates, type UserState } from './user-state';

function changeUser(
  view: View,
  act: ActOnUser,
  user: UserState,
  audited: Pick<AuditedAct, 'action' | 'details'>,
): Decision<UserStanding> {
  return {
    rows: [putRow(userStates, user), auditActOnUser(view.at, act, audited)],
    result: standingOf(user),
  };
}

const freezeUser: Command<ActOnUser, UserStanding> = {
  kind: 'freeze_user',
  keys: (act) => ({ rows: usersOfAct(act) }),
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
  keys: (act) => ({ rows: usersOfAct(act) }),
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
  /** Takes the role away, proposes to give it, confirms another operator's proposal, or withdraws one. */
  changeRole(
    caller: Caller,
    userId: string,
    role: Role,
    reason: string,
  ): Promise<RoleChange & { readonly replayed: boolean }>;
  freeze(caller: Caller, userId: string, reason: string): Promise<ActOutcome>;
  unfreeze(caller: Caller, userId: string, reason: string): Promise<ActOutcome>;
  /** For the set-up, which has no operator yet: at once, without a second. */
  appointFirst(userId: string, requestId: string): Promise<void>;
}

export function createOperators(committer: Committer): Operators {
  async function act(
    command: Command<ActOnUser, UserStanding>,
    input: ActOnUser,
    caller: Caller,
  ): Promise<ActOutcome> {
    const { result, replayed } = await committer.submit(command, input, originOf(caller));
    return { user: result, replayed };
  }

  return {
    async changeRole(caller, userId, role, reason) {
      const input = { ...basis(caller, userId, reason), role };
      const { result, replayed } = await committer.submit(changeRole, input, originOf(caller));
      return { ...result, replayed };
    },
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
