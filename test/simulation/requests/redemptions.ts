// Redemptions by users, and what operators decide on them.
import { newId, deriveId } from '../../../ledger/ids';
import { fickleOperator, nameOf, operators, steadyOperators, unknownId, users } from '../cast';
import { onHoldOf } from '../model/deposits';
import * as model from '../model/redemptions';
import type { Caller } from '../../../services/identity/caller';
import { balanceOf, ofUser, once, type State } from '../model/state';
import type { SimulatedProcess } from '../processes';
import {
  amountText,
  drawAmount,
  drawIdempotencyKey,
  drawReason,
  keyedRequest,
  pickRecent,
  pickUser,
  resolveAmount,
  type Draw,
  type Request,
} from './request';

export function requestRedemption(draw: Draw): Request {
  const userId = pickUser(draw, [fickleOperator]);
  const amount = drawAmount(draw, 13);
  const destination = draw.random.chance(0.03) ? '' : 'A bank account';
  const text = `${nameOf(userId)} redeems ${amountText(amount)} to "${destination}"`;
  const key = drawIdempotencyKey(draw, userId);
  const id = deriveId('redemption', userId, key);
  draw.memory.redemptions.push(id);
  const bind = (before: State) => {
    const available = balanceOf(before, ofUser(userId, 'available'));
    const held = onHoldOf(before, userId);
    const units = resolveAmount(amount, available > held ? available - held : available);
    return {
      async send({ services }: SimulatedProcess, caller: Caller) {
        const outcome = await services.redemptions.request(caller, units, destination);
        return { told: outcome.redemption.status, replayed: outcome.replayed };
      },
      decide: (state: State) =>
        model.requestRedemption(state, { id, userId, amount: units, destination }),
    };
  };
  return keyedRequest(draw, userId, text, bind, key);
}

function drawDecision(
  draw: Draw,
  verb: 'approve' | 'reject',
  decide: typeof model.approveRedemption,
): Request {
  const { random, memory } = draw;
  const operatorId = random.pick([
    ...operators,
    ...steadyOperators,
    ...steadyOperators,
    ...users.slice(0, 1),
  ]);
  const id = pickRecent(draw, memory.redemptions, unknownId);
  const reason = drawReason(draw);
  const decisionKey = random.chance(0.8) ? random.id() : 'the same again';
  const decision = { redemptionId: id, operatorId, reason, decisionKey };
  // As the activity of the redemption's workflow names it: by the command, the redemption and the update.
  const key = `${verb}:${id}:${decisionKey}`;
  return {
    text: `${nameOf(operatorId)} ${verb}s redemption ${id}, "${reason}" (${decisionKey})`,
    isRepeatable: true,
    bind: () => ({
      send: async ({ services }) =>
        (await services.redemptions[verb]({ ...decision, requestId: newId() })).status,
      expect: (state) =>
        once(state, { actor: operatorId, key, body: reason }, () =>
          decide(state, { id, operatorId, reason }),
        ).replace(' (replayed)', ''),
    }),
  };
}

export function approveRedemption(draw: Draw): Request {
  return drawDecision(draw, 'approve', model.approveRedemption);
}

export function rejectRedemption(draw: Draw): Request {
  return drawDecision(draw, 'reject', model.rejectRedemption);
}
