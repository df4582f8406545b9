// What operators record of the platform's own money: grants, bills paid, corrections of cost.
import { fickleOperator, nameOf, operators, unknownId } from '../cast';
import * as model from '../model/treasury';
import { balanceOf, ofPlatform } from '../model/state';
import {
  amountText,
  drawAmount,
  drawReason,
  keyedRequest,
  pickUser,
  resolveAmount,
  type Draw,
  type Request,
} from './request';

export function makeGrant(draw: Draw): Request {
  const operatorId = draw.random.pick(operators);
  const userId = pickUser(draw, [fickleOperator, unknownId]);
  const amount = drawAmount(draw, 12);
  const reason = drawReason(draw);
  const text = `${nameOf(operatorId)} grants ${amountText(amount)} to ${nameOf(userId)}, "${reason}"`;
  return keyedRequest(draw, operatorId, text, (before) => {
    const units = resolveAmount(amount, balanceOf(before, ofPlatform('treasury')));
    return {
      async send({ services }, caller) {
        const { replayed } = await services.grants.make(caller, { userId, amount: units, reason });
        return { told: 'granted', replayed };
      },
      decide: (state) => model.makeGrant(state, { operatorId, userId, amount: units, reason }),
    };
  });
}

export function payBill(draw: Draw): Request {
  const operatorId = draw.random.pick(operators);
  const amount = drawAmount(draw, 12);
  const reason = drawReason(draw);
  const channel = draw.random.chance(0.05) ? 'north ' : 'north';
  const text = `${nameOf(operatorId)} pays ${amountText(amount)} to "${channel}", "${reason}"`;
  return keyedRequest(draw, operatorId, text, (before) => {
    const units = resolveAmount(amount, balanceOf(before, ofPlatform('upstream_cost')));
    return {
      async send({ services }, caller) {
        const payment = { amount: units, channel, reason };
        const { replayed } = await services.upstreamPayments.record(caller, payment);
        return { told: 'paid', replayed };
      },
      decide: (state) => model.payBill(state, { operatorId, amount: units, reason, channel }),
    };
  });
}

export function correctCost(draw: Draw): Request {
  const operatorId = draw.random.pick(operators);
  const sign = draw.random.pick([1n, -1n]);
  const amount = sign * (draw.random.chance(0.05) ? 0n : draw.random.magnitude(1, 12));
  const reason = drawReason(draw);
  const text = `${nameOf(operatorId)} corrects the cost by ${amount}, "${reason}"`;
  return keyedRequest(draw, operatorId, text, () => ({
    async send({ services }, caller) {
      const correction = { amount, channel: null, reason };
      const { replayed } = await services.costCorrections.record(caller, correction);
      return { told: 'noted', replayed };
    },
    decide: (state) => model.correctCost(state, { operatorId, amount, reason }),
  }));
}
