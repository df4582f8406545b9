// What operators do to people: freeze, unfreeze, appoint, dismiss.
import { fickleOperator, nameOf, operators, steadyOperators, unknownId, users } from '../cast';
import * as model from '../model/people';
import { drawReason, keyedRequest, pickUser, type Draw, type Request } from './request';

function drawActOnUser(draw: Draw) {
  const operatorId = draw.random.pick([...operators, ...steadyOperators, ...users.slice(0, 1)]);
  const userId = pickUser(draw, [fickleOperator, operatorId, unknownId]);
  return { operatorId, userId, reason: drawReason(draw) };
}

function textOf({ operatorId, userId, reason }: ReturnType<typeof drawActOnUser>, act: string) {
  return `${nameOf(operatorId)} ${act} ${nameOf(userId)}, "${reason}"`;
}

export function freezeUser(draw: Draw): Request {
  const act = drawActOnUser(draw);
  const { operatorId, userId, reason } = act;
  return keyedRequest(draw, operatorId, textOf(act, 'freezes'), () => ({
    async send({ services }, caller) {
      const { user, replayed } = await services.operators.freeze(caller, userId, reason);
      return { told: user.frozenAt === null ? 'free' : 'frozen', replayed };
    },
    decide: (state) => model.freeze(state, act),
  }));
}

export function unfreezeUser(draw: Draw): Request {
  // Of those who may be frozen, so that most people can act most of the time.
  const userId = pickUser(draw, [fickleOperator]);
  const act = { ...drawActOnUser(draw), userId };
  const { operatorId, reason } = act;
  return keyedRequest(draw, operatorId, textOf(act, 'unfreezes'), () => ({
    async send({ services }, caller) {
      const { user, replayed } = await services.operators.unfreeze(caller, userId, reason);
      return { told: user.frozenAt === null ? 'free' : 'frozen', replayed };
    },
    decide: (state) => model.unfreeze(state, act),
  }));
}

/** The other one is always there to undo what was done to everybody else. */
const [dismissable] = steadyOperators;

export function changeRole(draw: Draw): Request {
  const act = drawActOnUser(draw);
  const { operatorId, reason } = act;
  // Few are talked of, so that a proposal meets its second operator.
  const userId = draw.random.pick([fickleOperator, users[0] ?? '', dismissable ?? '', act.userId]);
  const role = draw.random.pick(['operator', 'operator', 'user'] as const);
  const text = textOf({ ...act, userId }, `makes a ${role} of`);
  return keyedRequest(draw, operatorId, text, () => ({
    async send({ services }, caller) {
      const { user, status, replayed } = await services.operators.changeRole(
        caller,
        userId,
        role,
        reason,
      );
      return { told: `${user.role} ${status}`, replayed };
    },
    decide: (state) => model.changeRole(state, { ...act, userId, role }),
  }));
}
