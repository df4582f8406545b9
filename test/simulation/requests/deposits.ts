// Deposits by operators, payments by the provider, and what is taken back of either.
import { newId } from '../../../ledger/ids';
import type { CapitalAccount } from '../../../domain/deposit';
import { depositIdOf } from '../../../services/credits/deposit-rows';
import {
  fickleOperator,
  fourEyesAbove,
  nameOf,
  operators,
  steadyOperators,
  unknownId,
  users,
} from '../cast';
import * as model from '../model/deposits';
import { drawReason, keyedRequest, pickRecent, pickUser, type Draw, type Request } from './request';

function drawReference({ random, memory }: Draw, userId: string | null): string {
  if (memory.references.length > 0 && random.chance(0.1)) return random.pick(memory.references).ref;
  if (random.chance(0.02)) return ' blank';
  const ref = `ref-${memory.references.length}`;
  memory.references.push({ ref, userId });
  return ref;
}

/** One of a deposit that was told of, most often of whom this moment is about. */
function pickReference(draw: Draw): string {
  const { focus, references } = draw.memory;
  const own = references.filter(({ userId }) => userId === focus);
  const known = (own.length > 0 ? own : references).map(({ ref }) => ref);
  return pickRecent(draw, known, 'no such reference');
}

/** Mostly below the four-eyes limit of 10^12; some beyond what can be. */
function drawMoney({ random }: Draw): bigint {
  return random.weighted([
    [50, random.magnitude(9, 12)],
    [20, random.magnitude(13, 15)],
    [6, random.magnitude(16, 17)],
    [2, 0n],
    [2, 10n ** 17n + 1n],
  ]);
}

/** Seldom the reserve, so that losses exhaust it at times. */
const capitalAccounts: readonly CapitalAccount[] = [
  ...(['treasury', 'treasury', 'treasury', 'treasury'] as const),
  ...(['upstream_cost', 'upstream_cost', 'upstream_cost', 'risk_reserve'] as const),
];

function drawBeneficiary(draw: Draw): { userId: string | null; account: CapitalAccount | null } {
  if (draw.random.chance(0.35)) return { userId: null, account: draw.random.pick(capitalAccounts) };
  return { userId: pickUser(draw, [fickleOperator, unknownId]), account: null };
}

export function recordDeposit(draw: Draw): Request {
  const operatorId = draw.random.pick([
    ...operators,
    ...steadyOperators,
    ...steadyOperators,
    ...users.slice(0, 1),
  ]);
  const { userId, account } = drawBeneficiary(draw);
  const ref = drawReference(draw, userId);
  const amount = drawMoney(draw);
  const reason = drawReason(draw);
  const to = userId === null ? account : nameOf(userId);
  if (amount > fourEyesAbove) draw.memory.largeDeposits.push(ref);
  const text = `${nameOf(operatorId)} records deposit "${ref}" of ${amount} to ${to}, "${reason}"`;
  return keyedRequest(draw, operatorId, text, () => ({
    async send({ services }, caller) {
      const request = { userId, account, amount, externalRef: ref, reason };
      const { deposit, replayed } = await services.deposits.record(caller, request);
      return { told: deposit.status, replayed };
    },
    decide: (state) =>
      model.recordDeposit(state, { operatorId, userId, account, amount, ref, reason }),
  }));
}

function drawAct(
  draw: Draw,
  verb: 'approve' | 'reject' | 'reverse',
  decide: typeof model.approveDeposit,
): Request {
  const operatorId = draw.random.pick([
    ...operators,
    ...steadyOperators,
    ...steadyOperators,
    ...users.slice(0, 1),
  ]);
  const isLikelyToWait = verb !== 'reverse' && draw.random.chance(0.7);
  const ref = isLikelyToWait
    ? pickRecent(draw, draw.memory.largeDeposits, 'no such reference')
    : pickReference(draw);
  const reason = drawReason(draw);
  const text = `${nameOf(operatorId)} ${verb}s deposit "${ref}", "${reason}"`;
  return keyedRequest(draw, operatorId, text, () => ({
    async send({ services }, caller) {
      const outcome = await services.deposits[verb](caller, depositIdOf(ref), reason);
      return { told: outcome.deposit.status, replayed: outcome.replayed };
    },
    decide: (state) => decide(state, { operatorId, ref, reason }),
  }));
}

export function approveDeposit(draw: Draw): Request {
  return drawAct(draw, 'approve', model.approveDeposit);
}

export function rejectDeposit(draw: Draw): Request {
  return drawAct(draw, 'reject', model.rejectDeposit);
}

export function reverseDeposit(draw: Draw): Request {
  return drawAct(draw, 'reverse', model.reverseDeposit);
}

/** Told at least once: the reference is its key. */
export function receivePayment(draw: Draw): Request {
  const userId = pickUser(draw, [fickleOperator, unknownId]);
  const ref = drawReference(draw, userId);
  const amount = drawMoney(draw);
  const payment = { externalRef: ref, userId, amount };
  return {
    text: `the provider tells of payment "${ref}" of ${amount} by ${nameOf(userId)}`,
    isRepeatable: true,
    bind: () => ({
      send: async ({ services }) => (await services.payments.receive(payment, newId())).status,
      expect: (state) => model.receivePayment(state, { ref, userId, amount }),
    }),
  };
}

export function chargeBack(draw: Draw): Request {
  const ref = pickReference(draw);
  const reason = drawReason(draw);
  return {
    text: `the provider charges "${ref}" back, "${reason}"`,
    isRepeatable: true,
    bind: () => ({
      send: async ({ services }) =>
        (await services.payments.chargeBack(ref, reason, newId())).status,
      expect: (state) => model.chargeBack(state, ref, reason),
    }),
  };
}
